"""Runs the command as a user does: its own process, its own environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ENTRY = "from reconciler.cli.main import main; main()"
ROOT = Path(__file__).parents[2]
CHOOSES = ("NOTION_", "WTSTATE_", "GITHUB_", "CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS")
"""How names in an environment begin that choose a target, a form or a colour."""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what chooses a target or a colour.

    Modules are compiled once, not by each command, also where the machine wants nothing compiled kept.
    """
    dropped = (*CHOOSES, "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **(extra or {})}


def wtstate(*arguments: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None, stdin: str = "") -> Ran:
    """``wtstate ARGUMENTS`` without a terminal."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", ENTRY, *arguments],
        cwd=cwd,
        env=environment(env),
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)
