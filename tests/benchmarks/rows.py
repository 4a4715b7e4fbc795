"""What a plan costs that must read very many rows: CPU beside ``json.loads`` of the same bytes, and memory.

The twin is served by a process of its own; the plan is made over HTTP by another, whose CPU and memory are measured.
``WTSTATE_BENCH_ROWS`` sets other numbers of rows than the default, separated by commas.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.twin import open_twin
from tests.benchmarks._judged import Judged
from tests.benchmarks.side.jobs import filled
from tests.benchmarks.side.reading import Took

ROWS = (10_000, 100_000, 200_000)
CPU_BOUND = 3.0
MEMORY_BOUND_MB = 200
STATE = """
[workspace]
name = "Bench"
archive = "archive"
rate = "100000/1s"
[databases.many]
title = "Many"
key = "Key"
[databases.many.fields]
Name = { type = "title", tidy = "trim" }
Key = { type = "rich_text", tidy = "trim" }
Stage = { type = "select", options = ["Open", "Done", "Wrong"] }
[checks.none-is-wrong]
in = "many"
rows = { glob = "Many-*7777" }
where = { Stage = "Wrong" }
expect = 0
"""
UNIQUE = """
[checks.keys-are-unique]
in = "many"
unique = "Key"
"""
CORRECTED = """
[corrections.some]
in = ["many"]
rows = { glob = "Many-*7777" }
set = { Stage = "Done" }
source = "a benchmark"
"""
STATES = {
    "nothing to do": STATE,
    "nothing to do, keys unique": STATE + UNIQUE,
    "some rows corrected, keys unique, proved": STATE + UNIQUE + CORRECTED,
}


def measure() -> Iterator[Judged]:
    """Each state at each number of rows."""
    for rows in map(int, os.environ.get("WTSTATE_BENCH_ROWS", ",".join(map(str, ROWS))).split(",")):
        with TemporaryDirectory() as directory, served(Path(directory) / "twin.sqlite", rows) as where:
            for name, state in STATES.items():
                took = measured("plan", state, Path(directory), where)
                yield Judged(
                    f"a plan that reads {rows:,} rows, {name} ({took.actions} actions): {took.cpu / took.loads:.2f} × "
                    f"json.loads of the same {took.size / 1e6:.0f} MB; allowed {CPU_BOUND} × — {took.cpu:.1f} s, "
                    f"{took.loads:.1f} s; peak memory {took.peak:.0f} MB, idle {took.idle:.0f} MB; allowed "
                    f"{MEMORY_BOUND_MB} MB",
                    took.cpu <= CPU_BOUND * took.loads and took.peak <= MEMORY_BOUND_MB,
                )


def measured(job: str, state: str, directory: Path, where: tuple[str, str, str]) -> Took:
    """One job with a state, in a process of its own, against the twin that is served there."""
    files = directory / "state"
    files.mkdir(exist_ok=True)
    (files / "state.toml").write_text(state, encoding="utf-8")
    module = "tests.benchmarks.side.reading"
    ran = subprocess.run(
        [sys.executable, "-m", module, job, str(files), *where], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    return Took(**json.loads(ran.stdout))


@contextmanager
def served(file: Path, rows: int) -> Iterator[tuple[str, str, str]]:
    """The url, the token and the parent page of a twin with so many rows, served by a process of its own."""
    with open_twin(file) as twin:
        filled(twin, "Many", rows, lambda n: "Open")
    command = "from reconciler.cli.main import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", command, "twin", "serve", "--data", str(file), "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        if server.stdout is None:
            raise AssertionError("The server says nothing.")
        said = json.loads(server.stdout.readline())
        yield said["base_url"], said["token"], said["root_page_id"]
    finally:
        server.terminate()
        server.wait()
