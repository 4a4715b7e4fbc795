"""The same jobs by wtstate and by others, on one twin with the same limits; each beside the fewest requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.side.migration import Compared
    from tests.benchmarks.side.workspace import Limits

LIMITS = ((180, 60.0), (600, 60.0))
WITHIN = 0.05
"""How far a job may be from its bound, in requests and in time."""
FEWER = 10
"""How many times fewer requests than the plain script a second run takes, at least."""
_COLUMNS = "{:<29} {:>4} {:>8} {:>6} {:>6} {:>5} {:>6} {:>3}"


@dataclass(frozen=True)
class Row:
    """One job at one rate beside its bound; 0 where it is somebody else's, and is not judged."""

    name: str
    rate: Limits
    requests: int
    bound: int
    seconds: float
    times: float = 0
    """How many times the requests of wtstate, where that is judged."""

    @property
    def over(self) -> float:
        """Requests beyond the bound, as a share of it."""
        return self.requests / self.bound - 1

    @property
    def least_seconds(self) -> float:
        """How long the bound takes at the rate."""
        return self.bound / self.rate[0] * self.rate[1]

    @property
    def within(self) -> bool:
        """Whether it is near its bound: in requests, and in time where the bound fills a window.

        What fits into one window waits for no rate; what it takes is the latency of requests that need one another.
        """
        in_time = self.bound <= self.rate[0] or self.seconds <= self.least_seconds * (1 + WITHIN)
        return self.over <= WITHIN and in_time

    def __str__(self) -> str:
        allowed, took = self.rate[0], (f"{self.requests:,}", f"{self.seconds:,.0f}")
        if not self.bound:
            return _COLUMNS.format(self.name, allowed, took[0], "", "", took[1], "", "").rstrip()
        fills = f"{self.least_seconds:,.0f}" if self.bound > allowed else "-"
        said = (f"{self.bound:,}", f"{self.over:+.1%}", took[1], fills, "yes" if self.within else "no")
        return _COLUMNS.format(self.name, allowed, took[0], *said)


def measure() -> Iterator[str]:
    """The table, and how many of its jobs are within the bound; exits 1 where some are not."""
    from tests.benchmarks.side.ultimate import HOW, interpreter
    from tests.benchmarks.side.windows import filled, waited_for

    yield _COLUMNS.format("job", "rate", "requests", "bound", "over", "s", "least", "ok").rstrip()
    judged: list[bool] = []
    for row in rows():
        yield str(row)
        judged += [row.within] if row.bound else []
        if row.times:
            yield f"  {row.times:.0f} x as many as wtstate (at least {FEWER})"
            judged.append(row.times >= FEWER)
    if interpreter() is None:
        yield from HOW
    for each in (*filled(), waited_for()):
        yield from each.lines
        judged.append(each.within)
    yield f"{sum(judged)} of {len(judged)} within 5 % of the bound"
    if not all(judged):
        raise SystemExit(1)


def rows() -> Iterator[Row]:
    """Every job at every rate, what others take after what wtstate takes."""
    from tests.benchmarks.side import rest, ultimate
    from tests.benchmarks.side.jobs import all_jobs, measured
    from tests.benchmarks.side.migration import compared

    for limits in LIMITS:
        for each in compared(limits):
            second = each.script.requests / each.ours.requests if each.name == "second run" else 0
            yield from _beside("Wombat Track", "by a plain script", limits, each, times=second)
    python = ultimate.interpreter()
    if python is not None:
        for each in ultimate.compared(python):
            yield from _beside("two new databases", "by ultimate-notion", ultimate.LIMITS, each)
    for job in all_jobs():
        for limits in LIMITS:
            done = measured(job, limits)
            yield Row(done.name, limits, done.requests, done.bound, done.seconds)
    for limits in LIMITS:
        for done in rest.plans(limits):
            yield Row(done.name, limits, done.requests, done.bound, done.seconds)


def _beside(job: str, by: str, limits: Limits, each: Compared, *, times: float = 0) -> Iterator[Row]:
    yield Row(f"{job}, {each.name}", limits, each.ours.requests, each.bound, each.ours.seconds)
    yield Row(f"  {by}", limits, each.script.requests, 0, each.script.seconds, times)
