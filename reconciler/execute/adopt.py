"""What a person tells the memory: this live database is that key, forget this one, here is the archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from reconciler.desired.state import State
from reconciler.execute import looks
from reconciler.execute.archive import complete_archive, remember
from reconciler.execute.ground import Ground
from reconciler.execute.reporter import Silent
from reconciler.memory.memory import Binding, Memory, Reading
from reconciler.model import address as addresses
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.live import LiveDatabase, Workspace
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.notion.errors import NotFound
from reconciler.notion.ids import id_of
from reconciler.planning.steps.kinds import OpenBatch
from reconciler.survey.find import Found, find_memory, under


async def adopt(client: Client, state: State, workspace: Workspace, address: str, url: str) -> str:
    """Binds the key to the live database; its title may be anything. Makes the archive when there is none yet."""
    key = _declared_key(state, address)
    live = await _database(client, url)
    found = await _found(client, state, workspace)
    for other, binding in found.memory.bindings.items():
        if other != key and binding.data_source_id == live.data_source_id:
            raise WtstateError(
                Finding(
                    code="already-bound",
                    address=address,
                    what=f"the database {live.title!r} is bound to {other!r}",
                    next=f"wtstate forget {addresses.of_database(other)} first",
                )
            )
    ground = await _ground(client, state, workspace, found)
    binding = Binding(
        key=key,
        database_id=live.id,
        data_source_id=live.data_source_id,
        title=live.title,
        owner=state.workspace.name,
    )
    await remember(ground, replace(ground.memory, bindings={**ground.memory.bindings, key: binding}))
    return f"{addresses.of_database(key)} is now the database {live.title!r}."


async def adopt_archive(client: Client, state: State, workspace: Workspace, url: str) -> str:
    """Marks the database as this state's archive, completes its columns, and gives it the archive's title."""
    live = await _database(client, url)
    found = await _found(client, state, workspace)
    if found.archive is not None and found.archive.id != live.id:
        raise WtstateError(
            Finding(
                code="archive-exists",
                what=f"there is an archive already: {found.archive.url or found.archive.title}",
                next="rename that one in Notion first",
            )
        )
    ground = await _ground(client, state, workspace, replace(found, archive=live))
    if live.title != state.workspace.archive:
        body = {"title": [{"type": "text", "text": {"content": state.workspace.archive}}]}
        look = looks.schema(live.data_source_id, lambda read: read.title == state.workspace.archive)
        await ground.send("PATCH", f"data_sources/{live.data_source_id}", body=body, look=look)
    return f"The archive is now the database {live.title!r}, titled {state.workspace.archive!r}."


async def keep_probed(client: Client, state: State, workspace: Workspace, found: Mapping[str, Reading]) -> None:
    """Remembers what was found out of the service, beside what was found before. Makes the archive if there is none."""
    there = await _found(client, state, workspace)
    ground = await _ground(client, state, workspace, there)
    await remember(ground, replace(ground.memory, probed={**ground.memory.probed, **found}))


async def forget(client: Client, state: State, workspace: Workspace, address: str) -> str:
    """Takes a database's binding, or a settled rule, out of the memory; the workspace itself stays as it is."""
    found = await _found(client, state, workspace)
    memory = found.memory
    key = _key(address)
    bindings = {k: b for k, b in memory.bindings.items() if k != key}
    settled = {a: s for a, s in memory.settled.items() if a != address}
    if len(bindings) == len(memory.bindings) and len(settled) == len(memory.settled):
        raise WtstateError(
            Finding(
                code="not-remembered",
                address=address,
                what="the memory knows neither a database nor a settled rule of that address",
                next="look at the addresses in `wtstate plan`",
            )
        )
    ground = await _ground(client, state, workspace, found)
    await remember(ground, replace(memory, bindings=bindings, settled=settled))
    return f"{address} is forgotten; the workspace stays as it is."


def _key(address: str) -> str:
    """The key of the database that the address names; the text itself where it names something else."""
    try:
        key, inner, _ = addresses.parse(address)
    except ValueError:
        return address
    return key if inner is None else address


def _declared_key(state: State, address: str) -> str:
    key = _key(address)
    if key not in state.databases:
        known = ", ".join(addresses.of_database(k) for k in state.databases)
        raise WtstateError(
            Finding(
                code="unknown-address",
                address=address,
                what="no database of the state has that key",
                next=f"use one of: {known}",
            )
        )
    return key


async def _database(client: Client, url: str) -> LiveDatabase:
    try:
        live = await read.database(client, id_of(url))
    except NotFound as error:
        raise WtstateError(
            Finding(
                code="not-found",
                what="no database answers at that url",
                next="share it with the connection, and copy its url again",
            )
        ) from error
    if live.unsupported:
        raise WtstateError(
            Finding(
                code="unsupported-database", what=f"{live.title!r}: {live.unsupported}", next="use another database"
            )
        )
    return live


async def _found(client: Client, state: State, workspace: Workspace) -> Found:
    page = workspace.parent_id
    return await find_memory(client, state, await under(client, page), parent=page, searches=False)


async def _ground(client: Client, state: State, workspace: Workspace, found: Found) -> Ground:
    """Where to write: the archive, made or completed when that is needed."""
    ground = Ground(
        client=client,
        state=state,
        memory=found.memory or Memory(),
        reporter=Silent(),
        now=lambda: datetime.now(UTC),
        read_at=datetime.now(UTC),
    )
    step = OpenBatch(
        archive=found.archive,
        title=state.workspace.archive,
        parent=state.workspace.archive_page or workspace.parent_id,
        requests=0,
    )
    await complete_archive(step, ground)
    return ground
