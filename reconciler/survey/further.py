"""What guards must know before they can judge: how much a database holds in all, how large hosted files are.

Asked only where a first plan shows that a guard hangs on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from reconciler.memory.hosted import Place
from reconciler.notion import files, read
from reconciler.notion.client import Client
from reconciler.notion.errors import NotFound, NotionError
from reconciler.planning.guards.share import counted
from reconciler.planning.reading import Reading


async def look_further(client: Client, reading: Reading, *, count: Iterable[str], see: Collection[Place]) -> Reading:
    """The reading with what the databases in ``count`` hold and how large the files in ``see`` are.

    One request for every 100 rows of a database, one for each row with files and each block; the files themselves are
    asked for their size at their own address, which is no request to Notion.
    """
    held = dict(reading.held)
    for key in sorted(count):
        live = reading.matched.databases[key].live
        if live is not None:
            rows = await read.query(client, live, filter=None, property_ids=None)
            held[key] = counted(rows, {p.id: p.type for p in live.properties})
    return replace(reading, held=held, sizes={**reading.sizes, **await sizes(client, see)})


async def sizes(client: Client, places: Collection[Place]) -> dict[Place, int | None]:
    """How large these files are, by what is said at their own addresses; None where that cannot be learned."""
    found: dict[Place, int | None] = {}
    urls = await addresses_of(client, places)
    for place in sorted(places):
        url = urls.get(place, "")
        try:
            found[place] = await files.size_of(client, url) if url else None
        except NotionError:
            found[place] = None
    return found


async def addresses_of(client: Client, places: Iterable[Place]) -> dict[Place, str]:
    """The signed urls of hosted files, good for an hour: one request a row with files, one a block with one."""
    found: dict[Place, str] = {}
    wanted = sorted(places)
    for row in dict.fromkeys(place.row for place in wanted if not place.block):
        urls = await _of_page(client, row)
        found |= {p: urls[p.property, p.index] for p in wanted if p.row == row and (p.property, p.index) in urls}
    for place in wanted:
        if place.block:
            found[place] = await _of_block(client, place.block)
    return {place: url for place, url in found.items() if url}


async def _of_page(client: Client, row: str) -> dict[tuple[str, int], str]:
    try:
        return files.urls_of_page(await read.page(client, row))
    except NotFound:
        return {}


async def _of_block(client: Client, block: str) -> str:
    try:
        return files.url_of_block(await client.request("GET", f"blocks/{block}"))
    except NotFound:
        return ""
