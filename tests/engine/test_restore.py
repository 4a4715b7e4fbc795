"""Restoring: what people did since is kept, later batches come first, a restore can be restored, single entries."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.model.finding import WtstateError
from reconciler.notion.client import Client
from reconciler.planning.document import compare, document, hold_kind, read_approval
from reconciler.planning.plan import Plan
from reconciler.twin import Twin, dump, open_twin
from tests.engine.rounds import How, apply_and_count
from tests.engine.sessions import session
from tests.engine.undo import Picture, differences, picture, restore
from tests.live import Live

LIVE: dict[str, Any] = {
    "databases": {
        "Tasks": {
            "properties": {
                "Name": "title",
                "Status": {"type": "select", "options": ["Open", {"name": "Finished", "color": "green"}]},
                "Notes": "rich_text",
                "Points": "number",
            },
            "rows": [
                {"Name": "One", "Status": "Finished", "Notes": "first", "Points": 1},
                {"Name": "Two", "Status": "Open", "Notes": "second", "Points": 2},
                {"Name": "Three", "Status": "Finished", "Notes": "third"},
            ],
        }
    }
}
STATE = """
[workspace]
name = "Case"
archive = "archive"

[databases.tasks]
was = ["Tasks"]
[databases.tasks.fields]
Name = "title"
status = { type = "select", was = ["Status"], options = [
    { name = "Open" }, { name = "Done", color = "blue", was = ["Finished"] } ] }
owner = "rich_text"

[drops.notes]
what = "tasks.Notes"
reason = "not used"

[corrections.two]
in = ["tasks"]
where = { Name = "Two" }
set = { status = "Done" }

[rows.four]
in = "tasks"
key = "Four"
set = { owner = "Ada" }
"""


@dataclass
class World:
    """A twin with a state, the picture before its first apply, and that apply's batch."""

    twin: Twin
    live: Live
    directory: Path
    before: Picture
    batch: str = ""

    def state(self, text: str = STATE) -> State:
        """The state of the text."""
        (self.directory / "state.toml").write_text(text, encoding="utf-8")
        return load(self.directory, env={}, base=self.directory)

    def apply(self, text: str = STATE) -> str:
        """Applies the text; the batch's id."""
        outcome, _ = asyncio.run(apply_and_count(self.twin, self.state(text), How(), archive="archive"))
        assert not outcome.refused
        return outcome.batch

    def restore(self, *asked: str, **flags: Any) -> Plan:
        """Restores; a second restore is empty."""
        return asyncio.run(restore(self.twin, self.state(), *asked, **flags))

    def left(self) -> list[str]:
        """Where the workspace is not what it was."""
        return differences(self.before, picture(self.twin, archive="archive"))

    def row(self, name: str) -> str:
        """A row's page id."""
        rows = [row for t in dump(self.twin)["databases"] if t["title"] != "archive" for row in t["rows"]]
        return str(next(row["id"] for row in rows if row["title"] == name))

    def write(self, name: str, **properties: Any) -> None:
        """A person writes values of a row."""
        person = self.twin.admin.token(name="person")
        self.twin.call("PATCH", f"pages/{self.row(name)}", {"properties": properties}, token=person)

    def plan(self, *asked: str, **flags: Any) -> Plan:
        """The plan to restore."""

        async def work() -> Plan:
            async with session(self.twin, self.state(), read_only=True) as reading:
                return await reading.plan_restore(asked, **flags)

        return asyncio.run(work())

    def entry(self, address: str) -> str:
        """The page id of the archive entry of an address."""
        archive = next(t for t in dump(self.twin)["databases"] if t["title"] == "archive")
        return str(next(row["id"] for row in archive["rows"] if row["title"].startswith(f"{address} ")))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load(LIVE)
        made = World(twin=twin, live=live, directory=tmp_path, before=picture(twin, archive="archive"))
        made.batch = made.apply()
        yield made


def codes(plan: Plan) -> set[str]:
    """The codes of everything that the plan says."""
    return {finding.code for finding in (*plan.blocked, *plan.manual, *plan.notes)}


def text(words: str) -> dict[str, Any]:
    """A rich text value as a person writes it."""
    return {"rich_text": [{"text": {"content": words}}]}


def test_everything_comes_back(world: World) -> None:
    plan = world.restore(world.batch)
    assert not world.left()
    assert not codes(plan)


def test_a_restore_can_be_restored(world: World) -> None:
    applied = picture(world.twin, archive="archive")
    world.restore(world.batch)
    undone = next(batch for batch in batches(world) if batch != world.batch)
    world.restore(undone)
    assert not differences(applied, picture(world.twin, archive="archive"))


def batches(world: World) -> list[str]:
    """The ids of all batches, the newest first."""

    async def work() -> list[str]:
        async with session(world.twin, world.state(), read_only=True) as reading:
            return [line.id for line in await reading.archives.history()]

    return asyncio.run(work())


def test_a_value_that_people_wrote_since_stays_and_is_told(world: World) -> None:
    world.write("Two", status={"select": {"name": "Open"}})
    world.write("One", status={"select": {"name": "Blocked"}})
    plan = world.restore(world.batch)
    told = next(f for f in plan.notes if f.code == "changed-since")
    assert "One" in told.what
    assert told.address == "tasks.status"
    assert any("'Finished' is now 'Blocked'" in line for line in world.left())
    assert any("Blocked" in line and "schema" in line for line in world.left())
    assert len(world.left()) == 2


def test_what_people_wrote_since_goes_with_consent(world: World) -> None:
    world.write("One", status={"select": {"name": "Blocked"}})
    world.restore(world.batch, allow=("changed-since:tasks.status",))
    assert not any("Finished" in line and "rows" in line for line in world.left())


def test_a_field_that_people_wrote_into_stays(world: World) -> None:
    world.write("One", owner=text("Bob"))
    plan = world.restore(world.batch)
    assert ("changed-since", "tasks.owner") in {(f.code, f.address) for f in plan.notes}
    assert any(line.endswith("schema/owner came") for line in world.left())


def test_a_row_that_people_changed_stays(world: World) -> None:
    world.write("Four", Points={"number": 4})
    plan = world.restore(world.batch)
    assert "changed-since" in codes(plan)
    assert any(line.endswith("came") and "/rows/" in line for line in world.left())


def test_a_later_batch_comes_first(world: World) -> None:
    later = world.apply(STATE.replace('"Done", color', '"Ready", color').replace('["Finished"]', '["Done"]'))
    plan = world.plan(world.batch)
    assert [(f.code, f.address) for f in plan.blocked] == [("later-batch", "tasks.status")]
    assert later in plan.blocked[0].what
    assert f"wtstate restore {later} {world.batch}" in plan.blocked[0].next
    world.restore(later, world.batch)
    assert not world.left()


def test_a_single_entry_brings_its_field_back_and_nothing_else(world: World) -> None:
    plan = world.restore(world.entry("drops.notes"))
    assert [(action.kind, action.address) for action in plan.actions] == [("restore-field", "tasks.Notes")]
    values = [
        row["values"].get("Notes") for row in picture(world.twin, archive="archive").popitem()[1]["rows"].values()
    ]
    assert [[run["text"] for run in value] for value in values] == [["first"], ["second"], ["third"], []]


def test_a_single_correction_is_taken_back(world: World) -> None:
    plan = world.restore(world.entry("corrections.two"))
    assert [action.describe().details for action in plan.actions] == [()]
    rows = picture(world.twin, archive="archive").popitem()[1]["rows"]
    assert rows[world.row("Two")]["values"]["status"] == "Open"
    assert rows[world.row("One")]["values"]["status"] == "Done"


def test_an_id_that_is_neither_is_refused(world: World) -> None:
    with pytest.raises(WtstateError) as error:
        world.plan("20200101-000000-0000")
    assert [f.code for f in error.value.findings] == ["unknown-batch"]


def test_a_part_is_restored(world: World) -> None:
    plan = world.restore(world.batch, only=("tasks.Notes",))
    assert {action.address for action in plan.actions} == {"tasks.Notes"}


def test_what_stands_in_the_rules_is_settled_and_not_done_again(world: World) -> None:
    world.restore(world.batch)

    async def work() -> tuple[str, ...]:
        async with session(world.twin, world.state(), read_only=True) as reading:
            plan = await reading.plan()
            assert "drops.notes" not in {action.address for action in plan.actions}
            assert "corrections.two" not in {action.address for action in plan.actions}
            return await reading.archives.settled_by((world.batch,))

    assert asyncio.run(work()) == ("corrections.two", "drops.notes")


def purge(world: World, *asked: str, expired: bool = False) -> tuple[int, int]:
    """Purges; how many entries and values went."""

    async def work() -> tuple[int, int]:
        async with session(world.twin, world.state(), read_only=False) as writing:
            going = await writing.archives.to_purge(asked, expired=expired)
            done = await writing.archives.purge(going, reason="asked to")
            return done.entries, done.values

    return asyncio.run(work())


def archived_text(world: World) -> str:
    """Everything that the archive says outside of the trash."""
    archive = next(t for t in dump(world.twin)["databases"] if t["title"] == "archive")
    return json.dumps([row for row in archive["rows"] if not row["in_trash"]])


def test_a_purged_entry_leaves_a_tombstone_and_cannot_come_back(world: World) -> None:
    assert "second" in archived_text(world)
    assert purge(world, world.entry("drops.notes")) == (1, 3)
    assert "second" not in archived_text(world)
    assert "purged: asked to" in archived_text(world)
    plan = world.restore(world.batch)
    assert "not-restorable" in codes(plan)
    assert all("/Notes" in line for line in world.left())


def test_a_purged_entry_alone_is_told_from_one_that_is_damaged(world: World) -> None:
    entry = world.entry("drops.notes")
    purge(world, entry)
    with pytest.raises(WtstateError) as error:
        world.plan(entry)
    assert [f.code for f in error.value.findings] == ["unknown-batch"]
    assert "purged" in error.value.findings[0].what


def test_what_a_later_batch_took_away_is_not_said_to_be_a_person_s(world: World) -> None:
    world.apply(STATE + '[drops.points]\nwhat = "tasks.Points"\nreason = "not used"\n')
    plan = world.plan(world.batch)
    assert "changed-since" not in codes(plan)


def test_a_purge_is_done_once(world: World) -> None:
    purge(world, world.entry("drops.notes"))
    assert purge(world, world.batch) == (2, 3)
    assert purge(world, world.batch) == (0, 0)
    with pytest.raises(WtstateError) as error:
        world.plan(world.batch)
    assert [f.code for f in error.value.findings] == ["no-record"]


def test_what_has_no_age_does_not_expire(world: World) -> None:
    with pytest.raises(WtstateError) as error:
        purge(world, expired=True)
    assert [f.code for f in error.value.findings] == ["no-keep"]


class Cut(BaseException):
    """The process is gone."""


def cut(world: World, at: int, *, after: bool) -> bool:
    """Restores until the write of that number, before or after it; whether there were so many."""

    async def work() -> bool:
        async with session(world.twin, world.state(), read_only=False) as writing:
            plan = await writing.plan_restore((world.batch,))
            sent, send = 0, Client.request

            async def request(self: Client, method: str, path: str, **words: Any) -> dict[str, Any]:
                nonlocal sent
                if method == "GET" or path.endswith("query"):
                    return await send(self, method, path, **words)
                sent += 1
                if sent > at or (sent == at and not after):
                    raise Cut
                answer = await send(self, method, path, **words)
                if sent == at:
                    raise Cut
                return answer

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Client, "request", request)
                try:
                    await writing.apply(plan)
                except Cut:
                    return True
            return False

    return asyncio.run(work())


def test_what_was_cut_off_is_finished_by_the_command_that_began_it(world: World) -> None:
    assert cut(world, 9, after=False)
    with pytest.raises(WtstateError) as error:
        world.apply()
    assert [f.code for f in error.value.findings] == ["batch-open"]
    assert f"wtstate restore {world.batch}" in error.value.findings[0].next
    world.restore(world.batch, exact=False)
    assert not world.left()


WRITES = 40
STEP = 1 if os.environ.get("WTSTATE_TORTURE") else 5


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, WRITES, STEP))
def test_killed_at_any_write_a_restore_ends_the_same(world: World, at: int, after: bool) -> None:
    if cut(world, at, after=after):
        world.restore(world.batch, exact=False)
    assert not world.left()


def test_a_database_in_the_trash_is_left_there(world: World) -> None:
    gone = next(t for t in dump(world.twin)["databases"] if t["title"] == "tasks")
    person = world.twin.admin.token(name="person")
    world.twin.call("PATCH", f"databases/{gone['id']}", {"in_trash": True}, token=person)
    plan = world.plan(world.batch)
    assert not plan.actions
    assert codes(plan) == {"changed-since"}


def test_a_database_that_the_token_does_not_see_cannot_come_back(world: World) -> None:
    hidden = next(t for t in dump(world.twin)["databases"] if t["title"] == "tasks")
    world.twin.admin.unshare(hidden["id"])
    plan = world.plan(world.batch)
    assert [f.code for f in plan.blocked] == ["database-gone"]
    assert not plan.actions


def test_a_saved_plan_to_restore_is_an_approval(world: World) -> None:
    saved = json.dumps(document(world.plan(world.batch)))
    approval = read_approval(saved, name="plan.json")
    assert approval.restores == (world.batch,)
    hold_kind(approval, restores=True)
    assert compare(approval, world.plan(world.batch)) == ()
    with pytest.raises(WtstateError) as error:
        hold_kind(approval, restores=False)
    assert [f.code for f in error.value.findings] == ["other-plan"]
    world.write("Two", status={"select": {"name": "Open"}})
    moved = compare(approval, world.plan(world.batch))
    assert [(f.code, f.address) for f in moved] == [("moved", "tasks.status")]
