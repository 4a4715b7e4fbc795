"""The engine's main test: each case is planned, applied, planned again, and counted."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from reconciler.desired.state import State
from reconciler.model.finding import WtstateError
from reconciler.planning.document import document
from reconciler.planning.plan import Plan
from reconciler.render.text import plan_text
from reconciler.survey.cache import Cache
from reconciler.twin import Twin, open_twin
from tests import census
from tests.cases.case import ARCHIVE, Stage, check_after, stages
from tests.engine.rounds import apply_and_count, planned, scope
from tests.engine.sessions import empty
from tests.live import Live

ROOT = Path(__file__).parent
CASES = sorted(str(path.parent.relative_to(ROOT)) for path in ROOT.glob("*/*/live.toml"))
ANY_ID = re.compile(r"\b[0-9a-f]{32}\b")
MADE_NOW = re.compile(r"20(?:2[6-9]|[3-9]\d)-\d\d-\d\d \d\d:\d\d\+00:00")


class PlanText(SingleFileSnapshotExtension):
    """The rendered plan of a case, kept beside it: ``plan.txt``, or ``then/plan.txt`` for the second round."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        """The test's name with the round's directory."""
        return f"{test_location.methodname}[{index}]"

    @classmethod
    def get_location(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:
        """In the round's directory."""
        return str(ROOT / str(index) / "plan.txt")

    @classmethod
    def discovery_dirname(cls, *, test_location: PyTestLocation) -> str:
        """Where unused snapshots are looked for."""
        return str(ROOT)

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        """Every plan beside a case is this test's."""
        return Path(snapshot_location).is_relative_to(ROOT)


def shown_plan(plan: Plan) -> str:
    """The plan as people read it, with what no two workspaces share taken out."""
    text = ANY_ID.sub("0" * 32, plan_text(plan, width=100).plain)
    return MADE_NOW.sub("(the time of the test)", text) + "\n"


async def run(stage: Stage, twin: Twin, state: State, shown: object, cache: Cache) -> None:
    """One round of a case; what is planned with the cache is what is planned without it."""
    flags = stage.flags()
    how = scope(flags)
    plan, said = await planned(twin, state, how, cache=cache)
    assert shown_plan(plan) == shown
    _, said_again = await planned(twin, state, how)
    assert said == said_again
    assert plan.proof is None or sorted({f.address for f in plan.proof.failures}) == sorted(flags.get("unproved", ()))
    if flags.get("unproved"):
        with pytest.raises(WtstateError, match="rehearsal"):
            await apply_and_count(twin, state, how, archive=ARCHIVE)
        check_after(stage.words("after"), twin, census.entries(twin, archive=ARCHIVE))
        return
    outcome, _ = await apply_and_count(twin, state, how, archive=ARCHIVE, cache=cache)
    assert sorted({finding.code for finding in outcome.refused}) == sorted(flags.get("refused", ()))
    if not flags.get("refused"):
        assert sorted({finding.address for finding in outcome.unsettled}) == sorted(flags.get("unsettled", ()))
        third, said = await planned(twin, state, how, cache=cache)
        assert empty(third) or flags.get("unsettled"), plan_text(third, width=100).plain
        outcome, fourth = await apply_and_count(twin, state, how, archive=ARCHIVE)
        assert json.dumps(document(fourth), indent=1, ensure_ascii=False) == said
        assert outcome.requests == 0 or flags.get("unsettled")
    check_after(stage.words("after"), twin, census.entries(twin, archive=ARCHIVE))


async def refused(stage: Stage, twin: Twin, state: State) -> list[str]:
    """The codes of the error that planning ends with."""
    with pytest.raises(WtstateError) as caught:
        await planned(twin, state, scope(stage.flags()))
    check_after(stage.words("after"), twin, census.entries(twin, archive=ARCHIVE))
    return sorted({finding.code for finding in caught.value.findings})


@pytest.mark.parametrize("case", CASES)
def test_case(case: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    with open_twin(":memory:") as twin:
        live, cache = Live(twin), Cache(directory=tmp_path, place=(twin.token,))
        live.load(next(stages(ROOT / case)).words("live"))
        for stage in stages(ROOT / case):
            edits = stage.words("edit")
            if edits:
                live.edit(edits)
            state = stage.state(tmp_path)
            if stage.flags().get("error"):
                assert asyncio.run(refused(stage, twin, state)) == sorted(stage.flags()["error"])
                continue
            shown = snapshot(extension_class=PlanText, name=str(stage.directory.relative_to(ROOT)))
            asyncio.run(run(stage, twin, state, shown, cache))
