"""Finds the archive, reads the memory, looks for each declared database: by id where one is known, else by title."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.desired.state import Database, Merge, State
from reconciler.memory import codec, schema
from reconciler.memory import memory as memories
from reconciler.memory.batches import open_batch
from reconciler.memory.entry import Entry, began
from reconciler.memory.memory import Batch, Memory
from reconciler.model import address as addresses
from reconciler.model.condition import normal
from reconciler.model.finding import Finding, Severity, WtstateError
from reconciler.model.live import LiveDatabase
from reconciler.model.properties import common
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.notion.errors import Invalid, NotFound
from reconciler.notion.ids import id_of
from reconciler.notion.listing import items
from reconciler.notion.since import since
from reconciler.planning import guards
from reconciler.planning.identity import Child, Seen, candidates, targets
from reconciler.planning.reading import Sight
from reconciler.planning.words import few
from reconciler.survey.remembering import Glance, archive_titled, remembered


@dataclass(frozen=True)
class Found:
    """What was found under the parent page: its databases, the archive, the memory in it, and what is to be said."""

    children: tuple[Child, ...]
    archive: LiveDatabase | None
    memory: Memory
    findings: tuple[Finding, ...] = field(default=())
    own: Mapping[str, LiveDatabase] = field(default_factory=dict)
    """The archives that databases have for themselves, by title, those that are there."""
    sight: Sight = Sight.WHOLE

    @property
    def archives(self) -> tuple[LiveDatabase, ...]:
        """Every archive: the one with the memory first, then the others by title."""
        return (*((self.archive,) if self.archive else ()), *(live for _, live in sorted(self.own.items())))


async def under(client: Client, page: str) -> tuple[Child, ...]:
    """The databases under a page, nested blocks included."""
    return tuple(Child(id=c.id, title=c.title) for c in await read.databases_under(client, page))


async def all_databases(client: Client, page: str, children: Sequence[Child] | None) -> tuple[LiveDatabase, ...]:
    """Every database under a page with its schema, in page order, save archives of wtstate and what is in the trash.

    ``children`` are what lies there, where it was just listed. 2 requests each.
    """
    listed = children if children is not None else await under(client, page)
    found = await asyncio.gather(*(read.database(client, child.id) for child in listed))
    return tuple(each for each in found if not schema.is_archive(each) and not each.in_trash)


async def find_memory(
    client: Client,
    state: State,
    children: Sequence[Child],
    *,
    parent: str,
    searches: bool,
    history: bool = True,
    glance: Glance | None = None,
) -> Found:
    """Finds the archive among the databases under the parent page (or its own) and reads the memory by one query.

    ``searches`` also asks search where the archive is not there (on Notion); ``history`` reads every batch there ever
    was, else only those that are open or of the last day; a ``glance`` sees less of the archive than its schema.
    Raises `WtstateError` when two databases claim to be the archive, or its entries were edited or are newer.
    """
    page = state.workspace.archive_page
    nearby = children if page is None else await under(client, id_of(page))
    kept = await remembered(client, state, nearby, searches=searches, history=history, glance=glance)
    archive, memory = kept.archive, kept.memory
    titles = sorted({d.archive for d in state.databases.values() if d.archive} - {state.workspace.archive})
    own = {title: await _own_archive(client, state, title, memory, children, searches=searches) for title in titles}
    there = {child.id for child in children}
    placed = {title: _placed(live, there, parent) for title, live in own.items() if live is not None}
    taken = {live.id for live in (archive, *placed.values()) if live is not None}
    others = tuple(c for c in children if c.id not in taken)
    if archive is None:
        return Found(children=others, archive=None, memory=Memory(), own=placed)
    archive = _placed(archive, {c.id for c in nearby}, id_of(page) if page else parent)
    return Found(children=others, archive=archive, memory=memory, own=placed, sight=kept.sight)


async def _own_archive(
    client: Client, state: State, title: str, memory: Memory, nearby: Sequence[Child], *, searches: bool
) -> LiveDatabase | None:
    """The archive that a database has for itself: the one that the memory knows, else by title; None if it is new."""
    known = memory.archives.get(title)
    if known is None:
        return await archive_titled(client, state, title, nearby, searches=searches)
    try:
        live = await read.database(client, known)
    except NotFound:
        live = None
    if live is None or live.in_trash:
        raise WtstateError(
            Finding(
                code="not-found",
                what=f"the archive {title!r} does not answer: it was deleted, or is not shared with the connection",
                why="values that were archived are in it, and a new one would hide that",
                next="restore it, or share it with the connection; or give the database another `archive`",
                where=state.workspace.where,
            )
        )
    return live


def missing_memory(state: State, found: Found) -> list[Finding]:
    """What speaks for a memory that was there once, while none is: canonical titles live that only wtstate gives."""
    if found.archive is not None:
        return []
    titles = {normal(child.title) for child in found.children}
    return [
        guards.liftable(
            "memory-missing",
            addresses.of_database(key),
            f"{desired.title!r} is live under its new name, but no archive {state.workspace.archive!r} says why",
            "wtstate adopt --archive URL, or, if wtstate never ran here",
            why="rules that were settled would run again",
            where=desired.where,
        )
        for key, desired in state.databases.items()
        if desired.was
        and normal(desired.title) in titles
        and not any(normal(name) in titles for name in desired.was)
        and normal(desired.title) not in {normal(name) for name in desired.was}
    ]


async def see_databases(client: Client, state: State, found: Found, *, page: str, searches: bool) -> dict[str, Seen]:
    """What is seen of each database that the state speaks of, by key; asked at once, two requests each at most.

    ``page`` is the id of the parent page: one that lies in a block of it, as listed, lies on it.
    The source of a merge that is settled is not looked at: `late_rows` asks for what came to it since.
    """
    done = {rule.from_title for rule, _ in _settled_merges(state, found.memory)}
    wanted = {key: desired for key, desired in targets(state).items() if key in state.databases or key not in done}
    seen = await asyncio.gather(*(_see(client, desired, found, searches=searches) for desired in wanted.values()))
    there = {child.id for child in found.children}
    return {
        key: replace(one, live=tuple(_placed(live, there, page) for live in one.live))
        for key, one in zip(wanted, seen, strict=True)
    }


def _placed(live: LiveDatabase, there: Collection[str], page: str) -> LiveDatabase:
    """The database with the page that it lies on, also where it lies in a block of that page."""
    return replace(live, parent=page) if not live.parent and live.id in there else live


def _settled_merges(state: State, memory: Memory) -> Iterator[tuple[Merge, str]]:
    """Merges that are done, with the id of the batch that did them; not those of a batch that is under way."""
    for rule in state.merges.values():
        settled = memory.settled.get(addresses.of_rule("merges", rule.name))
        batch = memory.batches.get(settled.batch) if settled else None
        if settled is not None and began(settled.batch) and (batch is None or batch.finished):
            yield rule, settled.batch


async def late_rows(client: Client, state: State, found: Found) -> list[Finding]:
    """Rows that were added to a source after it was merged: told, never moved. One request a settled merge.

    The rows that the merge left where they were may be as young: the batch names them, and is read if there are any.
    """
    told: list[Finding] = []
    for rule, batch in _settled_merges(state, found.memory):
        binding = found.memory.bindings.get(rule.from_title or rule.from_key or "")
        if binding is None:
            continue
        source = LiveDatabase(id=binding.database_id, data_source_id=binding.data_source_id, title=binding.title)
        asked = {"timestamp": "created_time", "created_time": since(datetime.fromisoformat(began(batch)))}
        try:
            rows = await read.query(client, source, filter=asked, property_ids=["title"])
        except (NotFound, Invalid):
            continue
        done = await _batch(client, found, batch) if rows.rows else None
        late = [row for row in rows.rows if done is not None and row.id not in done.stayed]
        if late:
            told.append(
                Finding(
                    code="late-rows",
                    address=addresses.of_rule("merges", rule.name),
                    what=f"{few(len(late), 'row was', 'rows were')} added to {binding.title!r} after it was merged",
                    why="a merge is done once; what comes later may be meant to stay",
                    next=f"move them by hand to {rule.into!r}, or declare a merge of another name",
                    where=rule.where,
                    severity=Severity.WARN,
                )
            )
    return told


async def _batch(client: Client, found: Found, batch: str) -> Batch | None:
    """A batch that the memory holds, or that it was read without; None where it is not kept any more."""
    if batch in found.memory.batches or found.archive is None:
        return found.memory.batches.get(batch)
    asked = {"property": "migrationBatch", "rich_text": {"equals": batch}}
    kept = {"and": [asked, {"property": "kind", "select": {"equals": schema.BATCH}}]}
    rows = await read.query(client, found.archive, filter=kept, property_ids=None)
    return memories.read(rows.rows, found.archive).batches.get(batch)


async def left_over(client: Client, found: Found) -> tuple[Entry, ...]:
    """The archive entries of a batch that was cut off: they say which values are still to be written."""
    batch = open_batch(found.memory)
    if batch is None:
        return ()
    entries: list[Entry] = []
    for archive in found.archives:
        column = archive.by_name("migrationBatch")
        if column is None:
            continue
        asked = {"property": common.encoded(column.id), "rich_text": {"equals": batch.id}}
        query = f"data_sources/{archive.data_source_id}/query"
        for row in await items(client, "POST", query, body={"filter": asked}):
            if row["id"] in found.memory.entries.values():
                continue
            try:
                entries.append(codec.decode(row["properties"], await read.block_children(client, row["id"])))
            except WtstateError:
                continue
    return tuple(sorted(entries, key=lambda entry: entry.record_id))


async def _see(client: Client, desired: Database, found: Found, *, searches: bool) -> Seen:
    binding = found.memory.bindings.get(desired.key)
    if binding is not None:
        try:
            live = await read.data_source(client, binding.data_source_id, database_id=binding.database_id)
        except NotFound:
            return Seen(by="memory", lost=(binding.title,))
        return Seen(by="memory", live=(live,))
    if desired.bind is not None:
        try:
            return Seen(by="bind", live=(await read.database(client, id_of(desired.bind)),))
        except NotFound:
            return Seen(by="bind", lost=(desired.bind,))
    by, children, also = candidates(desired, _unbound(found))
    lives = await asyncio.gather(*(read.database(client, child.id) for child in children))
    elsewhere: tuple[str, ...] = ()
    if not children and searches:
        elsewhere = await _elsewhere(client, (desired.title, *desired.was))
    return Seen(by=by, live=tuple(lives), also=also, elsewhere=elsewhere)


def _unbound(found: Found) -> Sequence[Child]:
    """Databases that no key is bound to: one that takes an old name later is another one."""
    bound = {binding.database_id for binding in found.memory.bindings.values()}
    return [child for child in found.children if child.id not in bound]


async def _elsewhere(client: Client, titles: Sequence[str]) -> tuple[str, ...]:
    """Urls of databases of one of the titles that search knows; search lags and is never believed, only told."""
    urls: set[str] = set()
    for title in titles:
        hits = await read.search_databases(client, title)
        urls.update(hit.url for hit in hits if normal(hit.title) == normal(title) and not hit.in_trash)
    return tuple(sorted(urls))
