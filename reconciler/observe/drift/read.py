"""Reads what a drift needs, compares, and tells it. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from reconciler.desired.state import State
from reconciler.memory.batches import open_batch
from reconciler.model import address as addresses
from reconciler.model.live import Workspace
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.observe.archived import Archived, joined, read_archive
from reconciler.observe.drift import values
from reconciler.observe.drift.differences import Difference, differences, hidden
from reconciler.observe.drift.report import DriftReport, Side, ordered
from reconciler.observe.drift.told import Telling
from reconciler.observe.drift.values import ValueDifference
from reconciler.observe.evidence import Evidence
from reconciler.observe.verify import last_batch
from reconciler.planning.asking import Question
from reconciler.planning.build import build_plan, tasks_of
from reconciler.planning.identity import Child
from reconciler.planning.match import Matched
from reconciler.planning.scope import Scope
from reconciler.survey.ask import survey
from reconciler.survey.find import Found

_GONE = frozenset({"target-in-trash", "not-found"})
"""Guards that hold back a database because it does not answer as it did."""


@dataclass(frozen=True)
class Compared:
    """Everything that differs, and what it was found in."""

    evidence: Evidence
    schema: tuple[Difference, ...]
    values: tuple[ValueDifference, ...]


@dataclass
class _Archive:
    """What reading on the way to the rows brings along."""

    found: Archived = field(default_factory=Archived)


async def compare(
    client: Client,
    state: State,
    workspace: Workspace,
    scope: Scope,
    *,
    children: Sequence[Child] | None,
    on_twin: bool,
) -> Compared:
    """Reads what a plan reads, and what corrections wrote once: one query more, and 1 request for each of their
    entries. ``children`` and ``on_twin`` are what `survey` takes."""
    archive = _Archive()

    async def widen(found: Found, matched: Matched, asked: Mapping[str, Question]) -> Mapping[str, Question]:
        rules = values.settled_corrections(state, found.memory, scope)
        if not rules:
            return asked
        read_whole = [await read_archive(client, each, found.memory, kind="correction") for each in found.archives]
        archive.found = joined(read_whole)
        return values.widened(rules, matched, asked, archive.found)

    reading = await survey(
        client, state, workspace, scope, children=children, on_twin=on_twin, widen=widen, history=True
    )
    evidence = Evidence(reading=reading, plan=build_plan(reading, scope), archived=archive.found)
    schema = chain.from_iterable(
        differences(pair, reading.matched, reading.memory.bindings.get(key))
        for key, pair in reading.matched.databases.items()
        if key in state.databases
    )
    rules = values.settled_corrections(state, reading.memory, scope)
    valued = (*values.acting(evidence, tuple(tasks_of(reading, scope).tasks)), *values.once(evidence, rules))
    return Compared(
        evidence=evidence,
        schema=tuple(one for one in schema if scope.includes(one.address)),
        values=tuple(one for one in valued if scope.includes(one.address)),
    )


async def drift(
    client: Client,
    state: State,
    workspace: Workspace,
    scope: Scope,
    *,
    children: Sequence[Child] | None,
    on_twin: bool,
) -> DriftReport:
    """What people changed since the last apply, apart from what the files changed; who did is asked where it is not
    this integration. Raises what `survey` raises."""
    before = client.sent
    found = await compare(client, state, workspace, scope, children=children, on_twin=on_twin)
    evidence = found.evidence
    reading = evidence.reading
    editors = {one.live.last_edited_by for one in found.values if one.live}
    for one in found.schema:
        live = reading.matched.databases[one.database].live
        editors |= {live.last_edited_by} if live and one.side is not Side.FILES else set()
    people = await read.people(client) if editors - {"", workspace.bot_id} else ()
    telling = Telling(evidence, {person.id: person.name or person.email for person in people})
    lost = [
        telling.gone(finding, reading.memory.bindings[key])
        for finding in evidence.plan.blocked
        for key in state.databases
        if finding.code in _GONE and finding.address == addresses.of_database(key) and key in reading.memory.bindings
    ]
    last = last_batch(reading.memory)
    told = [*lost, *map(telling.schema, found.schema), *map(telling.value, found.values)]
    return DriftReport(
        workspace=state.workspace.name or workspace.name,
        items=ordered(told) if reading.memory.batches else (),
        batch=last.id if last else "",
        applied=last.finished if last else "",
        unknown=tuple(_unknown(evidence, found, scope)),
        requests=client.sent - before,
        environment=state.workspace.environment,
    )


def _unknown(evidence: Evidence, found: Compared, scope: Scope) -> Iterator[str]:
    """What cannot be known, in sentences."""
    memory, state = evidence.reading.memory, evidence.state
    if not memory.batches:
        yield "nothing was applied yet, so nobody can have changed it since: wtstate plan shows what differs"
        return
    going_on = open_batch(memory)
    if going_on is not None:
        yield f"batch {going_on.id} was cut off; what it did is remembered once wtstate apply has finished it"
    for key in sorted(state.databases):
        binding, address = memory.bindings.get(key), addresses.of_database(key)
        if not scope.includes(address) and not any(addresses.covers(address, each) for each in scope.only):
            continue
        if binding is not None and binding.applied is None:
            yield f"{address}: its schema as last applied is not remembered until the next apply that changes it"
    for key, pair in sorted(evidence.matched.databases.items()):
        for _, name in hidden(pair, evidence.matched, memory.bindings.get(key)):
            yield f"{addresses.of_field(key, name)}: Notion leaves out a relation whose target the token cannot see"
    for rule in sorted({one.address for one in found.values if one.side is Side.UNKNOWN}):
        yield f"{rule}: what it said when it was last applied is not remembered"
    yield from _not_read(evidence)


def _not_read(evidence: Evidence) -> Iterator[str]:
    for key, rows in sorted(evidence.reading.rows.items()):
        if rows.incomplete:
            yield f"{addresses.of_database(key)}: not every row was read: {rows.incomplete}"
    for damaged in evidence.archived.damaged:
        yield f"the archive entry {damaged.title!r} cannot be read: {damaged.what}"
