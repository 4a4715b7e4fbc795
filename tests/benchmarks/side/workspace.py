"""Twins for the benchmarks: many rows put straight into the store, limits as Notion's, time that is skipped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from reconciler.api import Session
from reconciler.connection import httpx_transport, lined
from reconciler.desired.state import State
from reconciler.execute.reporter import Reporter, Silent
from reconciler.notion.client import connect
from reconciler.notion.pace import Clock
from reconciler.survey.cache import Cache
from reconciler.twin import Faults, Latency, Rate, Twin

Limits = tuple[int, float]


def limited(twin: Twin, limits: Limits) -> None:
    """The twin counts requests as Notion does and answers each after a while, in the time of the running loop."""
    loop = asyncio.get_running_loop()
    started, began = time.time_ns() // 1_000_000, loop.time()
    twin.clock = lambda: started + int((loop.time() - began) * 1000)
    allowed, seconds = limits
    twin.faults = Faults(rate=Rate(requests=allowed, seconds=int(seconds)), latency=Latency(ms=250, spread=100))


@asynccontextmanager
async def session(
    twin: Twin,
    state: State,
    limits: Limits,
    *,
    read_only: bool = False,
    reporter: Reporter | None = None,
    cache: Cache | None = None,
) -> AsyncIterator[Session]:
    """A session with the twin as with Notion: paced by the declared rate."""
    clock = Clock(now=asyncio.get_running_loop().time)
    async with (
        connect(twin.token, read_only=read_only, rate=limits, transport=httpx_transport(twin), clock=clock) as client,
        lined(client, state, twin.root_page_id, on_twin=True, clock=clock, cache=cache) as line,
    ):
        yield Session(line, state, reporter=reporter or Silent(), read_only=read_only)


@dataclass(frozen=True)
class Counted:
    """What one job took: requests received, how many of them were answered 429, and seconds on the clock."""

    requests: int
    refused: int
    seconds: float


class Meter:
    """Counts from when it is made."""

    def __init__(self, twin: Twin) -> None:
        self._twin, self._from = twin, len(twin.requests)
        self._began = asyncio.get_running_loop().time()

    def read(self) -> Counted:
        """What passed since."""
        got = self._twin.requests[self._from :]
        refused = sum(each.status == 429 for each in got)
        return Counted(len(got) - refused, refused, asyncio.get_running_loop().time() - self._began)
