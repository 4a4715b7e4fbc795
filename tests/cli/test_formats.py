"""The forms of a plan on the command line: where each goes, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from reconciler.demo import export_path, state_path
from tests.cli.running import wtstate
from tests.cli.terminal import on_terminal, without_colour

PART = ("plan", "--only", "wt-phase-tracker.phaseId")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("formats")
    shutil.copytree(state_path(), directory / "state")
    assert wtstate("twin", "load", str(export_path()), cwd=directory).code == 0
    return directory


def test_every_form_from_one_run(demo: Path) -> None:
    files = {name: demo / f"plan.{name}" for name in ("markdown", "html", "json", "github", "text")}
    ran = wtstate(*PART, *(f"--format={name}={path}" for name, path in files.items()), cwd=demo)
    assert ran.code == 0
    told = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    assert told["text"] == ran.out
    assert told["markdown"].startswith("<!-- wtstate plan -->\n\n## Plan for `Wombat Track` · only")
    assert told["html"].startswith("<!doctype html>")
    assert json.loads(told["json"])["format_version"]
    assert told["github"].startswith("::notice title=wtstate::Plan: 1 field to rename")
    for name in ("markdown", "html", "github"):
        assert "ORB-1.2 " in told[name]


@pytest.mark.parametrize("name", ["markdown", "html", "json", "github", "text"])
def test_a_form_on_stdout_is_what_a_file_holds(demo: Path, name: str) -> None:
    said = wtstate(*PART, "--format", name, cwd=demo)
    saved = wtstate(*PART, f"--format={name}={name}.out", "--format", "text", cwd=demo)
    assert said.out == (demo / f"{name}.out").read_text(encoding="utf-8")
    assert saved.out.startswith("Plan for")


def test_html_shows_more_values_unless_told(demo: Path) -> None:
    assert wtstate(*PART, "--format=html", cwd=demo).out.count('<th scope="row"') == 9
    assert wtstate(*PART, "--format=html", "--limit-rows=2", cwd=demo).out.count('<th scope="row"') == 2


def test_the_summary_of_a_step_is_added_to(demo: Path) -> None:
    summary = demo / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    for _ in range(2):
        ran = wtstate(*PART, "--format", "github", cwd=demo, env={"GITHUB_STEP_SUMMARY": str(summary)})
        assert ran.code == 0
    assert summary.read_text(encoding="utf-8").startswith("before\n<!-- wtstate plan -->")
    assert summary.read_text(encoding="utf-8").count("<!-- wtstate plan -->") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "pdf"), "'pdf' is no format; there are text, markdown, html, json, github"),
        (("--format", "html", "--json"), "html and json cannot both go to stdout; save one: --format html=FILE"),
    ],
)
def test_what_is_refused(demo: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = wtstate(*PART, *arguments, cwd=demo)
    assert (ran.code, ran.out) == (64, "")
    assert said in ran.err


def test_colour_on_a_terminal_alone(demo: Path) -> None:
    coloured = on_terminal(*PART, cwd=demo).out
    plain = on_terminal(*PART, cwd=demo, env={"NO_COLOR": "1"}).out
    assert "\x1b[" in coloured
    assert without_colour(coloured) != coloured
    assert without_colour(plain).count("\x1b") == 0
    assert "\x1b[3" not in plain
    assert "\x1b" not in wtstate(*PART, cwd=demo).out


def test_a_verification_in_each_form(demo: Path) -> None:
    said = {
        name: wtstate("verify", "--no-store", "--format", name, cwd=demo) for name in ("markdown", "github", "json")
    }
    assert said["markdown"].out.startswith("<!-- wtstate verify -->\n\n## Verification: not verified")
    assert said["github"].out.startswith("::error title=")
    assert json.loads(said["json"].out)["format_version"]
    assert {ran.code for ran in said.values()} == {1}
