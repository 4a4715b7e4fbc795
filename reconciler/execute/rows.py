"""Executors of the steps that write rows, and of the looks before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from reconciler.execute import looks
from reconciler.execute.converted import unmoved
from reconciler.execute.copies import put_back
from reconciler.execute.ground import Conversion, Ground, Place, Refused
from reconciler.execute.schema import moved
from reconciler.execute.settle import Answer, Look, nothing_new, reading
from reconciler.model import properties
from reconciler.model.finding import Finding
from reconciler.model.live import LiveDatabase, Value
from reconciler.model.properties import common
from reconciler.model.properties.files import PROPERTY as FILES
from reconciler.notion import read, shapes
from reconciler.notion.client import Client
from reconciler.notion.listing import items
from reconciler.notion.since import since
from reconciler.planning.effects import LastLook, RowWrite
from reconciler.planning.steps import kinds
from reconciler.planning.survivor import is_line, line, links_to

_ONE_OPTION = ("select", "status")


async def write_row(step: kinds.WriteRow, ground: Ground) -> None:
    """Writes every value of the row that the plan changes, and compares Notion's answer with what was written.

    A row that is ``checked`` is read first; `Refused` when somebody changed a value that the plan writes.
    """
    step = _of_new_rows(step, ground)
    live = ground.place(step.database, step.addresses[0]).live
    ids = {write.property: _id(write.property, step.database, live, ground) for write in step.writes}
    if step.checked:
        await _look_before(step, ids, ground)
    body = {_key(ids[write.property], live): await _wire(write, step, ground) for write in step.writes}
    path = f"pages/{step.row}"
    look = reading(path, lambda page: _has(page, step, ids), still=lambda page: _row_unmoved(page, step, ids, ground))
    answer = await ground.send("PATCH", path, body={"properties": body}, look=look, serves=step.addresses)
    if not _has(answer, step, ids):
        raise Refused(
            Finding(
                code="not-taken",
                address=step.addresses[0],
                what="Notion accepted a row, but answers another value than was written",
                next="plan again, and look at that row",
            )
        )


def _of_new_rows(step: kinds.WriteRow, ground: Ground) -> kinds.WriteRow:
    """The step with the ids of rows that this run made again, in place of those that they had."""
    writes = tuple(
        replace(write, new=[ground.again.get(page, page) for page in write.new]) if write.type == "relation" else write
        for write in step.writes
    )
    return replace(step, row=ground.again.get(step.row, step.row), writes=writes)


async def _wire(write: RowWrite, step: kinds.WriteRow, ground: Ground) -> dict[str, Any]:
    """The value as Notion takes it; files that the archive keeps are uploaded for it."""
    if not write.kept:
        return properties.of(write.type).wire(write.new)
    uploads = [await put_back(kept, ground, serves=step.addresses) for kept in write.kept]
    return FILES.wire_with(write.new, uploads)


def _has(page: Mapping[str, Any], step: kinds.WriteRow, ids: Mapping[str, str]) -> bool:
    """Whether the page holds what the step writes, as far as an answer shows it whole."""
    by_id = read.page_values(page)
    for write in step.writes:
        got = by_id.get(ids[write.property])
        if got is None or got.type != write.type:
            continue
        kind = properties.of(write.type)
        if not kind.truncated(got.entry) and not kind.same(got.value, write.new):
            return False
    return True


def _row_unmoved(page: Mapping[str, Any], step: kinds.WriteRow, ids: Mapping[str, str], ground: Ground) -> None:
    """Raises `Refused` where somebody put something else into the row while a write of it was unclear."""
    by_id, row = read.page_values(page), shapes.row(page, {})
    for write in step.writes:
        got = by_id.get(ids[write.property])
        if got is None or got.type != write.type:
            continue
        kind = properties.of(write.type)
        if kind.truncated(got.entry) or kind.same(got.value, write.new):
            continue
        if not unmoved(write, row, got.value, ground):
            raise Refused(moved(step.addresses[0], "a row that it writes was edited since the plan was made"))


async def _look_before(step: kinds.WriteRow, ids: Mapping[str, str], ground: Ground) -> None:
    """Compares what the row holds now with what it is to hold still; of a cut value, the part that is shown."""
    page = await ground.client.request("GET", f"pages/{step.row}")
    held, row = read.page_values(page), shapes.row(page, {})
    for write in step.writes:
        now = held.get(ids[write.property])
        if now is None or now.type != write.type:
            continue
        cut = properties.of(write.type).truncated(now.entry)
        if not unmoved(write, row, now.value, ground, cut=cut):
            raise Refused(moved(step.addresses[0], "a row that it writes was edited just before it was written"))


def _id(planned: str, database: str, live: LiveDatabase | None, ground: Ground) -> str:
    """The id that a property has by now; one that was made in this run was planned by its name."""
    known = ground.property_id(database, planned)
    made = live.by_name(known) if live is not None and live.by_id(known) is None else None
    return made.id if made is not None else known


def _key(property_: str, live: LiveDatabase | None) -> str:
    """How a property is addressed in a body: by its id, encoded, or by its name where it was made in this run."""
    known = live is not None and (live.by_id(property_) is not None or live.by_name(property_) is None)
    return common.encoded(property_) if known else property_


async def move_row(step: kinds.Move, ground: Ground) -> None:
    """Moves a page into another data source. What Notion keeps of its values is not relied on: all are written next."""
    place = ground.place(step.database, step.addresses[0])
    body = {"parent": {"type": "data_source_id", "data_source_id": place.data_source_id}}
    look = looks.moved(step.move.row, place.data_source_id)
    answer = await ground.send("POST", f"pages/{step.move.row}/move", body=body, look=look, serves=step.addresses)
    held = read.page_values(answer)
    ground.arrived[step.move.row] = {
        property_id: each.value
        for property_id, each in held.items()
        if not properties.of(each.type).truncated(each.entry)
    }


async def moving_unmoved(step: kinds.CheckMoved, ground: Ground) -> None:
    """Asks which of the rows about to move were edited since they were read; `Refused` if one differs."""
    place = ground.place(step.source, step.addresses[0])
    live = place.live or await read.data_source(ground.client, place.data_source_id, database_id=place.database_id)
    found = await read.query(ground.client, live, filter=_edited_since(ground.read_at), property_ids=None)
    if found.incomplete:
        raise Refused(_unread(step.addresses[0], found.incomplete))
    for row in found.rows:
        for prop in live.properties if row.id in step.rows else ():
            kind = properties.of(prop.type)
            known = step.known.get((row.id, prop.id), kind.nothing)
            if not kind.writable or prop.id not in row.values or kind.same(row.values[prop.id], known):
                continue
            # An edge may come or go by a change of this run on its other side.
            if prop.type != "relation" or row.last_edited_by != ground.bot:
                raise Refused(moved(step.addresses[0], "a row that it moves was edited since the plan was made"))


async def create_row(step: kinds.CreateRow, ground: Ground) -> None:
    """Makes a row with all its values."""
    place = ground.place(step.database, step.addresses[0])
    planned = [(ground.property_id(step.database, name), kind, value) for name, kind, value in step.new.values]
    values = {_key(name, place.live): properties.of(kind).wire(value) for name, kind, value in planned}
    parent = {"type": "data_source_id", "data_source_id": place.data_source_id}
    began = ground.client.time
    answer = await ground.send(
        "POST",
        "pages",
        body={"parent": parent, "properties": values},
        look=_new_row(step, place, ground, began),
        serves=step.addresses,
    )
    ground.made[answer["id"]] = step.new.database
    if step.new.was:
        ground.again[step.new.was] = str(answer["id"])


def _new_row(step: kinds.CreateRow, place: Place, ground: Ground, began: datetime) -> Look:
    """A row that came into being since then, with all the values of the step, and that the run does not know yet."""
    asked = {
        "filter": {
            "timestamp": "created_time",
            "created_time": since(began),
        }
    }

    async def find(client: Client) -> Sequence[Answer]:
        pages = await items(client, "POST", f"data_sources/{place.data_source_id}/query", body=asked)
        return [dict(page) for page in pages]

    def holds(page: Answer) -> bool:
        by_id, names = read.page_values(page), page["properties"]
        held = {**by_id, **{name: by_id[by] for name in names if (by := unquote(names[name]["id"])) in by_id}}
        return page["id"] not in ground.made and all(
            (key := ground.property_id(step.database, name)) in held
            and held[key][0] == kind
            and properties.of(kind).same(held[key][1], value)
            for name, kind, value in step.new.values
        )

    return Look(find=find, holds=holds, appears=True)


async def append_line(step: kinds.AppendLine, ground: Ground) -> None:
    """Adds a line to a page that links to the row in which its values live on; a line that is there is not doubled."""
    there = await read.block_children(ground.client, step.line.row)
    if any(links_to(block, step.line.survivor) for block in there):
        return
    await ground.send(
        "PATCH",
        f"blocks/{step.line.row}/children",
        body={"children": [line(step.line.survivor)]},
        look=_line(step),
        serves=step.addresses,
    )


def _line(step: kinds.AppendLine) -> Look:
    async def find(client: Client) -> Sequence[Answer]:
        return [{"object": "list", "results": await read.block_children(client, step.line.row)}]

    def holds(answer: Answer) -> bool:
        return any(links_to(block, step.line.survivor) for block in answer["results"])

    return Look(find=find, holds=holds, appears=True)


async def take_line(step: kinds.TakeLine, ground: Ground) -> None:
    """Takes the line away that `append_line` added; one that a person wrote more into stays."""
    for block in await read.block_children(ground.client, step.row):
        if is_line(block, step.survivor):
            path, body = f"blocks/{block['id']}", {"in_trash": True}
            await ground.send("PATCH", path, body=body, look=nothing_new(path, body), serves=step.addresses)
            return


async def trash_page(step: kinds.TrashPage, ground: Ground) -> None:
    """Puts a row into Notion's trash."""
    path, body = f"pages/{step.row}", {"in_trash": True}
    await ground.send("PATCH", path, body=body, look=nothing_new(path, body), serves=step.addresses)


async def rows_unmoved(steps: Sequence[kinds.WriteRow], ground: Ground) -> None:
    """Asks which of the rows about to be written were edited since they were last looked at; `Refused` if one differs.

    Rows that were written meanwhile were edited too: where all rows get one option, those that bear it are left out.
    """
    if not steps:
        return
    key = steps[0].database
    place = ground.place(key, steps[0].addresses[0])
    live = place.live or await read.data_source(ground.client, place.data_source_id, database_id=place.database_id)
    ids = {w.property: _id(w.property, key, live, ground) for step in steps for w in step.writes}
    known = {property_id for property_id in ids.values() if live.by_id(property_id)}
    began = ground.now()
    asked = _edited_since(ground.looked_at.get(key, ground.read_at), besides=_unwritten(steps, live))
    edited = await read.query(ground.client, live, filter=asked, property_ids=sorted({*known, live.title_property.id}))
    if edited.incomplete:
        raise Refused(_unread(steps[0].addresses[0], edited.incomplete))
    wanted = {step.row: step for step in steps}
    for row in edited.rows:
        step = wanted.get(row.id)
        for write in step.writes if step else ():
            now = row.values.get(ids[write.property])
            if ids[write.property] in row.values and not unmoved(write, row, now, ground):
                raise Refused(
                    moved(step.addresses[0] if step else key, "a row that it writes was edited since the plan was made")
                )
    ground.looked_at[key] = began


def _edited_since(moment: datetime, *, besides: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The filter for rows edited since ``moment``, as far as clocks can tell, that also meet all of ``besides``."""
    edited = {"timestamp": "last_edited_time", "last_edited_time": since(moment)}
    return {"and": [edited, *besides]} if besides else edited


def _unwritten(steps: Sequence[kinds.WriteRow], live: LiveDatabase) -> list[dict[str, Any]]:
    """What rows that are still to be written have in common, and those written already have not."""
    narrowing = []
    for prop in live.properties:
        mine = [write.new for step in steps for write in step.writes if write.property == prop.id]
        there = [option["name"] for option in prop.config.get("options", ())] if prop.type in _ONE_OPTION else []
        if len(mine) == len(steps) and mine[0] in there and all(new == mine[0] for new in mine):
            narrowing.append({"property": common.encoded(prop.id), prop.type: {"does_not_equal": mine[0]}})
    return narrowing


async def last_look(step: kinds.Look, ground: Ground) -> None:
    """Asks once more for rows that hold what is about to go; a value that is not in the archive stops the removal."""
    look = step.look
    ground.converted[look.database, look.property_id] = Conversion(look=look, since=ground.client.time)
    place = ground.place(look.database, step.addresses[0])
    live = place.live or await read.data_source(ground.client, place.data_source_id, database_id=place.database_id)
    holding = dict(look.filter) if look.filter else None
    if step.narrowed and holding is not None:
        holding = _edited_since(ground.read_at, besides=[] if look.retypes else holding.get("and", [holding]))
    found = await read.query(
        ground.client,
        live,
        filter=holding,
        property_ids=[look.property_id, live.title_property.id],
    )
    if found.incomplete:
        raise Refused(_unread(step.addresses[0], found.incomplete))
    new = [
        row
        for row in found.rows
        if row.id not in ground.made and _is_news(look, row.id, row.values.get(look.property_id))
    ]
    if look.retypes:
        emptied = set() if step.narrowed else look.known.keys() - {row.id for row in found.rows}
        if new or emptied:
            raise Refused(
                moved(step.addresses[0], f"{len(new) + len(emptied)} values were edited before its type changed")
            )
    elif new:
        raise Refused(
            moved(step.addresses[0], f"{len(new)} rows came to hold it since the plan was made, so it is not removed")
        )


def _is_news(look: LastLook, row: str, value: Value) -> bool:
    kind = properties.of(look.type)
    if look.retypes and row in look.known:
        return not kind.same(look.known[row], value)
    if row in look.moved and look.gone is None:
        return False
    if look.gone is not None:
        return look.gone in (value if isinstance(value, list) else [value])
    if kind.empty(value):
        return False
    if row in look.known and look.type == "relation":
        # What it led to may have left for another database by this plan: the edge goes, and is archived.
        return not set(value) <= set(look.known[row])
    return row not in look.known or not kind.same(look.known[row], value)


def _unread(address: str, what: str) -> Finding:
    return Finding(
        code="incomplete-read",
        address=address,
        what=f"the last look could not read everything: {what}",
        next="run again",
    )
