"""Guards that a case cannot tell of, because they need ids, or the memory of another state; and consents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.api import Session
from reconciler.model.finding import WtstateError
from reconciler.planning.guards import registry
from reconciler.planning.plan import Plan
from reconciler.twin import Twin, dump, open_twin
from tests.engine.sessions import writes
from tests.engine.test_memory import codes, on, state_of
from tests.live import Live

ELSEWHERE = {
    "pages": ["Private"],
    "databases": {
        "t": {
            "page": "Private",
            "properties": {"Name": "title", "status": {"type": "select", "options": ["Done"]}, "id": "rich_text"},
            "rows": [{"Name": "1", "status": "Done", "id": "1"}, {"Name": "2", "status": "Done", "id": "2"}],
        },
        "near": {"properties": {"Name": "title", "id": "rich_text"}, "rows": []},
    },
}
FOLD = """
[databases.t]
bind = "{t}"
[databases.t.fields]
Name = "title"
status = {{ type = "select", options = [{{ name = "Complete", was = ["Done"] }}] }}
"""
MERGE = """
[databases.t]
bind = "{t}"
[databases.t.fields]
Name = "title"
[databases.near.fields]
Name = "title"
id = "rich_text"
[merges.m]
from = "t"
into = "near"
"""


@pytest.fixture
def live() -> Iterator[Live]:
    with open_twin(":memory:") as twin:
        made = Live(twin)
        made.load(ELSEWHERE)
        yield made


def plan_of(live: Live, directory: Path, said: str, allow: tuple[str, ...] = ()) -> Plan:
    """The plan of one state file that may name databases by ``{title}``."""
    state = state_of(directory, said.format(**live.databases))
    return on(live.twin, state, lambda opened: opened.plan(allow=allow))


def kept_consents(twin: Twin) -> list[str]:
    """The consents that the batches of the archive record."""
    (archive,) = (d for d in dump(twin)["databases"] if d["title"] == "archive")
    records = [json.loads(row["values"]["data"]) for row in archive["rows"] if row["values"]["data"]]
    return [each for record in records if record["kind"] == "batch" for each in record.get("consents", ())]


def test_an_archive_on_another_page_needs_consent(live: Live, tmp_path: Path) -> None:
    plan = plan_of(live, tmp_path, FOLD)
    assert ("readers-change", "t") in {(f.code, f.address) for f in plan.blocked}
    assert "--allow readers-change:t" in next(f.next for f in plan.blocked)
    assert [action.kind for action in plan.actions] == ["change-field"], "no value is written"
    allowed = plan_of(live, tmp_path, FOLD, allow=("readers-change:t",))
    assert allowed.blocked == ()
    assert allowed.consents == ("readers-change:t",)
    assert [action.address for action in allowed.actions]


def test_a_state_that_says_where_the_archive_lies_consents(live: Live, tmp_path: Path) -> None:
    said = f'[workspace]\nname = "W"\narchive = "archive"\narchive_page = "{live.twin.root_page_id}"\n' + FOLD
    plan = plan_of(live, tmp_path, said)
    assert plan.blocked == ()
    assert "readers-change" in {f.code for f in plan.notes}


def test_an_archive_on_the_page_of_the_database_needs_none(live: Live, tmp_path: Path) -> None:
    said = f'[workspace]\nname = "W"\narchive = "archive"\narchive_page = "{live.pages["Private"]}"\n' + FOLD
    plan = plan_of(live, tmp_path, said)
    assert "readers-change" not in {f.code for f in (*plan.blocked, *plan.notes)}


def test_a_merge_into_another_page_counts_its_rows(live: Live, tmp_path: Path) -> None:
    said = f'[workspace]\nname = "W"\narchive = "archive"\narchive_page = "{live.pages["Private"]}"\n' + MERGE
    plan = plan_of(live, tmp_path, said)
    (blocked,) = plan.blocked
    assert (blocked.code, blocked.address) == ("readers-change", "merges.m")
    assert "2 rows go from 't' to 'near'" in blocked.what
    assert plan_of(live, tmp_path, said, allow=("readers-change:merges.m",)).blocked == ()


def test_the_batch_records_its_consents_and_the_command_may_be_run_again(live: Live, tmp_path: Path) -> None:
    state = state_of(tmp_path, FOLD.format(**live.databases))
    allow = ("readers-change:t",)

    async def work(opened: Session) -> int:
        outcome = await opened.apply(await opened.plan(allow=allow))
        assert outcome.refused == ()
        before = writes(live.twin)
        again = await opened.plan(allow=allow)
        assert again.empty
        await opened.apply(again)
        return writes(live.twin) - before

    assert on(live.twin, state, work) == 0
    assert kept_consents(live.twin) == list(allow)


def test_a_consent_that_lifts_nothing_names_those_that_would(live: Live, tmp_path: Path) -> None:
    with pytest.raises(WtstateError) as caught:
        plan_of(live, tmp_path, FOLD, allow=("readers-change:near",))
    (finding,) = caught.value.findings
    assert finding.code == "consent-unused"
    assert "readers-change:t" in finding.what


@pytest.mark.parametrize("guard", sorted(registry.PERMANENT))
def test_no_consent_lifts_what_protects_correctness(guard: str) -> None:
    refusal = registry.refusal(f"{guard}:t")
    assert refusal is not None
    assert refusal.code == "consent-refused"


def test_a_plan_over_the_policy_is_stopped_whole(live: Live, tmp_path: Path) -> None:
    said = FOLD + "[policy]\nmax_requests = 3\n"
    allow = ("readers-change:t",)
    state = state_of(tmp_path, said.format(**live.databases))

    async def work(opened: Session) -> None:
        plan = await opened.plan(allow=allow)
        assert [f.code for f in plan.stopped] == ["max-requests"]
        with pytest.raises(WtstateError):
            await opened.apply(plan)
        assert (await opened.plan(allow=allow, max_requests=1_000)).stopped == ()

    before = writes(live.twin)
    on(live.twin, state, work)
    assert writes(live.twin) == before


def test_a_database_that_another_state_bound_is_left_alone(live: Live, tmp_path: Path) -> None:
    state = state_of(tmp_path, FOLD.format(**live.databases))

    async def first(opened: Session) -> None:
        await opened.apply(await opened.plan(allow=("readers-change:t",)))

    on(live.twin, state, first)
    _rewrite_owner(live.twin, "Somebody else")
    plan = on(live.twin, state, lambda opened: opened.plan())
    assert ("owned-elsewhere", "t") in codes(plan)
    assert plan.actions == ()


def _rewrite_owner(twin: Twin, owner: str) -> None:
    """The binding of ``t`` as a state named ``owner`` would have written it."""
    from reconciler.memory.records import Record

    (archive,) = (d for d in dump(twin)["databases"] if d["title"] == "archive")
    for row in archive["rows"]:
        data = json.loads(row["values"]["data"] or "{}")
        if data.get("kind") == "memory-binding":
            name, kind = data.pop("record"), data.pop("kind")
            data.pop("format")
            record = replace(Record(name, kind, {}), data={**data, "owner": owner})
            twin.call("PATCH", f"pages/{row['id']}", {"properties": record.properties()})


def test_a_free_workspace_is_warned_of_too_many_blocks(live: Live, tmp_path: Path) -> None:
    rows = "".join(
        f'[rows.r{number}]\nin = "near"\nkey = "{number}"\nset = {{ id = "x" }}\n' for number in range(1_001)
    )
    said = '[databases.near]\nkey = "Name"\n[databases.near.fields]\nName = "title"\nid = "rich_text"\n' + rows
    state = state_of(tmp_path, said)
    plan = on(live.twin, state, lambda opened: opened.plan())
    assert [f.code for f in plan.stopped] == ["block-limit"]
    lifted = on(live.twin, state, lambda opened: opened.plan(allow=("block-limit:workspace",)))
    assert lifted.stopped == ()
