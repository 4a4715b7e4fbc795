"""How few requests a plan costs, and that it cannot write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.api import Outcome
from reconciler.demo import export_path, state_path
from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.notion.errors import ForbiddenRequest
from reconciler.planning.plan import Plan
from reconciler.twin import Twin, open_twin
from reconciler.twin.export import load as load_export
from tests.engine.sessions import empty, session, writes

PER_DATABASE = 2
ONCE = 4


@pytest.fixture(scope="module")
def state() -> State:
    """Wombat Track's desired state."""
    return load(state_path(), env={}, base=state_path().parent)


@pytest.fixture(scope="module")
def applied(state: State) -> Iterator[tuple[Twin, Outcome, Plan]]:
    """The demo's workspace after one apply."""
    with open_twin(":memory:") as twin:
        load_export(twin, export_path())

        async def work() -> tuple[Outcome, Plan]:
            async with session(twin, state, read_only=False) as writing:
                plan = await writing.plan()
                return await writing.apply(plan), plan

        outcome, plan = asyncio.run(work())
        yield twin, outcome, plan


def test_apply_sends_what_the_plan_costs(applied: tuple[Twin, Outcome, Plan]) -> None:
    _, outcome, plan = applied
    assert outcome.refused == ()
    assert outcome.requests == plan.cost.requests


def test_the_second_plan_is_empty(applied: tuple[Twin, Outcome, Plan]) -> None:
    _, outcome, _ = applied
    assert outcome.unsettled == ()
    assert empty(outcome.after)


def test_the_second_plan_asks_little(applied: tuple[Twin, Outcome, Plan], state: State) -> None:
    twin, _, _ = applied
    before, wrote = len(twin.requests), writes(twin)

    async def work() -> Plan:
        async with session(twin, state, read_only=True) as reading:
            return await reading.plan()

    assert empty(asyncio.run(work()))
    asked = twin.requests[before:]
    assert writes(twin) == wrote
    assert len(asked) <= PER_DATABASE * len(state.databases) + ONCE, [f"{r.method} {r.path}" for r in asked]


def test_a_second_apply_sends_no_write(applied: tuple[Twin, Outcome, Plan], state: State) -> None:
    twin, _, _ = applied
    wrote = writes(twin)

    async def work() -> Outcome:
        async with session(twin, state, read_only=False) as writing:
            return await writing.apply(await writing.plan())

    outcome = asyncio.run(work())
    assert (outcome.requests, outcome.done, writes(twin)) == (0, (), wrote)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "pages"),
        ("PATCH", "pages/00000000-0000-0000-0000-000000000000"),
        ("POST", "databases"),
        ("PATCH", "data_sources/00000000-0000-0000-0000-000000000000"),
        ("DELETE", "blocks/00000000-0000-0000-0000-000000000000"),
        ("POST", "pages/query"),
        ("POST", "data_sources/query"),
        ("PATCH", "search"),
        ("POST", "pages/00000000-0000-0000-0000-000000000000/move"),
    ],
)
def test_a_plans_connection_refuses_to_write(method: str, path: str, state: State, tmp_path: Path) -> None:
    async def work(twin: Twin) -> None:
        async with session(twin, state, read_only=True) as reading:
            await reading._client.request(method, path, body={})

    with open_twin(":memory:") as twin:
        with pytest.raises(ForbiddenRequest):
            asyncio.run(work(twin))
        assert writes(twin) == 0
