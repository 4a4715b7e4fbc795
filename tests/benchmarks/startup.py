"""How long the command takes to start, beside a typer command that imports typer and pydantic and does nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
ROUNDS = 15
ALLOWED = 1.5
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
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def measure() -> Iterator[str]:
    """The ratio of each quick command to the empty one; rounds are interleaved, so that load hits all alike."""
    commands = {"empty": (EMPTY,), "--help": (WTSTATE, "--help"), "validate": (WTSTATE, "validate")}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            taken[name].append(_seconds(*command))
    base = median(taken["empty"])
    for name in ("--help", "validate"):
        ratio = median(taken[name]) / base
        yield f"wtstate {name} takes {ratio:.2f} × an empty typer command ({base * 1000:.0f} ms); allowed {ALLOWED} ×"
