"""-C, --state, --quiet, --verbose and --log work with every command that has something to do with them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.cli.app import run
from tests.cli.running import Ran

STATE = """
[workspace]
name = "Team"

[databases.tasks.fields]
Name = "title"
size = "number"
"""
COMMANDS = (
    "plan", "plan --format markdown", "apply --yes", "verify", "drift", "suggest", "pull", "history", "doctor",
    "validate", "graph", "graph --diff", "backup {}/b", "record {}/r", "archive list", "usages {}/code", "twin show",
)  # fmt: skip


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a state under another name, applied once."""
    directory = tmp_path_factory.mktemp("team")
    (directory / "wanted").mkdir()
    (directory / "wanted/team.toml").write_text(STATE, encoding="utf-8")
    (directory / "code").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(directory)
        assert run(["apply", "--yes", "--quiet", "-C", str(directory), "--state", "wanted"]) == exits.OK
    return directory


@pytest.fixture
def say(
    team: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Runs a command from somewhere else."""
    monkeypatch.chdir(tmp_path)

    def said(command: str, *more: str) -> Ran:
        words = command.format(tmp_path).split()
        where = ["-C", str(team)] + ([] if words[0] == "twin" else ["--state", "wanted"])
        code = run([*words, *where, *more])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    (tmp_path / "code").mkdir()
    return said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_works_on_another_directory_and_in_every_voice(
    command: str, say: Callable[..., Ran], tmp_path: Path
) -> None:
    plain = say(command)
    assert plain.code == exits.OK, plain.err
    assert not list(tmp_path.rglob("*.toml")), "it worked where it stands"
    assert not (tmp_path / ".wtstate").exists()
    quiet = say(command, "--quiet")
    assert (quiet.code, quiet.err) == (exits.OK, "")
    loud = say(command, "--verbose")
    assert loud.code == exits.OK
    logged = say(command, "--log", "json")
    assert logged.code == exits.OK
    assert all(json.loads(line)["event"] for line in logged.err.splitlines())
    for told in (plain, quiet, loud):
        assert max(map(len, told.out.splitlines()), default=0) <= _width(command)


def _width(command: str) -> int:
    """Columns in a pipe; what is for programs or browsers knows none."""
    return 10_000 if re.match(r"graph|plan --format|usages|twin", command) else 80


def test_the_version_names_that_of_the_api(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == exits.OK
    assert re.fullmatch(r"wtstate \d+\.\d+\.\d+ \(Notion API \d{4}-\d{2}-\d{2}\)\n", capsys.readouterr().out)


def test_every_exit_code_is_in_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/commands.md").read_text(encoding="utf-8")
    _, _, table = page.partition("\n## Exit codes\n")
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert told == {value for name, value in vars(exits).items() if name.isupper()}
