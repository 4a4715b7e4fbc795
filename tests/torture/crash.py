"""kill -9 before, after and between every request of an apply: the next run ends in the same workspace.

One undisturbed run is watched. Whenever a process could die, its remains are kept: the twin's store, and the files of
its machine. Equal remains are one case. From each the next run goes on, on the same machine, and on another that has
no journal. `tests.torture.killed` shows with real processes and SIGKILL that the remains are what a kill leaves.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from reconciler.proof import census as counting
from reconciler.twin import Twin
from tests import census
from tests.torture.canonical import Picture, ids_in, picture
from tests.torture.running import Machine, until_done
from tests.torture.tally import Tally
from tests.torture.workspaces import Workspace, image, revived


@dataclass(frozen=True)
class Remains:
    """What a process that dies leaves: the twin's store, and the files of its machine by path."""

    store: bytes
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """Equal for equal remains."""
        said = hashlib.sha256(self.store)
        for path, content in sorted(self.files.items()):
            said.update(f"{path}\0{len(content)}\0".encode() + content)
        return said.hexdigest()

    def laid_out(self, home: Path, *, journal: bool) -> None:
        """The files as they were, in a directory of their own."""
        for path, content in self.files.items() if journal else ():
            (home / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (home / path).write_bytes(content)


@dataclass
class Watched:
    """An undisturbed run: a list of the points where it could have died, and the remains by digest."""

    points: list[tuple[str, str]] = field(default_factory=list)
    remains: dict[str, Remains] = field(default_factory=dict)
    requests: int = 0

    def keep(self, twin: Twin, home: Path, where: str) -> None:
        """Takes what would be left if the process died here."""
        files = {str(p.relative_to(home)): p.read_bytes() for p in sorted(home.rglob("*")) if p.is_file()}
        found = Remains(store=image(twin), files=files)
        self.points.append((where, found.digest))
        self.remains.setdefault(found.digest, found)


class Witness(httpx.AsyncBaseTransport):
    """A way to the twin on which remains are taken before each request and after it."""

    def __init__(self, inner: httpx.AsyncBaseTransport, twin: Twin, home: Path, watched: Watched) -> None:
        self._inner, self._twin, self._home, self._watched = inner, twin, home, watched

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The twin's answer, with remains taken on both sides of it."""
        self._watched.requests += 1
        said = f"request {self._watched.requests} {request.method} {request.url.path}"
        self._watched.keep(self._twin, self._home, f"before {said}")
        answer = await self._inner.handle_async_request(request)
        await answer.aread()
        self._watched.keep(self._twin, self._home, f"after {said}")
        return answer


@contextmanager
def between(twin: Twin, home: Path, watched: Watched) -> Iterator[None]:
    """Remains are taken as well whenever something was made to last on disk: between two requests."""
    fsync = os.fsync

    def witnessed(descriptor: Any) -> None:
        fsync(descriptor)
        watched.keep(twin, home, f"between, after request {watched.requests}")

    with mock.patch.object(os, "fsync", witnessed):
        yield


async def watch(workspace: Workspace, twin: Twin, home: Path) -> Watched:
    """One undisturbed run, plan and apply, on a machine whose directory is ``home``."""
    watched = Watched()
    with between(twin, home, watched):
        outcome = await Machine(home).apply(
            twin, workspace.state, way=lambda inner: Witness(inner, twin, home, watched)
        )
    if outcome is None or outcome.refused or not outcome.after.empty:
        raise RuntimeError(f"{workspace.name} does not migrate undisturbed: {outcome}")
    return watched


@dataclass(frozen=True)
class Start:
    """What the ends are compared with: the ids and values at the start, and the undisturbed run's end."""

    born: frozenset[str]
    before: counting.Everything
    wanted: Picture


async def attack(workspace: Workspace, *, every: int = 1, most: int = 10**9) -> Tally:
    """Dies everywhere (at each ``every``-th of the distinct remains), with the journal and without it."""
    tally = Tally(f"crash · {workspace.name}")
    twin = workspace.twin()
    born, before = ids_in(twin), census.everything(twin, archive=workspace.archive)
    with tempfile.TemporaryDirectory() as directory:
        watched = await watch(workspace, twin, Path(directory))
    start = Start(born, before, picture(twin, archive=workspace.archive, born=born))
    if start.wanted.doubled:
        tally.fail(f"the undisturbed run doubles: {start.wanted.doubled[:3]}")
    where: dict[str, str] = {}
    for said, digest in watched.points:
        where.setdefault(digest, said)
    tally.figures["requests of the run"] = watched.requests
    tally.figures["points at which it dies"] = len(watched.points)
    tally.figures["distinct remains"] = len(watched.remains)
    seen: set[str] = set()
    for digest, remains in list(watched.remains.items())[::every][:most]:
        for journal in (True, False):
            bare = Remains(remains.store, remains.files if journal else {}).digest
            if bare in seen:
                continue
            seen.add(bare)
            tally.tried += 1
            found = await recovered(workspace, remains, start, journal=journal)
            tally.figures[f"finished in {found.runs} further runs"] += 1
            if found.wrong:
                machine = "same machine" if journal else "another machine"
                tally.fail(f"{where[digest]}, {machine}: {'; '.join(found.wrong)}")
    return tally


@dataclass(frozen=True)
class Recovered:
    """How often it had to be run, and what is wrong at the end ([] when all is well)."""

    runs: int
    wrong: tuple[str, ...]


async def recovered(workspace: Workspace, remains: Remains, start: Start, *, journal: bool) -> Recovered:
    """What the next runs make of remains."""
    twin = revived(remains.store, reading=workspace.reading)
    home = Path(tempfile.mkdtemp())
    try:
        remains.laid_out(home, journal=journal)
        ended = await until_done(Machine(home), twin, workspace.state)
        wrong = judged(twin, workspace, start)
        if not ended.converged:
            wrong.insert(0, "does not converge")
        if ended.runs > 1 or ended.said:
            wrong.insert(0, f"{ended.runs} runs, said {sorted(set(ended.said))}")
        return Recovered(ended.runs, tuple(wrong))
    finally:
        twin.close()
        shutil.rmtree(home)


def judged(twin: Twin, workspace: Workspace, start: Start) -> list[str]:
    """What is not as after the undisturbed run; [] when nothing is lost, doubled or different."""
    now = picture(twin, archive=workspace.archive, born=start.born)
    kept = census.entries(twin, archive=workspace.archive)
    lost = counting.lost(start.before, census.everything(twin, archive=workspace.archive), kept)
    return [*now.differs(start.wanted), *(f"lost: {missed.said}" for missed in lost[:3])]


def run(workspace: Workspace, *, every: int = 1, most: int = 10**9) -> Tally:
    """`attack`, from outside of an event loop."""
    return asyncio.run(attack(workspace, every=every, most=most))
