"""Reads archive entries: those of a batch, one by its id, and those that meet filters."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.memory import codec
from reconciler.memory.entry import Entry
from reconciler.memory.hosted import KeptFile, Place, kept_files
from reconciler.memory.schema import MEMORY_KINDS
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.live import LiveDatabase
from reconciler.model.properties import common
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.notion.errors import Invalid, NotFound
from reconciler.notion.ids import id_of
from reconciler.notion.listing import items


@dataclass(frozen=True)
class Kept:
    """An entry with the page that holds it, and the copies of files that the page shows."""

    page: str
    entry: Entry
    files: Mapping[Place, KeptFile]


async def pages_of(client: Client, archive: LiveDatabase | None, batch: str) -> list[Mapping[str, Any]]:
    """The pages of a batch's archive entries, as answered; memory aside."""
    column = archive.by_name("migrationBatch") if archive is not None else None
    if archive is None or column is None:
        return []
    asked = {"property": common.encoded(column.id), "rich_text": {"equals": batch}}
    query = f"data_sources/{archive.data_source_id}/query"
    found = await items(client, "POST", query, body={"filter": asked})
    return [page for page in found if kind_of(page) not in MEMORY_KINDS]


def kind_of(page: Mapping[str, Any]) -> str:
    """What kind of entry a page of the archive says it is."""
    return str(common.fields(common.fields(page["properties"].get("kind")).get("select")).get("name") or "")


async def entries_of(client: Client, archives: Sequence[LiveDatabase], batch: str) -> list[Kept]:
    """A batch's entries of all its archives, decoded. Raises `WtstateError` for one that was edited."""
    pages = [page for archive in archives for page in await pages_of(client, archive, batch)]
    decoded = await asyncio.gather(*(decoded_page(client, page) for page in pages))
    return sorted(decoded, key=lambda kept: kept.entry.record_id)


async def decoded_page(client: Client, page: Mapping[str, Any]) -> Kept:
    """The entry that a page holds. 1 request for about 90 blocks."""
    blocks = await read.block_children(client, str(page["id"]))
    entry = codec.decode(page["properties"], blocks)
    return Kept(page=common.dashed(str(page["id"])), entry=entry, files=kept_files(entry, blocks))


async def entry_at(client: Client, archives: Sequence[LiveDatabase], text: str) -> Kept | None:
    """The entry whose page has that id or url; None where there is none in these archives.

    Raises `WtstateError` for one that is in the trash, or that was edited.
    """
    try:
        page = await read.page(client, id_of(text))
    except (NotFound, Invalid, WtstateError):
        return None
    parent = common.dashed(str(common.fields(page.get("parent")).get("data_source_id") or ""))
    if parent not in {archive.data_source_id for archive in archives} or kind_of(page) in MEMORY_KINDS:
        return None
    if page.get("in_trash") is True:
        raise WtstateError(_gone(text))
    return await decoded_page(client, page)


def _gone(name: str) -> Finding:
    return Finding(
        code="unknown-batch",
        what=f"the entry {name!r} is in Notion's trash: its values were purged, or somebody put it there",
        why="a purge empties the page of an entry and leaves a tombstone",
        next="wtstate archive list --kind purged shows what was purged, and why",
    )


def unknown(name: str) -> Finding:
    """The finding for an id that names nothing in the archive."""
    return Finding(
        code="unknown-batch",
        what=f"{name!r} is no batch and no entry of the archive",
        next="copy an id from `wtstate history`, or from `wtstate archive list`",
    )
