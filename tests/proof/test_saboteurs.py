"""A proof can fail: each saboteur makes it fail by name. What it names is what was harmed, and the action to blame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.state import State
from reconciler.execute import archive, rows, run, schema
from reconciler.execute.ground import Ground, Refused
from reconciler.model.finding import Finding, WtstateError
from reconciler.planning.plan import Plan
from reconciler.planning.proved import Proof
from reconciler.planning.steps import kinds
from reconciler.twin import Twin, dump, open_twin
from tests.engine.sessions import session, writes
from tests.live import Live
from tests.snapshots.taking import state_of

LIVE: dict[str, Any] = {
    "databases": {
        "tasks": {
            "properties": {
                "Name": "title",
                "status": {"type": "select", "options": ["Open", "Done"]},
                "notes": "rich_text",
                "old": "rich_text",
            },
            "rows": [
                {"Name": "one", "status": "Done", "notes": "kept ", "old": "precious"},
                {"Name": "two", "status": "Open", "notes": "other", "$content": ["a line"]},
            ],
        },
        "bystander": {"properties": {"Name": "title"}, "rows": [{"Name": "nobody"}]},
    }
}
STATE = """
[workspace]
name = "Case"
archive = "archive"
[databases.tasks]
key = "Name"
[databases.tasks.fields]
Name = "title"
notes = { type = "rich_text", tidy = "trim" }
[databases.tasks.fields.status]
type = "select"
options = ["Open", { name = "Complete", was = ["Done"] }]
[databases.bystander.fields]
Name = "title"
[drops.old]
what = "tasks.old"
reason = "a test"
"""

Executor = Callable[[Any, Ground], Any]


@pytest.fixture
def twin() -> Iterator[Twin]:
    with open_twin(":memory:") as made:
        Live(made).load(LIVE)
        yield made


@pytest.fixture
def state(tmp_path: Path) -> State:
    return state_of(tmp_path / "state", STATE)


def _proof(twin: Twin, state: State) -> tuple[Plan, Proof]:
    async def work() -> Plan:
        async with session(twin, state, read_only=True) as reading:
            return await reading.plan()

    plan = asyncio.run(work())
    assert plan.proof is not None
    return plan, plan.proof


def _said(findings: tuple[Finding, ...]) -> dict[str, str]:
    assert {finding.code for finding in findings} <= {"proof-failed"}
    return {finding.address: finding.what for finding in findings}


def _instead(patch: pytest.MonkeyPatch, step: type[Any], executor: Executor) -> None:
    patch.setitem(run._EXECUTORS, step, executor)


def test_an_honest_plan_is_proved_without_touching_the_workspace(twin: Twin, state: State) -> None:
    before, sent = dump(twin), writes(twin)
    plan, proof = _proof(twin, state)
    assert proof.holds
    assert (proof.touched, proof.lost, proof.archived, proof.restorable) == (4, 0, 3, 3)
    assert plan.blocked == ()
    assert (dump(twin), writes(twin)) == (before, sent)


def test_the_proof_of_a_plan_is_the_same_each_time(twin: Twin, state: State) -> None:
    assert _proof(twin, state)[1] == _proof(twin, state)[1]


def test_an_entry_that_is_not_written_loses_values(twin: Twin, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forgets(step: kinds.WriteEntry, ground: Ground) -> None:
        if step.entry.address != "drops.old":
            await archive.write_entry(step, ground)

    _instead(monkeypatch, kinds.WriteEntry, forgets)
    plan, proof = _proof(twin, state)
    assert proof.lost == 1
    assert "would be lost: tasks / one / old" in _said(proof.failures)["drops.old"]
    assert plan.stopped == proof.failures


def test_an_entry_that_keeps_less_loses_values(twin: Twin, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    async def halves(step: kinds.WriteEntry, ground: Ground) -> None:
        await archive.write_entry(replace(step, entry=replace(step.entry, values=step.entry.values[1:])), ground)

    _instead(monkeypatch, kinds.WriteEntry, halves)
    assert {"drops.old"} <= _said(_proof(twin, state)[1].failures).keys()


def test_a_write_beside_the_plan_is_found(twin: Twin, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scribbles(step: kinds.WriteRow, ground: Ground) -> None:
        await rows.write_row(step, ground)
        title = {"title": [{"text": {"content": "overwritten"}}]}
        await ground.client.request("PATCH", f"pages/{step.row}", body={"properties": {"title": title}})

    _instead(monkeypatch, kinds.WriteRow, scribbles)
    said = " ".join(_said(_proof(twin, state)[1].failures).values())
    assert "would change outside of the plan: tasks / one / Name" in said


def test_a_database_that_is_changed_beside_the_plan_is_found(
    twin: Twin, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    bystander = next(each for each in dump(twin)["databases"] if each["title"] == "bystander")

    async def strays(step: kinds.PatchSchema, ground: Ground) -> None:
        await schema.patch_schema(step, ground)
        body: dict[str, Any] = {"properties": {"extra": {"checkbox": {}}}}
        await ground.client.request("PATCH", f"data_sources/{bystander['data_source_id']}", body=body)

    _instead(monkeypatch, kinds.PatchSchema, strays)
    said = " ".join(_said(_proof(twin, state)[1].failures).values())
    assert "would change outside of the plan: bystander / extra came" in said


def test_content_that_is_changed_beside_the_plan_is_found(
    twin: Twin, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = next(each for each in dump(twin)["databases"] if each["title"] == "tasks")
    page = tasks["rows"][1]["id"]

    async def adds(step: kinds.WriteRow, ground: Ground) -> None:
        await rows.write_row(step, ground)
        line = {"paragraph": {"rich_text": [{"text": {"content": "scribbled"}}]}}
        await ground.client.request("PATCH", f"blocks/{page}/children", body={"children": [line]})

    _instead(monkeypatch, kinds.WriteRow, adds)
    assert "the content of two" in " ".join(_said(_proof(twin, state)[1].failures).values())


def test_a_step_that_does_nothing_does_not_converge(twin: Twin, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    async def idles(step: kinds.WriteRow, ground: Ground) -> None:
        kept = tuple(write for write in step.writes if write.type != "rich_text")
        await rows.write_row(replace(step, writes=kept), ground)

    _instead(monkeypatch, kinds.WriteRow, idles)
    said = _said(_proof(twin, state)[1].failures)
    assert any("does not converge" in what for what in said.values()), said


def test_apply_refuses_what_is_not_proved(twin: Twin, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forgets(step: kinds.WriteEntry, ground: Ground) -> None:
        del step, ground

    _instead(monkeypatch, kinds.WriteEntry, forgets)
    before = dump(twin)

    async def work() -> None:
        async with session(twin, state, read_only=False) as writing:
            await writing.apply(await writing.plan())

    with pytest.raises(WtstateError) as caught:
        asyncio.run(work())
    assert {finding.code for finding in caught.value.findings} == {"proof-failed"}
    assert dump(twin) == before


def test_the_rest_can_be_planned_around_it(twin: Twin, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forgets(step: kinds.WriteEntry, ground: Ground) -> None:
        if step.entry.address != "drops.old":
            await archive.write_entry(step, ground)

    _instead(monkeypatch, kinds.WriteEntry, forgets)

    async def work() -> Plan:
        async with session(twin, state, read_only=True) as reading:
            return await reading.plan(except_=("drops.old",))

    plan = asyncio.run(work())
    assert plan.proof is not None
    assert plan.proof.holds


def test_a_restore_is_proved_too(twin: Twin, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    async def restoring() -> tuple[Plan, Plan]:
        async with session(twin, state, read_only=False) as writing:
            batch = (await writing.apply(await writing.plan())).batch
            honest = await writing.plan_restore([batch])

        async def scribbles(step: kinds.WriteRow, ground: Ground) -> None:
            await rows.write_row(step, ground)
            title = {"title": [{"text": {"content": "overwritten"}}]}
            await ground.client.request("PATCH", f"pages/{step.row}", body={"properties": {"title": title}})

        _instead(monkeypatch, kinds.WriteRow, scribbles)
        async with session(twin, state, read_only=False) as writing:
            harmed = await writing.plan_restore([batch])
            with pytest.raises(WtstateError):
                await writing.apply(harmed)
        return honest, harmed

    honest, harmed = asyncio.run(restoring())
    assert honest.proof is not None
    assert honest.proof.holds
    assert harmed.proof is not None
    said = " ".join(_said(harmed.proof.failures).values())
    assert "would change outside of the plan: tasks / one / Name" in said
    assert harmed.stopped == harmed.proof.failures


MERGE = """
[workspace]
name = "Case"
archive = "archive"
[databases.tasks.fields]
Name = "title"
[merges.all]
from = { title = "bystander" }
into = "tasks"
match = "Name"
"""
TWINS: dict[str, Any] = {
    "databases": {
        "tasks": {"properties": {"Name": "title"}, "rows": [{"Name": "same"}, {"Name": "alike"}]},
        "bystander": {
            "properties": {"Name": "title", "notes": "rich_text"},
            "rows": [{"Name": "same"}, {"Name": "alike"}, {"Name": "moves", "notes": "precious"}],
        },
    }
}


@pytest.fixture
def merging(tmp_path: Path) -> Iterator[tuple[Twin, State]]:
    with open_twin(":memory:") as made:
        Live(made).load(TWINS)
        yield made, state_of(tmp_path / "merging", MERGE)


def test_content_that_goes_with_a_line_is_missed(merging: tuple[Twin, State], monkeypatch: pytest.MonkeyPatch) -> None:
    twin, state = merging

    async def takes_all(step: kinds.TakeLine, ground: Ground) -> None:
        for block in (await ground.client.request("GET", f"blocks/{step.row}/children"))["results"]:
            await ground.client.request("PATCH", f"blocks/{block['id']}", body={"in_trash": True})

    async def restoring() -> Plan:
        async with session(twin, state, read_only=False) as writing:
            batch = (await writing.apply(await writing.plan())).batch
            page = next(row["id"] for t in dump(twin)["databases"] if "bystander" in t["title"] for row in t["rows"])
            note = {"paragraph": {"rich_text": [{"text": {"content": "a note"}}]}}
            twin.call("PATCH", f"blocks/{page}/children", {"children": [note]})
            _instead(monkeypatch, kinds.TakeLine, takes_all)
            return await writing.plan_restore([batch])

    plan = asyncio.run(restoring())
    assert plan.proof is not None
    assert plan.stopped == plan.proof.failures
    assert "(kind reading) would be lost: the content of same" in plan.proof.failures[0].what


def test_a_row_whose_entry_is_refused_does_not_move(
    merging: tuple[Twin, State], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is of the database that the row leaves, the move of the one that it joins."""
    twin, state = merging

    async def refuses(step: kinds.WriteEntry, ground: Ground) -> None:
        raise Refused(Finding(code="notion-refused", what="no", address="merges.all", next="-"))

    async def work() -> tuple[Plan, Finding]:
        async with session(twin, state, read_only=False) as writing:
            plan = await writing.plan()
            _instead(monkeypatch, kinds.WriteEntry, refuses)
            return plan, (await writing.apply(plan)).refused[0]

    before = dump(twin)["databases"]
    plan, refused = asyncio.run(work())
    assert any(isinstance(step, kinds.Move) for step in plan.steps)
    assert refused.what == "no"
    after = {t["id"]: t for t in dump(twin)["databases"]}
    for table in before:
        assert [row["id"] for row in after[table["id"]]["rows"]] == [row["id"] for row in table["rows"]]
