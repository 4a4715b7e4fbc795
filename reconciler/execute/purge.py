"""Deletes archived values for good. A tombstone stays: what went, when, by which batch, why, how many values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reconciler.execute import looks
from reconciler.execute.adopt import Writer
from reconciler.execute.archive import page_body
from reconciler.execute.ground import Ground
from reconciler.execute.opening import under_lease
from reconciler.execute.settle import nothing_new
from reconciler.memory import codec
from reconciler.memory.entry import Entry, timestamp
from reconciler.memory.schema import PURGED
from reconciler.memory.text import plain
from reconciler.model.finding import Finding, WtstateError
from reconciler.notion import read
from reconciler.survey.archive import Kept
from reconciler.survey.purging import Purging

_PREVIEWS = ("originalRecordTitle", "originalValue")


@dataclass(frozen=True)
class Purged:
    """What a purge came to: how many entries and values went."""

    entries: int
    values: int


async def purge_under_lease(by: Writer, purging: Purging, *, reason: str) -> Purged:
    """Purges what was read; 3 requests besides. Raises `Stopped` where another run writes, or wrote meanwhile."""
    ground = by.ground(purging.memory, archive_source=purging.archive_source)
    async with under_lease(ground, run=by.run):
        return await purge(purging.kept, ground, reason=reason, batches=purging.pages)


async def purge(kept: Sequence[Kept], ground: Ground, *, reason: str, batches: Sequence[str] = ()) -> Purged:
    """Writes a tombstone for each entry, then empties its page and puts it into the trash.

    ``batches`` are pages of batches whose whole record goes as well: what they kept of what was there before holds
    values. A run that was cut off is run again: a tombstone that is there is not written twice.
    """
    values = 0
    for one in kept:
        if one.entry.kind == PURGED:
            continue
        await _tombstone(one, ground, reason=reason)
        await _emptied(one.page, ground, properties={name: {"rich_text": []} for name in _PREVIEWS}, trash=True)
        values += len(one.entry.values)
    for page in batches:
        await _emptied(page, ground, properties={}, trash=False)
    return Purged(entries=sum(one.entry.kind != PURGED for one in kept), values=values)


async def _tombstone(one: Kept, ground: Ground, *, reason: str) -> None:
    page = await read.page(ground.client, one.page)
    stone = tombstone(one.entry, digest=plain(page["properties"]["digest"]["rich_text"]), reason=reason)
    stone = replace(stone, timestamp=timestamp(ground.now()))
    if await _stands(stone, ground):
        return
    encoded = codec.encode(stone)
    answer = await ground.send(
        "POST",
        "pages",
        body=page_body(ground.archive_source, encoded.properties) | {"children": encoded.first},
        look=looks.entry(ground.archive_source, encoded.properties),
    )
    there = codec.decode(answer["properties"], await read.block_children(ground.client, answer["id"]))
    if there != stone:
        raise WtstateError(
            Finding(
                code="archive-differs",
                address=stone.address,
                what="the archive does not hold the tombstone that was written to it",
                next="run again; nothing was purged",
            )
        )


def tombstone(entry: Entry, *, digest: str, reason: str) -> Entry:
    """What stays of an entry: no value, and no name of a row."""
    definition = {
        "kind": entry.kind,
        "values": len(entry.values),
        "pages": len(entry.content),
        "digest": digest,
        "archived": entry.timestamp,
        "why": entry.reason,
    }
    return replace(
        entry, kind=PURGED, reason=f"purged: {reason}", definition=definition, values=(), content={}, timestamp=""
    )


async def _stands(stone: Entry, ground: Ground) -> bool:
    asked = {"and": [{"property": "title", "title": {"equals": stone.record_id}}]}
    answer = await ground.client.request("POST", f"data_sources/{ground.archive_source}/query", body={"filter": asked})
    for page in answer["results"]:
        if plain(page["properties"]["reasonForMergeOrDrop"]["rich_text"]) != stone.reason:
            continue
        there = codec.decode(page["properties"], await read.block_children(ground.client, page["id"]))
        if replace(there, timestamp=stone.timestamp) == stone:
            return True
    return False


async def _emptied(page: str, ground: Ground, *, properties: dict[str, object], trash: bool) -> None:
    """Takes the page's content away, block by block where Notion leaves some; then its previews; then the page."""
    body = {"erase_content": True, "properties": properties}
    await ground.send("PATCH", f"pages/{page}", body=body, look=looks.erased(page))
    gone = {"in_trash": True}
    for block in await read.block_children(ground.client, page):
        path = f"blocks/{block['id']}"
        await ground.send("PATCH", path, body=gone, look=nothing_new(path, gone))
    if trash:
        path = f"pages/{page}"
        await ground.send("PATCH", path, body=gone, look=nothing_new(path, gone))
