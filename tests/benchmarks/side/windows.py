"""How full the windows are while an apply writes 2,000 rows, at the true rate and at one that is declared too high."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from reconciler.execute.reporter import Silent
from reconciler.model.progress import Progress
from reconciler.twin import open_twin
from tests.benchmarks.side.jobs import corrections, state_of
from tests.benchmarks.side.skipping import run
from tests.benchmarks.side.workspace import Counted, Limits, Meter, limited, session

WRITES = 2_000
FULL = 0.97
REFUSED = 0.01
FORETOLD = 0.1
RATES: tuple[tuple[Limits, Limits], ...] = (
    ((180, 60.0), (180, 60.0)),
    ((600, 60.0), (600, 60.0)),
    ((600, 60.0), (180, 60.0)),
)
"""The rate that the state declares, and the one that Notion counts by."""


@dataclass(frozen=True)
class Filled:
    """One apply, from its first request to its last."""

    declared: Limits
    true: Limits
    counted: Counted
    told: float
    """Seconds that it would take in all, as told after a tenth."""
    carried_out: float
    """Seconds that it took, without the second plan."""
    waited: bool = False
    """Whether every second passed."""

    @property
    def lines(self) -> tuple[str, str]:
        """What was measured, for people."""
        declared, true = (f"{allowed}/{seconds:.0f}s" for allowed, seconds in (self.declared, self.true))
        return (
            f"2,000 writes, declared {declared}, true {true}{', in real time' if self.waited else ''}:",
            f"  {self.used:.1%} of the window used, {self.refused:.2%} refused, {self.carried_out:.0f} s, "
            f"foretold {self.foretold:+.1%}",
        )

    @property
    def used(self) -> float:
        """Requests that were let through, as a share of what the rate allows in that time."""
        allowed, seconds = min(self.declared, self.true)
        return self.counted.requests / (allowed * self.counted.seconds / seconds)

    @property
    def refused(self) -> float:
        """Those answered 429, as a share of all."""
        return self.counted.refused / (self.counted.requests + self.counted.refused)

    @property
    def within(self) -> bool:
        """Whether the windows were full, hardly anything refused, and, where the rate was known, the end foretold."""
        foretold = self.declared != self.true or abs(self.foretold) <= FORETOLD
        return self.used >= FULL and self.refused < REFUSED and foretold

    @property
    def foretold(self) -> float:
        """How far off the forecast was, as a share of the truth."""
        return self.told / self.carried_out - 1


def filled() -> Iterator[Filled]:
    """An apply at each pair of rates; waits are skipped."""
    for declared, true in RATES:
        yield run(_applied(declared, true))


def waited_for() -> Filled:
    """An apply at 600/60s of which every second passes: about three and a half minutes."""
    return replace(asyncio.run(_applied((600, 60.0), (600, 60.0))), waited=True)


async def _applied(declared: Limits, true: Limits) -> Filled:
    job = corrections(WRITES, WRITES)
    with open_twin(":memory:") as twin:
        job.fill(twin)
        limited(twin, true)
        watch = _Watch()
        async with session(twin, state_of(job.state, twin, declared), declared, reporter=watch) as ours:
            plan = await ours.plan()
            twin.requests.clear()
            meter = Meter(twin)
            outcome = await ours.apply(plan)
            if outcome.refused or not outcome.after.empty:
                raise AssertionError([f.what for f in (*outcome.refused, *outcome.unsettled)])
            return Filled(declared, true, meter.read(), watch.told, watch.last)


class _Watch(Silent):
    """Notes the first forecast, and when the last step was done; seconds from the beginning."""

    def __init__(self) -> None:
        self.began = self.told = self.last = 0.0

    def started(self, requests: int) -> None:
        """The run begins."""
        del requests
        self.began = asyncio.get_running_loop().time()

    def progressed(self, progress: Progress) -> None:
        """Takes the time."""
        self.last = asyncio.get_running_loop().time() - self.began
        if not self.told and progress.seconds is not None:
            self.told = self.last + progress.seconds
