"""Not more requests than Notion allows: a true sliding window, with an injected clock.

A token bucket lets a burst and its refill through together, up to twice the budget in one window; Notion counts the
window. Here no span of ``seconds`` ever sees more than ``allowed`` requests begin.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Waiting = Callable[[float, str], None]
"""Told before nothing is sent for so many seconds, and why."""

_EPSILON = 1e-6


def _today() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """The one clock of a client: ``now`` in seconds from any start, never going back, ``sleep``, and the time of day.

    ``today`` goes on while the machine sleeps, which ``now`` need not.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    today: Callable[[], datetime] = _today


async def _at_once(seconds: float) -> None:
    del seconds
    await asyncio.sleep(0)


AT_ONCE = Clock(sleep=_at_once)
"""Nobody is waited for: where nobody else can be, as on a twin in this process."""


def unsaid(seconds: float, why: str) -> None:
    """A `Waiting` that tells nobody."""
    del seconds, why


class Window:
    """The budget of one token: ``allowed`` requests in any ``seconds``."""

    def __init__(self, rate: tuple[int, float], *, clock: Clock, waiting: Waiting = unsaid) -> None:
        self._allowed, self._seconds = rate
        if self._allowed < 1 or self._seconds <= 0:
            raise ValueError(f"a rate of {self._allowed} requests in {self._seconds} s lets nothing through")
        self._clock = clock
        self._waiting = waiting
        self._begun: deque[float] = deque()
        self._queue = asyncio.Lock()

    async def turn(self) -> None:
        """Returns when one more request may begin; those who wait are served in order."""
        async with self._queue:
            while True:
                now = self._clock.now()
                while self._begun and now - self._begun[0] >= self._seconds - _EPSILON:
                    self._begun.popleft()
                if len(self._begun) < self._allowed:
                    self._begun.append(now)
                    return
                pause = self._begun[0] + self._seconds - now
                self._waiting(pause, f"Notion allows {self._allowed} requests in {self._seconds:g} s")
                await self._clock.sleep(pause)
