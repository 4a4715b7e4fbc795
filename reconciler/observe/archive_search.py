"""Finds archive entries: filters go to Notion as far as it can narrow them, and are judged again here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.desired.state import State
from reconciler.memory.memory import Memory
from reconciler.memory.schema import MEMORY_KINDS
from reconciler.memory.text import plain
from reconciler.model import address as addresses
from reconciler.model.condition import normal
from reconciler.model.live import LiveDatabase
from reconciler.model.properties import common
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.notion.listing import items
from reconciler.observe.history import BatchView, EntryLine, batch_line
from reconciler.planning.identity import targets
from reconciler.survey.archive import decoded_page, kind_of, pages_of

_MANY = " rows)"
"""Ends a preview that does not show all the rows."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for; None for what does not matter. ``since`` and ``until`` are days, both included."""

    database: str | None = None
    field: str | None = None
    row: str | None = None
    kind: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    batch: str | None = None


async def find_entries(
    client: Client, archives: Sequence[LiveDatabase], wanted: Wanted, state: State, memory: Memory
) -> tuple[EntryLine, ...]:
    """The entries of all archives that meet the filters, the newest first.

    1 request for every 100 entries that Notion finds; one more for each whose preview does not show all of its rows,
    where a row is asked for.
    """
    titles = _titles(wanted.database, state, memory)
    pages: list[Mapping[str, Any]] = []
    for archive in archives:
        body = {"filter": {"and": list(_filters(wanted, archive, titles))}}
        pages += await items(client, "POST", f"data_sources/{archive.data_source_id}/query", body=body)
    found = []
    for page in pages:
        line = entry_line(page)
        if kind_of(page) in MEMORY_KINDS or not _meets(line, wanted, titles):
            continue
        if wanted.row is not None and line.rows.endswith(_MANY):
            kept = await decoded_page(client, page)
            if not any(normal(wanted.row) in normal(value.name) for value in kept.entry.values):
                continue
        found.append(line)
    return tuple(sorted(found, key=lambda line: (line.when, line.batch, line.place, line.id), reverse=True))


def _titles(key: str | None, state: State, memory: Memory) -> set[str]:
    """What a database is or was called."""
    if key is None:
        return set()
    declared = targets(state).get(key)
    binding = memory.bindings.get(key)
    names = {key, *((declared.title, *declared.was) if declared else ()), *((binding.title,) if binding else ())}
    return {normal(name) for name in names}


def _filters(wanted: Wanted, archive: LiveDatabase, titles: set[str]) -> Iterator[dict[str, Any]]:
    """Conditions for Notion; each may be wider than what is asked."""

    def about(column: str) -> dict[str, Any]:
        found = archive.by_name(column)
        return {"property": common.encoded(found.id) if found else column}

    yield {**about("kind"), "select": {"is_not_empty": True}}
    if wanted.kind is not None:
        yield {**about("kind"), "select": {"equals": wanted.kind}}
    if wanted.batch is not None:
        yield {**about("migrationBatch"), "rich_text": {"equals": wanted.batch}}
    if wanted.since is not None:
        yield {**about("timestamp"), "date": {"on_or_after": wanted.since.isoformat()}}
    if wanted.until is not None:
        yield {**about("timestamp"), "date": {"on_or_before": wanted.until.isoformat()}}
    if wanted.database is not None:
        called: list[dict[str, Any]] = [
            {**about("sourceDatabase"), "rich_text": {"contains": title}} for title in sorted(titles)
        ]
        yield {"or": [*called, {"property": "title", "title": {"contains": wanted.database}}]}
    if wanted.field is not None:
        named = {**about("originalFieldName"), "rich_text": {"contains": wanted.field}}
        yield {"or": [named, {"property": "title", "title": {"contains": wanted.field}}]}
    if wanted.row is not None:
        many = {**about("originalRecordTitle"), "rich_text": {"contains": _MANY}}
        yield {"or": [{**about("originalRecordTitle"), "rich_text": {"contains": wanted.row}}, many]}


def _meets(line: EntryLine, wanted: Wanted, titles: set[str]) -> bool:
    place, _, inside = line.place.partition(" in ")
    if wanted.database is not None:
        scope = addresses.of_database(wanted.database)
        if not (addresses.covers(scope, place) or inside == wanted.database or normal(line.database) in titles):
            return False
    if wanted.field is not None and normal(line.field) != normal(wanted.field) and not _is_field(place, wanted.field):
        return False
    if wanted.row is not None and not line.rows.endswith(_MANY):
        return normal(wanted.row) in normal(line.rows)
    return True


def _is_field(place: str, field: str) -> bool:
    try:
        _, name, _ = addresses.parse(place)
    except ValueError:
        return False
    return name == field


def entry_line(page: Mapping[str, Any]) -> EntryLine:
    """An entry's page, as answered, in one line."""
    columns = page["properties"]

    def text(name: str) -> str:
        return plain(common.fields(columns.get(name)).get("rich_text") or ())

    titles = (p["title"] for p in columns.values() if isinstance(p, Mapping) and isinstance(p.get("title"), list))
    batch = text("migrationBatch")
    when = common.fields(common.fields(columns.get("timestamp")).get("date")).get("start")
    return EntryLine(
        id=common.dashed(str(page["id"])),
        place=plain(next(titles, ())).removesuffix(f" · {batch}"),
        batch=batch,
        kind=kind_of(page),
        database=text("sourceDatabase"),
        field=text("originalFieldName"),
        rows=text("originalRecordTitle"),
        reason=text("reasonForMergeOrDrop"),
        when=str(when or ""),
    )


async def batch_view(client: Client, archives: Sequence[LiveDatabase], memory: Memory, batch: str) -> BatchView:
    """A batch with its plan, its entries, and the headings of the reports on its page. Raises `KeyError`."""
    found = memory.batches[batch]
    page = memory.entries.get(f"batch {batch}")
    blocks = await read.block_children(client, page) if page else []
    headings = [plain(common.fields(block.get("heading_3")).get("rich_text") or ()) for block in blocks]
    entries = [entry_line(each) for archive in archives for each in await pages_of(client, archive, batch)]
    return BatchView(
        batch=batch_line(found),
        plan=tuple(found.plan.splitlines()),
        entries=tuple(sorted(entries, key=lambda line: (line.place, line.id))),
        reports=tuple(heading for heading in headings if heading.startswith("wtstate verify")),
    )
