"""Recorded traffic with the real service, sent to the twin: every judged exchange is answered alike.

What may differ is a matter of the tool or of the recording, not of the twin, and is listed here with its reason.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.twin.serving import Served, served

SHARED = Path(__file__).parents[3] / "shared"
REPLAY = SHARED / "tools" / "replay.py"
SKIPPED = "/v1/(search|comments|file_uploads|custom_emojis|async_tasks|users)"

NOT_OURS = {
    r"test_people_relation_query.* POST": "rows that name the recorder's own person are not sent, so queries miss them",
    r"test_text_query.yaml #3[345] POST": "the recorder replaced e-mail addresses, on which these filters were judged",
    r"test_more_than_max_refs.* #(39|40) GET": "two concurrent writes in the older recording show in swapped order",
    r"test_rich_text_bases.* GET /v1/blocks": "a block that mentions the recorder's own person is not sent",
}
STAND_IN = re.compile(
    r"\.parent\.(workspace|page_id|type): |\.properties\.title\.title\[0\]\.(text\.content|plain_text): real \"Tests\" "
)
"""What tells the tool's own page, called "replay" and lying below the root, from the recorded one at the top."""

pytestmark = pytest.mark.skipif(not REPLAY.exists(), reason="the recordings are not part of the project")
Differences = dict[str, list[str]]


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    spec = importlib.util.spec_from_file_location("replay", REPLAY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with ExitStack() as clients:  # the tool leaves its client to the end of the process
        closing = SimpleNamespace(Client=lambda **given: clients.enter_context(httpx.Client(**given)))
        monkeypatch.setattr(module, "httpx", closing)
        yield module


@pytest.fixture
def twin() -> Iterator[Served]:
    with served() as held:
        yield held


def replayed(
    tool: Any, twin: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, Differences]:
    """How many answers were equal, and the lines that tell the others apart."""
    recordings = sorted(str(path) for path in (SHARED / "recordings").glob("*.jsonl.gz"))
    at = ["--base-url", twin.base_url, "--token", twin.token, "--root-page", twin.root_page_id]
    monkeypatch.setattr(sys, "argv", ["replay.py", *at, "--skip", SKIPPED, "--show", "99", *recordings])
    tool.main()
    found: Differences = {}
    lines: list[str] = []
    said = capsys.readouterr().out
    for line in said.splitlines():
        if line.startswith("≠"):
            lines = found.setdefault(line, [])
        elif line.startswith("    "):
            lines.append(line.strip())
    counted = re.search(r"(\d+) of \d+ judged exchanges equal", said)
    assert counted is not None
    return int(counted.group(1)), found


def _ours(found: Differences) -> Differences:
    return {line: told for line, told in found.items() if not any(re.search(known, line) for known in NOT_OURS)}


def test_recorded_answers_are_given_again(
    tool: Any, twin: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    equal, found = replayed(tool, twin, monkeypatch, capsys)
    left = _ours(found)
    assert {line: told for line, told in left.items() if not all(map(STAND_IN.match, told))} == {}
    assert all(line.endswith("GET /v1/pages/ID") for line in left)
    assert equal > 1000


def test_the_page_that_stands_in_for_the_recorded_root_is_all_that_differs(
    tool: Any, twin: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the workspace's own root page, called as the recorded one, in that place, nothing of ours is left."""
    httpx.patch(
        f"{twin.base_url}/v1/pages/{twin.root_page_id}",
        headers={"Authorization": f"Bearer {twin.token}", "Notion-Version": "2026-03-11"},
        json={"properties": {"title": {"title": [{"text": {"content": "Tests"}}]}}},
    ).raise_for_status()
    monkeypatch.setattr(tool, "make_page", lambda _, root, __: root)
    equal, found = replayed(tool, twin, monkeypatch, capsys)
    assert _ours(found) == {}
    assert equal > 1200
