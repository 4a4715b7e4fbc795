"""The rehearsal: the plan's steps on a twin of what was read, by the loop of the real run, then planned and counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

from reconciler.connection import httpx_transport
from reconciler.execute.lease import Stopped, Terms
from reconciler.execute.opening import batch_of, ground_of
from reconciler.execute.outcome import Report
from reconciler.execute.reporter import Silent
from reconciler.execute.run import run
from reconciler.memory.entry import Entry
from reconciler.model.finding import Finding, WtstateError
from reconciler.notion.client import Client, connect
from reconciler.notion.errors import NotionError, finding
from reconciler.notion.pace import AT_ONCE
from reconciler.notion.snapshot import Header, Recorder
from reconciler.planning.plan import Plan
from reconciler.planning.proved import Proof
from reconciler.planning.reading import Reading
from reconciler.planning.restore.build import Restoring
from reconciler.proof.census import Missed, Touched, lost, strays
from reconciler.proof.material import material
from reconciler.proof.seen import Seen, seen_in
from reconciler.proof.stage import entries_made, outcome, set_up
from reconciler.proof.verdict import Act, verdict
from reconciler.twin import Assumptions, Changes, Twin, changes, copied, load_snapshot, mark, open_twin

Answers = Mapping[str, str]
"""What was probed of Notion: "kind" or "harsh" by the name of an assumption."""


@dataclass(frozen=True)
class Subject:
    """What is rehearsed: a plan, what it was made from, and the answers from which that was read.

    ``again`` makes the plan once more, as it was made, of what another client reads; ``restores`` are the ids that it
    takes back; ``probed`` are answers that are known.
    """

    plan: Plan
    reading: Reading | Restoring
    again: Callable[[Client], Awaitable[Plan]]
    recorder: Recorder
    header: Header
    restores: tuple[str, ...] = ()
    probed: Answers = field(default_factory=dict)


async def rehearse(subject: Subject) -> Proof:
    """Carries the plan out on a twin, once for each reading of what nobody has seen Notion do; asks nobody else.

    Where no answer of the kind reading hung on an assumption, the harsh one would go the same way, and is that one.
    """
    with open_twin(":memory:") as seeded:
        with material(subject.plan, subject.reading, subject.recorder) as answers:
            load_snapshot(seeded, answers.lines(subject.header))
            seen = seen_in(answers.answered())
        acts = [await _act(subject, seeded, seen, "kind")]
        if acts[0].asked - subject.probed.keys():
            acts.append(await _act(subject, seeded, seen, "harsh"))
    return verdict(subject.plan, acts, sources=_sources(subject.reading), probed=frozenset(subject.probed))


def _assumed(reading: str, probed: Answers) -> Assumptions:
    return Assumptions.read([reading, *(f"{name}={known}" for name, known in sorted(probed.items()))])


async def _act(subject: Subject, seeded: Twin, seen: Seen, reading: str) -> Act:
    """One rehearsal, under one reading."""
    asked = subject.reading
    there = (*((asked.archive,) if asked.archive else ()), *asked.own_archives.values())
    archives = frozenset(live.data_source_id for live in there)
    content = {page: blocks for pages in asked.content.values() for page, blocks in pages.items()}
    with ExitStack() as stack:
        twin = stack.enter_context(copied(seeded, assume=_assumed(reading, subject.probed)))
        stage = set_up(
            twin,
            seen,
            content,
            archives=archives,
            sensitive=_sensitive(subject.reading),
            owed=_owed(subject.reading, seen),
        )
        mark(twin)
        twin.assumptions_asked.clear()
        done = await _carried_out(subject, twin)
        changed = changes(twin)
        after = outcome(stage, changed, archives=archives | done.archives)
        touched = Touched.of(subject.plan, _sources(subject.reading))
        kept, torn = _kept(twin, changed, done.archives)
        return Act(
            reading=reading,
            before=stage.before,
            after=after,
            touched=touched,
            entries=kept,
            lost=tuple(lost(stage.before, after, (*kept, *subject.reading.left_over), stations=touched.stations)),
            strays=(*torn, *strays(stage.before, after, touched)),
            refused=tuple(done.report.refused),
            stopped=done.stopped,
            left=done.left,
            asked=frozenset(twin.assumptions_asked),
        )


@dataclass(frozen=True)
class _Done:
    """A run on the twin: what it reported, the archives that it left, what a second plan finds, what stopped it."""

    report: Report
    archives: frozenset[str]
    left: tuple[tuple[str, str], ...] = ()
    stopped: Finding | None = None


async def _carried_out(subject: Subject, twin: Twin) -> _Done:
    """The run and, where nothing was refused, the second plan."""
    plan, reading = subject.plan, subject.reading
    report, stopped = Report(), None
    left: tuple[tuple[str, str], ...] = ()
    async with connect(
        twin.token, read_only=False, rate=None, transport=httpx_transport(twin), clock=AT_ONCE
    ) as client:
        ground = ground_of(
            client,
            reading,
            bot=twin.bot_id,
            reporter=Silent(),
            read_at=datetime.now(UTC),
            clock=AT_ONCE,
            terms=Terms(holder="a rehearsal", alone=True),
        )
        ground.empty_files = True
        try:
            report = await run(
                plan, ground, batch=batch_of(plan, restores=subject.restores, taken=reading.memory.batches)
            )
            if not report.refused:
                again = await subject.again(client)
                left = tuple((action.kind, action.address) for action in again.actions)
        except NotionError as error:
            stopped = finding(error)
        except Stopped as error:
            stopped = error.finding
        except WtstateError as error:
            stopped = error.findings[0]
    archives = frozenset({ground.archive_source, *ground.own_archives.values()} - {""})
    return _Done(report=report, archives=archives, left=left, stopped=stopped)


def _owed(reading: Reading | Restoring, seen: Seen) -> frozenset[tuple[str, str]]:
    """Values that a batch which is open is still to write: their old ones are in its entries.

    Nor is anything to be kept of what a computed property shows since that batch archived what it had shown.
    """
    values = [(entry, value) for entry in reading.left_over for value in entry.values]
    taking = {(value.row, word) for _, value in values if value.to is not None for word in value.to[:2]}
    keys = _sources(reading)
    computed = {(keys.get(e.database), v.property_id) for e, v in values if e.kind == "retype" and not v.restorable}
    shown = {(page, property_id) for page, property_id in seen.values if (seen.sources[page], property_id) in computed}
    return frozenset(taking | shown)


def _sensitive(reading: Reading | Restoring) -> frozenset[str]:
    """The data sources whose values, and rows' names, must not be said."""
    pairs = [pair for pair in reading.matched.databases.values() if pair.live is not None and pair.sensitive]
    return frozenset(pair.live.data_source_id for pair in pairs if pair.live is not None)


def _sources(reading: Reading | Restoring) -> dict[str, str]:
    """Data source ids by database key."""
    return {key: pair.live.data_source_id for key, pair in reading.matched.databases.items() if pair.live is not None}


def _kept(twin: Twin, changed: Changes, archives: frozenset[str]) -> tuple[tuple[Entry, ...], tuple[Missed, ...]]:
    """The entries that the run left in the archives; one that cannot be read is missed."""
    try:
        return entries_made(twin, changed, archives=archives), ()
    except WtstateError as error:
        return (), (Missed(f"an entry of the archive cannot be read: {error.findings[0].what}"),)
