"""The runs of a session: what carries out a plan, gives up a batch, or writes the memory outside of a plan."""

from __future__ import annotations

import secrets
from asyncio import CancelledError
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.connection import Line, told
from reconciler.execute.reporter import Reporter
from reconciler.model.finding import Finding, WtstateError

if TYPE_CHECKING:
    from reconciler.desired.state import State
    from reconciler.execute.adopt import Writer
    from reconciler.execute.ground import Ground
    from reconciler.execute.lease import Terms
    from reconciler.execute.local import Local
    from reconciler.planning.plan import Plan
    from reconciler.plans import Planned, Plans


@dataclass(frozen=True)
class Outcome:
    """What an apply came to.

    ``done`` are the addresses of the actions that are done, ``refused`` what could not be done and why, ``unsettled``
    what the second plan still finds; ``after`` is that plan, which is empty when all went well. ``requests`` counts
    those of the apply itself, not of the plans around it.
    """

    batch: str
    done: tuple[str, ...]
    archived_values: int
    archive_entries: int
    requests: int
    refused: tuple[Finding, ...]
    unsettled: tuple[Finding, ...]
    after: Plan


@dataclass(frozen=True)
class Abandoned:
    """What giving up came to: the ids of the batches; ``undone``, what of them nothing finishes any more; and the plan
    that is left."""

    batches: tuple[str, ...]
    undone: tuple[str, ...]
    after: Plan


class Runs:
    """Everything of a session that writes; ``local`` keeps the journal, where one is kept."""

    def __init__(self, line: Line, state: State, plans: Plans, *, reporter: Reporter, local: Local | None) -> None:
        self._line = line
        self._state = state
        self._plans = plans
        self._reporter = reporter
        self._local = local

    async def apply(self, plan: Plan, *, consents: Sequence[str]) -> Outcome:
        """Carries out the plan that was made last, then plans again; see `Session.apply`."""
        from reconciler.execute.opening import addresses_of, batch_of
        from reconciler.execute.run import run, stopped
        from reconciler.memory.batches import open_batch

        planned = self._plans.last
        if planned is None or planned.plan is not plan:
            raise ValueError("a session applies the plan that it made last")
        if plan.stopped:
            raise WtstateError(plan.stopped)
        memory = planned.reading.memory
        batch = batch_of(plan, consents=consents, restores=planned.restores, taken=memory.batches)
        ground = self._grounded(planned)
        began = self._line.client.sent
        with told(), stopped(), ExitStack() as stack:
            if self._local is not None and not plan.empty:
                going_on = open_batch(memory) or batch
                ground.journal = stack.enter_context(self._local.journal(run=batch.id, batch=going_on.id))
            try:
                report = await run(plan, ground, batch=batch)
            except CancelledError:
                self._reporter.said(_how_to_go_on(ground))
                raise
            if self._local is not None:
                self._local.ended = "open" if report.refused else "done"
        sent = self._line.client.sent - began
        after = await self._plans.again()
        return Outcome(
            batch=ground.batch.id if ground.batch else batch.id,
            done=tuple(address for address in addresses_of(plan) if address not in report.failed),
            archived_values=ground.values,
            archive_entries=ground.entries,
            requests=sent,
            refused=tuple(report.refused),
            unsettled=() if report.refused else tuple(_unsettled(after)),
            after=after,
        )

    async def abandon(self) -> Abandoned:
        """Gives up the batch that is open; see `Session.abandon`."""
        from reconciler.execute.abandon import abandon
        from reconciler.execute.run import stopped
        from reconciler.planning.actions.batch import FinishBatch
        from reconciler.planning.scope import Scope

        before = await self._plans.of_state(Scope(), abandons=True)
        planned = self._plans.last
        if planned is None or planned.reading.archive is None:
            return Abandoned(batches=(), undone=(), after=before)
        with told(), stopped():
            batches = await abandon(self._grounded(planned), planned.reading.archive, run=_new_run())
        if self._local is not None:
            self._local.forget()
        after = await self._plans.of_state(Scope())
        still = {(action.kind, action.address) for action in after.actions}
        undone = (a for a in before.actions if (a.kind, a.address) not in still and a.kind != FinishBatch.kind)
        return Abandoned(batches=batches, undone=tuple(f"{a.kind} {a.address}" for a in undone), after=after)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Who writes the memory outside of an apply, for the length of a block."""
        from reconciler.execute.adopt import Writer
        from reconciler.execute.run import stopped

        run = _new_run()
        with told(), stopped(), ExitStack() as stack:
            journal = stack.enter_context(self._local.journal(run=run, batch="")) if self._local is not None else None
            yield Writer(
                client=self._line.client,
                state=self._state,
                workspace=self._line.workspace,
                clock=self._line.clock,
                terms=self._terms(),
                run=run,
                journal=journal,
            )
            if self._local is not None:
                self._local.ended = "done"

    def _terms(self) -> Terms:
        from reconciler.execute.lease import Terms
        from reconciler.execute.local import holder

        dead = self._local.dead if self._local else frozenset[str]()
        return Terms(holder=holder(), dead=dead, alone=self._line.on_twin)

    def _grounded(self, planned: Planned) -> Ground:
        from reconciler.execute.opening import ground_of

        return ground_of(
            self._line.client,
            planned.reading,
            bot=self._line.workspace.bot_id,
            reporter=self._reporter,
            read_at=planned.read_at,
            clock=self._line.clock,
            terms=self._terms(),
        )


def _new_run() -> str:
    from reconciler.memory.entry import batch_id

    return batch_id(datetime.now(UTC), secrets.token_hex(2))


def _how_to_go_on(ground: Ground) -> str:
    """What somebody is told who stopped a run."""
    if ground.batch is None:
        return "stopped before the batch began: nothing of the plan was done"
    return (
        f"stopped; batch {ground.batch.id} stays open. Run the same command again: it goes on from what is done. "
        "Or give it up: wtstate apply --abandon"
    )


def _unsettled(after: Plan) -> Iterator[Finding]:
    """What the second plan would still send, as findings: empty after an apply that settled."""
    for action in after.actions:
        yield Finding(
            code="not-settled",
            address=action.address,
            what=f"a second plan still finds {action.kind} to do",
            next="run `wtstate plan`: Notion may lag; if it stays so, report it",
            where=action.where,
        )
