"""The public functions: what the commands do, for programs.

    state = load(Path("state"), env=os.environ)
    target = choose_target(env=os.environ, target=None, directory=Path("."))
    async with connect(target, state, read_only=True) as session:
        plan = await session.plan()

Every function raises `WtstateError` with the findings that say why, and nothing else that a user can cause.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.connection import TWIN_FILE, Line, Target, choose_target, connected, told
from reconciler.execute.reporter import Reporter, Silent
from reconciler.model.finding import WtstateError
from reconciler.plans import Plans
from reconciler.runs import Abandoned, Outcome, Runs

if TYPE_CHECKING:
    from reconciler.archives import Archives
    from reconciler.desired.state import Policy, State
    from reconciler.execute.local import Local
    from reconciler.execute.probing.probe import Probed
    from reconciler.model.live import LiveDatabase, Rows
    from reconciler.observe.doctor import Examined
    from reconciler.observe.drift.read import Compared
    from reconciler.observe.drift.report import DriftReport
    from reconciler.observe.verify_report import VerifyReport
    from reconciler.planning.plan import Plan
    from reconciler.planning.scope import Scope
    from reconciler.proof.recorded import Recorded
    from reconciler.survey.everything import Everything

__all__ = [
    "TWIN_FILE",
    "Abandoned",
    "Outcome",
    "Session",
    "Target",
    "WtstateError",
    "choose_target",
    "connect",
    "empty_state",
    "load",
    "recorded",
]


def load(directory: Path, *, env: Mapping[str, str], environment: str = "") -> State:
    """The state in the files of a directory, as it is in one of their environments, "" for none.

    Raises `WtstateError` with everything that is wrong in them.
    """
    from reconciler.desired import load as read_files

    return read_files(directory, env=env, base=Path.cwd(), environment=environment)


def empty_state() -> State:
    """A state that declares nothing: to look at a workspace that no file speaks of yet."""
    from reconciler.desired.state import State, WorkspaceSettings
    from reconciler.model.finding import Location

    return State(workspace=WorkspaceSettings(where=Location("state", 1, 1)), databases={})


def recorded(path: Path) -> Target:
    """The target that a record is: the workspace as it was read then; no token, no network, nothing kept."""
    return Target(kind="twin", snapshot=path)


class Session:
    """A connection to one target with one state. Made by `connect`."""

    def __init__(
        self, line: Line, state: State, *, reporter: Reporter, read_only: bool, local: Local | None = None
    ) -> None:
        self.workspace = line.workspace
        self._line = line
        self._client = line.client
        self._state = state
        self._reporter = reporter
        self._read_only = read_only
        self._plans = Plans(line, state)
        self._runs = Runs(line, state, self._plans, reporter=reporter, local=local)

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
        number = self._line.listed.number
        return f"{number} {'database' if number == 1 else 'databases'} under the parent page"

    async def databases(self) -> tuple[LiveDatabase, ...]:
        """Every database under the parent page with its schema, in page order, archives of wtstate left out."""
        from reconciler.survey.find import all_databases

        with told():
            return await all_databases(self._client, self.workspace.parent_id, self._line.listed.take())

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
        return await self._plans.made(_scope(only, except_, allow, max_requests))

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
        return await self._plans.made_of_archive(tuple(asked), _scope(only, except_, allow, max_requests))

    async def apply(self, plan: Plan, *, consents: Sequence[str] = ()) -> Outcome:
        """Carries out a plan that this session made, then plans again.

        ``consents`` are those that were given besides the plan's own; all are kept with the batch. Raises
        `WtstateError` for a plan that a guard stops as a whole, and when the service fails on the way; what was done is
        in the workspace, the batch stays open, and the next run goes on.
        """
        return await self._runs.apply(plan, consents=consents)

    async def abandon(self) -> Abandoned:
        """Gives up the batch that is open: what it did stays, and no later run finishes it.

        Raises `WtstateError` where another run is writing.
        """
        return await self._runs.abandon()

    async def backup(self, path: Path, *, with_sensitive: bool = False) -> Everything:
        """Reads everything under the parent page and every database of the state, and keeps it in ``path``.

        Of databases that are declared sensitive it keeps digests, unless ``with_sensitive`` asks for values.
        Memory stays flat. Writes nothing to the workspace. Raises `WtstateError` when the file cannot be written.
        """
        from reconciler.memory.entry import timestamp
        from reconciler.survey.everything import read_everything
        from reconciler.survey.find import under

        line, parent = self._line, self.workspace.parent_id
        with told(), line.recorder.listening(self._client):
            listed = line.listed.take()
            everything = await read_everything(
                self._client,
                self._state,
                parent,
                listed if listed is not None else await under(self._client, parent),
                searches=not line.on_twin,
                told=self._reporter.said,
            )
        hiding = None if with_sensitive else everything.hiding
        head = line.header(taken=timestamp(datetime.now(UTC)), environment=self._state.workspace.environment)
        line.recorder.save(path, head, hiding)
        line.recorder.clear()
        return everything

    async def record(self, path: Path, *, with_values: bool) -> Recorded:
        """Keeps in ``path`` what a plan needs to read, so that the target `recorded` can be planned without a network.

        What people typed is kept as digests unless ``with_values``. Writes nothing to the workspace. Raises
        `WtstateError` when the file cannot be written.
        """
        return await self._plans.record(path, with_values=with_values)

    async def drift(self, *, only: Sequence[str] = ()) -> DriftReport:
        """What people changed since the last apply, apart from what the files changed: reads only, writes nothing.

        ``only`` are addresses. Costs what a plan costs, and 1 request for each archive entry of a correction that is
        done, besides the query that finds them.
        """
        from reconciler.observe.drift.read import drift
        from reconciler.planning.scope import Scope

        with told():
            return await drift(
                self._client,
                self._state,
                self.workspace,
                Scope(only=tuple(only)),
                children=self._line.listed.take(),
                on_twin=self._line.on_twin,
            )

    async def compared(self, *, only: Sequence[str] = ()) -> Compared:
        """What `drift` is told from: every difference, and what it was found in. Reads only, writes nothing."""
        from reconciler.observe.drift.read import compare
        from reconciler.planning.scope import Scope

        with told():
            return await compare(
                self._client,
                self._state,
                self.workspace,
                Scope(only=tuple(only)),
                children=self._line.listed.take(),
                on_twin=self._line.on_twin,
            )

    async def verify(self) -> VerifyReport:
        """Checks the workspace against the files, the memory and the archive: reads only, writes nothing.

        Each database's rows are asked for once. A check that fails is a result of the report, not an error.
        """
        from reconciler.observe.verify import verify

        with told():
            return await verify(
                self._client,
                self._state,
                self.workspace,
                children=self._line.listed.take(),
                on_twin=self._line.on_twin,
            )

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
                self._client, report.page, heading=heading, ascii_json=dumps(document(report)), clock=self._line.clock
            )

    async def probe(self, page: str, *, said: Callable[[str], None]) -> Probed:
        """Finds out of the service what its documentation leaves open, in scratch databases under ``page`` that are
        taken away again, and keeps the readings in the memory. ``said`` is told the name of each probe."""
        from reconciler.execute.adopt import keep_probed
        from reconciler.execute.probing.probe import probe

        with told():
            found = await probe(self._client, page, said=said)
        self._line.listed.take()  # what was listed before the probes is old
        sure = {name: reading for name, reading in found.readings.items() if reading is not None}
        with self._runs.writing() as by:
            await keep_probed(by, sure)
        return found

    async def doctor(self) -> tuple[Examined, ...]:
        """Looks at everything that an apply rests on: reads only, changes nothing."""
        from reconciler.observe.doctor import examine

        with told():
            return await examine(
                self._client,
                self._state,
                self.workspace,
                children=self._line.listed.take(),
                on_twin=self._line.on_twin,
            )

    @property
    def archives(self) -> Archives:
        """What the archives hold: history, entries, and what is deleted from them for good."""
        from reconciler.archives import Archives

        return Archives(self._line, self._state, writing=self._runs.writing)

    async def adopt(self, address: str, url: str) -> str:
        """Binds a database of the state to the live one at ``url``; says what was done, in one sentence."""
        from reconciler.execute.adopt import adopt

        with self._runs.writing() as by:
            return await adopt(by, address, url)

    async def adopt_archive(self, url: str) -> str:
        """Takes the database at ``url`` as the archive; says what was done, in one sentence."""
        from reconciler.execute.adopt import adopt_archive

        with self._runs.writing() as by:
            return await adopt_archive(by, url)

    async def forget(self, address: str) -> str:
        """Takes a database or a settled rule out of the memory; says what was done, in one sentence."""
        from reconciler.execute.adopt import forget

        with self._runs.writing() as by:
            return await forget(by, address)


def _scope(only: Sequence[str], except_: Sequence[str], allow: Sequence[str], max_requests: int | None) -> Scope:
    from reconciler.planning.scope import Scope

    return Scope(only=tuple(only), except_=tuple(except_), allow=tuple(allow), max_requests=max_requests)


@asynccontextmanager
async def connect(
    target: Target,
    state: State,
    *,
    read_only: bool,
    reporter: Reporter | None = None,
    locks: bool = False,
    cached: bool = False,
) -> AsyncIterator[Session]:
    """A session with the target, for the length of a block; ``read_only`` ones can send nothing that writes.

    ``locks`` keeps other runs out of the directory that the target names, and settles what one of them left behind.
    ``cached`` ones may believe what that directory says of where things are, as long as a plan finds nothing to do.
    Raises `WtstateError` for a token that is wrong or of another workspace, a parent page that is not there, a twin
    that is damaged or in use, a directory in which another run is at work, a journal that cannot be read.
    """
    from reconciler.execute.local import Local, holder
    from reconciler.execute.lock import locked

    said = reporter or Silent()
    keeps = target.keeps if locks else None
    with locked(keeps, holder()) if keeps is not None else nullcontext():
        async with connected(target, state, read_only=read_only, waiting=said.waiting, cached=cached) as line:
            local = Local.read(keeps, line.workspace.id) if keeps is not None else None
            if local is not None:
                await local.settled(line.clock, said.waiting)
            yield Session(line, state, reporter=said, read_only=read_only, local=local)
