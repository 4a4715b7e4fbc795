"""What a proof costs: time a step, and beside the reading and planning of the same plan.

A proof is two rehearsals, one for each reading: every plan that writes rows asks again what it wrote, and hangs on
whether a query lags behind.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.planning.plan import Plan
from reconciler.planning.proved import Proof
from reconciler.proof import rehearse as rehearsing
from reconciler.proof.rehearse import rehearse
from reconciler.twin import Twin, open_twin
from tests.benchmarks._judged import Judged
from tests.benchmarks.side.jobs import filled
from tests.engine.sessions import session, writes

ROWS = 10_000
MATCHING = (10, 2_000)
STEP_BOUND_MS = 3.0
STATE = """
[workspace]
name = "Bench"
archive = "archive"
[databases.many]
title = "Rows"
key = "Key"
[databases.many.fields]
Key = "rich_text"
[databases.many.fields.Stage]
type = "select"
options = ["Open", "Done", "Wrong"]
[corrections.all]
in = ["many"]
where = { Stage = "Wrong" }
set = { Stage = "Done" }
source = "a benchmark"
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU of a whole plan and of its proof alone, and the plan's steps."""

    plan: float
    proof: float
    steps: int


@contextmanager
def _timed() -> Iterator[list[float]]:
    """What rehearsals take while the block runs."""
    taken: list[float] = []

    async def watched(subject: rehearsing.Subject) -> Proof:
        began = time.process_time()
        proof = await rehearse(subject)
        taken.append(time.process_time() - began)
        return proof

    with patch.object(rehearsing, "rehearse", watched):
        yield taken


def measure() -> Iterator[Judged]:
    """A plan that writes few and one that writes many of many rows."""
    for matching in MATCHING:
        cost = _cost(matching)
        each, judged = cost.proof / cost.steps / 2 * 1e3, cost.steps > 1_000
        yield Judged(
            f"a plan of {cost.steps:,} steps over {ROWS:,} rows: {cost.plan:.1f} s of CPU, of which the proof takes "
            f"{cost.proof:.2f} s; each of its two rehearsals {each:.1f} ms a step"
            + (f"; allowed {STEP_BOUND_MS} ms" if judged else ""),
            not judged or each <= STEP_BOUND_MS,
        )


def _cost(matching: int) -> Cost:
    with open_twin(":memory:") as twin, TemporaryDirectory() as directory:
        filled(twin, "Rows", ROWS, lambda number: "Wrong" if number < matching else "Open")
        (Path(directory) / "state.toml").write_text(STATE, encoding="utf-8")
        state = load(Path(directory), env={}, base=Path(directory))
        sent = writes(twin)
        began = time.process_time()
        with _timed() as taken:
            plan = asyncio.run(_planned(twin, state))
        whole = time.process_time() - began
        if writes(twin) != sent or plan.proof is None or not plan.proof.holds:
            raise AssertionError("The plan is not proved, or planning wrote.")
        return Cost(plan=whole, proof=sum(taken), steps=len(plan.steps))


async def _planned(twin: Twin, state: State) -> Plan:
    async with session(twin, state, read_only=True) as reading:
        return await reading.plan()
