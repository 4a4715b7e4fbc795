"""From a target to a connection: who is spoken to, as whom, under which page. Reads the environment, no more."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reconciler.model.finding import Finding, WtstateError

if TYPE_CHECKING:
    import httpx

    from reconciler.desired.state import State, WorkspaceSettings
    from reconciler.model.live import Workspace
    from reconciler.notion.client import Client
    from reconciler.notion.pace import Clock
    from reconciler.notion.snapshot import Header, Recorder
    from reconciler.planning.identity import Child
    from reconciler.survey.cache import Cache, Known
    from reconciler.twin import SnapshotReport, Twin

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
    keeps: Path | None = None
    """The directory of the journal and the lock (``.wtstate``); None where neither is kept."""
    snapshot: Path | None = None
    """A recorded snapshot, which the twin is opened from, in memory; what is written to it is gone afterwards."""


class Listed:
    """The databases under the parent page, as they were listed while connecting: good for the first who asks."""

    def __init__(self, children: tuple[Child, ...]) -> None:
        self._children: tuple[Child, ...] | None = children
        self.number = len(children)

    def take(self) -> tuple[Child, ...] | None:
        """The databases, once; None afterwards, when they have to be listed anew."""
        children, self._children = self._children, None
        return children


@dataclass(frozen=True)
class Line:
    """An open way to a target: the client, who it speaks for, and the databases under the parent page.

    ``clock`` is what a run waits by: on a twin in this process there is nobody to wait for.
    ``recorder`` kept what was answered so far. ``cache`` keeps where things are, ``known`` is what it had kept.
    """

    client: Client
    workspace: Workspace
    listed: Listed
    on_twin: bool
    clock: Clock
    recorder: Recorder
    cache: Cache | None = None
    known: Known | None = None

    def header(self, *, taken: str = "", environment: str = "") -> Header:
        """The head of a snapshot of what was read; ``taken`` is when, of a complete one."""
        from reconciler.notion.snapshot import Header

        return Header(
            workspace=self.workspace.id,
            workspace_name=self.workspace.name,
            parent=self.workspace.parent_id,
            bot=self.workspace.bot_id,
            bot_name=self.workspace.bot_name,
            taken=taken,
            complete=bool(taken),
            environment=environment,
        )


def kept_in(directory: Path, environment: str = "") -> Path:
    """Where the twin, the journal and the lock lie: each environment has its own, so that none is taken for another."""
    own = directory / TWIN_FILE.parent
    return own / "environments" / environment if environment else own


def choose_target(
    *, env: Mapping[str, str], target: str | None, directory: Path, settings: WorkspaceSettings | None = None
) -> Target:
    """The target that the variables ``env`` and ``--target`` name: Notion where there is a token, else the twin.

    ``settings`` are those of the state, as far as there is one: its environment may have a token and a parent page of
    its own, and then no other does instead. Raises `WtstateError`: ``no-target`` with ``CI=true`` and neither token nor
    ``--target twin``, ``no-token`` when Notion is asked for without one, ``base-url`` for a NOTION_BASE_URL other than
    https or loopback.
    """
    from reconciler.desired.state import VARIABLE
    from reconciler.notion.client import checked_base_url

    variable = settings.token if settings else VARIABLE
    keeps = kept_in(directory, settings.environment if settings else "")
    token = env.get(variable, "").strip()
    if target == "twin" or (target is None and not token):
        if target is None and env.get("CI", "").lower() == "true":
            raise WtstateError(
                Finding(
                    code="no-target",
                    what=f"CI=true, and there is no {variable}",
                    why="a plan against an empty local twin would say nothing about the real workspace",
                    next=f"set {variable} and NOTION_WT_PARENT_PAGE_ID, or say --target twin",
                )
            )
        return Target(kind="twin", twin_path=keeps / TWIN_FILE.name, keeps=keeps)
    if not token:
        raise WtstateError(Finding(code="no-token", what=f"{variable} is not set", next="set it, or use --target twin"))
    base_url = env.get("NOTION_BASE_URL") or None
    if base_url is not None:
        base_url = checked_base_url(base_url)
    own = settings is not None and settings.placed
    parent = "" if own else env.get("NOTION_WT_PARENT_PAGE_ID", "").strip()
    return Target(kind="notion", token=token, base_url=base_url, parent=parent, keeps=keeps)


@contextmanager
def told() -> Iterator[None]:
    """What the service refuses, as findings."""
    from reconciler.notion.errors import NotionError, finding

    try:
        yield
    except NotionError as error:
        raise WtstateError(finding(error)) from error


@asynccontextmanager
async def connected(
    target: Target, state: State, *, read_only: bool, waiting: Callable[[float, str], None], cached: bool = False
) -> AsyncIterator[Line]:
    """A line to the target, for the length of a block; ``waiting`` is told of every pause.

    Where it is ``cached``, what this machine knows of the target from before is not asked again.
    """
    from reconciler.notion.client import connect as connect_client
    from reconciler.notion.pace import AT_ONCE, Clock

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
            rate=None if target.kind == "twin" else state.workspace.rate,
            base_url=target.base_url,
            transport=transport,
            waiting=waiting,
        ) as client:
            clock = AT_ONCE if target.kind == "twin" else Clock()
            head = _head(target.snapshot) if target.snapshot else {}
            if target.snapshot:
                _same_environment(target.snapshot, str(head.get("environment", "")), state)
            on_twin = target.kind == "twin" and not (target.snapshot and head.get("searched", True))
            cache = cache_of(target, state, token=token, parent=parent) if cached else None
            async with lined(client, state, parent, on_twin=on_twin, clock=clock, cache=cache) as line:
                yield line


def cache_of(target: Target, state: State, *, token: str, parent: str) -> Cache | None:
    """What this machine keeps of where things are for this token, under this page, for this state; None where it does
    not keep anything."""
    from reconciler.survey.cache import Cache

    if target.keeps is None:
        return None
    settings = state.workspace
    service = target.base_url or target.kind
    place = (token, service, parent, settings.owner, settings.archive, settings.archive_page or "")
    return Cache(directory=target.keeps, place=place)


@asynccontextmanager
async def lined(
    client: Client, state: State, parent: str, *, on_twin: bool, clock: Clock, cache: Cache | None = None
) -> AsyncIterator[Line]:
    """A line over a client that is there already; ``parent`` is the id or url of the parent page."""
    from reconciler.notion.snapshot import recording

    # A plan says the workspace's name where the files do not: it is asked then, for it may have changed.
    known = cache.read() if cache is not None and state.workspace.name else None
    with recording() as recorder:
        with told(), recorder.listening(client):
            workspace, children = await introduced(client, state, parent, whose=not on_twin, known=known)
        yield Line(
            client=client,
            workspace=workspace,
            listed=Listed(children),
            on_twin=on_twin,
            clock=clock,
            recorder=recorder,
            cache=cache,
            known=known,
        )


async def introduced(
    client: Client, state: State, parent: str, *, whose: bool, known: Known | None
) -> tuple[Workspace, tuple[Child, ...]]:
    """Who the token speaks for and what lies under the parent page; ``whose`` holds the workspace against its id.

    What is ``known`` of the token is not asked again: 1 request less.
    """
    from reconciler.notion import read
    from reconciler.notion.errors import NotFound
    from reconciler.notion.ids import id_of
    from reconciler.planning.identity import Child
    from reconciler.survey.speaker import checked, speaker

    page = id_of(parent)
    if known is None:
        workspace = await speaker(client, state, page=page, whose=whose)
    else:
        workspace = checked(known.speaks_for(page), state) if whose else known.speaks_for(page)
    try:
        found = await read.databases_under(client, page)
    except NotFound as error:
        raise WtstateError(
            Finding(
                code="no-parent",
                what="the parent page is not there, or not shared with the connection",
                next="check NOTION_WT_PARENT_PAGE_ID, or the environment's parent, and share that page with the "
                "connection (••• → Connections)",
                where=state.workspace.where,
            )
        ) from error
    return workspace, tuple(Child(id=c.id, title=c.title) for c in found)


def _no_parent(state: State) -> Finding:
    settings = state.workspace
    variable = settings.parent.removeprefix("env:") if settings.placed else "NOTION_WT_PARENT_PAGE_ID"
    whose = f"the environment {settings.environment!r} has a parent page of its own" if settings.placed else ""
    return Finding(
        code="no-parent",
        what=f"no parent page is named: {variable} is not set",
        why=whose or "databases are looked for, and made, under one page",
        next=f"set {variable} to the page's id or url",
        where=settings.where,
    )


@contextmanager
def _twin(target: Target) -> Iterator[Twin]:
    """The twin of a target, opened for the length of a block."""
    from reconciler.twin import TwinStoreError, open_twin

    if target.snapshot is not None:
        with open_twin(":memory:") as held:
            load_file(held, target.snapshot)
            yield held
        return
    path = target.twin_path
    if path is None:
        raise ValueError("a twin target names its file")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    twin: Twin | None = None
    try:
        twin = open_twin(path)
        if os.name == "posix" and path.stat().st_mode & 0o077:  # copied from elsewhere: it holds people's values
            path.chmod(0o600)
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


def load_file(twin: Twin, file: Path) -> SnapshotReport:
    """A snapshot's file in a twin that is empty, which then is that workspace. Raises `WtstateError`."""
    from reconciler.twin import SnapshotError, load_snapshot, snapshot_lines

    try:
        return load_snapshot(twin, snapshot_lines(file))
    except SnapshotError as error:
        finding = Finding(code="snapshot", what=f"{file} cannot be loaded: {error.what}", next=error.next)
        raise WtstateError(finding) from error


def _head(file: Path) -> dict[str, Any]:
    """The first line of a snapshot that was loaded: whether what was not found was searched for, and more."""
    import json

    from reconciler.twin import snapshot_lines

    head: dict[str, Any] = json.loads(next(iter(snapshot_lines(file))))
    return head


def _same_environment(file: Path, recorded: str, state: State) -> None:
    """Raises `WtstateError` for a record of another environment: what one place holds says nothing of another."""
    if recorded != state.workspace.environment:
        of = [
            f"the environment {name!r}" if name else "no environment"
            for name in (recorded, state.workspace.environment)
        ]
        raise WtstateError(
            Finding(
                code="record-elsewhere",
                what=f"{file} was recorded for {of[0]}; this is {of[1]}",
                why="what one place holds says nothing of another",
                next=f"say --env {recorded}" if recorded else "leave --env out, or record anew",
                where=state.workspace.where,
            )
        )


def httpx_transport(twin: Twin) -> httpx.AsyncBaseTransport:
    """The way to a twin in this process."""
    from reconciler.notion.inprocess import InProcess

    return InProcess(twin.app)
