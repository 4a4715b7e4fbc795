"""The same jobs by wtstate and by others, on one twin with the same limits; each beside the fewest requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.side.workspace import Limits

LIMITS = ((180, 60.0), (600, 60.0))
WITHIN = 0.05
"""How far a job may be from its bound, in requests and in time."""
_HEAD = ("job", "rate", "requests", "bound", "over", "seconds", "at the rate", "within", "others: requests", "seconds")


@dataclass(frozen=True)
class Row:
    """One job at one rate, beside its bound and, where there is one, beside another way to do it."""

    name: str
    rate: Limits
    requests: int
    bound: int
    seconds: float
    other: tuple[int, float] | None = None

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

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it is printed."""
        fills = f"{self.least_seconds:,.0f}" if self.bound > self.rate[0] else "-"
        others = ("-", "-") if self.other is None else (f"{self.other[0]:,}", f"{self.other[1]:,.0f}")
        said = "yes" if self.within else "no"
        counted = (f"{self.requests:,}", f"{self.bound:,}", f"{self.over:+.1%}", f"{self.seconds:,.0f}", fills, said)
        return (self.name, f"{self.rate[0]}/{self.rate[1]:.0f}s", *counted, *others)


def measure() -> Iterator[str]:
    """The table, and how many of its jobs are within the bound; exits 1 where some are not."""
    from tests.benchmarks.side.windows import filled

    yield " | ".join(_HEAD)
    near = total = 0
    for row in rows():
        near, total = near + row.within, total + 1
        yield " | ".join(row.cells)
    for each in filled():
        near, total = near + each.within, total + 1
        yield str(each)
    yield f"{near} of {total} within 5 % of the bound"
    if near < total:
        raise SystemExit(1)


def rows() -> Iterator[Row]:
    """Every job at every rate."""
    from tests.benchmarks.side.jobs import all_jobs, measured
    from tests.benchmarks.side.migration import compared

    for limits in LIMITS:
        for each in compared(limits):
            script = (each.script.requests, each.script.seconds)
            name = f"Wombat Track, {each.name}; beside a plain script"
            yield Row(name, limits, each.ours.requests, each.bound, each.ours.seconds, script)
    for job in all_jobs():
        for limits in LIMITS:
            done = measured(job, limits)
            yield Row(done.name, limits, done.requests, done.bound, done.seconds)
