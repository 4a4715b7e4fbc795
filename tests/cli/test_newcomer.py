"""Someone with an export, no TOML and little trust: each command's last line leads to the next one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from reconciler.cli import exits
from reconciler.cli.app import build, run
from tests.twin_export.exports import texts, zipped

MOST = 9
"""Commands from a clone to a verified workspace; making the clone is one, the demo another."""
_NEXT = re.compile(r"^next: .*?\bwtstate (\w+)(?:.*\bwtstate (\w+))?", re.MULTILINE)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_last_line_leads_to_the_next_command(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["Name", "Status", "Owner"], ["Roof", "Done", "Ada"], ["Door", "done", "Bob"], ["Gate", "Done ", ""]]
    zipped(here / "Export.zip", texts({"House Work": rows, "People": [["Name"], ["Ada"], ["Bob"]]}))
    assert run(["--help"]) == exits.OK
    assert "Begin with: wtstate demo; then wtstate init" in capsys.readouterr().out
    walked, command = ["clone", "demo"], "init --export Export.zip"
    while command:
        walked.append(command)
        code = run([*shlex.split(command), *(["--yes"] if command == "apply" else [])])
        told = capsys.readouterr()
        assert code == exits.OK, told.err
        last = " ".join(told.err[told.err.rindex("next: ") :].split())
        found = _NEXT.match(last)
        assert found, f"{command}: the last line leads nowhere: {last}"
        if command == "suggest":
            _edited(told.out)
            walked.append("edit")
        command = found[1] if found[1] != "history" else ""
    assert walked == ["clone", "demo", "init --export Export.zip", "suggest", "edit", "plan", "apply", "verify"]
    assert len(walked) <= MOST
    assert "\nverified" in told.out
    assert run(["plan", "--detailed-exitcode"]) == exits.OK


def _edited(suggestions: str) -> None:
    """Puts one suggestion where it says: in place of the field's line."""
    said = 'Status = { type = "rich_text", tidy = "trim" }'
    assert f"    {said}\n" in suggestions
    file = Path("state/house-work.toml")
    number = next(n for n, line in enumerate(file.read_text("utf-8").splitlines(), 1) if line.startswith("Status"))
    assert f"with this in place of line {number}" in suggestions
    file.write_text(file.read_text("utf-8").replace('Status = "rich_text"', said), encoding="utf-8")


def test_without_anything_there_it_is_said_how_to_begin(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan"]) == exits.ERROR
    assert "begin with wtstate init" in capsys.readouterr().err
    assert run(["init"]) == exits.OK
    assert "next: wtstate init --export FOLDER_OR_ZIP" in capsys.readouterr().err


def _commands() -> Iterator[tuple[str, typer.core.TyperCommand]]:
    def walk(command: object, path: str) -> Iterator[tuple[str, typer.core.TyperCommand]]:
        children = getattr(command, "commands", {})
        if not children and isinstance(command, typer.core.TyperCommand):
            yield path, command
        for name, child in children.items():
            yield from walk(child, f"{path} {name}".strip())

    yield from walk(typer.main.get_command(build()), "")


COMMANDS = dict(_commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_has_an_example_that_can_be_typed(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = COMMANDS[name]
    (example,) = re.findall(r"^Example: (.*)\Z", command.help or "", re.MULTILINE | re.DOTALL)
    for line in example.replace("\n", " ").split(";"):
        words = shlex.split(line.partition(" > ")[0])
        assert words[0] == "wtstate"
        assert f"{' '.join(words[1:])} ".startswith(f"{name} ") or line is not example.split(";")[0]
    first = shlex.split(example.split(";")[0].partition(" > ")[0])[1 + len(name.split()) :]
    command.make_context(name, first)  # raises for an option that is not there
    assert run([*name.split(), "--help"]) == exits.OK
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "\n  Example: wtstate" in shown


def test_the_list_of_commands_cuts_no_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["archive", "--help"], ["twin", "--help"]):
        assert run(words) == exits.OK
        _, _, commands = capsys.readouterr().out.partition("Commands:")
        assert "..." not in commands
