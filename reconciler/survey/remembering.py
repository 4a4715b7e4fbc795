"""Finds the archive and reads the memory in it: in full, or at a glance, where nothing may come of it.

A glance asks for the memory alone, by the names of columns that every archive has. Of the archive itself it sees
no schema, and where it lay before (`cache`) it is not looked at again. What a glance leaves out, `made_sure` asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from reconciler.desired.state import State
from reconciler.memory import memory as memories
from reconciler.memory import schema
from reconciler.memory.batches import open_batch
from reconciler.memory.lease import listing
from reconciler.memory.memory import Memory
from reconciler.model.condition import normal
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.live import LiveDatabase
from reconciler.model.properties import common
from reconciler.notion import read, shapes
from reconciler.notion.client import Client
from reconciler.notion.errors import Invalid, NotFound
from reconciler.notion.listing import items
from reconciler.notion.rows import Listed, every_page
from reconciler.planning.identity import Child
from reconciler.planning.reading import Reading, Sight
from reconciler.survey.cache import Known

_LATELY = timedelta(days=1)
"""A new batch's id sorts after those of the last runs, by whichever clock they were made."""


@dataclass(frozen=True)
class Glance:
    """What need not be asked as long as nothing is to be done: where the archive was, None where that is not known.

    ``sure`` says that the service was asked in this session whom the token speaks for.
    """

    known: Known | None = None
    sure: bool = True


@dataclass(frozen=True)
class Remembered:
    """The archive, as much of it as was seen, and the memory in it."""

    archive: LiveDatabase | None
    memory: Memory
    sight: Sight = Sight.WHOLE


async def remembered(
    client: Client, state: State, nearby: Sequence[Child], *, searches: bool, history: bool, glance: Glance | None
) -> Remembered:
    """The archive among the databases ``nearby`` and its memory, read with as little as the ``glance`` needs, if any.

    Raises `WtstateError` when two databases claim to be the archive, or its entries were edited or are newer.
    """
    title = state.workspace.archive
    if glance is None:
        archive = await archive_titled(client, state, title, nearby, searches=searches)
        memory = Memory() if archive is None else await memory_of(client, archive, history=history)
        return Remembered(archive, memory)
    believed = _believed(state, nearby, glance.known)
    if believed is not None and (seen := await _glanced(client, believed, history=history)):
        return Remembered(*seen, Sight.KNOWN)
    archive = await archive_titled(client, state, title, nearby, searches=searches, schemas=False)
    if archive is None:
        return Remembered(None, Memory())
    if schema.is_archive(archive) and (seen := await _glanced(client, archive, history=history)):
        return Remembered(*seen, Sight.OUTSIDE)
    archive = await read.with_schema(client, archive)
    if archive.in_trash:
        return Remembered(None, Memory())
    return Remembered(archive, await memory_of(client, archive, history=history))


async def made_sure(client: Client, reading: Reading) -> Reading | None:
    """The reading with all that a glance left out of the archive; None where it is not where it was thought to be.

    1 request where the archive was seen from outside, 2 where it was known.
    """
    archive, state = reading.archive, reading.state
    if archive is None or reading.sight is Sight.WHOLE:
        return reading
    if reading.sight is Sight.KNOWN:
        there = [Child(id=archive.id, title=archive.title)]
        outside = await archive_titled(client, state, state.workspace.archive, there, searches=False, schemas=False)
        if outside is None or not schema.is_archive(outside) or outside.data_source_id != archive.data_source_id:
            return None
        archive = replace(outside, parent=archive.parent or outside.parent)
    whole = await read.with_schema(client, archive)
    return None if whole.in_trash else replace(reading, archive=whole, sight=Sight.WHOLE)


def _believed(state: State, nearby: Sequence[Child], known: Known | None) -> LiveDatabase | None:
    """The archive as it is known, if that database, and no other, has its title among those ``nearby``."""
    titled = [child for child in nearby if normal(child.title) == normal(state.workspace.archive)]
    if known is None or [child.id for child in titled] != [known.archive]:
        return None
    return LiveDatabase(
        id=known.archive,
        data_source_id=known.archive_source,
        title=titled[0].title,
        description=schema.marker(state.workspace.owner),
    )


async def _glanced(client: Client, archive: LiveDatabase, *, history: bool) -> tuple[LiveDatabase, Memory] | None:
    """The archive with its columns as its entries show them, and the memory; 1 request.

    None where they must be read in full: columns of other names or types, no entry at all, a batch that is still open.
    """
    asked = memories.memory_filter(
        replace(archive, properties=schema.as_made()), since=None if history else client.time - _LATELY
    )
    listed = Listed()
    source = every_page(client, archive.data_source_id, filter=asked, property_ids=None, listed=listed)
    try:
        pages = [page async for page in source]
    except (Invalid, NotFound):
        return None
    homes = {common.dashed(str(common.fields(page.get("parent")).get("database_id") or "")) for page in pages}
    if not pages or listed.incomplete or homes - {"", archive.id}:
        return None
    archive = replace(archive, properties=shapes.columns(pages[0]))
    rows = [shapes.row(page, await read.complete_values(client, page)) for page in pages]
    memory = memories.read(rows, archive, asked=asked)
    return None if open_batch(memory) is not None else (archive, memory)


async def memory_of(client: Client, archive: LiveDatabase, *, history: bool = True) -> Memory:
    """What the archive remembers, ``history`` with every batch there ever was.

    Raises `WtstateError` where it cannot be read whole.
    """
    since = None if history else client.time - _LATELY
    asked = memories.memory_filter(archive, since=since)
    if asked is None:
        return Memory()
    # Whole, not the few columns that the memory needs: a run lists them whole, and a rehearsal knows what was read.
    rows = await read.query(client, archive, filter=asked, property_ids=None)
    if rows.incomplete:
        raise WtstateError(
            Finding(code="incomplete-read", what=f"the memory is incomplete: {rows.incomplete}", next="run again")
        )
    memory = memories.read(rows.rows, archive, asked=asked)
    if not history and open_batch(memory) is not None:
        # It may be split over entries of which a run that was cut off has closed some.
        return await memory_of(client, archive)
    return memory


async def archive_titled(
    client: Client, state: State, title: str, nearby: Sequence[Child], *, searches: bool, schemas: bool = True
) -> LiveDatabase | None:
    """The archive of that title: among the databases ``nearby``, else as search knows it; None where there is none.

    2 requests, and 1 where it is searched for; 1 less without ``schemas``. Where two first runs made one each, and one
    of them was killed, what holds nothing is passed over; 1 request each.
    """
    see = read.database if schemas else read.outside
    ids = [c.id for c in nearby if normal(c.title) == normal(title)]
    far = not ids and searches
    if far:
        ids = [hit.id for hit in await read.search_databases(client, title) if normal(hit.title) == normal(title)]
    archives = [a for a in [await see(client, one) for one in ids] if not a.in_trash]
    if far:  # what lies elsewhere and is somebody else's says nothing of ours: of another environment, perhaps
        owner = state.workspace.owner
        archives = [a for a in archives if not schema.is_archive(a) or schema.belongs_to(a, owner)]
    if len(ids) > 1:
        archives = [a for a in archives if schema.is_archive(a)]
    if len(archives) > 1 and all(schema.belongs_to(each, state.workspace.owner) for each in archives):
        archives = await _in_use(client, archives)
    if len(archives) > 1:
        raise WtstateError(
            Finding(
                code="ambiguous-archive",
                what=f"{len(archives)} databases titled {title!r} say they are the archive: "
                + ", ".join(sorted(a.url for a in archives)),
                next="rename all but one of them in Notion",
                where=state.workspace.where,
            )
        )
    if not archives:
        return None
    (archive,) = archives
    schema.check_format(archive)
    if schema.is_archive(archive) and not schema.belongs_to(archive, state.workspace.owner):
        raise WtstateError(
            Finding(
                code="owned-elsewhere",
                what=f"the archive {title!r} belongs to another state than {state.workspace.owner!r}",
                why="two states that share one memory would undo each other's work",
                next="give [workspace] another `archive`, or its former `name` back",
                where=state.workspace.where,
            )
        )
    return archive


async def _in_use(client: Client, archives: Sequence[LiveDatabase]) -> list[LiveDatabase]:
    """Those of several archives that hold something; where none does, the one that a first run keeps: the oldest."""
    seen = [each for each in archives if each.data_source_id]
    held = [each for each in seen if not await empty(client, each.data_source_id)]
    return held or [min(seen or archives, key=lambda each: (each.created_time, each.id))]


async def empty(client: Client, source: str, *, but: str = "") -> bool:
    """Whether an archive holds nothing but leases, the page ``but`` among them."""
    pages = await items(client, "POST", f"data_sources/{source}/query")
    leases = listing(pages).leases
    return all(page["id"] == but or page["id"] in leases for page in pages)
