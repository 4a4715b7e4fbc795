"""The same commands over real HTTP, as on Notion: a served twin, a token, a parent page."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import exits
from reconciler.demo import export_path, state_path
from tests.cli.running import ENTRY, environment, wtstate

WRITES = ("POST", "PATCH", "DELETE")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A working directory, and the environment that leads to a served twin with the demo's workspace."""
    directory = tmp_path_factory.mktemp("served")
    shutil.copytree(state_path(), directory / "state")
    assert wtstate("twin", "load", str(export_path()), cwd=directory).code == exits.OK
    process = subprocess.Popen(
        [sys.executable, "-c", ENTRY, "twin", "serve", "--port", "0", "--json"],
        cwd=directory,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    yield (
        directory,
        {
            "NOTION_TOKEN": ready["token"],
            "NOTION_BASE_URL": ready["base_url"],
            "NOTION_WT_PARENT_PAGE_ID": ready["root_page_id"],
        },
    )
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    process.stdout.close()


def received(base_url: str) -> list[dict[str, Any]]:
    """What the twin was asked so far."""
    with urllib.request.urlopen(f"{base_url}/_twin/requests", timeout=10) as answer:
        log: list[dict[str, Any]] = json.load(answer)["requests"]
    return log


def written(base_url: str) -> int:
    """How many requests came that could change something."""
    asks = ("query", "search")
    return sum(r["method"] in WRITES and not r["path"].endswith(asks) for r in received(base_url))


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_plan_apply_plan_as_on_notion(served: tuple[Path, dict[str, str]]) -> None:
    directory, env = served
    base_url = env["NOTION_BASE_URL"]

    planned = wtstate("plan", "--detailed-exitcode", "--out", "plan.json", cwd=directory, env=env)
    assert planned.code == exits.CHANGES, planned.err
    assert planned.err.startswith("target: notion")
    assert written(base_url) == 0, "plan wrote"

    applied = wtstate("apply", "plan.json", "--yes", cwd=directory, env=env)
    assert applied.code == exits.OK, applied.err
    assert "No changes." in applied.out
    sent = written(base_url)
    assert sent > 0

    again = wtstate("plan", "--detailed-exitcode", cwd=directory, env=env)
    assert again.code == exits.OK, again.err
    twice = wtstate("apply", "--yes", cwd=directory, env=env)
    assert twice.code == exits.OK, twice.err
    assert written(base_url) == sent, "a second apply wrote"
    assert all(r["status"] == 200 for r in received(base_url))

    for said in (planned, applied, again, twice):
        assert env["NOTION_TOKEN"] not in said.out + said.err


def test_the_plan_is_the_same_as_in_process(served: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    directory, env = served
    shutil.copytree(state_path(), tmp_path / "state")
    assert wtstate("twin", "load", str(export_path()), cwd=tmp_path).code == exits.OK
    assert wtstate("apply", "--yes", cwd=tmp_path).code == exits.OK
    over_http = wtstate("plan", "--json", cwd=directory, env=env)
    in_process = wtstate("plan", "--json", cwd=tmp_path)
    assert json.loads(over_http.out) == json.loads(in_process.out)
