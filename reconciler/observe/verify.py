"""``verify``: whether the workspace is what the files, the memory and the archive say. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.desired.state import Check, State
from reconciler.memory.memory import Batch, Memory
from reconciler.memory.schema import BATCH
from reconciler.model import address as addresses
from reconciler.model.finding import WtstateError
from reconciler.model.live import LiveDatabase, Workspace
from reconciler.notion import read, shapes
from reconciler.notion.client import Client
from reconciler.notion.errors import NotFound
from reconciler.observe import declared, edges, kept, values
from reconciler.observe.archived import Archived, joined, read_archive
from reconciler.observe.evidence import Evidence, widened
from reconciler.observe.values import Known, Whereabouts
from reconciler.observe.verify_report import Group, Result, Status, VerifyReport
from reconciler.planning.asking import Question
from reconciler.planning.build import build_plan, resolver
from reconciler.planning.identity import Child
from reconciler.planning.match import Matched
from reconciler.planning.rules import checks
from reconciler.planning.scope import Scope
from reconciler.survey.ask import survey
from reconciler.survey.find import Found

LOOKED_FOR = 25
"""How many rows that are not where they were are looked for, one request each."""
_DAMAGED = frozenset({"archive-entry-damaged", "archive-entry-doubled", "archive-entry-newer"})


@dataclass
class _Archive:
    """What reading on the way to the rows brings along."""

    found: Archived = field(default_factory=Archived)


async def verify(
    client: Client,
    state: State,
    workspace: Workspace,
    *,
    children: Sequence[Child] | None,
    on_twin: bool,
) -> VerifyReport:
    """Checks the workspace; every database's rows are asked for by one query at most.

    ``children`` and ``on_twin`` are what `survey` takes. Raises `WtstateError` where nothing can be checked: the
    archive is another state's, or there twice. A memory that somebody edited is a failed check.
    """
    before = client.sent
    archive = _Archive()

    async def widen(found: Found, matched: Matched, asked: Mapping[str, Question]) -> Mapping[str, Question]:
        archive.found = joined([await read_archive(client, each, found.memory) for each in found.archives])
        return widened(state, matched, asked, archive.found, last_batch(found.memory))

    try:
        reading = await survey(
            client, state, workspace, Scope(), children=children, on_twin=on_twin, widen=widen, history=True
        )
    except WtstateError as error:
        if any(finding.code not in _DAMAGED for finding in error.findings):
            raise
        settings, sent = state.workspace, client.sent - before
        failed = _unreadable(error)
        return VerifyReport(failed, workspace=settings.name, environment=settings.environment, requests=sent)
    evidence = Evidence(reading=reading, plan=build_plan(reading, Scope()), archived=archive.found)
    last = last_batch(reading.memory)
    sources = {name: await _source(client, page) for name, page in declared.settled_merges(evidence)}
    known = await _known(client, evidence, last)
    results = (
        *declared.databases(evidence),
        *declared.merged(evidence, sources),
        *declared.as_declared(evidence),
        *values.corrections(evidence, known),
        *edges.relations(evidence),
        *kept.archive(evidence),
        *values.census(evidence, last, known),
        *_checks(evidence),
    )
    order = list(Group)
    return VerifyReport(
        results=tuple(sorted(results, key=lambda r: (order.index(r.group), r.address, r.check))),
        workspace=state.workspace.name or workspace.name,
        batch=last.id if last else "",
        page=reading.memory.entries.get(f"{BATCH} {last.id}", "") if last else "",
        requests=client.sent - before,
        environment=state.workspace.environment,
    )


def last_batch(memory: Memory) -> Batch | None:
    """The newest apply that was done."""
    done = [batch for batch in memory.batches.values() if batch.status == "done"]
    return max(done, key=lambda batch: batch.id, default=None)


def _unreadable(error: WtstateError) -> tuple[Result, ...]:
    """The results where the memory itself cannot be read: nothing else can be checked then."""
    return tuple(
        Result(Group.ARCHIVE, f"memory {finding.code}", "", Status.FAIL, finding.what, (finding.next,))
        for finding in error.findings
    )


async def _source(client: Client, database_id: str) -> LiveDatabase | None:
    """The source of a merge that is done; None when it does not answer. 1 request."""
    try:
        return shapes.database(await client.request("GET", f"databases/{database_id}"))
    except NotFound:
        return None


async def _known(client: Client, evidence: Evidence, last: Batch | None) -> Known:
    """Who edited what differs, and where rows went: asked only where there are such."""
    rows: dict[str, Whereabouts] = {}
    for page_id in values.unplaced(evidence, last)[:LOOKED_FOR]:
        rows[page_id] = await _whereabouts(client, page_id)
    ids = values.editors(evidence, last) | {where.by for where in rows.values() if where.by}
    people = await read.people(client) if ids - {evidence.reading.workspace.bot_id} else ()
    return Known(people={person.id: person.name or person.email for person in people}, rows=rows)


async def _whereabouts(client: Client, page_id: str) -> Whereabouts:
    try:
        page = await read.page(client, page_id)
    except NotFound:
        return Whereabouts()
    row = shapes.row(page, {})
    trashed = page.get("in_trash") is True
    return Whereabouts(trashed=trashed, elsewhere=not trashed, by=row.last_edited_by)


def _checks(evidence: Evidence) -> Iterator[Result]:
    """Every ``[checks]`` of the state, judged on the rows as they are now."""
    for check in evidence.state.checks.values():
        yield _check(check, evidence)


def _check(check: Check, evidence: Evidence) -> Result:
    address = addresses.of_rule("checks", check.name)
    against = Status.WARN if check.severity == "warn" else Status.FAIL
    pair = evidence.matched.databases.get(check.database)
    if pair is None or pair.live is None:
        return Result(Group.CHECKS, "check", address, against, f"the database {check.database!r} is not there")
    ledger = evidence.ledgers[check.database]
    if ledger.incomplete:
        return Result(Group.CHECKS, "check", address, against, f"not every row was read: {ledger.incomplete}")
    told = checks.answer(check, pair, ledger, resolver(evidence.reading, pair))
    return Result(Group.CHECKS, "check", address, Status.OK if told.holds else against, told.what)
