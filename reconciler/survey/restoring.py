"""Reads what restoring needs: the batches asked for and what they kept, later ones, and what is there now."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from reconciler.desired.state import State
from reconciler.memory import before as befores
from reconciler.memory.batches import finish_first, open_batch
from reconciler.memory.before import Before
from reconciler.memory.entry import Entry
from reconciler.memory.memory import Batch, Memory
from reconciler.memory.schema import BATCH
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.live import LiveDatabase, LiveRow, Rows, Workspace
from reconciler.model.properties import common
from reconciler.notion import read, shapes
from reconciler.notion.client import Client
from reconciler.notion.errors import Invalid, NotFound
from reconciler.planning.identity import Child
from reconciler.planning.plan import Plan
from reconciler.planning.restore.build import Restoring, build_restore
from reconciler.planning.restore.made import made_rows
from reconciler.planning.restore.material import Material
from reconciler.planning.scope import Scope
from reconciler.survey.archive import Kept, entries_of, entry_at, unknown
from reconciler.survey.find import Found, find_memory, left_over, under
from reconciler.survey.further import sizes


async def read_and_restore(
    client: Client,
    state: State,
    workspace: Workspace,
    asked: Sequence[str],
    scope: Scope,
    *,
    children: Sequence[Child] | None,
    on_twin: bool,
) -> tuple[Restoring, Plan]:
    """What `material` reads and the plan that it makes, in the real workspace or in a rehearsal's."""
    found = await material(client, state, workspace, asked, children=children, on_twin=on_twin)
    reading, plan = build_restore(found, scope)
    if plan.unseen:
        return build_restore(replace(found, sizes=await sizes(client, plan.unseen)), scope)
    return reading, plan


async def material(
    client: Client,
    state: State,
    workspace: Workspace,
    asked: Sequence[str],
    *,
    children: Sequence[Child] | None,
    on_twin: bool,
) -> Material:
    """Everything that taking back ``asked`` (ids of batches, or of entries) needs to know.

    Raises `WtstateError`: ``unknown-batch``, ``no-record``, ``batch-open`` where an apply was cut off.
    """
    listed = children if children is not None else await under(client, workspace.parent_id)
    found = await find_memory(client, state, listed, parent=workspace.parent_id, searches=not on_twin)
    wanted = await _asked(client, found, asked)
    finish_first(found.memory, tuple(asked))
    batches = sorted(wanted.batches, key=lambda batch: batch.id, reverse=True)
    parts = {batch.id: await kept_by(client, found.memory, batch) for batch in batches}
    before = befores.united(parts[batch.id] for batch in reversed(batches))
    archived = [kept for batch in batches for kept in await entries_of(client, found.archives, batch.id)]
    entries = [kept.entry for kept in archived]
    live = await _live(client, before, found)
    gone = before.databases.keys() - live.keys()
    again = await _made_again(client, found, {*asked, *(batch.id for batch in batches)}, gone, before)
    live |= again
    rows = await _rows(client, live)
    linked = await _linked(client, before, live)
    await _mentioned(client, entries, {row.id for each in rows.values() for row in each.rows})
    made = Material(
        workspace=workspace.name,
        state=state,
        memory=found.memory,
        archive=found.archive,
        own_archives=found.own,
        parent=workspace.parent_id,
        bot=workspace.bot_id,
        named=tuple(asked),
        asked=tuple(batches),
        before=before,
        entries=tuple(entries),
        focus=tuple(wanted.entries) if wanted.entries else None,
        later=await _later(client, found.memory, batches),
        left_over=await left_over(client, found),
        live=live,
        rows=rows,
        gone=frozenset(gone - again.keys()),
        again=frozenset(again),
        linked=linked,
        files={(kept.entry.batch, place): file for kept in archived for place, file in kept.files.items()},
        upload_limit=workspace.upload_limit,
    )
    return replace(made, content=await _content(client, made), trashed=await _trashed(client, made))


@dataclass(frozen=True)
class _Asked:
    """What was asked for: the batches, and the entries where it was single ones."""

    batches: tuple[Batch, ...]
    entries: tuple[Entry, ...]


async def _asked(client: Client, found: Found, asked: Sequence[str]) -> _Asked:
    batches: dict[str, Batch] = {}
    entries: list[Entry] = []
    whole = False
    for name in asked:
        batch = found.memory.batches.get(name)
        kept: Kept | None = None
        if batch is None:
            kept = await entry_at(client, found.archives, name)
            batch = found.memory.batches.get(kept.entry.batch) if kept else None
        if batch is None:
            raise WtstateError(unknown(name))
        batches[batch.id] = batch
        if kept is not None:
            entries.append(kept.entry)
        else:
            whole = True
    if whole and entries:
        raise WtstateError(
            Finding(
                code="unknown-batch",
                what="whole batches and single entries are asked for at once",
                next="restore the entries first, then the batches",
            )
        )
    return _Asked(batches=tuple(batches.values()), entries=tuple(entries))


async def kept_by(client: Client, memory: Memory, batch: Batch) -> Before:
    """What a batch kept of what was there before. 1 request for about 90 blocks."""
    page = memory.entries.get(f"{BATCH} {batch.id}")
    blocks = await read.block_children(client, page) if page else []
    return befores.read(blocks, name=batch.id)


async def _later(client: Client, memory: Memory, batches: Iterable[Batch]) -> dict[tuple[str, str], str]:
    """Which batch after them touched what too: (data source, property id, "" for the database itself)."""
    asked = {batch.id for batch in batches}
    going_on = open_batch(memory)
    after = [b for b in memory.batches.values() if b.id > min(asked) and b.id not in asked and b != going_on]
    found: dict[tuple[str, str], str] = {}
    for batch in sorted(after, key=lambda b: b.id):
        try:
            before = await kept_by(client, memory, batch)
        except WtstateError:
            continue
        for touched in before.databases.values():
            source = touched.was.data_source_id
            places = {*touched.changes, *touched.options, *touched.values}
            if touched.words or touched.trashes is not None or touched.locks is not None:
                places.add("")
            found.update({(source, place): batch.id for place in places})
    return found


async def _live(client: Client, before: Before, found: Found) -> dict[str, LiveDatabase]:
    """The databases that the batches touched or made, as they are now; those that are gone are left out."""
    wanted = {key: (touched.was.id, touched.was) for key, touched in before.databases.items()}
    for key, title in before.created.items():
        binding = found.memory.bindings.get(key)
        made = binding.database_id if binding else next((c.id for c in found.children if c.title == title), None)
        if made and key not in wanted:
            wanted[key] = (made, LiveDatabase(id=made, data_source_id="", title=title))
    lives = await asyncio.gather(*(_database(client, one, was) for one, was in wanted.values()))
    return {key: live for key, live in zip(wanted, lives, strict=True) if live is not None}


async def _database(client: Client, database_id: str, was: LiveDatabase) -> LiveDatabase | None:
    """A database as it is, in the trash too; where a batch left it there, that may be other than it was.

    Title and icon are its data source's: those are what is written.
    """
    try:
        answer = await client.request("GET", f"databases/{database_id}")
    except (NotFound, Invalid):
        return None
    if answer.get("in_trash") is True:
        try:
            there = await read.data_source(client, was.data_source_id, database_id=database_id)
        except (NotFound, Invalid):
            there = was
        return replace(there, in_trash=True, locked=answer.get("is_locked") is True)
    sources = common.entries(answer.get("data_sources"))
    if len(sources) != 1:
        return None
    live = await read.data_source(client, str(sources[0].get("id")), database_id=database_id)
    return replace(live, locked=answer.get("is_locked") is True)


async def _made_again(
    client: Client, found: Found, asked: AbstractSet[str], gone: Collection[str], before: Before
) -> dict[str, LiveDatabase]:
    """The databases of those that are ``gone`` that an earlier run of this restore has made again, by key."""
    made: dict[str, LiveDatabase] = {}
    for batch in found.memory.batches.values():
        if not gone or asked.isdisjoint(batch.restores):
            continue
        created = (await kept_by(client, found.memory, batch)).created
        for key in sorted(created.keys() & gone):
            child = next((c for c in found.children if c.title == created[key]), None)
            there = await _database(client, child.id, before.databases[key].was) if child else None
            if there is not None and not there.in_trash:
                made[key] = there
    return made


async def _looked_at(client: Client, path: str) -> bool:
    """Reads what no plan is made from, but a rehearsal has to stand on; whether it is there."""
    try:
        await client.request("GET", path)
    except (NotFound, Invalid):
        return False
    return True


async def _linked(client: Client, before: Before, live: Mapping[str, LiveDatabase]) -> frozenset[str]:
    """Reads which rows are there in databases that former relations led to. 1 request for 100."""
    read_already = {database.data_source_id for database in live.values()}
    relations = [p for t in before.databases.values() for p in t.was.properties if p.type == "relation"]
    targets = {str(prop.config.get("data_source_id")) for prop in relations} - read_already
    found: set[str] = set()
    for source in sorted(targets):
        try:
            target = await read.data_source(client, source)
            rows = await read.query(client, target, filter=None, property_ids=[target.title_property.id])
        except (NotFound, Invalid):
            continue
        found |= {row.id for row in rows.rows}
    return frozenset(found)


async def _mentioned(client: Client, entries: Iterable[Entry], seen: Collection[str]) -> None:
    """Reads whom and what archived values speak of, for the rehearsal: people at once, 1 request for each page or
    database that a text mentions."""
    if any(value.type == "people" and value.restorable for entry in entries for value in entry.values):
        await read.people(client)
    values = [v.old for e in entries for v in e.values if v.type in ("rich_text", "title") and v.restorable]
    runs = [run for value in values for run in common.entries(value)]
    places = {
        (kind, str(common.fields(mention.get(kind)).get("id") or ""))
        for run in runs
        for mention in (common.fields(run.get("mention")),)
        for kind in ("page", "database")
    }
    for kind, mentioned in sorted(places):
        if mentioned and mentioned not in seen:
            await _looked_at(client, f"{kind}s/{mentioned}")


async def _rows(client: Client, live: Mapping[str, LiveDatabase]) -> dict[str, Rows]:
    there = {key: database for key, database in live.items() if not database.in_trash}
    answers = await asyncio.gather(
        *(read.query(client, database, filter=None, property_ids=None) for database in there.values())
    )
    for key, rows in zip(there, answers, strict=True):
        if rows.incomplete:
            raise WtstateError(Finding(code="incomplete-read", address=key, what=rows.incomplete, next="run again"))
    return dict(zip(there, answers, strict=True))


async def _content(client: Client, made: Material) -> dict[str, list[dict[str, Any]]]:
    """The blocks of pages that the batches made, or wrote a line into."""
    there = {row.id for rows in made.rows.values() for row in rows.rows}
    pages = {row for _, row, _ in made.before.lines if row in there}
    pages |= {row for key in made.rows for row in made_rows(made, key)}
    for key, row, _ in made.before.lines:
        if row not in there and key in made.live and await _looked_at(client, f"pages/{row}"):
            pages.add(row)
    ordered = sorted(pages)
    blocks = await asyncio.gather(*(read.block_children(client, page) for page in ordered))
    return dict(zip(ordered, blocks, strict=True))


async def _trashed(client: Client, made: Material) -> dict[str, tuple[LiveRow, ...]]:
    """The rows that the batches put into the trash and that are there still. 1 request each."""
    there = {row.id for rows in made.rows.values() for row in rows.rows}
    found: dict[str, list[LiveRow]] = {}
    for key, row in made.before.trashed:
        if row in there or key not in made.rows:
            continue
        try:
            page = await read.page(client, row)
        except (NotFound, Invalid):
            continue
        found.setdefault(key, []).append(shapes.row(page, await read.complete_values(client, page)))
    return {key: tuple(rows) for key, rows in found.items()}
