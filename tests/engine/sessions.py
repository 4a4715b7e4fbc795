"""Sessions with a twin in this process, as `reconciler.api.connect` makes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from reconciler.api import Session
from reconciler.connection import httpx_transport, lined
from reconciler.desired.state import State
from reconciler.execute.reporter import Silent
from reconciler.notion.client import connect
from reconciler.notion.pace import AT_ONCE, Clock
from reconciler.planning.plan import Plan
from reconciler.survey.cache import Cache
from reconciler.twin import Twin

ASKS = ("query", "search")


@asynccontextmanager
async def session(
    twin: Twin,
    state: State,
    *,
    read_only: bool,
    on_twin: bool = True,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock | None = None,
    cache: Cache | None = None,
) -> AsyncIterator[Session]:
    """A session with the twin; ``on_twin`` False treats it as Notion itself, ``transport`` may change its answers."""
    said = Silent()
    async with (
        connect(
            twin.token,
            read_only=read_only,
            rate=None,
            transport=transport or httpx_transport(twin),
            clock=clock,
        ) as client,
        lined(client, state, twin.root_page_id, on_twin=on_twin, clock=AT_ONCE, cache=cache) as line,
    ):
        yield Session(line, state, reporter=said, read_only=read_only)


def writes(twin: Twin) -> int:
    """How many requests the twin got that could change something."""
    return sum(1 for r in twin.requests if r.method != "GET" and not r.path.rstrip("/").endswith(ASKS))


def sources(session: Session) -> dict[str, str]:
    """Data source ids by database key, of the plan that the session made last."""
    planned = session._plans.last
    if planned is None:
        return {}
    found = planned.reading.matched.databases
    return {key: pair.live.data_source_id for key, pair in found.items() if pair.live is not None}


def empty(plan: Plan) -> bool:
    """Whether there is nothing in the plan that apply would send."""
    return plan.empty and not plan.steps and plan.cost.requests == 0


__all__ = ["empty", "session", "sources", "writes"]
