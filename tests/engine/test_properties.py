"""What holds of every plan: it converges, loses nothing, touches nothing else, costs what it says."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, event, given, note, settings

from reconciler.desired import load
from reconciler.render.text import plan_text
from reconciler.twin import Twin, open_twin
from tests.engine.rounds import How, apply_and_count, planned
from tests.engine.sessions import empty
from tests.engine.worlds import World, toml, worlds
from tests.live import Live

EXAMPLES = 40


async def rounds(twin: Twin, world: World, directory: Path) -> None:
    """Plan twice, apply, plan again, apply again."""
    (directory / "state.toml").write_text(toml(world.state), encoding="utf-8")
    state = load(directory, env={}, base=directory)
    how = How()
    plan, said = await planned(twin, state, how)
    note(plan_text(plan, limit_rows=20, width=120).plain)
    for kind in sorted({action.kind for action in plan.actions} | {f.code for f in plan.blocked}):
        event(kind)
    _, again = await planned(twin, state, how)
    assert said == again, "two plans of one workspace differ"
    outcome, _ = await apply_and_count(twin, state, how, archive="archive")
    assert not outcome.refused, outcome.refused
    third, _ = await planned(twin, state, how)
    assert empty(third), plan_text(third, limit_rows=20, width=120).plain
    last, _ = await apply_and_count(twin, state, how, archive="archive")
    assert last.requests == 0


def check(world: World) -> None:
    """One world, from its making to the second apply."""
    note(toml(world.state))
    note(repr(world.live))
    with open_twin(":memory:") as twin, tempfile.TemporaryDirectory() as directory:
        Live(twin).load(world.live)
        asyncio.run(rounds(twin, world, Path(directory)))


SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""The same worlds each time, and no shrinking: a round takes a while."""


@SETTINGS
@given(worlds())
def test_every_world_converges_and_loses_nothing(world: World) -> None:
    check(world)


@SETTINGS
@given(worlds(merges=True))
def test_so_does_one_with_a_merge(world: World) -> None:
    check(world)
