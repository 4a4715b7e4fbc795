"""Snapshots of twins for tests: taken as a user takes a backup, or of what one plan reads."""

from __future__ import annotations

import tomllib
from pathlib import Path

from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.survey.everything import Everything
from reconciler.twin import Twin
from tests.engine.sessions import session
from tests.live import Live

EVERYTHING = """
[people]
Ada = "ada@example.org"
Bob = "bob@example.org"

[databases.Projects]
description = "All of them"
icon = "🧭"
[databases.Projects.properties]
Name = "title"
Number = { type = "unique_id", prefix = "P" }
Score = { type = "number", format = "percent" }
[[databases.Projects.rows]]
Name = "Apollo"
Score = 0.5
"$content" = ["one", "two"]
[[databases.Projects.rows]]
Name = "Gemini"
"$trashed" = true

[databases.Phases]
[databases.Phases.properties]
Name = "title"
Notes = { type = "rich_text", description = "What was said" }
Status = { type = "select", options = ["Open", { name = "Done", color = "green" }] }
State = { type = "status", options = ["New", "Over"] }
Tags = { type = "multi_select", options = ["a", "b"] }
Due = "date"
Who = "people"
Files = "files"
Ready = "checkbox"
Link = "url"
Mail = "email"
Phone = "phone_number"
Project = { type = "relation", to = "Projects", two_way = "Phases" }
Plain = { type = "relation", to = "Projects" }
Made = "created_time"
By = "created_by"
Double = { type = "formula", expression = 'prop("Name") + "!"' }
Total = { type = "rollup", relation = "Project", property = "Score", function = "sum" }
[[databases.Phases.rows]]
Name = "First"
Notes = "a note"
Status = "Done"
State = "Over"
Tags = ["b", "a"]
Due = "2026-03-01"
Who = ["ada@example.org"]
Files = ["https://example.org/a.png"]
Ready = true
Link = "https://example.org"
Mail = "x@example.org"
Phone = "123"
Project = ["Apollo"]
Plain = ["Apollo", "Gemini"]
"$hosted" = { Files = "scan.png" }
[[databases.Phases.rows]]
Name = "Second"

[databases.Gone]
in_trash = true
[databases.Gone.properties]
Name = "title"
"""
STATE = """
[workspace]
name = "Case"
archive = "archive"
[databases.phases]
title = "phases"
was = ["Phases"]
key = "Name"
[databases.phases.fields]
Name = "title"
[databases.phases.fields.Status]
type = "select"
options = [{ name = "Complete", was = ["Done"] }]
"""


def living(twin: Twin) -> Live:
    """Fills the twin with a bit of everything: every type, content, views, a comment."""
    live = Live(twin)
    live.load(tomllib.loads(EVERYTHING))
    first = next(page for (_, title), (page, *_) in live.rows.items() if title == "First")
    twin.call("POST", "comments", {"parent": {"page_id": first}, "rich_text": [{"text": {"content": "Well."}}]})
    places = {"database_id": live.databases["Phases"], "data_source_id": live.sources["Phases"]}
    asked = {"property": "Status", "select": {"equals": "Done"}}
    twin.call("POST", "views", {**places, "name": "Done ones", "type": "table", "filter": asked})
    return live


def state_of(directory: Path, text: str = STATE) -> State:
    """The state that these words declare."""
    directory.mkdir(exist_ok=True)
    (directory / "state.toml").write_text(text, encoding="utf-8")
    return load(directory, env={}, base=directory)


async def backed_up(twin: Twin, state: State, file: Path, *, with_sensitive: bool = False) -> Everything:
    """A backup of the twin in a file."""
    async with session(twin, state, read_only=True) as reading:
        return await reading.backup(file, with_sensitive=with_sensitive)
