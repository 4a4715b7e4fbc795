"""What an apply rests on, looked at one thing after the other: the token, what it sees, limits, the memory, leases.

Reads only. A thing that is well is told as well, so that "all is well" is not the same as "nothing was looked at".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.desired.state import State
from reconciler.memory.batches import command_of, open_batch
from reconciler.memory.lease import listing
from reconciler.memory.schema import LEASE
from reconciler.memory.text import shown
from reconciler.model import address as addresses
from reconciler.model.finding import Finding, Severity, WtstateError
from reconciler.model.live import LiveDatabase, Workspace
from reconciler.model.properties import common
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.notion.listing import items
from reconciler.notion.version import VERSION
from reconciler.observe.verify_report import counted
from reconciler.planning.guards.whole import FREE_BLOCKS, FREE_UPLOAD_BYTES
from reconciler.planning.identity import Child, identify
from reconciler.planning.scope import Scope
from reconciler.survey.find import Found, find_memory, missing_memory, see_databases, under


class Health(StrEnum):
    """How a thing is."""

    WELL = "ok"
    WATCH = "warn"
    ILL = "fail"


@dataclass(frozen=True)
class Examined:
    """One thing that was looked at: ``about`` names its group, ``said`` how it is, ``next`` what to do if not well."""

    about: str
    health: Health
    said: str
    next: str = ""


async def examine(
    client: Client, state: State, workspace: Workspace, *, children: Sequence[Child] | None, on_twin: bool
) -> tuple[Examined, ...]:
    """Everything, in a fixed order. One request a bound database, two another; four or five for the rest."""
    told = [*_token(workspace), _rate(state), *_limits(workspace)]
    told.append(await _people(client))
    listed = children if children is not None else await under(client, workspace.parent_id)
    try:
        found = await find_memory(client, state, listed, parent=workspace.parent_id, searches=not on_twin)
    except WtstateError as error:
        return (*told, *(_of_finding("memory", finding) for finding in error.findings))
    told += _memory(state, found)
    told += await _leases(client, found.archive)
    seen = await see_databases(client, state, found, page=workspace.parent_id, searches=not on_twin)
    _, said = identify(state, seen, found.memory, Scope(), creates=True)
    told += _sharing(state, said)
    return tuple(told)


def _token(workspace: Workspace) -> Iterator[Examined]:
    name = workspace.name or "(without a name)"
    told = f"it speaks for the bot {workspace.bot_name!r} in the workspace {name!r}"
    yield Examined("token", Health.WELL, f"{told}, and answers in version {VERSION} of the API")


def _rate(state: State) -> Examined:
    requests, seconds = state.workspace.rate
    said = f"runs keep to {requests} requests in {seconds:g} seconds, and to less where Notion asks for it"
    return Examined("rate", Health.WELL, said)


def _limits(workspace: Workspace) -> Iterator[Examined]:
    limit = workspace.upload_limit
    if not limit:
        yield Examined("limits", Health.WATCH, "how large a file may be is not said; 5 MiB are reckoned with")
    elif limit <= FREE_UPLOAD_BYTES:
        yield Examined(
            "limits",
            Health.WATCH,
            f"files may have {limit / 2**20:.0f} MiB, as on the free plan, where a workspace of several members may "
            f"have {FREE_BLOCKS} blocks in all",
            "if that is so, upgrade before a large migration; how many there are the API does not tell",
        )
    else:
        yield Examined("limits", Health.WELL, f"files may have {limit / 2**20:.0f} MiB")


async def _people(client: Client) -> Examined:
    people = await read.people(client)
    if not people:
        return Examined(
            "capabilities",
            Health.WATCH,
            "it may list nobody, so people cannot be found by e-mail address",
            "give the connection the capability to read user information, if the state names people",
        )
    if not any(person.email for person in people):
        return Examined("capabilities", Health.WATCH, "it lists nobody with an e-mail address")
    return Examined("capabilities", Health.WELL, "it reads content, and lists people with their e-mail addresses")


def _memory(state: State, found: Found) -> Iterator[Examined]:
    for finding in missing_memory(state, found):
        yield _of_finding("memory", finding)
    if found.archive is None:
        told = f"there is no archive {state.workspace.archive!r} yet: the first apply makes it"
        yield Examined("memory", Health.WELL, told)
        return
    memory = found.memory
    settled = sum(not rule.again for rule in memory.settled.values())
    batches = f"{len(memory.batches):,} {'batch' if len(memory.batches) == 1 else 'batches'}"
    told = f"{counted(len(memory.bindings), 'database')} bound, {counted(settled, 'rule')} settled, {batches}"
    yield Examined("memory", Health.WELL, told)
    open_ = open_batch(memory)
    if open_ is not None:
        mend = f"finish it: {command_of(open_)}; or give it up: wtstate apply --abandon"
        yield Examined("memory", Health.WATCH, f"the batch {open_.id} was not finished", mend)
    if memory.probed:
        kind = sum(1 for reading in memory.probed.values() if reading == "kind")
        told = f"{len(memory.probed)} probed: {kind} kind, {len(memory.probed) - kind} harsh"
        yield Examined("assumptions", Health.WELL, told)
    else:
        yield Examined(
            "assumptions",
            Health.WATCH,
            "nothing was probed, so the harsh reading of every one holds",
            "wtstate doctor --probe PAGE, with an empty page",
        )


async def _leases(client: Client, archive: LiveDatabase | None) -> list[Examined]:
    """Who writes just now, and what runs that were cut off left of that."""
    kind = archive.by_name("kind") if archive is not None else None
    if archive is None or kind is None or LEASE not in [o["name"] for o in kind.config.get("options", ())]:
        return []
    asked = {"filter": {"property": common.encoded(kind.id), "select": {"equals": LEASE}}}
    pages = await items(client, "POST", f"data_sources/{archive.data_source_id}/query", body=asked)
    told = []
    for lease in sorted(listing(pages).leases.values(), key=lambda lease: lease.age):
        until = f"{lease.until:%Y-%m-%d %H:%M:%S} UTC"
        if lease.until > client.time:
            mend = "apply when it is through; if it was killed, after that time"
            told.append(Examined("leases", Health.WATCH, f"{shown(lease.holder)} writes, until {until}", mend))
        else:
            said = f"a run of {shown(lease.holder)} was cut off; its lease ended {until}"
            told.append(Examined("leases", Health.WATCH, said, "nothing to do: the next apply does not heed it"))
    return told or [Examined("leases", Health.WELL, "nobody is writing")]


def _sharing(state: State, said: Sequence[Finding]) -> Iterator[Examined]:
    wrong = {finding.address for finding in said if finding.severity is Severity.ERROR}
    there = [key for key in state.databases if addresses.of_database(key) not in wrong]
    for finding in said:
        if finding.severity is Severity.ERROR:
            yield _of_finding("sharing", finding)
            yield from _leading(state, finding)
    told = f"nothing speaks against {len(there)} of the state's {len(state.databases)} databases"
    yield Examined("sharing", Health.WELL, told)


def _leading(state: State, lost: Finding) -> Iterator[Examined]:
    """The relations that lead to a database which cannot be used: Notion hides them with it."""
    leading = [
        addresses.of_field(database.key, field.name)
        for database in state.databases.values()
        for field in database.fields.values()
        if field.to is not None and addresses.of_database(field.to) == lost.address
    ]
    if leading:
        told = f"{', '.join(leading)} {'leads' if len(leading) == 1 else 'lead'} there"
        yield Examined("sharing", Health.WATCH, f"{told}: a relation is hidden where its database is not shared")


def _of_finding(about: str, finding: Finding) -> Examined:
    address = f"{finding.address}: " if finding.address else ""
    return Examined(about, Health.ILL, f"{address}{finding.what}", finding.next)
