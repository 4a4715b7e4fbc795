"""``[databases.X] archive``: its values go to an archive of its own, beside it; the memory stays in the main one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.api import Outcome
from reconciler.observe.verify_report import VerifyReport
from reconciler.twin import dump, open_twin
from tests import census
from tests.engine.sessions import session
from tests.engine.test_memory import planned, state_of
from tests.live import Live

LIVE: dict[str, Any] = {
    "pages": ["Private"],
    "databases": {
        "t": {
            "page": "Private",
            "properties": {"Name": "title", "s": "rich_text"},
            "rows": [{"Name": "1", "s": " a "}],
        },
        "u": {"properties": {"Name": "title", "s": "rich_text"}, "rows": [{"Name": "2", "s": " b "}]},
    },
}
STATE = """
[databases.t]
bind = "{t}"
archive = "private-archive"
[databases.t.fields]
Name = "title"
s = {{ type = "rich_text", tidy = "trim" }}
[databases.u.fields]
Name = "title"
s = {{ type = "rich_text", tidy = "trim" }}
"""


@pytest.fixture
def live() -> Iterator[Live]:
    with open_twin(":memory:") as twin:
        made = Live(twin)
        made.load(LIVE)
        yield made


def applied(live: Live, directory: Path) -> tuple[int, Outcome, VerifyReport]:
    """What was planned in requests, what came of it, and what verify says."""
    state = state_of(directory, STATE.format(**live.databases))

    async def work() -> tuple[int, Outcome]:
        async with session(live.twin, state, read_only=False) as opened:
            plan = await opened.plan()
            assert plan.blocked == ()
            return plan.cost.requests, await opened.apply(plan)

    async def check() -> VerifyReport:
        async with session(live.twin, state, read_only=True) as opened:
            return await opened.verify()

    requests, outcome = asyncio.run(work())
    return requests, outcome, asyncio.run(check())


def test_its_values_are_kept_beside_it_and_nowhere_else(live: Live, tmp_path: Path) -> None:
    requests, outcome, report = applied(live, tmp_path)
    assert (outcome.refused, outcome.requests, outcome.after.empty) == ((), requests, True)
    assert [entry.database for entry in census.entries(live.twin, archive="private-archive")] == ["t"]
    assert [entry.database for entry in census.entries(live.twin, archive="archive")] == ["u"]
    (own,) = (d for d in dump(live.twin)["databases"] if d["title"] == "private-archive")
    page = live.twin.call("GET", f"databases/{own['id']}")["parent"]["page_id"]
    assert page == live.pages["Private"]
    assert report.verified


def test_it_is_found_again_and_made_once(live: Live, tmp_path: Path) -> None:
    applied(live, tmp_path)
    live.edit({"databases": {"t": {"rows": {"1": {"s": " c "}}}, "u": {"rows": {"2": {"s": " d "}}}}})
    _, outcome, _ = applied(live, tmp_path)
    assert outcome.refused == ()
    assert len(census.entries(live.twin, archive="private-archive")) == 2
    titles = [d["title"] for d in dump(live.twin)["databases"]]
    assert titles.count("private-archive") == 1
    assert planned(live.twin, state_of(tmp_path, STATE.format(**live.databases))).empty


def test_it_is_not_made_where_nothing_is_kept(live: Live, tmp_path: Path) -> None:
    live.edit({"databases": {"t": {"rows": {"1": {"s": "a"}}}}})
    applied(live, tmp_path)
    assert "private-archive" not in [d["title"] for d in dump(live.twin)["databases"]]
