"""A state that has left names behind in every way there is."""

from __future__ import annotations

from pathlib import Path

STATE = """
[workspace]
name = "Test"

[databases.projects]
title = "Project Tracker"
was   = ["WT Projects", "projects", "Project Tracker"]

[databases.projects.fields]
Title     = "title"
projectId = { type = "rich_text", was = ["projectID", "Projekt\u00dcID"] }
Phase     = "rich_text"

[databases.projects.fields.status]
type    = "select"
options = [
  { name = "In Progress", was = ["Progress", "Active"] },
  { name = "Complete", was = ["Done"] },
]

[databases.phases]
was = ["WT Phases"]

[databases.phases.fields]
Name    = "title"
phaseId = { type = "rich_text", was = ["phaseid", "Phase"] }

[databases.phases.fields.project]
type    = "relation"
to      = "projects"
was     = ["WT Projects 1"]
absorbs = ["WT Projects"]

[databases.exchange]
was = ["Old Exchange"]

[databases.exchange.fields]
Name = "title"

[merges.exchange]
from = "exchange"
into = "phases"

[merges.letters]
from = { title = "All Letters" }
into = "phases"

[drops.step]
what   = "projects.StepProgress"
reason = "Unused"

[drops.old-status]
what   = "projects.status[On Ice]"
reason = "Unused"

[drops.scratch]
what   = "Scratch Pad"
reason = "Unused"
"""


def write_state(directory: Path) -> Path:
    """The state's directory, written below ``directory``."""
    state = directory / "state"
    state.mkdir()
    (state / "test.toml").write_text(STATE, encoding="utf-8")
    return state
