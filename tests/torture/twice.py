"""Two runs at once on one workspace, over HTTP, from two directories or one: never do both write, and there is one
archive."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.demo import state_path
from tests.cli.running import ENTRY, environment, wtstate
from tests.torture.private import served
from tests.torture.tally import Tally

ARCHIVE = "wt-merged-data-archive"


def _begin(directory: Path, env: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ENTRY, "apply", "--yes"],
        cwd=directory,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _archives(env: Mapping[str, str]) -> int:
    """How many databases bear the archive's title."""
    request = urllib.request.Request(
        f"{env['NOTION_BASE_URL']}/v1/search",
        data=json.dumps({"query": ARCHIVE, "filter": {"property": "object", "value": "data_source"}}).encode(),
        headers={
            "authorization": f"Bearer {env['NOTION_TOKEN']}",
            "notion-version": "2026-03-11",
            "content-type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: list[dict[str, Any]] = json.load(answer)["results"]
    titles = ["".join(part["plain_text"] for part in one["title"]) for one in found if not one["in_trash"]]
    return titles.count(ARCHIVE)


def attack(directory: Path, *, rounds: int) -> Tally:
    """So many pairs of runs, begun a little apart, on fresh workspaces; every second pair in one directory."""
    tally = Tally("two runs at once")
    for number in range(rounds):
        here = directory / str(number)
        with served(here / "notion", "--latency", "5ms") as env:
            first, second = here / "one", here / ("one" if number % 2 else "two")
            for place in {first, second}:
                shutil.copytree(state_path(), place / "state")
            pair = [_begin(first, env)]
            time.sleep((number % 5) * 0.3)
            pair.append(_begin(second, env))
            ended = [(one, *one.communicate(timeout=300)) for one in pair]
            tally.tried += 1
            codes = sorted(one.returncode for one, _, _ in ended)
            tally.figures[f"exits {codes}"] += 1
            said = [err for _, _, err in ended]
            if any("Traceback" in err or "internal error" in err for err in said):
                tally.fail(f"round {number}: {said}")
            applied = [out for _, out, _ in ended if "Applied " in out]
            if len(applied) > 1:
                tally.fail(f"round {number}: both wrote: {applied}")
            last = wtstate("apply", "--yes", cwd=first, env=env)
            then = wtstate("plan", "--detailed-exitcode", cwd=first, env=env)
            if last.code or then.code:
                tally.fail(f"round {number}: it does not converge: {last.err}{then.out[-500:]}")
            if _archives(env) != 1:
                tally.fail(f"round {number}: {_archives(env)} archives")
    return tally
