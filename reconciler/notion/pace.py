"""As many requests as Notion allows, and no more: a true sliding window, which learns, with an injected clock.

A token bucket lets a burst and its refill through together, up to twice the budget in one window; Notion counts the
window. Here no span of ``seconds`` ever sees more than ``allowed`` requests arrive: a request counts from its answer,
for nobody knows how late on its way it was counted there.

The declared rate is where the window starts and what it never exceeds. What Notion refuses teaches it a lower one, and
is waited for by all requests together; once the lower one is used up, single requests try whether there is room again
(`docs/decisions/0038-pace.md`).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.notion.errors import RateLimited

Waiting = Callable[[float, str], None]
"""Told before nothing is sent for so many seconds, and why."""

Rate = tuple[int, float]
"""So many requests in so many seconds."""

_EPSILON = 1e-6
_PLAUSIBLE = 0.1
"""The share of the declared rate below which a refusal says nothing of it: others use the budget, or it is passing."""
_WORTH_TELLING = 1.0
"""Seconds. In a full window room comes request by request, a moment after the other."""
_LONGEST_REST = 16
"""Windows after which it is tried again at the latest whether there is more room."""
_OF_AN_ENDPOINT = "public_api_endpoint_rate_limit"
_OF_THE_TOKEN = ("", "public_api_request_rate_limit")
"""Reasons that speak of the budget of this token; "" where none is given."""


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


def stops_all(error: RateLimited) -> bool:
    """Whether all requests wait as long as this refusal says, and not the refused one alone."""
    return error.failure.retry_after is not None and _reason(error) != _OF_AN_ENDPOINT


def _reason(error: RateLimited) -> str:
    return str(error.failure.data.get("rate_limit_reason") or "")


@dataclass(frozen=True)
class Budget:
    """What a window has at one moment: ``left`` of ``allowed`` requests in ``seconds``."""

    left: int
    allowed: int
    seconds: float


class Window:
    """The budget of one token; ``rate`` None is no limit at all."""

    def __init__(self, rate: Rate | None, *, clock: Clock, waiting: Waiting = unsaid) -> None:
        if rate is not None and (rate[0] < 1 or rate[1] <= 0):
            raise ValueError(f"a rate of {rate[0]} requests in {rate[1]} s lets nothing through")
        self._declared: float = math.inf if rate is None else rate[0]
        self._seconds = 0.0 if rate is None else rate[1]
        self._allowed = self._declared
        self._clock = clock
        self._waiting = waiting
        self._answered: deque[float] = deque()
        self._flying = 0
        self._shut = -math.inf
        self._trying = False
        self._rest = 1
        self._closed_to_tries = -math.inf
        self.waited = 0.0
        """Seconds in which nothing could begin."""
        self._changed = asyncio.Event()
        self._queue = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One request, begun when there is room for it; those who wait are served in order. Learns from its outcome."""
        tries = await self._begin()
        refusal: RateLimited | None = None
        try:
            yield
        except RateLimited as error:
            refusal = error
            raise
        finally:
            self._flying -= 1
            if tries:
                self._trying = False
            if refusal is not None:
                self._refused(refusal, tried=tries)
            else:
                self._answered.append(self._clock.now())
                if tries:  # there was room for one more than was learned
                    self._allowed, self._rest = self._allowed + 1, 1
            self._changed.set()

    def budget(self) -> Budget | None:
        """What is left just now; None without a limit."""
        if math.isinf(self._allowed):
            return None
        self._forget()
        return Budget(left=max(0, int(self._allowed) - self._used), allowed=int(self._allowed), seconds=self._seconds)

    def until(self, requests: int) -> float:
        """Seconds until so many more requests may have begun, as far as the budget decides."""
        self._forget()
        now = self._clock.now()
        shut = max(0.0, self._shut - now)
        beyond = requests - (self._allowed - self._used)
        if beyond <= 0:
            return shut
        # Room comes as requests leave the window: those answered, oldest first; then those under way or still to come.
        windows, place = divmod(int(beyond) - 1, int(self._allowed))
        leaves = self._answered[place] if place < len(self._answered) else now
        return max(shut, leaves + self._seconds * (windows + 1) - now)

    @property
    def _used(self) -> int:
        return self._flying + len(self._answered)

    def _forget(self) -> None:
        """Lets go of what left the window."""
        now = self._clock.now()
        while self._answered and now - self._answered[0] >= self._seconds - _EPSILON:
            self._answered.popleft()

    async def _begin(self) -> bool:
        """Returns when one more request may begin: True where it tries whether there is more room than was learned."""
        async with self._queue:
            while True:
                self._forget()
                now = self._clock.now()
                if now < self._shut - _EPSILON:
                    shut = self._shut
                    await self._sleep(shut - now, "Notion asks to wait")
                    if self._shut == shut:  # waited for, whatever a clock says on which nobody waits
                        self._shut = -math.inf
                elif self._used < self._allowed and not self._trying:
                    self._flying += 1
                    return False
                elif self._allowed < self._declared and not self._trying and now >= self._closed_to_tries:
                    self._flying += 1
                    self._trying = True
                    return True
                elif self._trying or not self._answered:
                    self._changed.clear()
                    await self._changed.wait()
                else:
                    said = f"Notion allows {self._allowed} requests in {self._seconds:g} s"
                    await self._sleep(self._answered[0] + self._seconds - now, said)

    async def _sleep(self, pause: float, why: str) -> None:
        if pause >= _WORTH_TELLING:
            self._waiting(pause, why)
        self.waited += pause
        await self._clock.sleep(pause)

    def _refused(self, error: RateLimited, *, tried: bool) -> None:
        """Waits as long as it says, and takes what is in the window now for all that there is room for."""
        now = self._clock.now()
        if stops_all(error):
            self._shut = max(self._shut, now + (error.failure.retry_after or 0.0))
        if error.failure.status != 429 or _reason(error) not in _OF_THE_TOKEN or math.isinf(self._declared):
            return
        self._forget()
        if _PLAUSIBLE * self._declared <= self._used < self._declared:
            self._allowed = self._used
        if tried:
            self._closed_to_tries = now + self._rest * self._seconds
            self._rest = min(_LONGEST_REST, self._rest * 2)
