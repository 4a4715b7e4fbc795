"""Records: planned offline to the same bytes; without values no word that somebody typed is in them."""

from __future__ import annotations

import gzip
import shutil
import socket
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.demo import export_path, state_path
from tests.cli.running import wtstate

TYPED = "I keep the plans"
"""Words of a row of the demo."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the demo's state and twin, and two records: ``digests`` and ``values``."""
    directory = tmp_path_factory.mktemp("recorded")
    shutil.copytree(state_path(), directory / "state")
    commands = (
        ["twin", "load", str(export_path())],
        ["record", "digests"],
        ["record", "values", "--with-values"],
    )
    for command in commands:
        ran = wtstate(*command, cwd=directory)
        assert ran.code == exits.OK, ran.err
    return directory


@pytest.fixture
def elsewhere(recorded: Path, tmp_path: Path) -> Path:
    """The files alone, without a twin: what another machine has."""
    shutil.copytree(recorded / "state", tmp_path / "state")
    for name in ("digests", "values"):
        shutil.copy(recorded / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_with_values_the_plan_is_the_same_bytes_elsewhere(recorded: Path, elsewhere: Path, form: str) -> None:
    live = wtstate("plan", "--format", form, cwd=recorded)
    ran = wtstate("plan", "--format", form, "--from", "values", cwd=elsewhere)
    assert (ran.code, ran.out) == (live.code, live.out)
    assert not (elsewhere / ".wtstate").exists()


def test_from_digests_the_plan_has_the_same_actions(recorded: Path, elsewhere: Path) -> None:
    live = wtstate("plan", "--limit-rows", "0", cwd=recorded)
    ran = wtstate("plan", "--limit-rows", "0", "--from", "digests", cwd=elsewhere)
    assert _without_notes(ran.out) == _without_notes(live.out)


def _without_notes(plan: str) -> str:
    """A plan before its notes, which name rows by their titles."""
    return plan.partition("\nNotes")[0]


def test_digests_hold_nothing_that_was_typed_and_keys(recorded: Path) -> None:
    digests, values = (gzip.decompress((recorded / name).read_bytes()).decode() for name in ("digests", "values"))
    assert TYPED in values
    assert TYPED not in digests
    assert "WT-7.2" in digests
    assert (recorded / "digests").stat().st_mode & 0o777 == 0o600


def test_changed_files_are_planned_against_the_record(elsewhere: Path) -> None:
    """A correction that came after the record finds its rows in it."""
    (elsewhere / "state" / "late.toml").write_text(
        '[corrections.late]\nin = ["wt-phase-tracker"]\nrows = "WT-UX3"\nset = { status = "Complete" }\n'
        'source = "a test"\n',
        encoding="utf-8",
    )
    ran = wtstate("plan", "--from", "digests", cwd=elsewhere)
    assert "late" in ran.out
    assert "WT-UX3" in ran.out


def test_a_record_that_leads_elsewhere_says_where(recorded: Path, tmp_path: Path) -> None:
    """record-differs: a rule that looks into texts cannot be planned from digests."""
    directory = shutil.copytree(recorded, tmp_path / "work")
    (directory / "state" / "words.toml").write_text(
        '[corrections.words]\nin = ["claude-gizmo-comm"]\nwhere = { content = { glob = "*I keep the plans*" } }\n'
        'set = { content = "said" }\nsource = "a test"\n',
        encoding="utf-8",
    )
    ran = wtstate("record", "again", cwd=directory)
    assert ran.code == exits.ERROR
    assert "error[record-differs] corrections.words" in ran.err
    assert (directory / "again").exists()
    ran = wtstate("record", "again", "--with-values", cwd=directory)
    assert ran.code == exits.OK, ran.err


def test_a_damaged_record_is_not_planned_from(elsewhere: Path) -> None:
    whole = gzip.decompress((elsewhere / "values").read_bytes())
    (elsewhere / "values").write_bytes(whole.replace(TYPED.encode(), b"I lose the plans"))
    ran = wtstate("plan", "--from", "values", cwd=elsewhere)
    assert ran.code == exits.ERROR
    assert "error[snapshot]" in ran.err
    ran = wtstate("plan", "--from", "nowhere", cwd=elsewhere)
    assert (ran.code, "error[snapshot]" in ran.err) == (exits.ERROR, True)


def test_a_record_is_the_target(elsewhere: Path) -> None:
    ran = wtstate("plan", "--from", "values", "--target", "twin", cwd=elsewhere)
    assert ran.code == exits.USAGE
    closed = {"NOTION_TOKEN": "ntn_none", "NOTION_BASE_URL": f"http://127.0.0.1:{_closed()}", "CI": "true"}
    assert wtstate("plan", "--from", "values", cwd=elsewhere, env=closed).code == exits.OK


def _closed() -> int:
    """A port on which nobody answers."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
