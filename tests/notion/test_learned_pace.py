"""The window beside a service that counts as Notion may: full from the first second to the last, refusals learned from.

Waits are skipped, so that minutes of it take no time.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from dataclasses import dataclass, field

import pytest

from reconciler.notion.errors import Failure, RateLimited
from reconciler.notion.pace import Budget, Clock, Rate, Window
from tests.benchmarks.side.skipping import run

REQUESTS = 2_000
IN_FLIGHT = 8
SLOW, FAST = (180, 60.0), (600, 60.0)
OF_THE_TOKEN = "public_api_request_rate_limit"


@dataclass
class Counting:
    """Lets so many requests of a window through, fixed or sliding; each takes 250 ms ± 100 there and back.

    ``used`` is what others sent just before.
    """

    rate: Rate
    sliding: bool = False
    used: int = 0
    reason: str = OF_THE_TOKEN
    passed: int = 0
    refused: int = 0
    _arrived: deque[float] = field(default_factory=deque)
    _chance: random.Random = field(default_factory=lambda: random.Random(7))

    async def request(self) -> None:
        """Raises `RateLimited` for what is too much."""
        there, back = self._chance.uniform(0.05, 0.15), self._chance.uniform(0.1, 0.2)
        await asyncio.sleep(there)
        left = self._counted(asyncio.get_running_loop().time())
        await asyncio.sleep(back)
        if left > 0:
            self.refused += 1
            data = {"rate_limit_reason": self.reason}
            raise RateLimited(Failure("GET", "x", "Too much.", status=429, data=data, retry_after=math.ceil(left)))
        self.passed += 1

    def _counted(self, now: float) -> float:
        """Seconds until there is room; 0 where there is, and the request counts."""
        allowed, seconds = self.rate
        while self.used:
            self._arrived.append(now)
            self.used -= 1
        if self.sliding:
            while self._arrived and now - self._arrived[0] >= seconds:
                self._arrived.popleft()
        elif self._arrived and now - self._arrived[0] >= seconds:
            self._arrived.clear()
        if len(self._arrived) >= allowed:
            return self._arrived[0] + seconds - now
        self._arrived.append(now)
        return 0.0


@dataclass(frozen=True)
class Paced:
    """What sending took: seconds, and the same as told when a tenth was through; the budget at the end."""

    seconds: float
    told: float
    budget: Budget

    def used(self, rate: Rate, requests: int = REQUESTS) -> float:
        """Requests as a share of what the rate allows in that time."""
        return requests / (rate[0] * self.seconds / rate[1])


def paced(declared: Rate, service: Counting, *, requests: int = REQUESTS) -> Paced:
    """So many requests, eight under way at once, each sent until it passes."""

    async def work() -> Paced:
        loop = asyncio.get_running_loop()
        window = Window(declared, clock=Clock(now=loop.time))
        left, began = requests, loop.time()
        told: list[float] = []

        async def some() -> None:
            nonlocal left
            while left:
                left -= 1
                while not await _passes(window, service):
                    pass
                if not told and service.passed >= requests / 10:
                    told.append(loop.time() - began + window.until(requests - service.passed))

        await asyncio.gather(*(some() for _ in range(IN_FLIGHT)))
        budget = window.budget()
        assert budget is not None
        return Paced(loop.time() - began, told[0], budget)

    return run(work())


async def _passes(window: Window, service: Counting) -> bool:
    try:
        async with window.turn():
            await service.request()
    except RateLimited:
        return False
    return True


@pytest.mark.parametrize("sliding", [False, True])
@pytest.mark.parametrize("rate", [SLOW, FAST])
def test_the_window_is_used_from_the_first_second_to_the_last(rate: Rate, sliding: bool) -> None:
    service = Counting(rate, sliding=sliding)
    done = paced(rate, service)
    assert done.used(rate) >= 0.97
    assert service.refused == 0
    assert done.told == pytest.approx(done.seconds, rel=0.1)


@pytest.mark.parametrize("sliding", [False, True])
def test_a_rate_declared_too_high_is_learned(sliding: bool) -> None:
    service = Counting(SLOW, sliding=sliding)
    done = paced(FAST, service)
    assert done.used(SLOW) >= 0.97
    assert service.refused < 0.01 * REQUESTS
    assert done.budget.allowed == SLOW[0]


def test_a_rate_declared_too_low_is_kept() -> None:
    service = Counting(FAST)
    done = paced(SLOW, service)
    assert done.used(SLOW) >= 0.97
    assert done.budget.allowed == SLOW[0]


@pytest.mark.parametrize("used", [60, 180])
def test_what_others_used_of_a_window_is_forgotten_with_it(used: int) -> None:
    service = Counting(SLOW, used=used)
    done = paced(SLOW, service, requests=900)
    assert done.seconds <= 6 * 60
    assert done.budget.allowed == SLOW[0]


def test_a_limit_that_is_not_the_tokens_is_waited_for_and_teaches_nothing() -> None:
    service = Counting((100, 60.0), reason="public_api_space_request_rate_limit")
    done = paced(SLOW, service, requests=300)
    assert done.budget.allowed == SLOW[0]
    assert done.seconds < 2 * 60 + 30
