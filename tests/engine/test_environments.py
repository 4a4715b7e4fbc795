"""Two environments on one page: each has its databases, its archive and its memory, and sees nothing of the other."""

from __future__ import annotations

from asyncio import run
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.model.finding import WtstateError
from reconciler.planning.plan import Plan
from reconciler.twin import Twin, dump, open_twin
from tests.engine.sessions import session

FILES = """
[workspace]
name    = "Team"
archive = "kept"

[databases.tasks]
was = ["Old tasks"]

[databases.tasks.fields]
Name = "title"
size = "{type}"

[drops.ancient]
what = "ancient"

[environments.staging]
title_prefix = "Staging · "

[environments.elsewhere]
archive = "kept"
"""


def state(tmp_path: Path, environment: str = "", *, kind: str = "number") -> State:
    (tmp_path / "state.toml").write_text(FILES.replace("{type}", kind), encoding="utf-8")
    return load(tmp_path, env={}, base=tmp_path, environment=environment)


async def planned(twin: Twin, wanted: State, *, on_twin: bool = True) -> Plan:
    async with session(twin, wanted, read_only=True, on_twin=on_twin) as opened:
        return await opened.plan()


async def applied(twin: Twin, wanted: State) -> None:
    """Applies the state; a second plan is empty."""
    async with session(twin, wanted, read_only=False) as opened:
        plan = await opened.plan()
        assert plan.environment == wanted.workspace.environment
        outcome = await opened.apply(plan)
    assert not outcome.refused
    assert outcome.after.empty


def titles(twin: Twin) -> list[str]:
    return sorted(table["title"] for table in dump(twin)["databases"] if not table["in_trash"])


def test_what_lies_beside_without_the_prefix_is_left_alone(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        run(applied(twin, state(tmp_path)))
        run(applied(twin, state(tmp_path, "staging")))
        assert titles(twin) == ["Staging · kept", "Staging · tasks", "kept", "tasks"]
        before = [table for table in dump(twin)["databases"] if not table["title"].startswith("Staging")]
        run(applied(twin, state(tmp_path, "staging", kind="rich_text")))
        assert [table for table in dump(twin)["databases"] if not table["title"].startswith("Staging")] == before
        assert run(planned(twin, state(tmp_path))).empty


def test_an_archive_of_another_environment_nearby_is_refused(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        run(applied(twin, state(tmp_path)))
        with pytest.raises(WtstateError) as caught:
            run(planned(twin, state(tmp_path, "elsewhere")))
    assert [finding.code for finding in caught.value.findings] == ["owned-elsewhere"]


def test_an_archive_far_away_that_is_somebody_elses_says_nothing_of_ours(tmp_path: Path) -> None:
    """Search knows databases of other pages: the archive of another environment has the same title there."""
    with open_twin(":memory:") as twin:
        made = twin.call(
            "POST",
            "pages",
            {
                "parent": {"page_id": twin.root_page_id},
                "properties": {"title": {"title": [{"text": {"content": "Vault"}}]}},
            },
        )
        far = state(tmp_path, "staging")
        run(applied(twin, replace(far, workspace=replace(far.workspace, archive="kept", archive_page=made["id"]))))
        assert titles(twin) == ["Staging · tasks", "kept"]
        plan = run(planned(twin, state(tmp_path), on_twin=False))
        assert "owned-elsewhere" not in {finding.code for finding in plan.blocked}
