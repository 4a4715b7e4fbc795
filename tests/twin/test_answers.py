"""The oracle that watches all tests sees what it should: in this process, and in those that a test starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.twin import Twin, users
from tests.twin.oracle import SCHEMA, problems

pytestmark = pytest.mark.skipif(not SCHEMA.exists(), reason="the SDK's types are not part of the project")
WRONG = {"object": "user", "id": 1}


def seen(log: Path) -> str:
    """What was reported, which no longer fails the test."""
    said = log.read_text(encoding="utf-8")
    log.write_text("", encoding="utf-8")
    return said


def test_a_wrong_answer_in_the_process_is_seen(twin: Twin, monkeypatch: pytest.MonkeyPatch, twin_answers: Path) -> None:
    twin.call("GET", "users/me")
    assert seen(twin_answers) == ""
    monkeypatch.setattr(users, "_full", lambda *_, **__: dict(WRONG))
    twin.call("GET", "users/me")
    assert seen(twin_answers).startswith("GET /v1/users/me: user: ")


def test_a_wrong_answer_in_another_process_is_seen(twin_answers: Path) -> None:
    script = (
        "from reconciler.twin import open_twin, users\n"
        f"users._full = lambda *_, **__: {WRONG}\n"
        "with open_twin(':memory:') as twin: twin.call('GET', 'users/me')"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    assert seen(twin_answers).startswith("GET /v1/users/me: user: ")


def test_what_the_types_are_wrong_about_is_no_problem(twin: Twin) -> None:
    answer = twin.call("GET", f"pages/{twin.root_page_id}")
    assert problems(answer) == []
    assert problems({**answer, "archived": False}) == []
    for wrong in ({"in_trash": None}, {"more": 1}, {"icon": {"type": "emoji"}}, {"id": None}):
        assert problems({**answer, **wrong}) != []
    place = {"P": {"id": "x", "type": "place", "place": None}}
    assert problems({**answer, "properties": {**answer["properties"], **place}}) == []
