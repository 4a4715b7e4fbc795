"""The window: never more requests in any span than allowed, and no needless waiting."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.notion.client import Client
from reconciler.notion.pace import Window
from tests.notion.service import Service, Time


def begun_at(rate: tuple[int, float], gaps: list[float]) -> list[float]:
    """When requests begin that are wanted after these gaps."""
    time = Time()
    window = Window(rate, clock=time.clock)

    async def run() -> list[float]:
        out: list[float] = []
        for gap in gaps:
            time.now += gap
            async with window.turn():
                out.append(time.now)
        return out

    return asyncio.run(run())


@settings(deadline=None)
@given(
    allowed=st.integers(1, 6),
    seconds=st.floats(0.5, 60),
    gaps=st.lists(st.just(0.0) | st.floats(0, 30), min_size=1, max_size=40),
)
def test_no_window_sees_more_than_allowed(allowed: int, seconds: float, gaps: list[float]) -> None:
    times = begun_at((allowed, seconds), gaps)
    for first, beyond in zip(times, times[allowed:], strict=False):
        assert beyond - first >= seconds - 1e-3


def test_a_burst_uses_the_whole_budget_and_then_waits_once() -> None:
    times = begun_at((3, 60.0), [0.0] * 7)
    assert [time - times[0] for time in times] == [0, 0, 0, 60, 60, 60, 120]


def test_those_who_wait_are_served_in_order() -> None:
    time = Time()
    window = Window((1, 10.0), clock=time.clock)
    order: list[int] = []

    async def one(number: int) -> None:
        async with window.turn():
            order.append(number)

    async def run() -> None:
        await asyncio.gather(*(one(number) for number in range(5)))

    asyncio.run(run())
    assert order == list(range(5))
    assert time.pauses == [10.0] * 4


def test_a_wait_is_said() -> None:
    service = Service(respond=lambda _: httpx.Response(200, json={}))

    async def work(client: Client) -> None:
        for _ in range(3):
            await client.request("GET", "users/me")

    service.run(work, rate=(2, 60.0))
    assert service.said == [(60.0, "Notion allows 2 requests in 60 s")]


@pytest.mark.parametrize("rate", [(0, 60.0), (1, 0.0)])
def test_a_rate_that_lets_nothing_through_is_refused(rate: tuple[int, float]) -> None:
    with pytest.raises(ValueError, match="lets nothing through"):
        Window(rate, clock=Time().clock)
