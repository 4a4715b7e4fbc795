"""Exports that nobody foresaw are loaded, pulled and planned: no crash, and the plan is empty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.cli.app import run
from tests.pull import odd_exports
from tests.twin_export.exports import zipped


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("make", odd_exports.ALL, ids=lambda make: make.__name__)
def test_an_odd_export_plans_to_nothing(
    make: Callable[[], odd_exports.Files], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = zipped(here / "export.zip", make())
    code = run(["init", "--export", str(export)])
    told = capsys.readouterr()
    assert code == exits.OK, told.err
    assert "No changes. The workspace matches the state." in told.out
    assert run(["suggest"]) == exits.OK
    assert "\x1b" not in capsys.readouterr().out


def test_a_database_with_the_title_of_the_archive_is_pulled_and_another_archive_named(here: Path) -> None:
    export = zipped(here / "export.zip", odd_exports.ours())
    assert run(["init", "--export", str(export)]) == exits.OK
    assert 'archive = "wtstate-archive-2"' in Path("state/workspace.toml").read_text("utf-8")
    assert Path("state/wtstate-archive.toml").exists()


def test_what_a_state_calls_its_archive_is_passed_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export = zipped(here / "export.zip", odd_exports.ours())
    assert run(["twin", "load", str(export)]) == exits.OK
    Path("state").mkdir()
    said = '[workspace]\narchive = "wtstate-archive"\n[databases.policy-database]\ntitle = "policy"\n'
    Path("state/own.toml").write_text(said, encoding="utf-8")
    capsys.readouterr()
    run(["pull", "wtstate-archive"])
    assert "wtstate-archive: passed over, the state gives its title to an archive" in capsys.readouterr().out
