"""Runs the command on a terminal of its own, so that what only happens there is tested there."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.cli.running import ENTRY, ROOT, Ran, environment

_OWN_TERMINAL = "import os; os.close(os.open(os.ttyname(0), os.O_RDWR)); "
"""The first terminal that a session's leader opens becomes its own: only then does Ctrl-C reach the command."""
CTRL_C = "\x03"
SECONDS = 60.0


def on_terminal(
    *arguments: str,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    answers: Sequence[tuple[str, str]] = (),
) -> Ran:
    """``wtstate ARGUMENTS`` on a terminal of 80 columns; each answer is (text to wait for, what is typed then).

    Gives everything that stood on the terminal as ``out``.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _OWN_TERMINAL + ENTRY, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env={**environment(), "TERM": "xterm-256color", "COLUMNS": "80", **(env or {})},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        seen = _talk(ours, answers)
        code = process.wait(timeout=SECONDS)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return Ran(code, seen.replace("\r\n", "\n"), "")


def _talk(terminal: int, answers: Sequence[tuple[str, str]]) -> str:
    seen = b""
    waiting = list(answers)
    start = 0
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        ready, _, _ = select.select([terminal], [], [], 0.1)
        if ready:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # Linux says so when the other side is closed
                break
            if not piece:
                break
            seen += piece
        text = seen.decode(errors="replace")
        if waiting and waiting[0][0] in text[start:]:
            start = len(text)
            os.write(terminal, waiting.pop(0)[1].encode())
    return seen.decode(errors="replace")


def without_colour(text: str) -> str:
    """``text`` without escape sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
