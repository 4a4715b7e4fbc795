"""The command line itself: exit codes, usage errors, start-up, bugs of our own. No target is needed for any of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import exits
from tests.cli.running import ENTRY, ROOT, environment, wtstate

HEAVY = (
    "asyncio",
    "deepdiff",
    "httpx",
    "jinja2",
    "notion_client",
    "rich",
    "sqlite3",
    "starlette",
    "tenacity",
    "toml",
    "tomlkit",
    "tree_sitter",
    "tree_sitter_toml",
    "uvicorn",
)
LOADED = f"""
import sys
sys.argv[0] = "wtstate"
try:
    {ENTRY.replace("; ", chr(10) + "    ")}
finally:
    sys.stderr.write(" ".join(name for name in {HEAVY!r} if name in sys.modules))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["pln"],
        ["plan", "--bogus"],
        ["plan", "--limit-rows", "many"],
        ["plan", "--limit-rows", "-1"],
        ["plan", "--target", "moon"],
        ["adopt", "only-an-address"],
        ["adopt", "--archive", "one", "two"],
        ["twin", "burn"],
    ],
)
def test_a_wrong_command_line_exits_64_with_one_error(arguments: list[str]) -> None:
    ran = wtstate(*arguments)
    assert ran.code == exits.USAGE
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert "--help'." in ran.err


def test_a_typing_error_gets_a_suggestion() -> None:
    assert "Did you mean 'plan'" in wtstate("pln").err


def test_no_command_shows_the_help_and_is_wrong_usage() -> None:
    ran = wtstate()
    assert ran.code == exits.USAGE
    assert ran.err.startswith("Usage: wtstate")
    assert "error" not in ran.err


def test_the_version() -> None:
    from importlib.metadata import version

    ran = wtstate("--version")
    assert (ran.code, ran.out, ran.err) == (exits.OK, f"wtstate {version('wtstate')} (Notion API 2026-03-11)\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["plan", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], env=environment(), capture_output=True, text=True, check=False
    )
    assert ran.returncode == exits.OK
    assert ran.stderr == ""


def test_validate_of_a_good_state_loads_no_engine() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, "validate"], env=environment(), capture_output=True, text=True, check=False
    )
    assert ran.returncode == exits.OK
    assert not set(ran.stderr.split()) - {"tree_sitter", "tree_sitter_toml"}


OTHERS = """
import sys
from reconciler.cli import app
app.run(["validate"])
sys.stderr.write(" ".join(name for name in app.COMMANDS if f"reconciler.cli.{name}" in sys.modules))
"""


def test_a_command_loads_no_other() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", OTHERS], env=environment(), capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ran.stderr == "validate"


PLANNED = f"""
import sys
from reconciler.cli import app
app.run(["plan", "--target", "twin"])
sys.stderr.write("loaded: " + " ".join(name for name in {HEAVY!r} if name in sys.modules))
"""


def test_a_plan_with_nothing_to_explain_loads_what_it_reads_with(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "state.toml").write_text('[workspace]\nname = "Empty"\n[databases.d]\n', encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", PLANNED], env=environment(), capture_output=True, text=True, check=False, cwd=tmp_path
    )
    loaded = set(ran.stderr.rpartition("loaded: ")[2].split())
    assert "sqlite3" in loaded
    assert not loaded & {"deepdiff", "jinja2", "toml", "tomlkit", "uvicorn"}, loaded


def test_without_a_terminal_apply_wants_yes(tmp_path: Path) -> None:
    ran = wtstate("apply", cwd=tmp_path)
    assert ran.code == exits.ERROR
    assert "error[no-confirmation]" in ran.err
    assert "--yes" in ran.err


BUG = """
import sys
from reconciler.cli import app, main
def broken(arguments):
    raise RuntimeError("ntn_a_token")
app.run = broken
main.main()
"""


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_bug_of_ours_is_one_line_and_a_traceback_only_when_asked(debug: str) -> None:
    env = environment({"WTSTATE_DEBUG": debug})
    ran = subprocess.run([sys.executable, "-c", BUG], env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == exits.ERROR
    assert ran.stderr.splitlines()[-1].startswith("internal error: RuntimeError at <string>:5; ")
    assert ("Traceback" in ran.stderr) == bool(debug)
    assert ("ntn_a_token" in ran.stderr) == bool(debug)


def test_ctrl_c_is_one_line_and_130() -> None:
    code = BUG.replace('RuntimeError("ntn_a_token")', "KeyboardInterrupt")
    ran = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == exits.INTERRUPTED
    assert ran.stderr.count("\n") == 1
    assert ran.stderr.startswith("interrupted; run the same command again")


def test_a_closed_pipe_is_no_traceback() -> None:
    ran = subprocess.run(
        f"{sys.executable} -c '{ENTRY}' plan --help | head -n 1",
        shell=True,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    assert "Exception" not in ran.stderr
