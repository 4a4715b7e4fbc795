"""What changed in a twin since a moment, and copies of a twin: for rehearsals in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.twin import birth, repository
from reconciler.twin.assumptions import Assumptions
from reconciler.twin.store import Store, open_store
from reconciler.twin.twin import Twin, system_clock

_MARK = """
DROP TABLE IF EXISTS temp.was_pages;
DROP TABLE IF EXISTS temp.was_blocks;
DROP TABLE IF EXISTS temp.was_sources;
DROP TABLE IF EXISTS temp.was_databases;
CREATE TEMP TABLE was_pages AS SELECT id, source, parent_id, trashed, vals, meta FROM pages;
CREATE TEMP TABLE was_blocks AS SELECT id, parent_id, position, trashed, data FROM blocks;
CREATE TEMP TABLE was_sources AS SELECT id, data FROM data_sources;
CREATE TEMP TABLE was_databases AS SELECT id, data FROM databases;
CREATE UNIQUE INDEX temp.was_pages_id ON was_pages (id);
CREATE UNIQUE INDEX temp.was_blocks_id ON was_blocks (id)
"""
_PAGES = """
SELECT p.id, p.vals, w.vals, p.source, w.source, p.trashed = w.trashed AND p.parent_id = w.parent_id
FROM pages p LEFT JOIN temp.was_pages w ON w.id = p.id
WHERE w.id IS NULL OR p.vals <> w.vals OR p.trashed <> w.trashed OR p.parent_id <> w.parent_id OR p.meta <> w.meta
"""
_BLOCKS = """
SELECT b.parent_kind, b.parent_id, w.id IS NOT NULL FROM blocks b LEFT JOIN temp.was_blocks w ON w.id = b.id
WHERE b.type NOT IN ('child_page', 'child_database') AND (
    w.id IS NULL OR b.data <> w.data OR b.trashed <> w.trashed OR b.parent_id <> w.parent_id
)
"""
_SOURCES = ("SELECT id, data FROM temp.was_sources", "SELECT id, data FROM data_sources")
_DATABASES = ("SELECT id, data FROM temp.was_databases", "SELECT id, data FROM databases")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is not as it was. ``pages`` gives the properties whose values changed by page id; ``made`` are new pages by
    id, with their data source ("" for none); ``moved`` are pages with another parent, or that went into the trash or
    came back. ``sources`` and ``databases`` changed, or are new. In ``content``'s pages blocks changed or came; in
    those of ``rewritten`` some that were there are not as they were.
    """

    pages: Mapping[str, frozenset[str]]
    made: Mapping[str, str]
    moved: frozenset[str]
    sources: frozenset[str]
    databases: frozenset[str]
    content: frozenset[str]
    rewritten: frozenset[str]


def mark(twin: Twin) -> None:
    """Remembers what is there now."""
    with twin.store.transaction():
        for statement in _MARK.split(";"):
            twin.store.run(statement)


def changes(twin: Twin) -> Changes:
    """What changed since `mark`."""
    store = twin.store
    with store.transaction():
        pages: dict[str, frozenset[str]] = {}
        made: dict[str, str] = {}
        moved: set[str] = set()
        for page_id, now, was, source, before, stayed in store.all(_PAGES):
            if was is None:
                made[page_id] = source or ""
                continue
            pages[page_id] = _different(json.loads(was), json.loads(now))
            if not stayed or source != before:
                moved.add(page_id)
        return Changes(
            pages=pages,
            made=made,
            moved=frozenset(moved),
            sources=_changed(store, *_SOURCES),
            databases=_changed(store, *_DATABASES),
            content=frozenset(_pages_of(store, store.all(_BLOCKS))),
            rewritten=frozenset(_pages_of(store, [row for row in store.all(_BLOCKS) if row[2]])),
        )


def _different(was: Mapping[str, object], now: Mapping[str, object]) -> frozenset[str]:
    return frozenset(key for key in was.keys() | now.keys() if (was.get(key) or None) != (now.get(key) or None))


def _changed(store: Store, was: str, now: str) -> frozenset[str]:
    before = dict(store.all(was))
    return frozenset(each for each, data in store.all(now) if before.get(each) != data)


def _pages_of(store: Store, blocks: Iterable[tuple[str, str, bool]]) -> Iterator[str]:
    """The pages in which these blocks lie, at whatever depth."""
    for kind, parent_id, _ in blocks:
        holder, above = kind, parent_id
        while holder == "block_id":
            block = repository.block(store, above)
            if block is None:
                break
            holder, above = block.parent_kind, block.parent_id
        yield above


def source_ids(twin: Twin) -> tuple[str, ...]:
    """The ids of all data sources, oldest first."""
    return tuple(source.id for source in repository.all_sources(twin.store))


def copied(twin: Twin, *, assume: Assumptions) -> Twin:
    """A twin in memory that holds the same, under other assumptions."""
    store, _ = open_store(":memory:")
    twin.store.copy_to(store)
    token, bot_id, workspace = birth.identity(store)
    return Twin(store=store, token=token, bot_id=bot_id, workspace=workspace, clock=system_clock, assume=assume)
