"""An event loop whose waits take no time: what waits for a moment is there at once, what computes takes what it takes.

So an apply that Notion's limits stretch over ten minutes is measured in seconds, with its computing counted as it is.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class _Selector(selectors.DefaultSelector):
    """Skips over the time in which nothing would happen."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None:
            return super().select(None)
        self.skipped += timeout
        return []


class SkippingLoop(asyncio.SelectorEventLoop):
    """The loop; its `time` is what passed, and what was skipped."""

    def __init__(self) -> None:
        self._skipping = _Selector()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Seconds from any start: those that this process computed, however busy the machine is, and those skipped."""
        return time.process_time() + self._skipping.skipped


def run(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Runs ``work`` to its end on a loop that skips waits."""
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(work)
