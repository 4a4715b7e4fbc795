"""``[policy]``: what it lets an apply do, and how closely it looks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from reconciler.api import Outcome
from reconciler.connection import httpx_transport
from reconciler.desired.state import State
from reconciler.model.finding import Finding, Severity
from reconciler.planning.document import compare, document, read_approval
from reconciler.planning.plan import Plan
from reconciler.twin import Twin, dump, open_twin
from tests.engine.sessions import session
from tests.engine.test_memory import planned, state_of
from tests.live import Live

ROWS = [{"Name": name, "s": "old"} for name in ("a", "b", "c")]
TABLE = {"databases": {"t": {"properties": {"Name": "title", "s": "rich_text"}, "rows": ROWS}}}
RULE = """
[databases.t.fields]
Name = "title"
s = "rich_text"
[corrections.c]
in = "t"
rows = { glob = "*" }
set = { s = "new" }
mode = "enforce"
"""


class EditsFirst(httpx.AsyncBaseTransport):
    """A way to the twin on which somebody edits a row just before it is read by itself."""

    def __init__(self, twin: Twin, row: str) -> None:
        self.inner = httpx_transport(twin)
        self.twin = twin
        self.row = row
        self.edited = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path.endswith(f"pages/{self.row}") and not self.edited:
            self.edited = True
            text = [{"type": "text", "text": {"content": "mine"}}]
            self.twin.call("PATCH", f"pages/{self.row}", {"properties": {"s": {"rich_text": text}}})
        return await self.inner.handle_async_request(request)


def loaded(twin: Twin) -> Live:
    live = Live(twin)
    live.load(TABLE)
    return live


def apply(twin: Twin, state: State, transport: httpx.AsyncBaseTransport | None = None) -> tuple[Plan, Outcome]:
    """One plan and its apply."""

    async def work() -> tuple[Plan, Outcome]:
        async with session(twin, state, read_only=False, transport=transport) as opened:
            plan = await opened.plan()
            return plan, await opened.apply(plan)

    return asyncio.run(work())


def held(twin: Twin) -> dict[str, str]:
    (table,) = (d for d in dump(twin)["databases"] if d["title"] == "t")
    return {row["title"]: row["values"]["s"] for row in table["rows"]}


def test_each_row_is_looked_at_just_before_its_write_and_counted(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        loaded(twin)
        careful = state_of(tmp_path, RULE + '[policy]\ncheck = "each"\n')
        usual = planned(twin, state_of(tmp_path, RULE))
        careful = state_of(tmp_path, RULE + '[policy]\ncheck = "each"\n')
        plan, outcome = apply(twin, careful)
        assert plan.cost.requests == usual.cost.requests + len(ROWS)
        assert outcome.requests == plan.cost.requests
        assert outcome.refused == ()
        assert set(held(twin).values()) == {"new"}


def test_an_edit_between_the_check_of_all_and_the_write_is_kept(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        row = loaded(twin).rows[("t", "b")][0]
        state = state_of(tmp_path, RULE + '[policy]\ncheck = "each"\n')
        _, outcome = apply(twin, state, EditsFirst(twin, row))
        assert [finding.code for finding in outcome.refused] == ["moved"]
        assert held(twin)["b"] == "mine"


def approve(plan: Plan, fresh: Plan, growth: int) -> tuple[Finding, ...]:
    return compare(read_approval(json.dumps(document(plan)), name="plan.json"), fresh, growth=growth)


@pytest.mark.parametrize(("growth", "severity"), [(0, Severity.ERROR), (1, Severity.ERROR), (2, Severity.INFO)])
def test_rows_that_join_a_rule_are_accepted_up_to_its_growth(tmp_path: Path, growth: int, severity: Severity) -> None:
    with open_twin(":memory:") as twin:
        live = loaded(twin)
        state = state_of(tmp_path, RULE)
        approved = planned(twin, state)
        live.edit({"databases": {"t": {"add_rows": [{"Name": "d", "s": "old"}, {"Name": "e", "s": ""}]}}})
        (said,) = approve(approved, planned(twin, state), growth)
        assert said.severity is severity
        assert said.code == ("grown" if severity is Severity.INFO else "moved")


def test_growth_accepts_nothing_else(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        live = loaded(twin)
        state = state_of(tmp_path, RULE)
        approved = planned(twin, state)
        edits = {"rows": {"a": {"s": "other"}}, "add_rows": [{"Name": "d", "s": "old"}]}
        live.edit({"databases": {"t": edits}})
        (said,) = approve(approved, planned(twin, state), 10)
        assert said.code == "moved"
