"""The plan for a job of GitHub Actions: its commands are ours alone."""

from __future__ import annotations

import re

from syrupy.assertion import SnapshotAssertion

from reconciler.model.finding import Finding, Severity
from reconciler.render.github import plan_github
from tests.render.hostile import HOSTILE
from tests.render.plans import hostile, plan_of, whole

_COMMAND = re.compile(r"^\s*(::.*)$", re.MULTILINE)


def obeyed(text: str) -> list[str]:
    """The commands that a runner would obey: none between stop-commands and its word."""
    told, word = [], ""
    for line in text.split("\n"):
        stripped = line.lstrip()
        if word:
            word = "" if stripped == f"::{word}::" else word
        elif stripped.startswith("::stop-commands::"):
            word = stripped.removeprefix("::stop-commands::")
        elif stripped.startswith("::") or "##[" in line:
            told.append(line)
    assert word == "", "commands are never turned on again"
    return told


def test_a_whole_plan(snapshot: SnapshotAssertion) -> None:
    assert plan_github(whole()) == snapshot


def test_hostile_titles_are_no_commands() -> None:
    told = obeyed(plan_github(hostile(HOSTILE)))
    assert len(told) == 21  # ten errors, ten warnings, one notice
    for line in told:
        assert re.match(r"::(error|warning|notice) [^\n]*$", line), line
        names = re.match(r"::\w+ ((?:\w+=[^:,]*,?)*)::", line)
        assert names, line
        assert set(re.findall(r"(\w+)=", re.sub(r"=[^,]*", "=", names[1]))) <= {"file", "line", "col", "title"}


def test_of_many_annotations_the_last_says_how_many_more() -> None:
    many = tuple(
        Finding(code="pending", what=f"n{n}", next="", address=f"a{n}", severity=Severity.WARN) for n in range(30)
    )
    told = obeyed(plan_github(plan_of(findings=many)))
    assert sum(line.startswith("::warning") for line in told) == 10
    assert told[9] == "::warning title=wtstate::21 more, see the plan"
