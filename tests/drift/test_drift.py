"""`drift`: people, the files, both; what is not known; nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest

from reconciler.memory.memory import Memory, binding_properties, settled_properties
from reconciler.observe.drift.report import Side, document
from tests.drift.worlds import STATE, World, world
from tests.engine.sessions import session


@pytest.fixture
def place(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_as_applied_nothing_drifted(place: World) -> None:
    report = place.drift()
    assert report.items == ()
    assert report.unknown == ()
    assert not report.drifted
    assert report.batch


def test_before_the_first_apply_nobody_can_have_changed_anything(place: World) -> None:
    place.say('name = "World"', 'name = "World"\narchive = "another"')
    report = place.drift()
    assert report.items == ()
    assert "nothing was applied yet" in report.unknown[0]
    assert not report.drifted


def test_what_people_changed_of_the_schema_is_told_with_all_three_sides(place: World) -> None:
    place.schema(
        "Tasks", status={"name": "State"}, notes={"description": "Something"}, effort={"number": {"format": "euro"}}
    )
    place.schema("Tasks", extra={"checkbox": {}})
    place.words("Projects", title="Ventures")
    assert place.changed() == {
        "projects title": ("Projects", "Ventures", "Projects"),
        "tasks.status name": ("status", "State", "status"),
        "tasks.notes description": ("Anything", "Something", "Anything"),
        "tasks.effort format": ("number", "euro", "number"),
        "tasks.extra field": ("(none)", "checkbox", None),
    }
    assert {(i.edited_by, i.edited_at[:4]) for i in place.drift().items} == {("Ada", "2026")}


def test_what_people_changed_of_options_is_told(place: World) -> None:
    place.options("Later", "Done", {"name": "Parked", "color": "brown"})
    place.option("Done", name="Finished", color="blue")
    assert place.changed() == {
        "tasks.status[Open] option": ("Open", "(none)", "Open"),
        "tasks.status[Parked] option": ("(none)", "Parked", None),
        "tasks.status[Done] name": ("Done", "Finished", "Done"),
        "tasks.status[Done] color": ("green", "blue", "green"),
        "tasks.status order of options": ("Finished, Later", "Later, Finished", "Finished, Later"),
    }


def test_a_type_that_changed_and_a_field_that_went_are_told_once(place: World) -> None:
    place.schema("Tasks", notes={"type": "number", "number": {}}, effort=None)
    assert place.changed() == {
        "tasks.notes type": ("rich_text", "number", "rich_text"),
        "tasks.effort field": ("number", "(none)", "number"),
        "rows.one notes": ("the first", "(none)", "the first"),
    }


def test_values_of_rows_and_enforced_corrections_are_told(place: World) -> None:
    place.row("One", notes="mine")
    place.row("Two", effort=5)
    assert place.changed() == {
        "rows.one notes": ("the first", "mine", "the first"),
        "corrections.estimated effort": ("2", "5", "2"),
    }
    assert {(i.row, i.edited_by) for i in place.drift().items} == {("T-1", "Ada"), ("T-2", "Ada")}


def test_a_row_that_went_is_told(place: World) -> None:
    place.row("One", key="T-9")
    assert place.changed() == {"rows.one row": ("T-1", "(none)", "T-1")}


def test_what_a_correction_wrote_once_is_no_drift(place: World) -> None:
    place.row("Three", status="Done")
    report = place.drift()
    assert [(i.address, i.side, i.was, i.now) for i in report.items] == [
        ("corrections.three", Side.SETTLED, "Open", "Done")
    ]
    assert not report.drifted
    assert place.plan().empty


def test_what_the_files_changed_is_apart_and_no_drift(place: World) -> None:
    place.say('title       = "Tasks"', 'title       = "Things"')
    place.say('set = { notes = "the first" }', 'set = { notes = "number one" }')
    assert place.changed(Side.FILES) == {
        "tasks title": ("Tasks", "Tasks", "Things"),
        "rows.one notes": ("the first", "the first", "number one"),
    }
    assert not place.drift().drifted


def test_both_is_neither(place: World) -> None:
    place.say('title       = "Tasks"', 'title       = "Things"')
    place.say('set = { notes = "the first" }', 'set = { notes = "number one" }')
    place.words("Tasks", title="Chores")
    place.row("One", notes="mine")
    assert place.changed(Side.BOTH) == {
        "tasks title": ("Tasks", "Chores", "Things"),
        "rows.one notes": ("the first", "mine", "number one"),
    }
    assert place.drift().drifted


def test_where_people_and_files_agree_nothing_is_told(place: World) -> None:
    place.say('title       = "Tasks"', 'title       = "Things"')
    place.words("Tasks", title="Things")
    assert place.drift().items == ()


def test_an_apply_of_something_else_does_not_hide_it(place: World) -> None:
    place.schema("Tasks", status={"name": "State"})
    place.say('description = "What is to be done"', 'description = "Chores"')
    place.apply(only=["tasks.notes"])
    place.say('{ type = "rich_text", description = "Anything" }', '{ type = "rich_text", description = "All" }')
    place.apply(only=["tasks.notes"])
    assert place.changed() == {"tasks.status name": ("status", "State", "status")}
    assert "tasks description" in place.changed(Side.FILES)
    place.apply()
    assert place.drift().items == ()


def test_what_a_restore_took_back_is_no_drift(place: World) -> None:
    place.say('title       = "Tasks"', 'title       = "Things"')
    place.apply()
    batch = place.drift().batch

    async def restore() -> None:
        async with session(place.twin, place.state(), read_only=False) as each:
            plan = await each.plan_restore([batch])
            outcome = await each.apply(plan)
            assert outcome.requests == plan.cost.requests

    asyncio.run(restore())
    assert place.changed(Side.FILES) == {"tasks title": ("Tasks", "Tasks", "Things")}
    assert not place.drift().drifted


def test_a_database_in_the_trash_is_told(place: World) -> None:
    place.words("Projects", in_trash=True)
    items = [i for i in place.drift().of(Side.PEOPLE) if i.word == "database"]
    assert [(i.address, i.was) for i in items] == [("projects", "Projects")]
    assert "trash" in items[0].now


def forget(place: World) -> None:
    """Makes the memory what an older version would have written."""

    async def remembered() -> Memory:
        async with session(place.twin, place.state(), read_only=True) as each:
            await each.plan()
            last = each._plans.last
            assert last is not None
            return last.reading.memory

    memory = asyncio.run(remembered())
    (binding,) = binding_properties(replace(memory.bindings["tasks"], applied=None, batch=""))
    (settled,) = settled_properties(replace(s, said={}) for s in memory.settled.values() if not s.again)
    for record, properties in (("memory-binding tasks", binding), ("memory-settled", settled)):
        place.twin.call("PATCH", f"pages/{memory.entries[record]}", {"properties": properties})


def test_what_an_older_version_remembers_is_said_to_be_unknown(place: World) -> None:
    forget(place)
    place.words("Tasks", title="Chores")
    place.row("One", notes="mine")
    assert place.changed(Side.UNKNOWN) == {
        "tasks title": (None, "Chores", "Tasks"),
        "rows.one notes": (None, "mine", "the first"),
    }
    report = place.drift()
    assert report.drifted
    assert [sentence.split(":")[0] for sentence in report.unknown] == ["tasks", "rows.one"]
    place.apply()
    assert place.drift() == replace(report, items=(), unknown=(), batch=ANY, applied=ANY, requests=ANY)


def test_only_looks_at_a_part(place: World) -> None:
    place.words("Tasks", title="Chores")
    place.words("Projects", title="Ventures")
    assert [i.address for i in place.drift(only=["projects"]).items] == ["projects"]


def test_it_costs_what_a_plan_costs(place: World) -> None:
    place.say("[corrections.three]", '[corrections.three]\nmode = "enforce"')

    async def sent() -> tuple[int, int]:
        async with session(place.twin, place.state(), read_only=True) as each:
            await each.plan()
            planned = each.requests
            await each.drift()
            return planned, each.requests - planned

    planned, drifted = asyncio.run(sent())
    assert drifted <= planned


def test_values_of_sensitive_databases_are_not_told(tmp_path: Path) -> None:
    secret = STATE.replace('key         = "key"', 'key         = "key"\nsensitive   = true')
    with world(tmp_path, state=secret) as made:
        made.row("One", notes="mine")
        made.row("Two", effort=5)
        made.row("Three", status="Done")
        report = made.drift()
    said = json.dumps(document(report))
    assert len(report.items) == 3
    for value in ("mine", "the first", '"5"', '"Done"', "T-1", "One"):
        assert value not in said
