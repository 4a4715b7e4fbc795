"""A plan keeps the rows that it may act on, and is the plan that it would be with every row that was read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.model.finding import WtstateError
from reconciler.planning.asking import Question
from reconciler.planning.build import build_plan
from reconciler.planning.document import document
from reconciler.planning.match import Matched
from reconciler.planning.reading import Reading
from reconciler.planning.scope import Scope
from reconciler.proof.material import material
from reconciler.proof.seen import seen_in
from reconciler.survey.ask import survey
from reconciler.survey.find import Found
from reconciler.twin import Twin, open_twin
from tests.cases.case import stages
from tests.engine.sessions import session
from tests.live import Live

CASES = Path(__file__).parents[1] / "cases"
GROUPS = ("checks", "corrections", "options", "rows", "tidy", "undeclared")
ROWS = (
    ("P-1", "Open", "a"), ("P-2 ", "Done", "b"), ("P-2", "Done", "c"), ("P-3", "Open", "c"), ("P-4", "Done", "d"),
    ("P-40", "Old", "e"), ("P-5", "Late", "f"), ("P-5", "Open", "g"), ("P-6", "Open", ""), ("", "Open", ""),
)  # fmt: skip
STATE = """
[workspace]
name = "Case"
archive = "archive"
[databases.t]
key = "Key"
[databases.t.fields]
Key = { type = "rich_text", tidy = "trim" }
Code = "rich_text"
Stage = { type = "select", options = [{ name = "Open" }, { name = "Done", was = ["Old"] }, { name = "Late" }] }
[corrections.late]
in = ["t"]
where = { Stage = "Late" }
rows = { glob = "P-[45]*" }
set = { Stage = "Open" }
source = "x"
"""
CHECK = """
[checks.codes]
in = "t"
unique = "Code"
severity = "error"
[checks.none-is-done]
in = "t"
where = { Stage = { not = "Open" } }
rows = { glob = "P-[1-4]" }
expect = 0
"""


def reading(twin: Twin, state: State, *, every_row: bool) -> Reading:
    """What a plan is made of; with every row that was read, if so asked."""

    async def as_asked(_: Found, __: Matched, asked: Mapping[str, Question]) -> Mapping[str, Question]:
        return asked

    async def read() -> Reading:
        async with session(twin, state, read_only=True) as ours:
            widen = as_asked if every_row else None
            return await survey(ours._client, state, ours.workspace, Scope(), children=None, on_twin=True, widen=widen)

    return asyncio.run(read())


def said(found: Reading) -> str:
    """The plan of it."""
    return json.dumps(document(build_plan(found, Scope())), indent=1)


def filled(twin: Twin) -> None:
    """The rows of this module in a database."""
    rows = [{"Name": f"row {n}", "Key": key, "Stage": s, "Code": c} for n, (key, s, c) in enumerate(ROWS)]
    options = ["Open", "Done", "Late", "Old"]
    columns = {
        "Name": "title",
        "Key": "rich_text",
        "Code": "rich_text",
        "Stage": {"type": "select", "options": options},
    }
    Live(twin).load({"databases": {"t": {"properties": columns, "rows": rows}}})


@pytest.mark.parametrize("group", GROUPS)
def test_the_plan_is_that_of_every_row(group: str, tmp_path: Path) -> None:
    for case in sorted(path.parent for path in (CASES / group).glob("*/live.toml")):
        stage = next(stages(case))
        with open_twin(":memory:") as twin:
            Live(twin).load(stage.words("live"))
            state = stage.state(tmp_path)
            try:
                whole = reading(twin, state, every_row=True)
            except WtstateError:
                continue
            assert said(reading(twin, state, every_row=False)) == said(whole), case.name


def test_rows_that_no_rule_acts_on_are_let_go(tmp_path: Path) -> None:
    (tmp_path / "state.toml").write_text(STATE + CHECK, encoding="utf-8")
    with open_twin(":memory:") as twin:
        filled(twin)
        state = load(tmp_path, env={}, base=tmp_path)
        kept, whole = (reading(twin, state, every_row=every) for every in (False, True))
    assert len(whole.rows["t"].rows) == len(ROWS) - 1  # one holds nothing that is asked for
    # Named alike: P-2, P-5. One code: c. Folded: P-40. Late: P-5. Found by a check: P-2, P-4. P-1 and P-6 go.
    assert [row.title for row in kept.rows["t"].rows] == ["row 1", "row 2", "row 3", "row 4", "row 5", "row 6", "row 7"]
    assert [row for row in whole.rows["t"].rows if row in kept.rows["t"].rows] == list(kept.rows["t"].rows)
    assert said(kept) == said(whole)
    assert "P-5 (1 of 2)" in said(kept)


@pytest.mark.parametrize(("folds", "rehearsed"), [(False, 6), (True, len(ROWS) - 1)])
def test_a_rehearsal_holds_the_rows_that_its_steps_can_reach(folds: bool, rehearsed: int, tmp_path: Path) -> None:
    kept = STATE if folds else STATE.replace(', was = ["Old"]', "")
    (tmp_path / "state.toml").write_text(kept + CHECK, encoding="utf-8")

    async def read(twin: Twin, state: State) -> tuple[int, bool]:
        async with session(twin, state, read_only=True) as ours:
            plan = await ours.plan()
            made = ours._plans.last
            assert made is not None
            assert plan.proof is not None
            with material(plan, made.reading, ours._line.recorder) as answers:
                seen = seen_in(answers.answered())
            return len([title for title in seen.titles.values() if title.startswith("row")]), plan.proof.holds

    with open_twin(":memory:") as twin:
        filled(twin)
        assert asyncio.run(read(twin, load(tmp_path, env={}, base=tmp_path))) == (rehearsed, True)


def test_a_value_that_a_rule_writes_is_compared_with_all(tmp_path: Path) -> None:
    written = STATE.replace('set = { Stage = "Open" }', 'set = { Stage = "Open", Code = "a" }')
    (tmp_path / "state.toml").write_text(written + CHECK, encoding="utf-8")
    with open_twin(":memory:") as twin:
        filled(twin)
        state = load(tmp_path, env={}, base=tmp_path)
        kept, whole = (reading(twin, state, every_row=every) for every in (False, True))
    assert said(kept) == said(whole)
    assert "4 rows share a value" in said(kept)
