"""Whatever a case applies is verified afterwards: what verify fails on is what the plan holds back, or nothing.

And nothing of it has drifted: nobody but the case's own people changed anything since.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from pathlib import Path

import pytest

from reconciler.api import Outcome
from reconciler.desired.state import State
from reconciler.observe.drift.report import DriftReport, Side
from reconciler.observe.verify_report import Group, Status, VerifyReport
from reconciler.twin import Twin, open_twin
from tests.cases.case import Stage, stages
from tests.cases.test_cases import CASES, ROOT
from tests.engine.sessions import session, writes
from tests.live import Live

KEPT = {Group.ARCHIVE, Group.DATA}


async def _applied(stage: Stage, twin: Twin, state: State) -> tuple[Outcome, VerifyReport, DriftReport]:
    flags = stage.flags()
    notion = bool(flags.get("notion"))
    async with session(twin, state, read_only=False, on_twin=not notion) as writing:
        for address in flags.get("forget", ()):
            await writing.forget(address)
        only, without, allow = (tuple(flags.get(word, ())) for word in ("only", "except", "allow"))
        outcome = await writing.apply(await writing.plan(only=only, except_=without, allow=allow))
    async with session(twin, state, read_only=True, on_twin=not notion) as reading:
        before = writes(twin)
        report = await reading.verify()
        drift = await reading.drift()
        assert writes(twin) == before, "verify or drift wrote"
    return outcome, report, drift


@pytest.fixture
def batches_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of one second, which only tests make, are told apart by chance: here they are counted."""
    numbers, chance = itertools.count(), secrets.token_hex
    monkeypatch.setattr(secrets, "token_hex", lambda size: f"{next(numbers):04x}" if size == 2 else chance(size))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("batches_in_order")
def test_what_was_applied_is_verified(case: str, tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load(next(stages(ROOT / case)).words("live"))
        for stage in stages(ROOT / case):
            edited = bool(stage.words("edit"))
            if edited:
                live.edit(stage.words("edit"))
            flags = stage.flags()
            if flags.get("error") or flags.get("unproved"):
                return
            outcome, report, drift = asyncio.run(_applied(stage, twin, stage.state(tmp_path)))
            if outcome.refused or outcome.unsettled:
                return
            if not edited:
                assert [item for item in drift.items if item.side is not Side.FILES] == []
            # people's edits in a case bear the integration's name, in the minute of its batch
            unjudged = {Group.CHECKS} | ({Group.DATA} if edited else set())
            failed = [r for r in report.results if r.status is Status.FAIL and r.group not in unjudged]
            held_back = outcome.after.blocked or flags.get("only") or flags.get("except")
            assert [r for r in failed if not held_back or r.group in KEPT] == []
