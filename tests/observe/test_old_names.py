"""Which names of a state are old, and which of them are everyday words."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired import load
from reconciler.observe.old_names import OldName, current_names, old_names
from tests.observe.states import write_state


@pytest.fixture
def names(tmp_path: Path) -> tuple[OldName, ...]:
    return old_names(load(write_state(tmp_path), env={}, base=tmp_path))


def test_every_way_of_leaving_a_name_behind(names: tuple[OldName, ...]) -> None:
    assert [(n.kind, n.old, n.new, n.address) for n in names] == [
        ("option", "Active", "In Progress", "projects.status[In Progress]"),
        ("database", "All Letters", "phases", "merges.letters"),
        ("option", "Done", "Complete", "projects.status[Complete]"),
        ("database", "Old Exchange", "phases", "merges.exchange"),
        ("option", "On Ice", None, "drops.old-status"),
        ("field", "Phase", "phaseId", "phases.phaseId"),
        ("option", "Progress", "In Progress", "projects.status[In Progress]"),
        ("field", "ProjektÜID", "projectId", "projects.projectId"),
        ("database", "Scratch Pad", None, "drops.scratch"),
        ("field", "StepProgress", None, "drops.step"),
        ("database", "WT Phases", "phases", "phases"),
        ("database", "WT Projects", "Project Tracker", "projects"),
        ("field", "WT Projects", "project", "phases.project"),
        ("field", "WT Projects 1", "project", "phases.project"),
        ("database", "exchange", "phases", "merges.exchange"),
        ("field", "phaseid", "phaseId", "phases.phaseId"),
        ("field", "projectID", "projectId", "projects.projectId"),
        ("database", "projects", "Project Tracker", "projects"),
    ]


def test_a_name_that_another_thing_of_its_kind_bears_says_so(names: tuple[OldName, ...]) -> None:
    assert {name.old: name.also for name in names if name.also} == {"Phase": ("projects.Phase",)}


def test_current_names_leave_out_what_is_merged_away(tmp_path: Path) -> None:
    current = current_names(load(write_state(tmp_path), env={}, base=tmp_path))
    assert {"Project Tracker", "phases", "status", "In Progress"} <= current
    assert "exchange" not in current


@pytest.mark.parametrize(
    ("old", "new", "ordinary"),
    [
        ("Phase", "linkedPhaseIds", True),
        ("done", "Complete", True),
        ("TODO", "Not Started", True),
        ("Übersicht", "overview", True),
        ("Status", "status", True),
        ("2024", "Archive", True),
        ("🤖", "Robot", True),
        ("Gone", None, True),
        ("phaseid", "phaseId", False),
        ("phaseid", "phase_id", False),
        ("phaseid", "identifier", True),
        ("projectID", "projectId", False),
        ("Sub-Apps", "sub-apps", False),
        ("due_date", "due", False),
        ("Q4", "Autumn", False),
        ("On Hold", "Blocked", False),
    ],
)
def test_ordinary_words(old: str, new: str | None, ordinary: bool) -> None:
    assert OldName(old, new, "a.b", "field").ordinary is ordinary
