"""The same jobs by wtstate and by others, on one twin with the same limits; and jobs beside the fewest requests."""

from __future__ import annotations

from collections.abc import Iterator

LIMITS = ((180, 60.0), (600, 60.0))
WITHIN = 0.05
"""How far a job may be from the fewest requests."""


def measure() -> Iterator[str]:
    """One line a job: requests and seconds of wtstate, of the others or the bound; last, how many are within it."""
    from tests.benchmarks.side.jobs import all_jobs, measured
    from tests.benchmarks.side.migration import compared

    for limits in LIMITS:
        for each in compared(limits):
            yield (
                f"migration at {_said(limits)}, {each.name}: wtstate {each.ours.requests} requests in "
                f"{each.ours.seconds:.0f} s, script {each.script.requests} in {each.script.seconds:.0f} s: "
                f"{each.script.requests / each.ours.requests:.1f} × the requests"
            )
    near = total = 0
    for job in all_jobs():
        for limits in LIMITS:
            done = measured(job, limits)
            total += 1
            near += done.over <= WITHIN
            yield (
                f"{done.name} at {_said(limits)}: {done.requests:,} requests, bound {done.bound:,} ({done.over:+.1%}), "
                f"{done.seconds:.0f} s; the bound at that rate takes {done.least_seconds:.0f} s"
            )
    yield f"{near} of {total} within 5 % of the bound"


def _said(limits: tuple[int, float]) -> str:
    return f"{limits[0]}/{limits[1]:.0f}s"
