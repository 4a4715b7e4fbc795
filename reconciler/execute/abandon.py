"""Giving up a batch that is open: nothing is undone and nothing finished; what it did and archived stays."""

from __future__ import annotations

from dataclasses import replace

from reconciler.execute.archive import remember
from reconciler.execute.ground import Ground
from reconciler.execute.opening import under_lease
from reconciler.memory.entry import timestamp
from reconciler.model.live import LiveDatabase


async def abandon(ground: Ground, archive: LiveDatabase, *, run: str) -> tuple[str, ...]:
    """Writes every open batch as given up, under the lease; gives their ids, () where none is open.

    Raises `Stopped` where another run holds the lease.
    """
    given_up = {
        batch.id: replace(batch, status="abandoned", finished=timestamp(ground.now()))
        for batch in ground.memory.batches.values()
        if batch.status == "open"
    }
    if not given_up:
        return ()
    ground.archive_source = archive.data_source_id
    async with under_lease(ground, run=run):
        await remember(ground, replace(ground.memory, batches={**ground.memory.batches, **given_up}))
    return tuple(given_up)
