"""Pulls what a twin holds, loads the files, plans: the round that every test of pull makes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from reconciler.api import empty_state
from reconciler.cli.generated import put
from reconciler.cli.pull import Pulled, gather
from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.model import address
from reconciler.model.live import LiveDatabase
from reconciler.planning.plan import Plan
from reconciler.render.text import plan_text
from reconciler.twin import Twin
from tests.engine.sessions import empty, session

SETTINGS = {"name": "Pulled"}


@dataclass(frozen=True)
class Round:
    """What was live, what was written, what it says, what it plans to."""

    live: tuple[LiveDatabase, ...]
    pulled: Pulled
    state: State
    plan: Plan

    def check(self) -> None:
        """What holds of every pull: it plans to nothing, and whatever is live is declared or said to be left out."""
        assert empty(self.plan), plan_text(self.plan).plain
        assert self.plan.blocked == ()
        assert self.plan.manual == ()
        left_out = {one.address for one in self.pulled.left_out}
        keys = dict(zip(self.pulled.keys, (one for one in self.live if not one.unsupported), strict=True))
        for key, one in keys.items():
            for prop in one.properties:
                declared = self.state.databases[key].fields.get(prop.name)
                assert declared is not None or address.of_field(key, prop.name) in left_out, prop.name
                assert declared is None or declared.type == prop.type


async def databases(twin: Twin) -> tuple[LiveDatabase, ...]:
    """Every database that the twin shows."""
    async with session(twin, empty_state(), read_only=True) as reading:
        return await reading.databases()


def pulled(twin: Twin, directory: Path) -> Round | None:
    """A whole round into an empty directory; None where there is nothing to pull."""
    live = asyncio.run(databases(twin))
    found = gather(live, (), None, directory, SETTINGS)
    if not found.keys:
        return None
    put(list(found.files))
    state = load(directory, env={}, base=directory.parent)

    async def planned() -> Plan:
        async with session(twin, state, read_only=True) as reading:
            return await reading.plan()

    return Round(live, found, state, asyncio.run(planned()))


def again(twin: Twin, directory: Path, title: str) -> Round:
    """A round of one database alone, beside what the files there say."""
    live = asyncio.run(databases(twin))
    declared = load(directory, env={}, base=Path.cwd()) if directory.is_dir() else None
    found = gather(live, (title,), declared, directory, SETTINGS)
    put(list(found.files))
    state = load(directory, env={}, base=directory.parent)

    async def planned() -> Plan:
        async with session(twin, state, read_only=True) as reading:
            return await reading.plan()

    chosen = tuple(one for one in live if one.title == title)
    return Round(chosen, found, state, asyncio.run(planned()))
