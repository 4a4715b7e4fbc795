"""The public functions: what the commands do, for programs.

    state = load(Path("state"), env=os.environ)
    target = choose_target(env=os.environ, target=None, directory=Path("."))
    async with connect(target, state, read_only=True) as session:
        plan = await session.plan()

Every function raises `WtstateError` with the findings that say why, and nothing else that a user can cause.
"""

from __future__ import annotations

import secrets
from asyncio import CancelledError
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.connection import TWIN_FILE, Line, Target, choose_target, connected, told
from reconciler.execute.reporter import Reporter, Silent
from reconciler.model.finding import Finding, WtstateError

if TYPE_CHECKING:
    from reconciler.archives import Archives
    from reconciler.desired.state import Policy, State
    from reconciler.execute.adopt import Writer
    from reconciler.execute.ground import Ground
    from reconciler.execute.lease import Terms
    from reconciler.execute.local import Local
    from reconciler.execute.probing.probe import Probed
    from reconciler.model.live import LiveDatabase, Rows
    from reconciler.notion.snapshot import Header
    from reconciler.observe.doctor import Examined
    from reconciler.observe.verify_report import VerifyReport
    from reconciler.planning.build import Reading
    from reconciler.planning.identity import Child
    from reconciler.planning.plan import Plan
    from reconciler.planning.restore.build import Restoring
    from reconciler.planning.scope import Scope
    from reconciler.proof.recorded import Recorded
    from reconciler.survey.everything import Everything

__all__ = [
    "TWIN_FILE",
    "Outcome",
    "Session",
    "Target",
    "WtstateError",
    "choose_target",
    "connect",
    "empty_state",
    "load",
    "recorded",
    "validate",
]


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


def load(directory: Path, *, env: Mapping[str, str]) -> State:
    """The state in the files of a directory. Raises `WtstateError` with everything that is wrong in them."""
    from reconciler.desired import load as read_files

    return read_files(directory, env=env, base=Path.cwd())


def empty_state() -> State:
    """A state that declares nothing: to look at a workspace that no file speaks of yet."""
    from reconciler.desired.state import State, WorkspaceSettings
    from reconciler.model.finding import Location

    return State(workspace=WorkspaceSettings(where=Location("state", 1, 1)), databases={})


def recorded(path: Path) -> Target:
    """The target that a record is: the workspace as it was read then; no token, no network, nothing kept."""
    return Target(kind="twin", snapshot=path)


def validate(directory: Path, *, env: Mapping[str, str]) -> State:
    """Checks the files alone, without a target; the same as `load`."""
    return load(directory, env=env)


class Session:
    """A connection to one target with one state. Made by `connect`."""

    def __init__(
        self, line: Line, state: State, *, reporter: Reporter, read_only: bool, local: Local | None = None
    ) -> None:
        self._local = local
        self.workspace = line.workspace
        self._client = line.client
        self._state = state
        self._recorder = line.recorder
        self._children: Sequence[Child] | None = line.children
        self._on_twin = line.on_twin
        self._clock = line.clock
        self._reporter = reporter
        self._read_only = read_only
        self._seen = len(line.children)
        self._planned: _Planned | None = None

    @property
    def policy(self) -> Policy:
        """What the state says of how careful applies are."""
        return self._state.policy

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        return self._client.sent

    @property
    def sees(self) -> str:
        """What the token sees under the parent page, in words."""
        return f"{self._seen} {'database' if self._seen == 1 else 'databases'} under the parent page"

    async def databases(self) -> tuple[LiveDatabase, ...]:
        """Every database under the parent page with its schema, in page order, archives of wtstate left out."""
        from reconciler.survey.find import all_databases

        children, self._children = self._children, None
        with told():
            return await all_databases(self._client, self.workspace.parent_id, children)

    async def rows(self, database: LiveDatabase) -> Rows:
        """All rows of a live database, every value whole. 1 request for every 100 rows, and 1 a value that is cut."""
        from reconciler.notion import read

        with told():
            return await read.query(self._client, database, filter=None, property_ids=None)

    async def plan(
        self,
        *,
        only: Sequence[str] = (),
        except_: Sequence[str] = (),
        allow: Sequence[str] = (),
        max_requests: int | None = None,
    ) -> Plan:
        """The plan: reads the target and writes nothing.

        ``only`` and ``except_`` are addresses, ``allow`` consents of the form ``GUARD:ADDRESS``; ``max_requests`` is
        what the plan may cost instead of what the policy says. Raises `WtstateError` for a consent that cannot be
        given or that lifts nothing.
        """
        from reconciler.planning.guards import consent, registry
        from reconciler.planning.scope import Scope

        refused = [refusal for refusal in map(registry.refusal, allow) if refusal is not None]
        if refused:
            raise WtstateError(refused)
        plan = await self._plan(
            Scope(only=tuple(only), except_=tuple(except_), allow=tuple(allow), max_requests=max_requests)
        )
        if not plan.empty:
            plan = await self._proved(plan)
        asked = [each for each in allow if not each.startswith("apply-from:")]
        idle = consent.idle(asked, (*plan.blocked, *plan.notes), self._recorded_consents())
        if idle:
            raise WtstateError(idle)
        return plan

    def _recorded_consents(self) -> set[str]:
        """The consents that earlier batches used, as the plan made last has read them."""
        batches = self._planned.reading.memory.batches.values() if self._planned else ()
        return {each for batch in batches for each in batch.consents}

    async def _plan(self, scope: Scope, *, abandons: bool = False) -> Plan:
        from reconciler.memory.batches import finish_first
        from reconciler.survey.planned import read_and_plan

        read_at = datetime.now(UTC)
        children, self._children = self._children, None
        if children is None:
            self._recorder.clear()
        with told(), self._recorder.listening(self._client):
            reading, plan = await read_and_plan(
                self._client, self._state, self.workspace, scope, children=children, on_twin=self._on_twin
            )
        if not abandons:
            finish_first(reading.memory, ())
        self._planned = _Planned(plan=plan, reading=reading, scope=scope, read_at=read_at)
        return plan

    async def plan_restore(
        self,
        asked: Sequence[str],
        *,
        only: Sequence[str] = (),
        except_: Sequence[str] = (),
        allow: Sequence[str] = (),
        max_requests: int | None = None,
    ) -> Plan:
        """The plan that takes back batches, or archive entries, named by id: reads the target and writes nothing.

        `apply` carries it out. Raises `WtstateError` for ids that are not known, for a batch that is still open, and
        for what was edited in the archive.
        """
        from reconciler.planning.guards import registry
        from reconciler.planning.scope import Scope

        refused = [refusal for refusal in map(registry.refusal, allow) if refusal is not None]
        if refused:
            raise WtstateError(refused)
        scope = Scope(only=tuple(only), except_=tuple(except_), allow=tuple(allow), max_requests=max_requests)
        return await self._plan_restore(tuple(asked), scope)

    async def _plan_restore(self, asked: tuple[str, ...], scope: Scope) -> Plan:
        from reconciler.planning.restore.build import Restoring, build_restore
        from reconciler.survey.restoring import material

        read_at = datetime.now(UTC)
        children, self._children = self._children, None
        with told():
            found = await material(
                self._client, self._state, self.workspace, asked, children=children, on_twin=self._on_twin
            )
        plan, matched = build_restore(found, scope)
        reading = Restoring(state=self._state, memory=found.memory, matched=matched, archive=found.archive)
        self._planned = _Planned(plan=plan, reading=reading, scope=scope, read_at=read_at, restores=asked)
        return plan

    async def _proved(self, plan: Plan) -> Plan:
        """The plan with its proof, from a rehearsal on what it was made from; a proof that fails holds it back."""
        from reconciler.planning.restore.build import Restoring
        from reconciler.proof.rehearse import Subject, rehearse

        planned = self._planned
        if planned is None or isinstance(planned.reading, Restoring):
            raise ValueError("a plan is proved when it was just made from the state")
        subject = Subject(
            plan=plan,
            reading=planned.reading,
            scope=planned.scope,
            on_twin=self._on_twin,
            recorder=self._recorder,
            header=self._header(complete=False),
            probed=planned.reading.memory.probed,
        )
        proof = await rehearse(subject)
        proved = replace(plan, proof=proof, blocked=(*plan.blocked, *proof.failures))
        self._planned = replace(planned, plan=proved)
        return proved

    async def apply(self, plan: Plan, *, consents: Sequence[str] = ()) -> Outcome:
        """Carries out a plan that this session made, then plans again.

        ``consents`` are those that were given besides the plan's own; all are kept with the batch. Raises
        `WtstateError` for a plan that a guard stops as a whole, and when the service fails on the way; what was done is
        in the workspace, the batch stays open, and the next run goes on.
        """
        from reconciler.execute.opening import addresses_of, batch_of
        from reconciler.execute.run import run, stopped
        from reconciler.memory.batches import open_batch

        planned = self._planned
        if planned is None or planned.plan is not plan:
            raise ValueError("a session applies the plan that it made last")
        if plan.stopped:
            raise WtstateError(plan.stopped)
        batch = batch_of(plan, consents=consents, restores=planned.restores, taken=planned.reading.memory.batches)
        ground = self._grounded(planned)
        began = self._client.sent
        with told(), stopped(), ExitStack() as stack:
            if self._local is not None and not plan.empty:
                going_on = open_batch(planned.reading.memory) or batch
                ground.journal = stack.enter_context(self._local.journal(run=batch.id, batch=going_on.id))
            try:
                report = await run(plan, ground, batch=batch)
            except CancelledError:
                self._reporter.said(_stopped(ground))
                raise
            if self._local is not None:
                self._local.ended = "open" if report.refused else "done"
        sent = self._client.sent - began
        again = self._plan_restore(planned.restores, planned.scope) if planned.restores else self._plan(planned.scope)
        after = await again
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
        """Gives up the batch that is open: what it did stays, and no later run finishes it.

        Raises `WtstateError` where another run is writing.
        """
        from reconciler.execute.abandon import abandon
        from reconciler.execute.run import stopped
        from reconciler.memory.entry import batch_id
        from reconciler.planning.actions.batch import FinishBatch
        from reconciler.planning.scope import Scope

        before = await self._plan(Scope(), abandons=True)
        planned = self._planned
        if planned is None or planned.reading.archive is None:
            return Abandoned(batches=(), undone=(), after=before)
        run = batch_id(datetime.now(UTC), secrets.token_hex(2))
        with told(), stopped():
            batches = await abandon(self._grounded(planned), planned.reading.archive, run=run)
        if self._local is not None:
            self._local.forget()
        after = await self._plan(Scope())
        still = {(action.kind, action.address) for action in after.actions}
        undone = (a for a in before.actions if (a.kind, a.address) not in still and a.kind != FinishBatch.kind)
        return Abandoned(batches=batches, undone=tuple(f"{a.kind} {a.address}" for a in undone), after=after)

    def _terms(self) -> Terms:
        from reconciler.execute.lease import Terms
        from reconciler.execute.local import holder

        dead = self._local.dead if self._local else frozenset[str]()
        return Terms(holder=holder(), dead=dead, alone=self._on_twin)

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        """Who writes the memory outside of an apply, for the length of a block."""
        from reconciler.execute.adopt import Writer
        from reconciler.execute.run import stopped
        from reconciler.memory.entry import batch_id

        run = batch_id(datetime.now(UTC), secrets.token_hex(2))
        with told(), stopped(), ExitStack() as stack:
            journal = stack.enter_context(self._local.journal(run=run, batch="")) if self._local is not None else None
            yield Writer(
                client=self._client,
                state=self._state,
                workspace=self.workspace,
                clock=self._clock,
                terms=self._terms(),
                run=run,
                journal=journal,
            )
            if self._local is not None:
                self._local.ended = "done"

    def _grounded(self, planned: _Planned) -> Ground:
        from reconciler.execute.opening import ground_of

        return ground_of(
            self._client,
            planned.reading,
            reporter=self._reporter,
            read_at=planned.read_at,
            clock=self._clock,
            terms=self._terms(),
        )

    async def backup(self, path: Path, *, with_sensitive: bool = False) -> Everything:
        """Reads everything under the parent page and every database of the state, and keeps it in ``path``.

        Of databases that are declared sensitive it keeps digests, unless ``with_sensitive`` asks for values.
        Memory stays flat. Writes nothing to the workspace. Raises `WtstateError` when the file cannot be written.
        """
        from reconciler.survey.everything import read_everything
        from reconciler.survey.find import under

        with told(), self._recorder.listening(self._client):
            children = self._children if self._children is not None else await under(self._client, self._parent)
            everything = await read_everything(
                self._client,
                self._state,
                self._parent,
                children,
                searches=not self._on_twin,
                told=self._reporter.said,
            )
        hiding = None if with_sensitive else everything.hiding
        self._recorder.save(path, self._header(complete=True), hiding)
        self._recorder.clear()
        self._children = None
        return everything

    async def record(self, path: Path, *, with_values: bool) -> Recorded:
        """Keeps in ``path`` what a plan needs to read, so that the target `recorded` can be planned without a network.

        What people typed is kept as digests unless ``with_values``. Writes nothing to the workspace. Raises
        `WtstateError` when the file cannot be written.
        """
        from reconciler.planning.restore.build import Restoring
        from reconciler.planning.scope import Scope
        from reconciler.proof.recorded import record
        from reconciler.proof.rehearse import Subject

        plan = await self._plan(Scope())
        planned = self._planned
        if planned is None or isinstance(planned.reading, Restoring):
            raise ValueError("a record is made of what was just read for a plan")
        header = replace(self._header(complete=False), digests=not with_values, searched=not self._on_twin)
        subject = Subject(
            plan=plan,
            reading=planned.reading,
            scope=planned.scope,
            on_twin=self._on_twin,
            recorder=self._recorder,
            header=header,
        )
        with told():
            return await record(self._client, subject, path)

    @property
    def _parent(self) -> str:
        return self.workspace.parent_id

    def _header(self, *, complete: bool) -> Header:
        from reconciler.memory.entry import timestamp
        from reconciler.notion.snapshot import Header

        return Header(
            workspace=self.workspace.id,
            workspace_name=self.workspace.name,
            parent=self._parent,
            bot=self.workspace.bot_id,
            bot_name=self.workspace.bot_name,
            taken=timestamp(datetime.now(UTC)) if complete else "",
            complete=complete,
        )

    async def verify(self) -> VerifyReport:
        """Checks the workspace against the files, the memory and the archive: reads only, writes nothing.

        Each database's rows are asked for once. A check that fails is a result of the report, not an error.
        """
        from reconciler.observe.verify import verify

        children, self._children = self._children, None
        with told():
            return await verify(self._client, self._state, self.workspace, children=children, on_twin=self._on_twin)

    async def store_report(self, report: VerifyReport) -> None:
        """Keeps the report on the page of its batch in the archive, after whatever is there.

        Does nothing where there is no batch yet, and in a session that only reads.
        """
        from reconciler.execute.report import store
        from reconciler.memory.entry import timestamp
        from reconciler.memory.text import dumps
        from reconciler.observe.verify_report import document

        if self._read_only or not report.page:
            return
        verdict = "verified" if report.verified else f"not verified: {report.failed} failed"
        heading = f"wtstate verify, {timestamp(datetime.now(UTC))}: {verdict}"
        with told():
            await store(
                self._client, report.page, heading=heading, ascii_json=dumps(document(report)), clock=self._clock
            )

    async def probe(self, page: str, *, said: Callable[[str], None]) -> Probed:
        """Finds out of the service what its documentation leaves open, in scratch databases under ``page`` that are
        taken away again, and keeps the readings in the memory. ``said`` is told the name of each probe."""
        from reconciler.execute.adopt import keep_probed
        from reconciler.execute.probing.probe import probe

        with told():
            found = await probe(self._client, page, said=said)
        sure = {name: reading for name, reading in found.readings.items() if reading is not None}
        with self._writing() as by:
            await keep_probed(by, sure)
        self._children = None
        return found

    async def doctor(self) -> tuple[Examined, ...]:
        """Looks at everything that an apply rests on: reads only, changes nothing."""
        from reconciler.observe.doctor import examine

        children, self._children = self._children, None
        with told():
            return await examine(self._client, self._state, self.workspace, children=children, on_twin=self._on_twin)

    @property
    def archives(self) -> Archives:
        """What the archives hold: history, entries, and what is deleted from them for good."""
        from reconciler.archives import Archives

        children, self._children = self._children, None
        return Archives(
            self._client,
            self._state,
            self.workspace,
            children=children,
            on_twin=self._on_twin,
            writing=self._writing,
        )

    async def adopt(self, address: str, url: str) -> str:
        """Binds a database of the state to the live one at ``url``; says what was done, in one sentence."""
        from reconciler.execute.adopt import adopt

        with self._writing() as by:
            return await adopt(by, address, url)

    async def adopt_archive(self, url: str) -> str:
        """Takes the database at ``url`` as the archive; says what was done, in one sentence."""
        from reconciler.execute.adopt import adopt_archive

        with self._writing() as by:
            return await adopt_archive(by, url)

    async def forget(self, address: str) -> str:
        """Takes a database or a settled rule out of the memory; says what was done, in one sentence."""
        from reconciler.execute.adopt import forget

        with self._writing() as by:
            return await forget(by, address)


@dataclass(frozen=True)
class _Planned:
    """A plan with what it was made from."""

    plan: Plan
    reading: Reading | Restoring
    scope: Scope
    read_at: datetime
    restores: tuple[str, ...] = ()


def _stopped(ground: Ground) -> str:
    """How to go on with a run that somebody stopped."""
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


@asynccontextmanager
async def connect(
    target: Target, state: State, *, read_only: bool, reporter: Reporter | None = None, locks: bool = False
) -> AsyncIterator[Session]:
    """A session with the target, for the length of a block; ``read_only`` ones can send nothing that writes.

    ``locks`` keeps other runs out of the directory that the target names, and settles what one of them left behind.
    Raises `WtstateError` for a token that is wrong or of another workspace, a parent page that is not there, a twin
    that is damaged or in use, a directory in which another run is at work, a journal that cannot be read.
    """
    from reconciler.execute.local import Local, holder
    from reconciler.execute.lock import locked

    said = reporter or Silent()
    keeps = target.keeps if locks else None
    with locked(keeps, holder()) if keeps is not None else nullcontext():
        async with connected(target, state, read_only=read_only, waiting=said.waiting) as line:
            local = Local.read(keeps, line.workspace.id) if keeps is not None else None
            if local is not None:
                await local.settled(line.clock, said.waiting)
            yield Session(line, state, reporter=said, read_only=read_only, local=local)
