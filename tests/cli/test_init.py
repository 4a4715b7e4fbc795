"""``wtstate init``: a newcomer's first command, asked or told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.cli.init import numbers
from reconciler.demo import export_path
from tests.cli.running import ENTRY, environment, wtstate
from tests.cli.terminal import on_terminal, without_colour

EXPORT = str(export_path())


def files(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "state").glob("*.toml"))


def test_told_by_flags_it_asks_nothing(tmp_path: Path) -> None:
    ran = wtstate("init", "--export", EXPORT, "--database", "Sub-Apps", "--database", "wt-projects", cwd=tmp_path)
    assert ran.code == 0
    assert files(tmp_path) == ["sub-apps.toml", "workspace.toml", "wt-projects.toml"]
    assert ran.out.endswith("\n\nNo changes. The workspace matches the state.\n")
    assert "id =" not in (tmp_path / "state" / "workspace.toml").read_text(encoding="utf-8")


def test_asked_on_a_terminal(tmp_path: Path) -> None:
    answers = [("Which?", "9\n"), ("There are 1 to 8.", "1, 3-4\n")]
    ran = on_terminal("init", "--export", EXPORT, cwd=tmp_path, answers=answers)
    assert ran.code == 0, ran.out
    assert "  1  Claude-Gizmo Communication · 8 fields" in without_colour(ran.out)
    assert len(files(tmp_path)) == 4


def test_a_typed_token_is_used_and_kept_nowhere(tmp_path: Path) -> None:
    """Notion itself, as far as the command can tell: a twin behind an address."""
    assert wtstate("twin", "load", EXPORT, cwd=tmp_path).code == 0
    with serving(tmp_path / ".wtstate" / "twin.sqlite") as ready:
        new = tmp_path / "new"
        new.mkdir()
        answers = [
            ("Token:", f"{ready['token']}\n"),
            ("The page that holds", f"{ready['root_page_id']}\n"),
            ("Which?", "\n"),
        ]
        ran = on_terminal("init", cwd=new, env={"NOTION_BASE_URL": ready["base_url"]}, answers=answers)
    assert ran.code == 0, ran.out
    written = {path.name: path.read_text(encoding="utf-8") for path in new.rglob("*") if path.is_file()}
    assert ready["token"] not in ran.out + "".join(written.values())
    assert f'parent = "{ready["root_page_id"]}"' in written["workspace.toml"]
    assert "id = " in written["workspace.toml"]
    assert "export NOTION_TOKEN=" in without_colour(ran.out)


@contextmanager
def serving(data: Path) -> Iterator[dict[str, str]]:
    """A twin behind an address of its own, in a process of its own."""
    command = [sys.executable, "-c", ENTRY, "twin", "serve", "--port", "0", "--json", "--data", str(data)]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_state_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "mine.toml").write_text("[databases.mine]\n", encoding="utf-8")
    ran = wtstate("init", "--target", "twin", "--all", cwd=tmp_path)
    assert (ran.code, files(tmp_path)) == (1, ["mine.toml"])
    assert "error[state-there]" in ran.err


def test_an_export_is_not_loaded_twice(tmp_path: Path) -> None:
    assert wtstate("twin", "load", EXPORT, cwd=tmp_path).code == 0
    ran = wtstate("init", "--export", EXPORT, cwd=tmp_path)
    assert ran.code == 1
    assert "error[twin-there]" in ran.err
    assert wtstate("init", "--target", "twin", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("typed", "picked"),
    [
        ("", []),
        (" all ", []),
        ("2", [2]),
        ("1, 3-4 4", [1, 3, 4]),
        ("0", None),
        ("5", None),
        ("3-2", None),
        ("x", None),
        ("1 -", None),
    ],
)
def test_numbers(typed: str, picked: list[int] | None) -> None:
    assert numbers(typed, 4) == picked
