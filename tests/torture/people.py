"""Somebody edits the workspace between any two requests of an apply: nothing of theirs is overwritten unseen.

Before each request of a run another client changes a value. Afterwards what it wrote is in its place or in the
archive. The one window that the design names is told apart by the requests themselves: the row was looked at, the edit
came, and the row was written without another look. It is measured on a twin that takes its time.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import httpx

from reconciler.model import properties
from reconciler.twin import Faults, Latency, Twin, TwinError
from tests import census
from tests.torture.running import Machine, until_done
from tests.torture.tally import Tally
from tests.torture.workspaces import Workspace

Check = Literal["last", "each"]
_WIRE: dict[str, Callable[[int], Any]] = {
    "title": lambda n: [{"text": {"content": f"by hand {n}"}}],
    "rich_text": lambda n: [{"text": {"content": f"by hand {n}"}}],
    "number": lambda n: 10_000 + n,
    "select": lambda n: {"name": f"by hand {n}"},
    "multi_select": lambda n: [{"name": f"by hand {n}"}],
    "url": lambda n: f"https://by-hand.example/{n}",
    "date": lambda n: {"start": f"2031-01-{1 + n % 28:02d}"},
}
"""What a person writes into a property of a type; recognisable by its number."""


@dataclass(frozen=True)
class Edit:
    """What was edited: a value of a row. ``at`` is the request before which it happened."""

    row: str
    source: str
    property_id: str
    type: str
    at: int
    value: Any
    said: str
    home: str
    """The data source that the row was in at the start."""


@dataclass
class Person(httpx.AsyncBaseTransport):
    """A way to the twin on which somebody edits once, before the request of a number; it notes all that passes."""

    inner: httpx.AsyncBaseTransport
    twin: Twin
    at: int
    seed: int
    edit: Edit | None = None
    homes: Mapping[str, str] = field(default_factory=dict)
    passed: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Passes the request on, after the edit if it is its turn."""
        if len(self.passed) == self.at:
            self.edit = edited(self.twin, self.at, random.Random(f"{self.seed}/{self.at}"), self.homes)
        await request.aread()
        self.passed.append((request.method, request.url.path.removeprefix("/v1/"), request.content))
        return await self.inner.handle_async_request(request)


def edited(twin: Twin, at: int, chance: random.Random, homes: Mapping[str, str]) -> Edit | None:
    """A value of some row is changed by another client; None where what was chosen cannot be."""
    somebody = twin.admin.token(name="somebody")
    everything = census.everything(twin, archive=_ARCHIVES.get(twin.workspace_id, "archive"))
    places = [
        (page, source, property_id, words)
        for page, source in sorted(everything.rows.items())
        for property_id, words in sorted(everything.tables[source].schema.items())
        if words[1] in _WIRE and not everything.tables[source].words["in_trash"]
    ]
    if not places:
        return None
    page, source, property_id, (name, kind, _, _) = chance.choice(places)
    try:
        body = {"properties": {name: {kind: _WIRE[kind](at)}}}
        twin.call("PATCH", f"pages/{page}", body, token=somebody)
    except TwinError:
        return None  # such an edit is not possible here: the row or its page is in the trash
    now = census.everything(twin, archive=_ARCHIVES.get(twin.workspace_id, "archive")).values[(page, property_id)]
    home = homes.get(page, source)
    return Edit(
        row=page, source=source, property_id=property_id, type=kind, at=at, value=now.value, said=now.said, home=home
    )


_ARCHIVES: dict[str, str] = {}


async def one(workspace: Workspace, at: int, seed: int) -> tuple[Person, list[str], bool]:
    """One apply with one edit, then runs without until there is nothing to do; what was said, and whether it ends."""
    twin = workspace.twin()
    _ARCHIVES[twin.workspace_id] = workspace.archive
    people: list[Person] = []
    homes = census.everything(twin, archive=workspace.archive).rows

    def way(inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        people.append(Person(inner, twin, at if not people else -1, seed, homes=homes))
        return people[-1]

    with tempfile.TemporaryDirectory() as home:
        ended = await until_done(Machine(Path(home)), twin, workspace.state, way=way)
    return people[0], list(ended.said), ended.converged


def kept(edit: Edit, twin: Twin, archive: str) -> bool:
    """Whether what the person wrote is in its place, under whichever name and type, or in the archive."""
    kind = properties.of(edit.type)
    now = census.everything(twin, archive=archive)
    held = now.values.get((edit.row, edit.property_id))
    if held is not None and held.type == edit.type and kind.same(held.value, edit.value):
        return True
    text = kind.text(edit.value)
    if any(
        h.type in _WIRE and properties.of(h.type).text(h.value) == text
        for p, h in now.values.items()
        if p[0] == edit.row
    ):
        return True
    entries = census.entries(twin, archive=archive)
    olds = [v for entry in entries for v in entry.values if v.row == edit.row and v.property_id == edit.property_id]
    return any(v.type == edit.type and properties.of(v.type).same(v.old, edit.value) for v in olds)


def in_the_window(person: Person, edit: Edit) -> bool:
    """Whether the value was looked at before the edit and written over after it with no look in between.

    A value is looked at by a read of its row, or by a query of its data source that asks for rows which were edited or
    hold something of its property, once the run has begun to write; an option also by a read of the schema. It is
    written over by a write of its row, and by one of the schema, which turns or takes values.
    """
    looked = False
    for number, (method, path, content) in enumerate(person.passed):
        looks = _looks(edit, method, path, content) and any(_writes(*passed) for passed in person.passed[:number])
        writes = method in ("PATCH", "POST") and path in (
            f"pages/{edit.row}",
            f"pages/{edit.row}/move",
            f"data_sources/{edit.source}",
        )
        if number < edit.at:
            looked = looked or looks
        elif looks:
            return False
        elif writes:
            return looked
    return False


def _looks(edit: Edit, method: str, path: str, content: bytes) -> bool:
    if method == "GET":
        return path == f"pages/{edit.row}" or (
            path == f"data_sources/{edit.source}" and edit.type in ("select", "multi_select")
        )
    if path not in (f"data_sources/{edit.source}/query", f"data_sources/{edit.home}/query"):
        return False
    told = {b"last_edited_time", *(f'"{name}"'.encode() for name in (edit.property_id, quote(edit.property_id)))}
    return b'"filter"' not in content or any(words in content for words in told)


def _writes(method: str, path: str, _: bytes) -> bool:
    return method == "PATCH" or (method == "POST" and path == "pages")


async def attack(
    workspace: Workspace, *, check: Check, every: int = 1, seeds: int = 1, until: int | None = None
) -> Tally:
    """An edit before each ``every``-th request of an apply (up to ``until``), ``seeds`` different ones each."""
    tally = Tally(f"people · {workspace.name} · check = {check!r}")
    policy = replace(workspace.state.policy, check=check)
    attacked = replace(workspace, state=replace(workspace.state, policy=policy))
    whole, _, _ = await one(attacked, -1, 0)
    tally.figures["requests of the run"] = len(whole.passed)
    for at in range(0, len(whole.passed) if until is None else until, every):
        for seed in range(seeds):
            person, said, converged = await one(attacked, at, seed)
            edit, twin = person.edit, person.twin
            if edit is None:
                continue
            tally.tried += 1
            tally.figures["reported as moved"] += "moved" in said
            if kept(edit, twin, workspace.archive):
                tally.figures["in place or archived"] += 1
            elif in_the_window(person, edit):
                tally.figures["overwritten in the window that is named"] += 1
            else:
                tally.fail(
                    f"overwritten: {edit.said}, before request {at} {person.passed[at][:2]}, seed {seed}; said {said}"
                )
            if not converged:
                tally.figures["not converged (the edit speaks against the state)"] += 1
            twin.close()
    return tally


@dataclass
class Watch(httpx.AsyncBaseTransport):
    """Measures, for each row that is written, how long ago it was last looked at, in milliseconds."""

    inner: httpx.AsyncBaseTransport
    rows: dict[str, str]
    looked: dict[str, float] = field(default_factory=dict)
    windows: list[float] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Passes the request on and takes the time."""
        now = asyncio.get_running_loop().time
        path = request.url.path.removeprefix("/v1/")
        await request.aread()
        row = path.removeprefix("pages/")
        if request.method == "PATCH" and row in self.rows:
            since = max(self.looked.get(row, 0.0), self.looked.get(self.rows[row], 0.0))
            answer = await self.inner.handle_async_request(request)
            if since:
                self.windows.append((now() - since) * 1000)
            return answer
        answer = await self.inner.handle_async_request(request)
        if request.method == "GET" and row in self.rows:
            self.looked[row] = now()
        elif path.endswith("/query") and b"last_edited_time" in request.content:
            self.looked[path.split("/")[1]] = now()
        return answer


async def measured(workspace: Workspace, *, check: Check, latency: str = "200ms±100") -> Tally:
    """How long the window is, on a twin that answers as slowly as said: from the answer to the last look at a row to
    the answer to its write."""
    tally = Tally(f"window · {workspace.name} · check = {check!r} · {latency}")
    twin = workspace.twin()
    twin.faults = Faults(latency=Latency.read(latency))
    policy = replace(workspace.state.policy, check=check)
    rows = census.everything(twin, archive=workspace.archive).rows
    watches: list[Watch] = []

    def way(inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        watches.append(Watch(inner, rows))
        return watches[-1]

    with tempfile.TemporaryDirectory() as home:
        await Machine(Path(home)).apply(twin, replace(workspace.state, policy=policy), way=way)
    windows = sorted(ms for watch in watches for ms in watch.windows)
    tally.tried = len(windows)
    if windows:
        tally.notes.append(f"median {statistics.median(windows):.0f} ms, longest {windows[-1]:.0f} ms")
    return tally
