"""``apply --format``: what was done, for a comment, a program, a job; siblings of what people read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.cli.app import run
from reconciler.model.finding import Finding
from reconciler.model.limits import utf16_length
from reconciler.planning.plan import Plan, make_plan
from reconciler.render.applied import Applied, applied_github, applied_markdown
from tests.drift.worlds import world


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with something to apply."""
    (tmp_path / ".wtstate").mkdir()
    with world(tmp_path, path=tmp_path / ".wtstate" / "twin.sqlite") as made:
        made.words("Tasks", title="Chores")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def empty() -> Plan:
    return make_plan(workspace="w", actions=(), findings=(), steps=(), rate=(180, 60.0), titles={})


def test_every_form_tells_what_was_done(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = (
        "--format",
        "markdown=a.md",
        "--format",
        "json=a.json",
        "--format",
        "github=a.txt",
        "--format",
        "text=b.txt",
    )
    assert run(["apply", "--yes", *files]) == exits.OK
    out = capsys.readouterr().out
    assert 'rename database "Chores" → "Tasks"' in out
    assert "Applied 1 action with" in out
    markdown = (work / "a.md").read_text("utf-8")
    assert markdown.startswith("<!-- wtstate apply -->\n\n## Applied 1 action with")
    assert "<!-- wtstate plan" not in markdown
    assert '`"Chores" → "Tasks"`' in markdown
    told = json.loads((work / "a.json").read_text("utf-8"))
    assert told["applied"]["done"] == ["tasks"]
    assert told["plan"]["actions"]
    assert told["after"]["actions"] == []
    assert told["refused"] == told["unsettled"] == []
    assert "::notice title=wtstate::Applied 1 action" in (work / "a.txt").read_text("utf-8")
    assert (work / "b.txt").read_text("utf-8").split() == out.split()


def test_json_alone_is_on_stdout(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "--yes", "--json"]) == exits.OK
    assert json.loads(capsys.readouterr().out)["applied"]["actions"] == 1
    assert run(["apply", "--yes", "--format", "json"]) == exits.OK
    assert set(json.loads(capsys.readouterr().out)) == {"format_version", "plan"}
    assert run(["apply", "--yes", "--format", "html"]) == exits.USAGE


def test_what_is_left_is_told_and_fits() -> None:
    left = tuple(Finding(code="moved", address=f"a.{n}", what="x" * 900, next="@all") for n in range(400))
    applied = Applied(empty(), done="Applied 2 actions.", left=left, after=empty())
    told = applied_markdown(applied, limit_rows=3)
    assert utf16_length(told) <= 65_536
    assert "**Left: 400**" in told
    assert "350 more" in told
    assert "→ `@all`" in told
    assert applied_github(applied, limit_rows=3).startswith("::error title=moved a.0::")
