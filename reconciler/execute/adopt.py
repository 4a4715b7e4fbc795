"""What a person tells the memory: this live database is that key, forget this one, here is the archive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reconciler.desired.state import State
from reconciler.execute import looks
from reconciler.execute.archive import complete_archive, remember
from reconciler.execute.first import only_archive
from reconciler.execute.ground import Ground
from reconciler.execute.journal import Journal
from reconciler.execute.lease import Terms
from reconciler.execute.opening import under_lease
from reconciler.execute.reporter import Silent
from reconciler.memory.memory import Binding, Memory, Reading
from reconciler.model import address as addresses
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.live import LiveDatabase, Workspace
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.notion.errors import NotFound
from reconciler.notion.ids import id_of
from reconciler.notion.pace import Clock
from reconciler.planning.steps.kinds import OpenBatch
from reconciler.survey.find import Found, find_memory, under
from reconciler.survey.remembering import memory_of


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Who writes the memory outside of an apply: under the lease, as ``run``, with a journal where one is kept."""

    client: Client
    state: State
    workspace: Workspace
    clock: Clock
    terms: Terms
    run: str
    journal: Journal | None = None

    def ground(self, memory: Memory, *, archive_source: str = "") -> Ground:
        """Where to write what is remembered; ``archive_source`` is the archive's data source where it is known."""
        return Ground(
            client=self.client,
            state=self.state,
            memory=memory,
            reporter=Silent(),
            now=lambda: datetime.now(UTC),
            read_at=datetime.now(UTC),
            clock=self.clock,
            terms=self.terms,
            journal=self.journal,
            archive_source=archive_source,
        )


async def adopt(by: Writer, address: str, url: str) -> str:
    """Binds the key to the live database; its title may be anything. Makes the archive when there is none yet."""
    key = _declared_key(by.state, address)
    live = await _database(by.client, url)
    found = await _found(by)
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
    binding = Binding(
        key=key,
        database_id=live.id,
        data_source_id=live.data_source_id,
        title=live.title,
        owner=by.state.workspace.owner,
    )
    async with _ground(by, found) as ground:
        await remember(ground, replace(ground.memory, bindings={**ground.memory.bindings, key: binding}))
    return f"{addresses.of_database(key)} is now the database {live.title!r}."


async def adopt_archive(by: Writer, url: str) -> str:
    """Marks the database as this state's archive, completes its columns, and gives it the archive's title."""
    live = await _database(by.client, url)
    found = await _found(by)
    if found.archive is not None and found.archive.id != live.id:
        raise WtstateError(
            Finding(
                code="archive-exists",
                what=f"there is an archive already: {found.archive.url or found.archive.title}",
                next="rename that one in Notion first",
            )
        )
    title = by.state.workspace.archive
    async with _ground(by, await _with_archive(by, found, live)) as ground:
        if live.title != title:
            body = {"title": [{"type": "text", "text": {"content": title}}]}
            look = looks.schema(live.data_source_id, lambda read: read.title == title)
            await ground.send("PATCH", f"data_sources/{live.data_source_id}", body=body, look=look)
    return f"The archive is now the database {live.title!r}, titled {title!r}."


async def keep_probed(by: Writer, found: Mapping[str, Reading]) -> None:
    """Remembers what was found out of the service, beside what was found before. Makes the archive if there is none."""
    there = await _found(by)
    async with _ground(by, there) as ground:
        await remember(ground, replace(ground.memory, probed={**ground.memory.probed, **found}))


async def forget(by: Writer, address: str) -> str:
    """Takes a database's binding, or a settled rule, out of the memory; the workspace itself stays as it is."""
    found = await _found(by)
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
    async with _ground(by, found) as ground:
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


async def _found(by: Writer) -> Found:
    page = by.workspace.parent_id
    return await find_memory(by.client, by.state, await under(by.client, page), parent=page, searches=False)


async def _with_archive(by: Writer, found: Found, live: LiveDatabase) -> Found:
    """What was found, with ``live`` as the archive, and what it remembers: the lease is for that."""
    memory = found.memory if found.archive is not None else await memory_of(by.client, live)
    return replace(found, archive=live, memory=memory)


@asynccontextmanager
async def _ground(by: Writer, found: Found) -> AsyncIterator[Ground]:
    """Where to write, for the length of a block: the archive, made or completed when that is needed, under the lease.

    Raises `Stopped` where another run holds the lease.
    """
    ground = by.ground(found.memory)
    step = OpenBatch(
        archive=found.archive,
        title=by.state.workspace.archive,
        parent=by.state.workspace.archive_page or by.workspace.parent_id,
        requests=0,
    )
    made = await complete_archive(step, ground)
    async with under_lease(ground, run=by.run):
        if made is not None and ground.tenancy is not None:
            await only_archive(made, step, ground, ground.tenancy)
        yield ground
