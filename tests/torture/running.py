"""Runs as `wtstate apply` makes them, on a twin in this process, in a time that passes without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from reconciler.api import Outcome, Session
from reconciler.connection import httpx_transport, lined
from reconciler.desired.state import State
from reconciler.execute.local import Local, holder
from reconciler.execute.lock import locked
from reconciler.execute.reporter import Silent
from reconciler.model.finding import WtstateError
from reconciler.notion.client import connect
from reconciler.notion.pace import Clock
from reconciler.twin import Twin
from reconciler.twin.twin import system_clock

RUNS = 12
"""After so many runs a workspace that is still not as declared does not converge."""

LATER = 600.0
"""Seconds until somebody runs again what ended with an error: the lease of a run that died is over by then."""


@dataclass
class Time:
    """A clock that sleeping moves: for the client in seconds, for the twin in milliseconds."""

    slept: float = 0.0

    def now(self) -> float:
        """Seconds since any start."""
        return system_clock() / 1000 + self.slept

    def milliseconds(self) -> int:
        """Milliseconds since 1970."""
        return system_clock() + int(self.slept * 1000)

    def today(self) -> datetime:
        """The time of day."""
        return datetime.fromtimestamp(self.now(), UTC)

    async def sleep(self, seconds: float) -> None:
        """Lets the time pass, and others have their turn."""
        self.slept += seconds
        await asyncio.sleep(0)

    @property
    def clock(self) -> Clock:
        """As the client takes it."""
        return Clock(now=self.now, sleep=self.sleep, today=self.today)


Way = Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]
"""Puts something between a client and the twin."""


def straight(inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
    """Nothing in between."""
    return inner


@dataclass
class Machine:
    """One computer: its directory, where the journal lies, and its time."""

    home: Path
    time: Time = field(default_factory=Time)

    @asynccontextmanager
    async def session(self, twin: Twin, state: State, *, way: Way = straight) -> AsyncIterator[Session]:
        """A session that may write."""
        twin.clock = self.time.milliseconds
        said = Silent()
        transport = way(httpx_transport(twin))
        keeps = self.home / ".wtstate"
        with locked(keeps, holder()):
            async with (
                connect(twin.token, read_only=False, rate=None, transport=transport, clock=self.time.clock) as client,
                lined(client, state, twin.root_page_id, on_twin=True, clock=self.time.clock) as line,
            ):
                local = Local.read(keeps, line.workspace.id)
                await local.settled(line.clock, said.waiting)
                yield Session(line, state, reporter=said, read_only=False, local=local)

    async def apply(self, twin: Twin, state: State, *, way: Way = straight) -> Outcome | None:
        """One run; None where there was nothing to do. Raises `WtstateError` as a run does."""
        async with self.session(twin, state, way=way) as session:
            plan = await session.plan()
            return None if plan.empty else await session.apply(plan)

    async def abandon(self, twin: Twin, state: State) -> None:
        """Gives up the batch that is open, if one is."""
        async with self.session(twin, state) as session:
            await session.abandon()

    async def batches(self, twin: Twin, state: State) -> list[str]:
        """The ids of every batch there is."""
        async with self.session(twin, state) as session:
            return [line.id for line in await session.archives.history()]

    async def restore(self, twin: Twin, state: State, asked: Sequence[str]) -> Outcome | None:
        """Takes batches back at once; None where there is nothing to take back. Raises `WtstateError` as a run."""
        async with self.session(twin, state) as session:
            plan = await session.plan_restore(asked)
            return None if plan.empty else await session.apply(plan)


@dataclass(frozen=True)
class Ended:
    """How often it was run until there was nothing to do any more; ``said`` is what runs on the way ended with."""

    runs: int
    converged: bool
    said: tuple[str, ...]


async def until_done(machine: Machine, twin: Twin, state: State, *, way: Way = straight, most: int = RUNS) -> Ended:
    """`apply` until a run finds nothing to do."""
    return await until_nothing(machine, lambda: machine.apply(twin, state, way=way), most=most)


async def until_nothing(machine: Machine, run: Callable[[], Awaitable[Outcome | None]], *, most: int = RUNS) -> Ended:
    """Runs again until a run finds nothing to do; the last run of those that are counted is the last that wrote."""
    said: list[str] = []
    for number in range(most + 1):
        try:
            outcome = await run()
        except WtstateError as error:
            said += [finding.code for finding in error.findings]
            machine.time.slept += LATER
            continue
        if outcome is None:
            return Ended(runs=number, converged=True, said=tuple(said))
        said += [finding.code for finding in (*outcome.refused, *outcome.unsettled)]
        machine.time.slept += LATER if outcome.refused else 0
    return Ended(runs=most, converged=False, said=tuple(said))
