"""What a run begins with: the ground that it knows, and its batch."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol

from reconciler.desired.state import State
from reconciler.execute.ground import Ground, Place
from reconciler.execute.lease import Tenancy, Terms
from reconciler.execute.reporter import Reporter
from reconciler.memory.batches import PlanLine
from reconciler.memory.entry import next_batch_id, timestamp
from reconciler.memory.memory import Batch, Memory
from reconciler.notion.client import Client
from reconciler.notion.pace import Clock
from reconciler.planning.actions.base import Action
from reconciler.planning.match import Matched
from reconciler.planning.plan import Plan


class Known(Protocol):
    """What a plan was made from, as far as a run must know it."""

    @property
    def state(self) -> State: ...
    @property
    def memory(self) -> Memory: ...
    @property
    def matched(self) -> Matched: ...


def ground_of(
    client: Client, reading: Known, *, bot: str, reporter: Reporter, read_at: datetime, clock: Clock, terms: Terms
) -> Ground:
    """The ground of a run by ``bot`` that carries out a plan of this reading, which began at ``read_at``."""
    places = {
        key: Place(database_id=pair.live.id, data_source_id=pair.live.data_source_id, live=pair.live)
        for key, pair in reading.matched.databases.items()
        if pair.live is not None
    }
    return Ground(
        client=client,
        state=reading.state,
        memory=reading.memory,
        reporter=reporter,
        now=lambda: datetime.now(UTC),
        read_at=read_at,
        clock=clock,
        terms=terms,
        places=places,
        bot=bot,
    )


@asynccontextmanager
async def under_lease(ground: Ground, *, run: str) -> AsyncIterator[None]:
    """The lease on the archive of the ground, for the length of a block; 3 requests.

    Raises `Stopped` where another run holds it, or has changed the memory since it was read.
    """
    ground.tenancy = Tenancy(
        run=run, client=ground.client, clock=ground.clock, terms=ground.terms, source=ground.archive_source
    )
    await ground.tenancy.take(ground.memory)
    try:
        yield
    finally:
        await ground.tenancy.release()


def addresses_of(plan: Plan) -> tuple[str, ...]:
    """The addresses of the plan's actions, each once, in order."""
    return tuple(dict.fromkeys(action.address for action in plan.actions))


def batch_of(
    plan: Plan, *, consents: Sequence[str] = (), restores: tuple[str, ...] = (), taken: Iterable[str] = ()
) -> Batch:
    """A new batch for a plan, with the consents that were given besides its own, and with what it ``restores``.

    Its id sorts after those that are ``taken``.
    """
    now = datetime.now(UTC)
    return Batch(
        id=next_batch_id(now, secrets.token_hex(2), taken),
        status="open",
        started=timestamp(now),
        plan="\n".join(str(_line(action)) for action in plan.actions),
        addresses=addresses_of(plan),
        consents=tuple(sorted({*plan.consents, *consents})),
        restores=restores,
    )


def _line(action: Action) -> PlanLine:
    return PlanLine(action.kind, action.address, action.describe().archived)
