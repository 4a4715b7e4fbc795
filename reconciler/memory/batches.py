"""Which batch is under way."""

from __future__ import annotations

from reconciler.memory.memory import Batch, Memory
from reconciler.model.finding import Finding, WtstateError


def open_batch(memory: Memory) -> Batch | None:
    """The newest batch that no run has closed: its run was cut off, and the next one goes on with it."""
    still_open = [batch for batch in memory.batches.values() if batch.status == "open"]
    return max(still_open, key=lambda batch: batch.id, default=None)


def command_of(batch: Batch) -> str:
    """The command that began the batch, and that finishes it."""
    return f"wtstate restore {' '.join(batch.restores)}" if batch.restores else "wtstate apply"


def finish_first(memory: Memory, restores: tuple[str, ...]) -> None:
    """Raises `WtstateError` (``batch-open``) where a batch is open that another command than this one began.

    ``restores`` is what this command takes back, () for an apply.
    """
    going_on = open_batch(memory)
    if going_on is None or going_on.restores == restores:
        return
    raise WtstateError(
        Finding(
            code="batch-open",
            what=f"the batch {going_on.id} was cut off and is still open",
            why="what it was about to do would mix with this",
            next=f"finish it first: {command_of(going_on)}",
        )
    )
