"""How commands speak on stderr: more, less, or to programs; and what they explain."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from reconciler.cli.explain import page_path, plain, sections
from reconciler.cli.voice import Voice, VoiceError, split
from reconciler.demo import export_path, state_path
from tests.cli.running import wtstate


@pytest.fixture
def loaded(tmp_path: Path) -> Path:
    shutil.copytree(state_path(), tmp_path / "state")
    assert wtstate("twin", "load", str(export_path()), cwd=tmp_path).code == 0
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "voice", "rest"),
    [
        (["plan"], Voice(), ["plan"]),
        (["plan", "-q"], Voice(quiet=True), ["plan"]),
        (["--verbose", "apply", "--yes"], Voice(verbose=True), ["apply", "--yes"]),
        (["--log", "json", "plan"], Voice(as_json=True), ["plan"]),
        (["plan", "--log=json", "-q"], Voice(quiet=True, as_json=True), ["plan"]),
        (["usages", "--", "-q", "--log"], Voice(), ["usages", "--", "-q", "--log"]),
    ],
)
def test_flags_may_stand_anywhere(arguments: list[str], voice: Voice, rest: list[str]) -> None:
    assert split(arguments) == (voice, rest)


@pytest.mark.parametrize("arguments", [["--log"], ["--log", "xml"], ["--log=", "plan"], ["-q", "plan", "-v"]])
def test_flags_that_are_none(arguments: list[str]) -> None:
    with pytest.raises(VoiceError):
        split(arguments)
    assert wtstate(*arguments).code == 64


def test_quiet_says_errors_alone(loaded: Path) -> None:
    assert wtstate("plan", "-q", cwd=loaded).err == ""
    assert wtstate("apply", "--yes", "--quiet", cwd=loaded).err == ""
    assert "error[unknown-address]" in wtstate("plan", "-q", "--only", "nothing", cwd=loaded).err


def test_verbose_says_every_step(loaded: Path) -> None:
    ran = wtstate("apply", "--yes", "-v", cwd=loaded)
    assert ran.code == 0
    told = [line for line in ran.err.splitlines() if line.startswith("  ") and "/" in line.split()[0]]
    assert len(told) > 40


def test_a_log_is_one_object_a_line(loaded: Path) -> None:
    ran = wtstate("--log", "json", "apply", "--yes", cwd=loaded)
    assert ran.code == 0
    lines = [json.loads(line) for line in ran.err.splitlines()]
    events = [line["event"] for line in lines]
    assert events[:2] == ["target", "planned"]
    assert {"started", "progressed", "applied"} <= set(events)
    assert all(line["time"].endswith("Z") for line in lines)
    planned = next(line for line in lines if line["event"] == "planned")
    applied = next(line for line in lines if line["event"] == "applied")
    assert 0 < applied["actions"] <= planned["actions"]
    failed = wtstate("plan", "--log", "json", "--only", "nothing", cwd=loaded)
    assert failed.code == 1
    assert [json.loads(line)["code"] for line in failed.err.splitlines()] == ["unknown-address"]


def test_the_version_names_the_api() -> None:
    assert wtstate("--version").out == "wtstate 0.1.0 (Notion API 2026-03-11)\n"


def test_a_code_is_explained() -> None:
    ran = wtstate("explain", "error[both-live]")
    assert ran.code == 0
    assert ran.out.startswith("both-live\n\n")
    assert "Do: " in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_every_code_is_explained_in_words() -> None:
    pages = sections(page_path().read_text(encoding="utf-8"))
    assert wtstate("explain").out.splitlines() == sorted(pages)
    for code, text in pages.items():
        said = " ".join(plain(text))
        assert "Do:" in said, code
        assert "](" not in said, code


def test_a_code_that_is_none() -> None:
    ran = wtstate("explain", "both-lve")
    assert ran.code == 1
    assert "error[unknown-code]" in ran.err
    assert "did you mean 'both-live'" in ran.err


def test_commands_are_completed() -> None:
    asked = {"_WTSTATE_COMPLETE": "complete_bash", "COMP_WORDS": "wtstate pl", "COMP_CWORD": "1"}
    assert wtstate(env=asked).out == "plan\n"
