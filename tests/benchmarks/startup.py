"""What it takes to start, in CPU, beside a typer command that imports typer and pydantic and does nothing."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks._judged import Judged

ROOT = Path(__file__).parents[2]
ROUNDS = 15
ALLOWED = 1.3
EMPTY = """
import typer
from pydantic import BaseModel

class Nothing(BaseModel):
    name: str

app = typer.Typer()

@app.command()
def nothing() -> None:
    pass

app()
"""
WTSTATE = "from reconciler.cli.main import main; main()"


def _seconds(code: str, *arguments: str) -> float:
    """CPU of a process: on a busy machine the clock says more of the others."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure() -> Iterator[Judged]:
    """The ratio of each quick command to the empty one; rounds are interleaved, so that load hits all alike."""
    commands = {"empty": (EMPTY,), "--help": (WTSTATE, "--help"), "validate": (WTSTATE, "validate")}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            taken[name].append(_seconds(*command))
    base = median(taken["empty"])
    for name in ("--help", "validate"):
        ratio = median(taken[name]) / base
        took = f"wtstate {name} takes {ratio:.2f} × an empty typer command ({base * 1000:.0f} ms); allowed {ALLOWED} ×"
        yield Judged(took, ratio <= ALLOWED)
