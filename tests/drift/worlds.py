"""A small workspace that was applied once, to be changed by Ada, by the files, or by both."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.observe.drift.report import Drifted, DriftReport, Side
from reconciler.planning.plan import Plan
from reconciler.twin import Twin, open_twin
from tests.engine.sessions import session, writes
from tests.live import Live, text

LIVE: dict[str, Any] = {
    "databases": {
        "Projects": {
            "properties": {"Name": "title", "code": "rich_text"},
            "rows": [{"Name": "Apollo", "code": "P-1"}, {"Name": "Gemini", "code": "P-2"}],
        },
        "Tasks": {
            "description": "What is to be done",
            "properties": {
                "Name": "title",
                "key": "rich_text",
                "status": {
                    "type": "select",
                    "options": [{"name": "Open", "color": "red"}, {"name": "Done", "color": "green"}, "Later"],
                },
                "effort": {"type": "number", "format": "number"},
                "notes": "rich_text",
                "project": {"type": "relation", "to": "Projects", "two_way": "tasks"},
            },
            "rows": [
                {"Name": "One", "key": "T-1", "status": "Open", "effort": 1},
                {"Name": "Two", "key": "T-2", "status": "Open"},
                {"Name": "Three", "key": "T-3", "status": "Later"},
            ],
        },
    }
}
STATE = """\
[workspace]
name = "World"

# The projects.
[databases.projects]
title = "Projects"
key = "code"

[databases.projects.fields]
Name  = "title"
code  = "rich_text"  # what names a project
tasks = { mirror_of = "tasks.project" }

# What is to be done.
[databases.tasks]
title       = "Tasks"
key         = "key"
description = "What is to be done"

[databases.tasks.fields]
Name    = "title"
key     = "rich_text"
effort  = { type = "number", format = "number" }   # in days
notes   = { type = "rich_text", description = "Anything" }
project = { type = "relation", to = "projects", two_way = "tasks" }

# Three of them.
[databases.tasks.fields.status]
type    = "select"
options = [
  { name = "Open",  color = "red" },     # still to do
  { name = "Done",  color = "green" },
  { name = "Later" },
]

[corrections.three]
in   = "tasks"
rows = "T-3"
set  = { status = "Open" }

[corrections.estimated]
in   = "tasks"
rows = "T-2"
set  = { effort = 2 }
mode = "enforce"

[rows.one]
in  = "tasks"
key = "T-1"
set = { notes = "the first" }
"""
QUIET: list[Drifted] = []


@dataclass
class World:
    """The twin, and the directory of the state's files."""

    twin: Twin
    live: Live
    ada: str
    directory: Path

    @property
    def file(self) -> Path:
        """The one file of the state."""
        return self.directory / "state.toml"

    def state(self) -> State:
        """What the files say now."""
        return load(self.directory, env={}, base=self.directory.parent)

    def say(self, old: str, new: str) -> None:
        """The files say ``new`` where they said ``old``."""
        said = self.file.read_text("utf-8")
        assert said.count(old) == 1, old
        self.file.write_text(said.replace(old, new), "utf-8")

    def apply(self, only: Sequence[str] = ()) -> None:
        """Applies the files; what was counted is what was sent."""

        async def work() -> None:
            async with session(self.twin, self.state(), read_only=False) as each:
                plan = await each.plan(only=only)
                outcome = await each.apply(plan)
                assert not outcome.refused
                assert outcome.requests == plan.cost.requests

        asyncio.run(work())

    def plan(self, only: Sequence[str] = ()) -> Plan:
        """The plan now."""

        async def work() -> Plan:
            async with session(self.twin, self.state(), read_only=True) as each:
                return await each.plan(only=only)

        return asyncio.run(work())

    def drift(self, only: Sequence[str] = ()) -> DriftReport:
        """The drift now; nothing is written for it."""

        async def work() -> DriftReport:
            async with session(self.twin, self.state(), read_only=True) as each:
                return await each.drift(only=only)

        before = writes(self.twin)
        report = asyncio.run(work())
        assert writes(self.twin) == before
        return report

    def changed(self, side: Side = Side.PEOPLE) -> dict[str, tuple[str | None, str, str | None]]:
        """(was, is, declared) of what that side changed, by address and word."""
        return {f"{i.address} {i.word}": (i.was, i.now, i.declared) for i in self.drift().of(side)}

    def schema(self, title: str, **properties: Any) -> None:
        """Ada changes properties of a database."""
        source = self.live.sources[title]
        self.twin.call("PATCH", f"data_sources/{source}", {"properties": properties}, token=self.ada)

    def option(self, old: str, *, name: str, color: str) -> None:
        """Ada renames and recolours an option of the status, as only the app can."""
        self.twin.admin.recolor_option(self.live.sources["Tasks"], "status", old, name=name, color=color)

    def options(self, *options: Any) -> None:
        """Ada replaces the list of the status' options."""
        self.schema(
            "Tasks", status={"select": {"options": [o if isinstance(o, dict) else {"name": o} for o in options]}}
        )

    def row(self, title: str, **values: Any) -> None:
        """Ada changes values of a task."""
        page = self.live.rows["Tasks", title][0]
        types = {"status": "select", "effort": "number", "notes": "rich_text", "key": "rich_text"}
        body = {name: self.live.wire(types[name], value, "Tasks", name) for name, value in values.items()}
        self.twin.call("PATCH", f"pages/{page}", {"properties": body}, token=self.ada)

    def words(self, database: str, **words: Any) -> None:
        """Ada changes what a database says of itself."""
        said = {k: text(v) if k in ("title", "description") else v for k, v in words.items()}
        self.twin.call("PATCH", f"databases/{self.live.databases[database]}", said, token=self.ada)


@contextmanager
def world(directory: Path, *, state: str = STATE, path: str | Path = ":memory:") -> Iterator[World]:
    """The workspace, applied once; ``path`` is where its twin is kept."""
    folder = directory / "state"
    folder.mkdir()
    (folder / "state.toml").write_text(state, "utf-8")
    with open_twin(path) as twin:
        live = Live(twin)
        live.load(LIVE)
        ada = twin.admin.acting_as(twin.admin.person("Ada", "ada@example.org"))
        made = World(twin=twin, live=live, ada=ada, directory=folder)
        made.apply()
        yield made
