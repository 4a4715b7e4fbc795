"""Random worlds, applied and restored: values, names, options, edges and schema are what they were."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, example, given, note, settings

from reconciler.desired import load
from reconciler.twin import open_twin
from tests.engine.rounds import How, apply_and_count
from tests.engine.undo import differences, picture, restore
from tests.engine.worlds import World, toml, worlds
from tests.live import Live

EXAMPLES = 400 if os.environ.get("WTSTATE_TORTURE") else 8

WITHIN_THE_TRASH = World(
    live={
        "databases": {
            "A": {"properties": {"Name": "title"}, "rows": []},
            "B": {
                "properties": {"Name": "title", "Next": {"type": "relation", "to": "B"}},
                "rows": [{"Name": "Row 1", "Next": ["Row 2"]}, {"Name": "Row 2"}],
            },
        }
    },
    state={
        "workspace": {"name": "World", "archive": "archive"},
        "databases": {"a": {"title": "A", "fields": {"Name": "title"}}},
        "merges": {"last": {"from": {"title": "B"}, "into": "a", "then": "trash"}},
    },
)
"""Notion shows no relation within a database that is in the trash, and the restore must write into it."""

RENAMED_WITHOUT_MIRROR = World(
    live={
        "databases": {
            "A": {
                "properties": {"Name": "title", "Next": {"type": "relation", "to": "A", "two_way": "Before"}},
                "rows": [{"Name": "Row 1", "Next": ["Row 2"]}, {"Name": "Row 2"}],
            },
        }
    },
    state={
        "workspace": {"name": "World", "archive": "archive"},
        "databases": {
            "a": {
                "title": "A",
                "undeclared": "archive",
                "fields": {"Name": "title", "after": {"type": "relation", "was": ["Next"], "to": "a"}},
            }
        },
    },
)
"""Two actions change one property in one request: its name, and that it is two-way again."""


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(worlds(merges=True))
@example(WITHIN_THE_TRASH)
@example(RENAMED_WITHOUT_MIRROR)
def test_every_world_comes_back(world: World) -> None:
    note(toml(world.state))
    with open_twin(":memory:") as twin, tempfile.TemporaryDirectory() as directory:
        Live(twin).load(world.live)
        (Path(directory) / "state.toml").write_text(toml(world.state), encoding="utf-8")
        state = load(Path(directory), env={}, base=Path(directory))
        before = picture(twin, archive="archive")
        outcome, _ = asyncio.run(apply_and_count(twin, state, How(), archive="archive"))
        if outcome.done:
            asyncio.run(restore(twin, state, outcome.batch))
        assert not differences(before, picture(twin, archive="archive"))
