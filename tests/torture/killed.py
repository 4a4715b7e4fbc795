"""Real processes, real SIGKILL: a sample that shows that `tests.torture.crash` takes the remains that a kill leaves.

``python -m tests.torture.killed DIRECTORY NUMBER SIDE`` is the victim: `wtstate apply --yes` on the twin of that
directory, which kills itself before or after the request of that number.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from reconciler import connection
from reconciler.demo import export_path, state_path
from reconciler.proof import census as counting
from reconciler.twin import Twin, open_twin
from reconciler.twin.export import load as load_export
from tests import census
from tests.cli.running import environment, wtstate
from tests.torture.canonical import ids_in, picture
from tests.torture.tally import Tally

ARCHIVE = "wt-merged-data-archive"
TWIN = Path(".wtstate") / "twin.sqlite"


class Deadly(httpx.AsyncBaseTransport):
    """A way to the twin on which the process is killed."""

    def __init__(self, inner: httpx.AsyncBaseTransport, number: int, side: str) -> None:
        self._inner, self._left, self._side = inner, number, side

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Passes the request on, unless this is where it ends."""
        self._left -= 1
        if self._left == 0 and self._side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = await self._inner.handle_async_request(request)
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def victim(directory: str, number: int, side: str) -> None:
    """Runs the command of this process until it dies."""
    from reconciler.cli.main import main

    straight = connection.httpx_transport

    def way(twin: Twin) -> httpx.AsyncBaseTransport:
        kept_in = twin.store.one("PRAGMA database_list")[2]  # "" for the twin in memory on which a plan is rehearsed
        return Deadly(straight(twin), number, side) if kept_in else straight(twin)

    connection.httpx_transport = way
    os.chdir(directory)
    sys.argv = ["wtstate", "apply", "--yes"]
    main()


def kill(work: Path, number: int, side: str) -> int:
    """Runs the victim in a process of its own; how it ended."""
    command = [sys.executable, "-m", "tests.torture.killed", str(work), str(number), side]
    root = Path(__file__).parents[2]
    ran = subprocess.run(command, cwd=root, env=environment(), capture_output=True, timeout=300, check=False)
    return ran.returncode


def attack(directory: Path, *, every: int) -> Tally:
    """The demo, killed at every so many requests, on both sides; then `wtstate apply` until there is nothing to do."""
    tally = Tally("kill -9 of real processes")
    loaded = directory / "loaded"
    shutil.copytree(state_path(), loaded / "state")
    (loaded / TWIN).parent.mkdir(mode=0o700)
    with open_twin(loaded / TWIN) as twin:
        load_export(twin, export_path())
        born, before = ids_in(twin), census.everything(twin, archive=ARCHIVE)
    whole = Path(shutil.copytree(loaded, directory / "whole"))
    if wtstate("apply", "--yes", cwd=whole).code:
        raise RuntimeError("the demo does not migrate")
    with open_twin(whole / TWIN) as twin:
        wanted = picture(twin, archive=ARCHIVE, born=born)
    number = 1
    while True:
        for side in ("before", "after"):
            with tempfile.TemporaryDirectory(dir=directory) as scratch:
                work = Path(shutil.copytree(loaded, Path(scratch) / "work"))
                code = kill(work, number, side)
                if code == 0:
                    tally.notes.append(f"the whole run has fewer than {number} requests")
                    return tally
                tally.tried += 1
                if code != -signal.SIGKILL:
                    tally.fail(f"request {number}, {side}: it was not killed but ended with {code}")
                    continue
                ran = wtstate("apply", "--yes", cwd=work)
                again = wtstate("plan", "--detailed-exitcode", cwd=work)
                with open_twin(work / TWIN) as twin:
                    wrong = picture(twin, archive=ARCHIVE, born=born).differs(wanted)
                    kept = census.entries(twin, archive=ARCHIVE)
                    wrong += map(str, counting.lost(before, census.everything(twin, archive=ARCHIVE), kept))
                if ran.code or again.code or wrong:
                    tally.fail(f"request {number}, {side}: {ran.err[-300:]} {'; '.join(wrong[:3])}")
        number += every


if __name__ == "__main__":
    victim(sys.argv[1], int(sys.argv[2]), sys.argv[3])
