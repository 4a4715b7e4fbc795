"""Which batch is under way."""

from __future__ import annotations

from reconciler.memory.memory import Batch, Memory


def open_batch(memory: Memory) -> Batch | None:
    """The newest batch that no run has closed: its run was cut off, and the next one goes on with it."""
    still_open = [batch for batch in memory.batches.values() if batch.status == "open"]
    return max(still_open, key=lambda batch: batch.id, default=None)
