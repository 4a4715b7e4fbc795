"""``wtstate twin …``: what is shown, what is refused, and that a refusal leaves the twin as it was."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import zipfile
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.demo import export_path, state_path
from tests.cli.running import wtstate


@pytest.fixture
def loaded(tmp_path: Path) -> Path:
    ran = wtstate("twin", "load", str(export_path()), cwd=tmp_path)
    assert ran.code == exits.OK, ran.err
    return tmp_path


def test_load_says_what_was_loaded_and_show_shows_it(loaded: Path) -> None:
    tree = wtstate("twin", "show", cwd=loaded)
    everything = json.loads(wtstate("twin", "show", "--json", cwd=loaded).out)
    assert tree.code == exits.OK
    assert "WT Projects  (database, 16 rows)" in tree.out
    titles = [database["title"] for database in everything["databases"]]
    assert "WT Projects" in titles


def test_a_zip_loads_as_the_folder_does(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("zipped")
    archive = elsewhere / "export.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for file in export_path().rglob("*"):
            made.write(file, file.relative_to(export_path()))
    assert wtstate("twin", "load", str(archive), cwd=elsewhere).code == exits.OK
    assert wtstate("twin", "show", cwd=elsewhere).out == wtstate("twin", "show", cwd=loaded).out


def test_another_file_can_be_named(tmp_path: Path) -> None:
    ran = wtstate("twin", "load", str(export_path()), "--data", "mine.sqlite", cwd=tmp_path)
    assert ran.code == exits.OK
    assert "WT Projects" in wtstate("twin", "show", "--data", "mine.sqlite", cwd=tmp_path).out
    assert not (tmp_path / ".wtstate").exists()


def test_showing_a_twin_that_is_not_there_makes_none(tmp_path: Path) -> None:
    ran = wtstate("twin", "show", cwd=tmp_path)
    assert ran.code == exits.ERROR
    assert "error[no-twin]" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_reset_wants_yes(loaded: Path) -> None:
    before = wtstate("twin", "show", cwd=loaded).out
    refused = wtstate("twin", "reset", cwd=loaded)
    assert refused.code == exits.ERROR
    assert "--yes" in refused.err
    assert wtstate("twin", "show", cwd=loaded).out == before
    assert wtstate("twin", "reset", "--yes", cwd=loaded).code == exits.OK
    assert "database" not in wtstate("twin", "show", cwd=loaded).out


@pytest.mark.parametrize("content", [b"no zip at all", b""])
def test_what_is_no_export_is_refused_and_changes_nothing(loaded: Path, content: bytes) -> None:
    before = wtstate("twin", "show", "--json", cwd=loaded).out
    (loaded / "bad.zip").write_bytes(content)
    for name in ("bad.zip", "nowhere"):
        ran = wtstate("twin", "load", name, cwd=loaded)
        assert ran.code == exits.ERROR
        assert ran.err.startswith("error[export]")
        assert name in ran.err
    assert wtstate("twin", "show", "--json", cwd=loaded).out == before


def test_a_damaged_file_is_said_and_kept(tmp_path: Path) -> None:
    (tmp_path / ".wtstate").mkdir()
    file = tmp_path / ".wtstate/twin.sqlite"
    file.write_bytes(b"this is no database" * 100)
    before = file.read_bytes()
    for command in (["show"], ["load", str(export_path())], ["serve", "--port", "0"]):
        ran = wtstate("twin", *command, cwd=tmp_path)
        assert ran.code == exits.ERROR
        assert ran.err.startswith("error[twin-store]")
        assert "twin.sqlite" in ran.err
    assert file.read_bytes() == before


def test_a_locked_file_is_said(loaded: Path) -> None:
    with sqlite3.connect(loaded / ".wtstate/twin.sqlite", isolation_level=None) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        ran = wtstate("twin", "show", cwd=loaded)
        lock.execute("ROLLBACK")
    lock.close()
    assert ran.code == exits.ERROR
    assert "error[twin-store]" in ran.err


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = wtstate("twin", "serve", "--port", port, "--data", ":memory:", cwd=tmp_path)
    assert ran.code == exits.ERROR
    assert ran.err.startswith("error[twin-port]")
    assert port in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_opened_as_the_workspace_that_it_is_of(
    loaded: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shutil.copytree(state_path(), loaded / "state")
    taken = wtstate("backup", "kept.gz", cwd=loaded)
    assert (taken.code, taken.out) == (exits.OK, ""), taken.err
    assert "Backup: 8 databases, 91 rows" in taken.err
    elsewhere = tmp_path_factory.mktemp("opened")
    shutil.copytree(state_path(), elsewhere / "state")
    opened = wtstate("twin", "load", str(loaded / "kept.gz"), cwd=elsewhere)
    assert (opened.code, opened.err) == (exits.OK, "")
    assert wtstate("plan", cwd=elsewhere).out == wtstate("plan", cwd=loaded).out
    again = wtstate("twin", "load", str(loaded / "kept.gz"), cwd=elsewhere)
    assert (again.code, again.out) == (exits.ERROR, "")
    assert "error[snapshot]" in again.err


def test_a_damaged_backup_is_refused(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("damaged")
    (elsewhere / "kept.gz").write_bytes(b"\x1f\x8bnot what was packed")
    ran = wtstate("twin", "load", "kept.gz", cwd=elsewhere)
    assert (ran.code, ran.out) == (exits.ERROR, "")
    assert "error[snapshot]" in ran.err
