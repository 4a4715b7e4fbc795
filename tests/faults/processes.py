"""Real processes of the command, which die or are stopped at a request of a number.

The command runs on a twin in its own process, so that nothing but its files is left when it is killed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.running import environment

_DYING = """
import os, signal, sys
import httpx
from reconciler import connection
straight = connection.httpx_transport
at, after, number = int(sys.argv[1]), sys.argv[2] == "after", int(sys.argv[3])
del sys.argv[1:4]
class Way(httpx.AsyncBaseTransport):
    count, target = 0, None
    def __init__(self, twin):
        Way.target = Way.target or twin
        self.way, self.counts = straight(twin), Way.target is twin  # not those on which a plan is rehearsed
    async def handle_async_request(self, request):
        reads = request.method == "GET" or request.url.path.endswith(("/query", "/search"))
        if self.counts and (Way.count or not reads):
            Way.count += 1
        here = self.counts and Way.count == at
        if here and not after: os.kill(os.getpid(), number)
        answer = await self.way.handle_async_request(request)
        if here and after: os.kill(os.getpid(), number)
        return answer
connection.httpx_transport = Way
from reconciler.cli.main import main
main()
"""
"""The command, signalled before or after a request of its target is answered; the first write is number 1."""


def signalled(directory: Path, at: int, when: str, number: int) -> subprocess.CompletedProcess[str]:
    """``wtstate apply --yes`` in a directory, which gets the signal ``number`` at the request ``at``."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", _DYING, str(at), when, str(number), "apply", "--yes"],
        cwd=directory,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def directory_of(loaded: Path, state: Path, to: Path) -> Iterator[Path]:
    """A working directory with a twin and a state, for the length of a block."""
    (to / ".wtstate").mkdir(parents=True)
    shutil.copy(loaded, to / ".wtstate" / "twin.sqlite")
    shutil.copytree(state, to / "state")
    try:
        yield to
    finally:
        shutil.rmtree(to)


def journals(directory: Path) -> list[Path]:
    """The journals that are there."""
    return sorted((directory / ".wtstate" / "journal").glob("*.jsonl"))
