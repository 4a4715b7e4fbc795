"""The memory of a backup: how it grows with the number of rows, of an open database and of a sensitive one.

``WTSTATE_BENCH_ROWS`` sets two other numbers of rows, separated by a comma.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks._judged import Judged
from tests.benchmarks.rows import measured, served

ROWS = (1_000, 6_000)
BOUND_KB = 1.0
STATE = """
[workspace]
name = "Bench"
archive = "archive"
rate = "100000/1s"
[databases.many]
title = "Many"
"""
STATES = {"an open database": STATE, "a sensitive database": STATE + "sensitive = true\n"}


def measure() -> Iterator[Judged]:
    """The peak at both sizes, and what each further row adds to it."""
    few, many = map(int, os.environ.get("WTSTATE_BENCH_ROWS", ",".join(map(str, ROWS))).split(","))
    peaks: dict[tuple[str, int], float] = {}
    for rows in (few, many):
        with TemporaryDirectory() as directory, served(Path(directory) / "twin.sqlite", rows) as where:
            for name, state in STATES.items():
                peaks[name, rows] = measured("backup", state, Path(directory), where).peak
    for name in STATES:
        grown = (peaks[name, many] - peaks[name, few]) * 1024 / (many - few)
        yield Judged(
            f"a backup of {name}: {grown:.2f} KB for each further row; allowed {BOUND_KB} KB — "
            f"{peaks[name, few]:.0f} MB at {few:,} rows, {peaks[name, many]:.0f} MB at {many:,}",
            grown <= BOUND_KB,
        )
