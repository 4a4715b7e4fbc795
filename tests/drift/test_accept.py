"""`accept`: what people changed is in the files, nothing else is touched, and a plan has nothing to do there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired import reading
from reconciler.desired.editing.files import rewritten, together
from reconciler.model.finding import WtstateError
from reconciler.observe.accept.acceptance import Acceptance, accept, leftovers
from reconciler.observe.drift.read import Compared
from reconciler.observe.drift.report import Side
from tests.drift.worlds import STATE, World, world
from tests.engine.sessions import session

NOTES = 'notes   = { type = "rich_text", description = "Anything" }'
ESTIMATED = STATE[STATE.index("[corrections.estimated]") : STATE.index("[rows.one]")]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def compared(place: World) -> Compared:
    async def work() -> Compared:
        async with session(place.twin, place.state(), read_only=True) as each:
            return await each.compared()

    return asyncio.run(work())


def taken(place: World, *asked: str) -> tuple[Acceptance, list[str]]:
    """Accepts, as the command does, and writes the file; what is left to be said against it."""
    before = compared(place)
    sources, wrong = reading.read(place.directory, place.directory.parent)
    assert not wrong
    accepted = accept(together(sources), asked, before)
    for file, text in rewritten(sources, accepted.tables, accepted.renames).items():
        (place.directory.parent / file).write_text(text, "utf-8")
    return accepted, leftovers(accepted, before, compared(place))


def lines(place: World) -> tuple[list[str], list[str]]:
    """(lines that went from the file, lines that came)."""
    old, new = STATE.splitlines(), place.file.read_text("utf-8").splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def settled(place: World, *asked: str) -> tuple[list[str], list[str]]:
    """Accepts; nothing drifted there then, and a plan has nothing to do. The lines that changed."""
    accepted, left = taken(place, *asked)
    assert left == []
    plan = place.plan(only=[*accepted.addresses])
    assert plan.empty
    assert not plan.blocked
    assert not plan.manual
    report = place.drift(only=[*accepted.addresses])
    assert not [item for item in report.items if item.side is not Side.SETTLED]
    return lines(place)


def refused(place: World, *asked: str) -> dict[str, str]:
    """What each finding says, by address, where nothing can be accepted."""
    with pytest.raises(WtstateError) as caught:
        taken(place, *asked)
    return {f"{f.code} {f.address}": f.what for f in caught.value.findings}


def test_a_title_an_icon_and_a_description(place: World) -> None:
    place.words("Tasks", title="Chores", description="All of it", icon={"type": "emoji", "emoji": "🧭"})
    assert settled(place, "tasks") == (
        ['title       = "Tasks"', 'description = "What is to be done"'],
        ['title       = "Chores"', 'description = "All of it"', 'was         = ["Tasks"]', 'icon        = "🧭"'],
    )


def test_a_renamed_field_and_whoever_speaks_of_it(place: World) -> None:
    place.schema("Tasks", key={"name": "Key"}, notes={"name": "remarks"}, project={"name": "belongs to"})
    went, came = settled(place, "tasks")
    assert len(went) == len(came) == 6
    assert came == [
        r'tasks = { mirror_of = "tasks.\"belongs to\"" }',
        'key         = "Key"',
        'Key     = { type = "rich_text", was = ["key"] }',
        'remarks = { type = "rich_text", description = "Anything", was = ["notes"] }',
        '"belongs to" = { type = "relation", to = "projects", two_way = "tasks", was = ["project"] }',
        'set = { remarks = "the first" }',
    ]


def test_a_field_that_was_renamed_back(place: World) -> None:
    place.say(
        'notes   = { type = "rich_text", description = "Anything" }', 'text = { type = "rich_text", was = ["notes"] }'
    )
    place.say('set = { notes = "the first" }', 'set = { text = "the first" }')
    place.apply()
    place.schema("Tasks", text={"name": "notes"})
    settled(place, "tasks.text")
    assert 'notes = { type = "rich_text", was = ["text"] }' in place.file.read_text("utf-8")


def test_a_type_a_format_and_a_description(place: World) -> None:
    place.schema("Tasks", notes={"description": "Remarks"}, effort={"type": "rich_text", "rich_text": {}})
    place.say('[corrections.estimated]\nin   = "tasks"\nrows = "T-2"\nset  = { effort = 2 }\nmode = "enforce"\n', "")
    assert settled(place, "tasks.notes", "tasks.effort")[1] == [
        'effort  = { type = "rich_text" }   # in days',
        'notes   = { type = "rich_text", description = "Remarks" }',
    ]


def test_options_that_came_went_and_are_called_and_coloured_otherwise(place: World) -> None:
    place.options({"name": "Parked", "color": "brown"}, "Open", "Done")
    place.option("Done", name="Finished", color="blue")
    went, came = settled(place, "tasks.status")
    assert went == ['  { name = "Done",  color = "green" },', '  { name = "Later" },']
    assert came == [
        '  { name = "Parked", color = "brown" },',
        '  { name = "Finished",  color = "blue", was = ["Done"] },',
    ]
    assert '  { name = "Open",  color = "red" },     # still to do' in place.file.read_text("utf-8")


def test_the_order_of_options(place: World) -> None:
    place.options("Later", "Done", "Open")
    settled(place, "tasks.status")
    said = place.file.read_text("utf-8")
    assert said.index("Later") < said.index("Done") < said.index("still to do")


def test_one_option_alone(place: World) -> None:
    place.option("Done", name="Done", color="blue")
    place.option("Open", name="Open", color="pink")
    assert settled(place, "tasks.status[Done]") == (
        ['  { name = "Done",  color = "green" },'],
        ['  { name = "Done",  color = "blue" },'],
    )


def test_fields_that_came_and_went(place: World) -> None:
    place.schema("Tasks", budget={"number": {"format": "euro"}}, notes=None)
    place.say('[rows.one]\nin  = "tasks"\nkey = "T-1"\nset = { notes = "the first" }\n', "")
    assert settled(place, "tasks.budget", "tasks.notes")[1] == ['budget  = { type = "number", format = "euro" }']


def test_a_relation_that_is_one_way_now(place: World) -> None:
    source = place.live.sources["Projects"]
    place.schema(
        "Tasks", project={"relation": {"data_source_id": source, "type": "single_property", "single_property": {}}}
    )
    settled(place, "tasks.project")
    assert 'project = { type = "relation", to = "projects" }' in place.file.read_text("utf-8")


def test_values_of_rows_and_enforced_corrections(place: World) -> None:
    place.row("One", notes="mine")
    place.row("Two", effort=5)
    assert settled(place, "rows", "corrections.estimated") == (
        ["set  = { effort = 2 }", 'set = { notes = "the first" }'],
        ["set  = { effort = 5 }", 'set = { notes = "mine" }'],
    )


def test_a_value_that_was_cleared(place: World) -> None:
    place.row("One", notes="")
    assert settled(place, "rows.one")[1] == ['set = { notes = "" }']


def test_several_values_for_one_rule_are_refused(place: World) -> None:
    place.say('rows = "T-2"', 'rows = { glob = "T-*" }')
    place.apply()
    place.row("One", effort=7)
    _, left = taken(place, "corrections.estimated")
    assert any("sets effort of rows that hold something else" in sentence for sentence in left)
    place.file.write_text(STATE.replace('rows = "T-2"', 'rows = { glob = "T-*" }'), "utf-8")
    place.row("Two", effort=8)
    assert "2 different values" in refused(place, "corrections.estimated")["cannot-accept corrections.estimated"]


def test_where_nothing_drifted_it_says_why(place: World) -> None:
    place.row("Three", status="Done")
    place.say('title       = "Tasks"', 'title       = "Things"')
    place.words("Projects", title="Ventures")
    found = refused(place, "corrections.three", "tasks", "tasks.effort", "projects")
    assert set(found) == {"nothing-drifted corrections.three", "nothing-drifted tasks", "nothing-drifted tasks.effort"}
    assert "done" in found["nothing-drifted corrections.three"]
    assert "files" in found["nothing-drifted tasks"]
    assert place.file.read_text("utf-8") != STATE


def test_what_cannot_be_said_in_the_files_is_refused_with_the_reason(place: World) -> None:
    other = place.twin.call(
        "POST",
        "databases",
        {"parent": {"type": "page_id", "page_id": place.twin.root_page_id}, "title": [],
         "initial_data_source": {"properties": {"Name": {"title": {}}}}},
    )["data_sources"][0]["id"]  # fmt: skip
    single = {"type": "single_property", "single_property": {}}
    place.schema("Tasks", elsewhere={"relation": {"data_source_id": other, **single}})
    assert "not in the state" in refused(place, "tasks.elsewhere")["cannot-accept tasks.elsewhere"]


def test_a_correction_of_several_databases_is_not_torn(tmp_path: Path) -> None:
    both = STATE.replace('rows = "T-3"\nset  = { status', 'rows = "T-3"\nset  = { code').replace(
        'in   = "tasks"\nrows = "T-3"', 'in   = ["tasks", "projects"]\nrows = "T-3"'
    )
    both = both.replace("notes   = {", 'code    = "rich_text"\nnotes   = {').replace('code = "Open"', 'code = "x"')
    with world(tmp_path, state=both) as made:
        made.schema("Tasks", code={"name": "Code"})
        assert "several databases" in refused(made, "tasks.code")["cannot-accept tasks.code"]
        made.schema("Projects", code={"name": "Code"})
        _, left = taken(made, "tasks.code", "projects")
        assert left == []
        assert 'set  = { Code = "x" }' in made.file.read_text("utf-8")


def test_values_of_sensitive_databases_are_not_written(tmp_path: Path) -> None:
    secret = STATE.replace('key         = "key"', 'key         = "key"\nsensitive   = true')
    with world(tmp_path, state=secret) as made:
        made.row("One", notes="mine")
        assert "sensitive" in refused(made, "rows.one")["cannot-accept rows.one"]


def test_what_both_changed_is_taken_from_the_workspace(place: World) -> None:
    place.say('title       = "Tasks"', 'title       = "Things"')
    place.words("Tasks", title="Chores")
    settled(place, "tasks")
    assert 'title       = "Chores"' in place.file.read_text("utf-8")


def test_everything_at_once(place: World) -> None:
    changes: dict[str, Any] = {"status": {"name": "State"}, "notes": {"name": "remarks", "description": "x"}}
    place.schema("Tasks", **changes, extra={"url": {}})
    place.words("Projects", title="Ventures")
    place.row("Two", effort=5)
    settled(place, "tasks", "projects", "corrections.estimated")
    assert 'set  = { State = "Open" }' in place.file.read_text("utf-8")
    assert place.plan().empty
