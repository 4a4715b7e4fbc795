"""Every case undone: live, apply, restore; then the workspace is what it was, and a second restore is empty."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from reconciler.render.text import plan_text
from reconciler.twin import open_twin
from tests.cases.case import ARCHIVE, Stage, stages
from tests.cases.test_cases import CASES, ROOT
from tests.engine.rounds import apply_and_count, scope
from tests.engine.undo import differences, picture, restore
from tests.live import Live

UNDONE = [(case, number) for case in CASES for number, _ in enumerate(stages(ROOT / case))]


def undoable(stage: Stage) -> bool:
    """Whether the stage applies something, and all of it: what was refused half-way is tested for itself."""
    flags = stage.flags()
    return not any(flags.get(word) for word in ("error", "refused", "unproved"))


@pytest.mark.parametrize(("case", "number"), UNDONE, ids=[f"{case}:{number}" for case, number in UNDONE])
def test_undo(case: str, number: int, tmp_path: Path) -> None:
    before = {}
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load(next(stages(ROOT / case)).words("live"))
        for at, stage in enumerate(stages(ROOT / case)):
            if at > number:
                return
            edits = stage.words("edit")
            if edits:
                live.edit(edits)
            state = stage.state(tmp_path)
            if not undoable(stage):
                if at == number:
                    return
                if stage.flags().get("error") or stage.flags().get("unproved"):
                    continue
            before = picture(twin, archive=ARCHIVE)
            how = scope(stage.flags())
            outcome, _ = asyncio.run(apply_and_count(twin, state, how, archive=ARCHIVE))
            if at < number or not outcome.done:
                continue
            plan = asyncio.run(restore(twin, state, outcome.batch, on_twin=how.on_twin))
            by_hand = tuple(f"/{finding.address.split('.')[-1]} is gone" for finding in plan.manual)
            said = [
                d for d in differences(before, picture(twin, archive=ARCHIVE)) if not d.endswith(by_hand or ("\0",))
            ]
            assert not said, "\n".join([*said, plan_text(plan, width=110, limit_rows=30).plain])
            assert not plan.blocked
