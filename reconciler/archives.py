"""What the archives hold: the batches, their entries, and what is deleted from them for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.connection import Line, told
from reconciler.model.finding import WtstateError

if TYPE_CHECKING:
    from reconciler.desired.state import State
    from reconciler.execute.adopt import Writer
    from reconciler.execute.purge import Purged
    from reconciler.observe.archive_search import Wanted
    from reconciler.observe.history import BatchLine, BatchView, EntryLine, EntryView
    from reconciler.survey.find import Found
    from reconciler.survey.purging import Purging


class Archives:
    """The archives of a session. Every method reads the memory first; `purge` alone writes."""

    def __init__(self, line: Line, state: State, *, writing: Callable[[], AbstractContextManager[Writer]]) -> None:
        """``writing`` says who writes what `purge` writes, for the length of a block."""
        self._line = line
        self._client = line.client
        self._state = state
        self._writing = writing

    async def _found(self) -> Found:
        from reconciler.survey.find import find_memory, under

        parent = self._line.workspace.parent_id
        children = self._line.listed.take()
        listed = children if children is not None else await under(self._client, parent)
        return await find_memory(self._client, self._state, listed, parent=parent, searches=not self._line.on_twin)

    async def history(self) -> tuple[BatchLine, ...]:
        """Every batch, the newest first."""
        from reconciler.observe.history import batches

        with told():
            return batches((await self._found()).memory)

    async def settled_by(self, asked: Sequence[str]) -> tuple[str, ...]:
        """The addresses of rules that these batches settled and that stay settled, sorted."""
        with told():
            memory = (await self._found()).memory
        return tuple(sorted(s.address for s in memory.settled.values() if s.batch in asked and not s.again))

    async def batch(self, batch: str) -> BatchView:
        """One batch with its plan, its archive entries and its reports. Raises `WtstateError` (``unknown-batch``)."""
        from reconciler.observe.archive_search import batch_view
        from reconciler.survey.archive import unknown

        with told():
            found = await self._found()
            if batch not in found.memory.batches:
                raise WtstateError(unknown(batch))
            return await batch_view(self._client, found.archives, found.memory, batch)

    async def entries(self, wanted: Wanted) -> tuple[EntryLine, ...]:
        """The archive entries that meet the filters, the newest first."""
        from reconciler.observe.archive_search import find_entries

        with told():
            found = await self._found()
            return await find_entries(self._client, found.archives, wanted, self._state, found.memory)

    async def entry(self, entry: str) -> EntryView:
        """One archive entry, by its page's id or url. Raises `WtstateError` (``unknown-batch``)."""
        from reconciler.notion import read
        from reconciler.observe.archive_search import entry_line
        from reconciler.observe.history import entry_view
        from reconciler.survey.archive import entry_at, unknown

        with told():
            kept = await entry_at(self._client, (await self._found()).archives, entry)
            if kept is None:
                raise WtstateError(unknown(entry))
            return entry_view(entry_line(await read.page(self._client, kept.page)), kept.entry, self._state)

    async def to_purge(self, asked: Sequence[str], *, expired: bool) -> Purging:
        """What a purge of batches or entries would delete; ``expired`` adds what is older than `[policy]` keeps.

        Raises `WtstateError`: ``unknown-batch``; ``no-keep`` where nothing ever expires.
        """
        from reconciler.survey.purging import purging

        with told():
            return await purging(
                self._client, self._state, await self._found(), asked, expired=expired, now=datetime.now(UTC)
            )

    async def purge(self, purging: Purging, *, reason: str) -> Purged:
        """Deletes the values of archive entries for good; a tombstone stays of each.

        Raises `WtstateError` where another run is writing, or has changed the memory since it was read.
        """
        from reconciler.execute.purge import purge_under_lease

        with self._writing() as by:
            return await purge_under_lease(by, purging, reason=reason)
