"""The same jobs done by wtstate and by others, on one twin with the same limits."""

from __future__ import annotations

from collections.abc import Iterator


def measure() -> Iterator[str]:
    """One line a job: requests and seconds of wtstate, of the others, and their ratio."""
    from tests.benchmarks.side.migration import compared

    for limits in ((180, 60.0), (600, 60.0)):
        for each in compared(limits):
            yield (
                f"migration at {limits[0]}/{limits[1]:.0f}s, {each.name}: wtstate {each.ours.requests} requests in "
                f"{each.ours.seconds:.0f} s, script {each.script.requests} in {each.script.seconds:.0f} s: "
                f"{each.script.requests / each.ours.requests:.1f} × the requests"
            )
