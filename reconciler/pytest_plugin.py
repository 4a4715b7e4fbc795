"""A pytest plugin: the plan of a repository's state files, made offline from a record, for snapshot tests.

    def test_the_plan(wtstate_plan, snapshot):
        assert wtstate_plan("workspace.record") == snapshot

Nothing of wtstate is imported before the fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

PlanOf = Callable[..., str]


@pytest.fixture
def wtstate_plan(request: pytest.FixtureRequest) -> PlanOf:
    """A function ``(record, state="state", form="text", environment="")``: what ``wtstate plan --from record`` saves.

    Paths are relative to pytest's root directory. ``form`` is text, markdown, html, json or github. No network, no
    token; the same text on every machine. Raises `WtstateError` for files that are wrong and for damaged records.
    """
    root = request.config.rootpath

    def plan_of(record: str | Path, state: str | Path = "state", form: str = "text", *, environment: str = "") -> str:
        return _plan(root, root / record, root / state, form, environment)

    return plan_of


def _plan(root: Path, record: Path, state: Path, form: str, environment: str) -> str:
    import asyncio
    import os

    from reconciler import api
    from reconciler.cli.formats import Format, Showing, plan_forms
    from reconciler.desired import load
    from reconciler.planning.plan import Plan

    declared = load(state, env=os.environ, base=root, environment=environment)

    async def work() -> Plan:
        async with api.connect(api.recorded(record), declared, read_only=True) as session:
            return await session.plan()

    return plan_forms(asyncio.run(work()), Showing()).rendered(Format(form))
