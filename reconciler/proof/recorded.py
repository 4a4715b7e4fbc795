"""Records: what a plan needs to read, in a file, held against the plan that was made from the workspace itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.connection import httpx_transport
from reconciler.desired.state import State
from reconciler.notion import read
from reconciler.notion.client import Client, connect
from reconciler.notion.digests import digested
from reconciler.notion.pace import AT_ONCE
from reconciler.notion.snapshot import Recorder, recording
from reconciler.planning.document import document
from reconciler.planning.plan import Plan
from reconciler.planning.reading import Reading
from reconciler.planning.restore.build import Restoring
from reconciler.proof.rehearse import Subject
from reconciler.twin import load_snapshot, open_twin


@dataclass(frozen=True)
class Recorded:
    """What a record holds. ``differs`` are addresses at which a plan from it is not the plan from the workspace."""

    databases: int
    rows: int
    differs: tuple[str, ...]


async def record(client: Client, subject: Subject, path: Path) -> Recorded:
    """Keeps what the plan was made from, and every row of the databases of the state, so that the files may change.

    With ``subject.header.digests`` words of rows are digests, but those of keys, by which the files name rows.
    """
    pairs = [pair for pair in subject.reading.matched.databases.values() if pair.live is not None]
    databases = [pair.live for pair in pairs if pair.live is not None and not pair.live.unsupported]
    rows = 0
    with subject.recorder.listening(client):
        for live in databases:
            rows += len((await read.query(client, live, filter=None, property_ids=None)).rows)
    with recording() as kept:
        kept.keep(_answers(subject))
        again = await _planned(subject, kept)
        kept.save(path, subject.header)
    return Recorded(databases=len(databases), rows=rows, differs=_differs(subject.plan, again))


def _answers(subject: Subject) -> Iterable[Mapping[str, Any]]:
    if not subject.header.digests:
        return subject.recorder.answered()
    asked = subject.reading
    there = (*((asked.archive,) if asked.archive else ()), *asked.own_archives.values())
    archives = frozenset(live.data_source_id for live in there)
    return digested(subject.recorder.answered(), archives=archives, kept=_keys(asked))


def _keys(reading: Reading | Restoring) -> frozenset[tuple[str, str]]:
    """The properties by which rows are told apart and found; those of sensitive databases are hidden like the rest."""
    names = _key_names(reading.state)
    kept: set[tuple[str, str]] = set()
    for pair in reading.matched.databases.values():
        if pair.live is None or pair.sensitive:
            continue
        source = pair.live.data_source_id
        kept |= {(source, prop.id) for prop in pair.live.properties if prop.name in names}
        kept |= {(source, prop.id) for name, prop in pair.fields.items() if prop is not None and name in names}
    return frozenset(kept)


def _key_names(state: State) -> frozenset[str]:
    """The names of all fields that hold keys: of databases, of what relations match, of links, of merges' sources."""
    names = {database.key_field for database in state.databases.values()}
    for database in state.databases.values():
        for field in database.fields.values():
            names.add(field.match)
            names |= {field.link.source, field.link.target} if field.link else set()
    for merge in state.merges.values():
        keys = {merge.match, state.databases[merge.into].key_field}
        names |= keys | {source for source, target in merge.fields.items() if target in keys}
    return frozenset(name for name in names if name)


async def _planned(subject: Subject, kept: Recorder) -> Plan:
    """The plan that the record leads to."""
    with open_twin(":memory:") as twin:
        load_snapshot(twin, kept.lines(subject.header))
        async with connect(
            twin.token, read_only=True, rate=None, transport=httpx_transport(twin), clock=AT_ONCE
        ) as client:
            return await subject.again(client)


def _differs(first: Plan, second: Plan) -> tuple[str, ...]:
    one, other = Counter(_outline(first)), Counter(_outline(second))
    return tuple(sorted({address for address, *_ in (one - other) + (other - one)}))


def _outline(plan: Plan) -> Iterable[tuple[str, ...]]:
    """What a plan comes to without its values: address, kind, how many rows, how many values archived; findings."""
    told = document(plan)
    for action in told["actions"]:
        yield str(action["address"]), str(action["kind"]), str(len(action["rows"])), str(action["archived"])
    for kind in ("blocked", "manual"):
        for finding in told[kind]:
            yield str(finding["address"]), kind, str(finding["code"])
