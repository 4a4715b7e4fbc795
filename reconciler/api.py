"""The public functions: what the commands do, for programs.

    state = load(Path("state"), env=os.environ)
    target = choose_target(env=os.environ, target=None, directory=Path("."))
    async with connect(target, state, read_only=True) as session:
        plan = await session.plan()

Every function raises `WtstateError` with the findings that say why, and nothing else that a user can cause.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from reconciler.execute.reporter import Reporter, Silent
from reconciler.model.finding import Finding, WtstateError

if TYPE_CHECKING:
    import httpx

    from reconciler.desired.state import State
    from reconciler.execute.ground import Ground
    from reconciler.model.live import Workspace
    from reconciler.notion.client import Client
    from reconciler.observe.verify_report import VerifyReport
    from reconciler.planning.actions.base import Action
    from reconciler.planning.build import Reading
    from reconciler.planning.identity import Child
    from reconciler.planning.plan import Plan
    from reconciler.planning.scope import Scope
    from reconciler.twin import Twin

TWIN_FILE = Path(".wtstate") / "twin.sqlite"
"""Where the twin of a directory lies, unless another is named."""


@dataclass(frozen=True)
class Target:
    """Where a command reads and writes: Notion, or the twin in ``twin_path``.

    ``parent`` is the id or url of the parent page ("" on the twin: its root page). The token is never shown.
    """

    kind: Literal["twin", "notion"]
    token: str = field(default="", repr=False)
    base_url: str | None = None
    parent: str = ""
    twin_path: Path | None = None


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


def load(directory: Path, *, env: Mapping[str, str]) -> State:
    """The state in the files of a directory. Raises `WtstateError` with everything that is wrong in them."""
    from reconciler.desired import load as read_files

    return read_files(directory, env=env, base=Path.cwd())


def validate(directory: Path, *, env: Mapping[str, str]) -> State:
    """Checks the files alone, without a target; the same as `load`."""
    return load(directory, env=env)


def choose_target(*, env: Mapping[str, str], target: str | None, directory: Path) -> Target:
    """The target that the environment and ``--target`` name: Notion where there is a token, else the twin.

    Raises `WtstateError`: ``no-target`` with ``CI=true`` and neither token nor ``--target twin``, ``no-token`` when
    Notion is asked for without one, ``insecure-base-url`` for a NOTION_BASE_URL other than https or loopback.
    """
    from reconciler.notion.client import checked_base_url

    token = env.get("NOTION_TOKEN", "").strip()
    if target == "twin" or (target is None and not token):
        if target is None and env.get("CI", "").lower() == "true":
            raise WtstateError(
                Finding(
                    code="no-target",
                    what="CI=true, and there is no NOTION_TOKEN",
                    why="a plan against an empty local twin would say nothing about the real workspace",
                    next="set NOTION_TOKEN and NOTION_WT_PARENT_PAGE_ID, or say --target twin",
                )
            )
        return Target(kind="twin", twin_path=directory / TWIN_FILE)
    if not token:
        raise WtstateError(
            Finding(code="no-token", what="NOTION_TOKEN is not set", next="set it, or use --target twin")
        )
    base_url = env.get("NOTION_BASE_URL") or None
    if base_url is not None:
        base_url = checked_base_url(base_url)
    return Target(kind="notion", token=token, base_url=base_url, parent=env.get("NOTION_WT_PARENT_PAGE_ID", "").strip())


class Session:
    """A connection to one target with one state. Made by `connect`."""

    def __init__(
        self,
        client: Client,
        state: State,
        workspace: Workspace,
        children: Sequence[Child],
        *,
        on_twin: bool,
        reporter: Reporter,
        read_only: bool = False,
    ) -> None:
        self.workspace = workspace
        self._client = client
        self._state = state
        self._children: Sequence[Child] | None = children
        self._on_twin = on_twin
        self._reporter = reporter
        self._read_only = read_only
        self._seen = len(children)
        self._planned: _Planned | None = None

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        return self._client.sent

    @property
    def sees(self) -> str:
        """What the token sees under the parent page, in words."""
        return f"{self._seen} {'database' if self._seen == 1 else 'databases'} under the parent page"

    async def plan(self, *, only: Sequence[str] = (), except_: Sequence[str] = (), allow: Sequence[str] = ()) -> Plan:
        """The plan: reads the target and writes nothing.

        ``only`` and ``except_`` are addresses, ``allow`` consents of the form ``GUARD:ADDRESS``.
        """
        from reconciler.planning.scope import Scope

        return await self._plan(Scope(only=tuple(only), except_=tuple(except_), allow=tuple(allow)))

    async def _plan(self, scope: Scope) -> Plan:
        from reconciler.planning.build import build_plan
        from reconciler.survey.ask import survey

        read_at = datetime.now(UTC)
        children, self._children = self._children, None
        with _told():
            reading = await survey(
                self._client, self._state, self.workspace, scope, children=children, on_twin=self._on_twin
            )
        plan = build_plan(reading, scope)
        self._planned = _Planned(plan=plan, reading=reading, scope=scope, read_at=read_at)
        return plan

    async def apply(self, plan: Plan) -> Outcome:
        """Carries out a plan that this session made, then plans again.

        Raises `WtstateError` when the service fails on the way; what was done is in the workspace, the batch stays
        open, and the next run goes on.
        """
        from reconciler.execute.run import run
        from reconciler.memory.entry import batch_id, timestamp
        from reconciler.memory.memory import Batch

        planned = self._planned
        if planned is None or planned.plan is not plan:
            raise ValueError("a session applies the plan that it made last")
        now = datetime.now(UTC)
        addresses = tuple(dict.fromkeys(action.address for action in plan.actions))
        batch = Batch(
            id=batch_id(now, secrets.token_hex(2)),
            status="open",
            started=timestamp(now),
            plan="\n".join(map(_planned_line, plan.actions)),
            addresses=addresses,
        )
        ground = self._ground(planned)
        began = self._client.sent
        with _told():
            report = await run(plan, ground, batch=batch)
        sent = self._client.sent - began
        after = await self._plan(planned.scope)
        return Outcome(
            batch=ground.batch.id if ground.batch else batch.id,
            done=tuple(address for address in addresses if address not in report.failed),
            archived_values=ground.values,
            archive_entries=ground.entries,
            requests=sent,
            refused=tuple(report.refused),
            unsettled=() if report.refused else tuple(_unsettled(after)),
            after=after,
        )

    def _ground(self, planned: _Planned) -> Ground:
        from reconciler.execute.ground import Ground, Place

        places = {
            key: Place(database_id=pair.live.id, data_source_id=pair.live.data_source_id, live=pair.live)
            for key, pair in planned.reading.matched.databases.items()
            if pair.live is not None
        }
        return Ground(
            client=self._client,
            state=self._state,
            memory=planned.reading.memory,
            reporter=self._reporter,
            now=lambda: datetime.now(UTC),
            read_at=planned.read_at,
            places=places,
        )

    async def verify(self) -> VerifyReport:
        """Checks the workspace against the files, the memory and the archive: reads only, writes nothing.

        Each database's rows are asked for once. A check that fails is a result of the report, not an error.
        """
        from reconciler.observe.verify import verify

        children, self._children = self._children, None
        with _told():
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
        with _told():
            await store(self._client, report.page, heading=heading, ascii_json=dumps(document(report)))

    async def adopt(self, address: str, url: str) -> str:
        """Binds a database of the state to the live one at ``url``; says what was done, in one sentence."""
        from reconciler.execute.adopt import adopt

        with _told():
            return await adopt(self._client, self._state, self.workspace, address, url)

    async def adopt_archive(self, url: str) -> str:
        """Takes the database at ``url`` as the archive; says what was done, in one sentence."""
        from reconciler.execute.adopt import adopt_archive

        with _told():
            return await adopt_archive(self._client, self._state, self.workspace, url)

    async def forget(self, address: str) -> str:
        """Takes a database or a settled rule out of the memory; says what was done, in one sentence."""
        from reconciler.execute.adopt import forget

        with _told():
            return await forget(self._client, self._state, self.workspace, address)


@dataclass(frozen=True)
class _Planned:
    """A plan with what it was made from."""

    plan: Plan
    reading: Reading
    scope: Scope
    read_at: datetime


def _planned_line(action: Action) -> str:
    """One action in the words that its batch keeps; `verify` reads from them which archive entries must be there."""
    archived = action.describe().archived
    return f"{action.kind} {action.address}" + (f" · archives {archived}" if archived else "")


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


@contextmanager
def _told() -> Iterator[None]:
    """What the service refuses, as findings."""
    from reconciler.notion.errors import NotionError, finding

    try:
        yield
    except NotionError as error:
        raise WtstateError(finding(error)) from error


@asynccontextmanager
async def connect(
    target: Target, state: State, *, read_only: bool, reporter: Reporter | None = None
) -> AsyncIterator[Session]:
    """A session with the target, for the length of a block; ``read_only`` ones can send nothing that writes.

    Raises `WtstateError` for a token that is wrong or of another workspace, a parent page that is not there, a twin
    that is damaged or in use.
    """
    from reconciler.notion.client import connect as connect_client

    said = reporter or Silent()
    with ExitStack() as stack:
        transport, token, parent = None, target.token, target.parent or state.workspace.parent
        if target.kind == "twin":
            twin = stack.enter_context(_twin(target))
            transport, token, parent = httpx_transport(twin), twin.token, target.parent or twin.root_page_id
        if not parent or parent.startswith("env:"):
            raise WtstateError(_no_parent(state))
        async with connect_client(
            token,
            read_only=read_only,
            rate=(10**9, 1.0) if target.kind == "twin" else state.workspace.rate,
            base_url=target.base_url,
            transport=transport,
            waiting=said.waiting,
        ) as client:
            with _told():
                workspace, children = await _introduced(client, state, parent)
            on_twin = target.kind == "twin"
            yield Session(client, state, workspace, children, on_twin=on_twin, reporter=said, read_only=read_only)


async def _introduced(client: Client, state: State, parent: str) -> tuple[Workspace, tuple[Child, ...]]:
    """Who the token speaks for and what lies under the parent page."""
    from reconciler.notion import read
    from reconciler.notion.errors import NotFound
    from reconciler.notion.ids import id_of
    from reconciler.planning.identity import Child

    workspace = await read.me(client)
    if state.workspace.id is not None and state.workspace.id.replace("-", "") != workspace.id.replace("-", ""):
        raise WtstateError(
            Finding(
                code="wrong-workspace",
                what=f"the token is of the workspace {workspace.name!r}, and the state belongs to another one",
                why="[workspace] id says which workspace the state is for",
                next="use that workspace's token, or mend id",
                where=state.workspace.where,
            )
        )
    page = id_of(parent)
    try:
        found = await read.databases_under(client, page)
    except NotFound as error:
        raise WtstateError(
            Finding(
                code="no-parent",
                what="the parent page is not there, or not shared with the connection",
                next="check NOTION_WT_PARENT_PAGE_ID, and share that page with the connection (••• → Connections)",
                where=state.workspace.where,
            )
        ) from error
    return replace(workspace, parent_id=page), tuple(Child(id=c.id, title=c.title) for c in found)


def _no_parent(state: State) -> Finding:
    return Finding(
        code="no-parent",
        what="no parent page is named: NOTION_WT_PARENT_PAGE_ID is not set",
        why="databases are looked for, and made, under one page",
        next="set NOTION_WT_PARENT_PAGE_ID to the page's id or url",
        where=state.workspace.where,
    )


@contextmanager
def _twin(target: Target) -> Iterator[Twin]:
    """The twin of a target, opened for the length of a block."""
    from reconciler.twin import TwinStoreError, open_twin

    path = target.twin_path
    if path is None:
        raise ValueError("a twin target names its file")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    twin: Twin | None = None
    try:
        twin = open_twin(path)
        yield twin
    except TwinStoreError as error:
        raise WtstateError(
            Finding(
                code="twin-store",
                what=f"the twin's file {path} cannot be used: {error.reason}",
                next="close what uses it, or make a new one with `wtstate twin reset --yes`",
            )
        ) from error
    finally:
        if twin is not None:
            twin.close()


def httpx_transport(twin: Twin) -> httpx.ASGITransport:
    """The way to a twin in this process."""
    import httpx

    return httpx.ASGITransport(app=twin.app)
