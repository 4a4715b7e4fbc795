"""Wombat Track's migration by wtstate and by a plain script: a first run, a second, and a third after one edit."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import httpx
from notion_client import AsyncClient

from reconciler.cli.twin import load_export
from reconciler.connection import httpx_transport
from reconciler.demo import export_path, state_path
from reconciler.desired import load
from reconciler.twin import Twin, open_twin
from tests.benchmarks.side.bounds import fewest, of_steps
from tests.benchmarks.side.script import migrate
from tests.benchmarks.side.skipping import run
from tests.benchmarks.side.workspace import Counted, Limits, Meter, limited, session

Run = Callable[[Twin, Limits], Awaitable[None]]
RUNS = ("first run", "second run", "after one edit")


@dataclass(frozen=True)
class Compared:
    """One run of the same job by both."""

    name: str
    ours: Counted
    script: Counted
    bound: int


def compared(limits: Limits) -> Iterator[Compared]:
    """The three runs, by both, each on a twin of its own."""
    bounds: list[int] = []

    async def wtstate(twin: Twin, limits: Limits) -> None:
        bounds.append(await _wtstate(twin, limits, first=not bounds))

    ours = run(_three(wtstate, limits))
    script = run(_three(_script, limits))
    for name, one, other, bound in zip(RUNS, ours, script, bounds, strict=True):
        yield Compared(name, one, other, bound)


async def _three(job: Run, limits: Limits) -> list[Counted]:
    counted = []
    with open_twin(":memory:") as twin:
        load_export(twin, export_path())
        limited(twin, limits)
        for number in range(len(RUNS)):
            if number == len(RUNS) - 1:
                _edit(twin)
            meter = Meter(twin)
            await job(twin, limits)
            counted.append(meter.read())
    return counted


async def _wtstate(twin: Twin, limits: Limits, *, first: bool) -> int:
    """Plans and applies; gives the fewest requests that this can take."""
    state = load(state_path(), env={}, base=state_path().parent)
    async with session(twin, state, limits) as ours:
        plan = await ours.plan()
        bound = _first_plan() if first else _later_plan()
        if not plan.empty:
            await ours.apply(plan)
            bound += of_steps(plan.steps, limits) + _later_plan() - 1  # who the token speaks for is known by then
            bound += 0 if first else fewest("what speaks of what goes", n=1)  # the option that came back goes again
        return bound


def _first_plan() -> int:
    """Six databases by title; four of them are asked for rows; options go in two that have one view each."""
    found = fewest("workspace before the first run") + 6 * fewest("database found by title")
    return found + 4 * fewest("rows", n=1) + 2 * fewest("what speaks of what goes", n=1)


def _later_plan() -> int:
    """Five databases by id, two of them asked for rows, and what came late to the merged one."""
    found = fewest("workspace") + 5 * fewest("database known by id")
    return found + 2 * fewest("rows", n=1) + fewest("settled merge")


async def _script(twin: Twin, limits: Limits) -> None:
    async with httpx.AsyncClient(transport=httpx_transport(twin)) as http:
        quiet = AsyncClient(client=http, auth=twin.token, base_url="http://127.0.0.1", log_level=logging.ERROR)
        await migrate(quiet, twin.root_page_id)


def _edit(twin: Twin) -> None:
    """A person gives one phase a status that has been folded."""
    found = twin.call(
        "POST", "search", {"query": "wt-phase-tracker", "filter": {"property": "object", "value": "data_source"}}
    )
    source = found["results"][0]["id"]
    page = twin.call("POST", f"data_sources/{source}/query", {"page_size": 1})["results"][0]["id"]
    twin.call("PATCH", f"pages/{page}", {"properties": {"status": {"select": {"name": "Done"}}}})
    twin.requests.clear()
