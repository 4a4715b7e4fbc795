"""Two related databases and their rows, made of nothing by wtstate and by ultimate-notion, and looked at again.

ultimate-notion is no dependency: it is run by the interpreter that ``ULTIMATE_NOTION_PYTHON`` names, or by this one if
it has it. It talks to a twin over HTTP, with the same limits; every second passes.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.twin import open_twin
from tests.benchmarks.side.bounds import fewest, of_steps
from tests.benchmarks.side.jobs import state_of
from tests.benchmarks.side.migration import Compared
from tests.benchmarks.side.skipping import run
from tests.benchmarks.side.workspace import Counted, Limits, Meter, limited, session

LIMITS: Limits = (600, 60.0)
PROJECTS, PHASES = 20, 100
STATUSES = ("Not Started", "In Progress", "Complete")
SCRIPT = Path(__file__).with_name("ultimate_script.py")
HOW = (
    "ultimate-notion is left out, for it is not installed. To have it in:",
    "  python -m venv DIR; DIR/bin/pip install ultimate-notion==0.10.1",
    "  ULTIMATE_NOTION_PYTHON=DIR/bin/python just bench",
)
_SELECT = '{ type = "select", options = [' + ", ".join(f'{{ name = "{name}" }}' for name in STATUSES) + "] }"
_SCHEMA = f"""
[databases.projects]
title = "Projects"
key = "Key"
[databases.projects.fields]
Name = "title"
Key = "rich_text"
Status = {_SELECT}
Phases = {{ type = "relation", mirror_of = "phases.Project" }}

[databases.phases]
title = "Phases"
key = "Key"
[databases.phases.fields]
Name = "title"
Key = "rich_text"
Status = {_SELECT}
Goals = "rich_text"
Project = {{ type = "relation", to = "projects", two_way = "Phases" }}
"""


def interpreter() -> str | None:
    """An interpreter that has ultimate-notion; None where none is known."""
    named = os.environ.get("ULTIMATE_NOTION_PYTHON")
    return named or (sys.executable if importlib.util.find_spec("ultimate_notion") else None)


def compared(python: str) -> Iterator[Compared]:
    """A first run and a second, by both."""
    ours, bounds = run(_ours())
    with _served() as (url, token, page):
        theirs = [_script(python, url, token, page) for _ in ours]
    for name, one, other, bound in zip(("first run", "second run"), ours, theirs, bounds, strict=True):
        yield Compared(name, one, other, bound)


def _state() -> str:
    projects = "".join(
        f'[rows.p{n}]\nin = "projects"\nkey = "P-{n}"\nset = {{ Name = "Project {n}", Status = "{STATUSES[n % 3]}" }}\n'
        for n in range(PROJECTS)
    )
    phases = "".join(
        f'[rows.f{n}]\nin = "phases"\nkey = "F-{n}"\nset = {{ Name = "Phase {n}", Status = "{STATUSES[n % 3]}", '
        f'Goals = "What phase {n} is for" }}\n'
        for n in range(PHASES)
    )
    return _SCHEMA + projects + phases


async def _ours() -> tuple[list[Counted], list[int]]:
    counted, bounds = [], []
    with open_twin(":memory:") as twin:
        limited(twin, LIMITS)
        state = state_of(_state(), twin, LIMITS)
        for first in (True, False):
            meter = Meter(twin)
            async with session(twin, state, LIMITS) as ours:
                plan = await ours.plan()
                if first:
                    await ours.apply(plan)
                elif not plan.empty:
                    raise AssertionError("the second run finds something to do")
            after = 2 * (fewest("database known by id") + fewest("rows", n=PHASES)) + fewest("workspace")
            before = fewest("workspace before the first run") + of_steps(plan.steps, LIMITS) - 1
            bounds.append(before + after if first else after)
            counted.append(meter.read())
    return counted, bounds


@contextmanager
def _served() -> Iterator[tuple[str, str, str]]:
    allowed, seconds = LIMITS
    limits = ["--rate", f"{allowed}/{seconds:.0f}s", "--latency", "250ms±100"]
    serve = ["twin", "serve", "--data", ":memory:", "--port", "0", "--json", *limits]
    code = "from reconciler.cli.main import main; main()"
    process = subprocess.Popen([sys.executable, "-c", code, *serve], stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise AssertionError("the twin says nothing")
        known = json.loads(process.stdout.readline())
        yield known["base_url"], known["token"], known["root_page_id"]
    finally:
        process.terminate()
        process.wait(timeout=20)


def _script(python: str, url: str, token: str, page: str) -> Counted:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words = [python, str(SCRIPT), url, token, page, str(PROJECTS), str(PHASES)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=600, env=environment)
    requests, refused, seconds = json.loads(done.stdout.splitlines()[-1])
    return Counted(requests, refused, seconds)
