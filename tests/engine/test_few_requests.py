"""What a plan costs grows with what may differ, not with the size of the workspace."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.desired.state import State
from reconciler.planning.scope import Scope
from reconciler.twin import open_twin
from tests.benchmarks.side.jobs import Job, corrections, state_of, three
from tests.benchmarks.side.workspace import Limits
from tests.engine.sessions import session

RATE: Limits = (180, 60.0)


def planned(job: Job) -> int:
    """What reading for the plan takes."""
    with open_twin(":memory:") as twin:
        job.fill(twin)
        state = state_of(job.state, twin, RATE)

        async def run() -> int:
            async with session(twin, state, read_only=True) as opened:
                await opened._plans.of_state(Scope())
                return opened.requests

        return asyncio.run(run())


def requests(job: Job) -> tuple[int, int, int]:
    """What the plan, the apply and a plan after it take."""

    async def run(state: State) -> tuple[int, int, int]:
        async with session(twin, state, read_only=False) as opened:
            plan = await opened.plan()
            planned = opened.requests
            outcome = await opened.apply(plan)
            assert outcome.refused == ()
            assert outcome.requests == plan.cost.requests
            return planned, outcome.requests, opened.requests - planned - outcome.requests

    with open_twin(":memory:") as twin:
        job.fill(twin)
        return asyncio.run(run(state_of(job.state, twin, RATE)))


def test_three_corrections_cost_the_same_in_a_large_database() -> None:
    assert requests(three(1_000)) == requests(three(100))


@pytest.mark.parametrize("matching", [100, 101, 250])
def test_each_further_hundred_rows_that_match_cost_one_page(matching: int) -> None:
    assert planned(corrections(400, matching)) - planned(corrections(400, 1)) == (matching - 1) // 100
