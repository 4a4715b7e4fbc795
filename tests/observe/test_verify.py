"""`verify` on the demo's workspace: nothing fails as applied; each thing that somebody breaks is named."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.desired.state import Correction
from reconciler.memory.memory import Batch, batch_properties
from reconciler.model.condition import Equals
from reconciler.model.finding import Location
from reconciler.observe.verify_report import Group, Status, document
from reconciler.twin import repository
from tests.engine.sessions import session, writes
from tests.observe.applied import Workspace, applied_twin, not_ok, sensitive, workspace

PHASES, PROJECTS, MESSAGES = "wt-phase-tracker", "wt-project-tracker", "claude-gizmo-comm"
EXCHANGE = "[ARCHIVED] Claude-Gizmo Exchange"
BLOCKED = {"status": {"select": {"name": "Blocked"}}}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    path = tmp_path_factory.mktemp("applied") / "twin.sqlite"
    return path, applied_twin(path)


@pytest.fixture
def work(applied: tuple[Path, int], tmp_path: Path) -> object:
    path = Path(shutil.copy(applied[0], tmp_path / "twin.sqlite"))
    with workspace(path, applied[1]) as made:
        yield made


def titled(text: str) -> dict[str, object]:
    return {"title": [{"type": "text", "text": {"content": text}}]}


def test_as_applied_nothing_fails_and_nothing_is_written(work: Workspace) -> None:
    before = writes(work.twin)
    report = work.verify()
    assert writes(work.twin) == before
    assert report.verified
    assert {r.group for r in report.results} == set(Group)
    assert {r.address for r in not_ok(report, Status.WARN).values()} == {
        "checks.every-phase-has-a-project",
        "checks.phase-ids-are-unique",
        "wt-phase-tracker.linkedProjectId",
        "wt-phase-tracker.status",
        "wt-project-tracker.status",
    }
    assert report.batch
    assert report.count(status=Status.OK, group=Group.DATA) > 10


def test_each_database_is_queried_once_and_each_entry_read_once(work: Workspace) -> None:
    sources = work.sources
    work.twin.requests.clear()
    report = work.verify()
    asked = Counter(r.path for r in work.twin.requests if r.path.endswith("/query"))
    archive = f"/v1/data_sources/{sources['wt-merged-data-archive']}/query"
    assert asked.pop(archive) == 2  # the memory, then the entries
    assert asked[f"/v1/data_sources/{sources[PHASES]}/query"] == 1
    assert asked[f"/v1/data_sources/{sources[PROJECTS]}/query"] == 1
    assert set(asked.values()) == {1}
    bodies = Counter(r.path for r in work.twin.requests if r.path.endswith("/children"))
    assert set(bodies.values()) == {1}
    opening = 2  # users/me and the blocks of the parent page
    assert report.requests == len(work.twin.requests) - opening


def test_a_renamed_database_is_named(work: Workspace) -> None:
    work.twin.call("PATCH", f"data_sources/{work.sources['sub-apps']}", titled("Sub [/] apps"), token=work.ada)
    failed = not_ok(work.verify())
    assert failed["databases sub-apps exists"].what == "its title is 'Sub [/] apps', declared 'sub-apps'"
    assert set(failed) == {"databases sub-apps exists", "schema sub-apps words"}


def test_a_database_in_the_trash_is_named(work: Workspace) -> None:
    page = work.twin.call("GET", f"data_sources/{work.sources['sub-apps']}")["parent"]["database_id"]
    work.twin.call("PATCH", f"databases/{page}", {"in_trash": True}, token=work.ada)
    assert "trash" in not_ok(work.verify())["databases sub-apps exists"].what


def test_a_deleted_mirror_is_named_on_both_sides(work: Workspace) -> None:
    body = {"properties": {"linkedPhaseIds": None}}
    work.twin.call("PATCH", f"data_sources/{work.sources[PROJECTS]}", body, token=work.ada)
    failed = not_ok(work.verify())
    assert "relations wt-phase-tracker.linkedProjectId mirror" in failed
    assert "relations wt-project-tracker.linkedPhaseIds target" in failed
    assert "schema wt-phase-tracker.linkedProjectId field" in failed


def test_links_that_lead_nowhere_are_named(work: Workspace) -> None:
    project = work.row(PHASES, "WT-5.1")["properties"]["linkedProjectId"]["relation"][0]["id"]
    work.twin.admin.unshare(project)
    result = not_ok(work.verify())["relations wt-phase-tracker.linkedProjectId edges"]
    assert result.what.startswith("7 rows have links that lead nowhere")
    assert "WT-5.1: 1 link to no row of wt-project-tracker that can be seen" in result.details


def test_sides_that_differ_are_named(work: Workspace) -> None:
    found = work.row(PHASES, "WT-5.1")
    prop = found["properties"]["linkedProjectId"]["id"]
    page = repository.page(work.twin.store, found["id"])
    assert page is not None
    with work.twin.store.transaction():
        kept = {key: value for key, value in page.values.items() if key != prop}
        repository.save_page(work.twin.store, replace(page, values=kept))
    failed = not_ok(work.verify())
    assert set(failed) == {"relations wt-phase-tracker.linkedProjectId mirror"}
    assert failed["relations wt-phase-tracker.linkedProjectId mirror"].details == (
        "WT-5.1 ↔ WT-UX16: only wt-project-tracker.linkedPhaseIds says so",
    )


def test_a_corrected_row_that_a_person_edits_is_superseded_not_wrong(work: Workspace) -> None:
    work.edit(work.row(PHASES, "WT-5.1")["id"], BLOCKED)
    report = work.verify()
    assert report.verified
    warned = not_ok(report, Status.WARN)
    for name in ("corrections corrections.wt-5 values", "data corrections.wt-5 values in WT Phase Database"):
        (told,) = warned[name].details
        assert told.startswith(
            "WT-5.1: status is 'Blocked', written was 'Complete'; its row was last edited by Ada at "
        )


def test_a_value_that_nobody_edited_is_wrong(work: Workspace) -> None:
    work.twin.call("PATCH", f"pages/{work.row(PHASES, 'WT-5.1')['id']}", {"properties": BLOCKED})
    failed = not_ok(work.verify())
    assert set(failed) == {"data corrections.wt-5 values in WT Phase Database"}


def test_values_of_sensitive_databases_are_in_no_report(work: Workspace) -> None:
    work.edit(work.row(PHASES, "WT-5.1")["id"], BLOCKED)
    report = work.verify(sensitive(work.state))
    shown = json.dumps([r for r in document(report)["results"] if r["address"] == "corrections.wt-5"])
    assert "superseded" in shown
    assert "(sensitive)" in shown
    assert "Blocked" not in shown
    assert "WT-5.1" not in shown


def test_names_of_sensitive_rows_that_are_gone_are_in_no_report(work: Workspace) -> None:
    work.twin.call("PATCH", f"pages/{work.row(PHASES, 'WT-5.1')['id']}", {"in_trash": True}, token=work.ada)
    report = work.verify(sensitive(work.state))
    told = [line for r in not_ok(report, Status.WARN).values() if r.group is Group.DATA for line in r.details]
    assert set(told) == {"(sensitive): its row was put into the trash by Ada"}


def test_a_later_correction_supersedes_an_earlier_one_by_name(work: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = secrets.token_hex  # two batches in one second, which only tests make, would be told apart by chance
    monkeypatch.setattr(secrets, "token_hex", lambda size: "ffff" if size == 2 else chance(size))
    rule = Correction(
        name="wt-5-1-is-blocked",
        where=Location("state/corrections.toml", 90, 1),
        databases=(PHASES,),
        set={"status": "Blocked"},
        rows=Equals("WT-5.1"),
    )
    state = replace(work.state, corrections={**work.state.corrections, rule.name: rule})
    work.twin.clock = lambda: int(datetime.now(UTC).timestamp() * 1000)

    async def apply() -> str:
        async with session(work.twin, state, read_only=False) as each:
            return (await each.apply(await each.plan())).batch

    assert not_ok(work.verify(state))["corrections corrections.wt-5-1-is-blocked applied"].what.startswith(
        "a plan would still set rows"
    )
    batch = asyncio.run(apply())
    report = work.verify(state)
    assert report.verified
    assert report.batch == batch
    told = not_ok(report, Status.WARN)["corrections corrections.wt-5 values"]
    assert told.details == (f"WT-5.1: status was overwritten by corrections.wt-5-1-is-blocked in batch {batch}",)


def test_a_damaged_entry_is_named(work: Workspace) -> None:
    entry = work.entry("corrections.wt-5")
    blocks = work.twin.call("GET", f"blocks/{entry['id']}/children")["results"]
    code = next(block for block in blocks if block["type"] == "code")
    text = "".join(part["plain_text"] for part in code["code"]["rich_text"]).replace("Complete", "Compleat")
    body = {"code": {"rich_text": [{"type": "text", "text": {"content": text}}]}}
    work.twin.call("PATCH", f"blocks/{code['id']}", body, token=work.ada)
    (failed,) = not_ok(work.verify()).values()
    assert failed.group is Group.ARCHIVE
    assert failed.check.startswith("entry corrections.wt-5 in wt-phase-tracker · ")


@pytest.mark.parametrize("address", ["corrections.wt-5", "wt-phase-tracker.status[Done]", "merges.exchange"])
def test_an_entry_that_is_gone_is_named(work: Workspace, address: str) -> None:
    work.twin.call("PATCH", f"pages/{work.entry(address)['id']}", {"in_trash": True}, token=work.ada)
    report = work.verify()
    (failed,) = not_ok(report).values()
    assert failed.check == f"batch {report.batch}"
    assert failed.details == (f"{address}: 1 entry missing",)


def test_a_damaged_memory_fails_by_name_and_nothing_else_is_said(work: Workspace) -> None:
    page = work.rows("wt-merged-data-archive")["memory-settled"]["id"]
    data = {"data": {"rich_text": [{"type": "text", "text": {"content": "{}"}}]}}
    work.edit(page, data)
    report = work.verify()
    (failed,) = report.results
    assert failed.status is Status.FAIL
    assert "memory-settled" in failed.what


def test_a_batch_that_is_still_open_is_a_warning(work: Workspace) -> None:
    batch = Batch(id="29991231-235959-0000", status="open", started="2999-12-31T23:59:59Z", plan="")
    (properties,) = batch_properties(batch)
    source = {"type": "data_source_id", "data_source_id": work.sources["wt-merged-data-archive"]}
    work.twin.call("POST", "pages", {"parent": source, "properties": properties})
    report = work.verify()
    warned = not_ok(report, Status.WARN)["archive  batch 29991231-235959-0000"]
    assert "still open" in warned.what
    assert report.batch != batch.id


def test_a_row_in_the_trash_is_told_with_who_put_it_there(work: Workspace) -> None:
    page = work.row(PHASES, "WT-5.1")["id"]
    work.twin.call("PATCH", f"pages/{page}", {"in_trash": True}, token=work.ada)
    report = work.verify()
    assert report.verified
    told = not_ok(report, Status.WARN)["data corrections.wt-5 values in WT Phase Database"]
    assert told.details == ("WT-5.1: its row was put into the trash by Ada",)


def test_a_row_that_this_integration_put_into_the_trash_is_lost_data(work: Workspace) -> None:
    work.twin.call("PATCH", f"pages/{work.row(PHASES, 'WT-5.1')['id']}", {"in_trash": True})
    failed = not_ok(work.verify())["data corrections.wt-5 values in WT Phase Database"]
    assert failed.details == ("WT-5.1: its row is in the trash, put there by this integration",)


def test_a_field_that_is_gone_takes_its_values_with_it(work: Workspace) -> None:
    body = {"properties": {"phaseId": None}}
    work.twin.call("PATCH", f"data_sources/{work.sources[PHASES]}", body, token=work.ada)
    failed = not_ok(work.verify())
    values = failed["data wt-phase-tracker.phaseId values in WT Phase Database"]
    assert all(line.endswith("the field 'phaseid' is gone") for line in values.details)
    assert "schema wt-phase-tracker.phaseId field" in failed


@pytest.mark.parametrize(
    ("to", "said"),
    [("sub-apps", "its row was moved elsewhere by Ada"), (PHASES, "its row is in wt-phase-tracker, moved by Ada")],
    ids=["a database that is not read", "one that is"],
)
def test_a_merged_row_that_a_person_moves_on_is_told(work: Workspace, to: str, said: str) -> None:
    page = work.rows(MESSAGES)["Echo test"]["id"]
    body = {"parent": {"type": "data_source_id", "data_source_id": work.sources[to]}}
    work.twin.call("POST", f"pages/{page}/move", body, token=work.ada)
    warned = not_ok(work.verify(), Status.WARN)
    assert warned["data merges.exchange values in Claude-Gizmo Exchange"].details == (f"Echo test: {said}",)


def test_a_merged_row_that_nobody_moved_on_is_not_in_its_target(work: Workspace) -> None:
    page = work.rows(MESSAGES)["Echo test"]["id"]
    body = {"parent": {"type": "data_source_id", "data_source_id": work.sources[PHASES]}}
    work.twin.call("POST", f"pages/{page}/move", body)
    failed = not_ok(work.verify())["data merges.exchange values in Claude-Gizmo Exchange"]
    assert failed.details == ("Echo test: its row is in wt-phase-tracker",)


def test_a_source_that_lost_its_mark_is_named(work: Workspace) -> None:
    body = titled("Claude-Gizmo Exchange")
    work.twin.call("PATCH", f"data_sources/{work.sources[EXCHANGE]}", body, token=work.ada)
    failed = not_ok(work.verify())
    assert set(failed) == {"databases merges.exchange source"}


def test_an_error_check_fails_and_a_warning_check_warns(work: Workspace) -> None:
    name = "phase-ids-are-unique"
    strict = replace(work.state.checks[name], severity="error")
    report = work.verify(replace(work.state, checks={**work.state.checks, name: strict}))
    assert set(not_ok(report)) == {f"checks checks.{name} check"}
    assert "2 rows share a value: WT-4.1" in not_ok(report)[f"checks checks.{name} check"].what


def test_checks_judge_the_rows_as_they_are(work: Workspace) -> None:
    work.edit(work.row(PHASES, "MISC-1")["id"], {"phaseId": {"rich_text": [{"text": {"content": "WT-UX1 "}}]}})
    told = not_ok(work.verify(), Status.WARN)["checks checks.every-phase-has-a-project check"]
    assert "MISC-1" not in told.what
    assert "WT-UX1" in told.what


def test_the_report_is_kept_with_its_batch_after_what_is_there(work: Workspace) -> None:
    page = work.rows("wt-merged-data-archive")
    (batch,) = (found["id"] for title, found in page.items() if title.startswith("batch "))
    before = writes(work.twin)
    first = work.verify(store=True)
    work.verify(store=True)
    assert writes(work.twin) == before + 2
    blocks = work.twin.call("GET", f"blocks/{batch}/children")["results"][-4:]
    assert [block["type"] for block in blocks] == ["heading_3", "code"] * 2
    text = "".join(part["plain_text"] for part in blocks[1]["code"]["rich_text"])
    assert json.loads(text) == document(first)
    assert blocks[0]["heading_3"]["rich_text"][0]["plain_text"].endswith(": verified")
    assert work.verify().verified


def test_before_anything_was_applied_the_difference_fails_and_nothing_is_stored(tmp_path: Path) -> None:
    from reconciler.demo import export_path
    from reconciler.twin import open_twin
    from reconciler.twin.export import load
    from tests.observe.applied import demo_state

    with open_twin(tmp_path / "fresh.sqlite") as twin:
        load(twin, export_path())
        before = writes(twin)
        report = Workspace(twin=twin, ada="", state=demo_state()).verify(store=True)
        assert writes(twin) == before
    assert not report.verified
    failed = not_ok(report)
    assert failed["databases wt-phase-tracker exists"].what.startswith("its title is 'WT Phase Database'")
    assert failed["databases merges.exchange applied"].what.startswith("a plan would still merge database")
    assert failed["corrections corrections.wt-5 applied"].what.startswith("a plan would still set rows")


def test_what_a_restore_took_back_is_not_missed(work: Workspace) -> None:
    batch = work.verify().batch

    async def restored() -> None:
        async with session(work.twin, work.state, read_only=False) as writing:
            await writing.apply(await writing.plan_restore([batch]))

    asyncio.run(restored())
    report = work.verify()
    assert report.count(status=Status.FAIL, group=Group.DATA) == 0
    (told,) = [r for r in report.results if r.check == "restored"]
    assert f"took back {batch}" in told.what
    assert [r.what for r in report.results if r.address == "corrections.wt-7-2" and r.check == "values"] == [
        "1 of 1 value superseded since"
    ]
    assert any("was taken back by wt-phase-tracker.status" in line for r in report.results for line in r.details)
