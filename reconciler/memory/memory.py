"""What the workspace remembers: which ids the keys are bound to, which rules are settled, every batch.

The memory lies in the archive database: one entry a database, the settled rules packed into one, one entry a batch;
what is too long for an entry is split over several. It is read by one query, and of it only what differs is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from reconciler.memory import schema
from reconciler.memory.applied import Words
from reconciler.memory.entry import timestamp
from reconciler.memory.records import Record, damaged, named, numbered, record_of, split, written_digest
from reconciler.memory.schema import ARCHIVES, BATCH, BINDING, LEASE, MEMORY_KINDS, PROBED, SETTLED
from reconciler.memory.text import digest, dumps, shown
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.live import LiveDatabase, LiveRow

PLAN_CHARACTERS = 10_000
"""Characters of a plan's summary that a batch keeps."""

Status = Literal["open", "done", "abandoned", "failed"]
_STATUS: Mapping[str, Status] = {"open": "open", "done": "done", "abandoned": "abandoned", "failed": "failed"}
Reading = Literal["kind", "harsh"]
_READINGS: Mapping[str, Reading] = {"kind": "kind", "harsh": "harsh"}
_FORGOTTEN = {"forgotten": True}


@dataclass(frozen=True)
class Binding:
    """What a database key is bound to. ``fields`` gives decoded property ids by field name, ``formulas`` the text
    (written, read back then) by field name, ``owner`` the name of the state that binds, ``applied`` the schema as last
    applied (None where nothing was yet, or an older version did it) and ``batch`` the batch that did."""

    key: str
    database_id: str
    data_source_id: str
    title: str
    fields: Mapping[str, str] = field(default_factory=dict)
    formulas: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    owner: str = ""
    applied: Words | None = None
    batch: str = ""


@dataclass(frozen=True)
class Settled:
    """A rule that was done: its address, the `rule_digest` it had, and the batch that did it.

    ``said`` are the values that it set then, as JSON data by field name; {} for rules that set none, and where an older
    version settled it. ``again`` says that it never settles: it acts at every plan, and was last applied like this.
    """

    address: str
    digest: str
    batch: str
    said: Mapping[str, Any] = field(default_factory=dict)
    again: bool = False


@dataclass(frozen=True)
class Batch:
    """One apply. ``started`` and ``finished`` ("" while open) are ISO 8601; ``plan`` is its summary in words, cut to
    `PLAN_CHARACTERS`; ``addresses`` are those of its actions; ``made`` are (database key, page id) of the rows that it
    made, ``restores`` the batches or entries that it takes back."""

    id: str
    status: Status
    started: str
    plan: str
    addresses: tuple[str, ...] = ()
    finished: str = ""
    made: tuple[tuple[str, str], ...] = ()
    restores: tuple[str, ...] = ()
    stayed: tuple[str, ...] = ()
    """The rows that its merges left where they were."""
    consents: tuple[str, ...] = ()
    """The guards that a person lifted for it, as ``GUARD:ADDRESS``."""


@dataclass(frozen=True)
class ArchiveIds:
    """The archive database and its data source."""

    database_id: str
    data_source_id: str


@dataclass(frozen=True)
class Memory:
    """All that is remembered: ``bindings`` by key, ``settled`` by address, ``batches`` by id.

    ``archive`` is None where there is no archive yet; ``entries`` gives the page ids of the memory's entries by record,
    ``stored`` the digest that stands on each of those pages.
    """

    bindings: Mapping[str, Binding] = field(default_factory=dict)
    settled: Mapping[str, Settled] = field(default_factory=dict)
    batches: Mapping[str, Batch] = field(default_factory=dict)
    archive: ArchiveIds | None = None
    entries: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)
    probed: Mapping[str, Reading] = field(default_factory=dict)
    """What `wtstate doctor --probe` found out of the service, by the name of the twin's switch."""
    asked: Mapping[str, Any] | None = None
    """The filter by which it was read; None where there was nothing to read."""
    archives: Mapping[str, str] = field(default_factory=dict)
    """The archives that databases have for themselves: the database's id by title."""


def rule_digest(words: Mapping[str, Any]) -> str:
    """The digest of what a rule says, given as JSON data without its place in the files; order of keys is no matter."""
    return digest(dumps(words))


def memory_filter(archive: LiveDatabase, *, since: datetime | None = None) -> dict[str, Any] | None:
    """The filter for the one query that reads the memory; None when the archive cannot hold any (an older script's).

    It asks for what has ``data`` as well as for the kinds, so that a change of one by hand hides nothing. ``since``
    leaves out the batches that are done and began before: an archive gets one with every apply, and a plan needs none.
    """
    data, kind = archive.by_name("data"), archive.by_name("kind")
    if data is None or data.type != "rich_text":
        return None
    kept: dict[str, Any] = {"property": "data", "rich_text": {"is_not_empty": True}}
    if kind is None or kind.type != "select":
        return {"or": [kept]}
    there = {option["name"] for option in kind.config.get("options", ())}
    kinds = [{"property": "kind", "select": {"equals": name}} for name in MEMORY_KINDS if name in there]
    if since is None or BATCH not in there or schema.missing(archive):
        return {"or": [kept, *kinds]}
    batch = {"property": "kind", "select": {"equals": BATCH}}
    others = {"property": "kind", "select": {"does_not_equal": BATCH}}
    undone = {"property": "reasonForMergeOrDrop", "rich_text": {"does_not_equal": _said_of("done")}}
    recent = {"property": "timestamp", "date": {"on_or_after": timestamp(since)}}
    kinds.remove(batch)
    return {"or": [_all(kept, others), *kinds, _all(batch, undone), _all(batch, recent)]}


def _all(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"and": list(conditions)}


def _said_of(status: Status) -> str:
    """What the page of a batch says of it to people."""
    return f"apply: {status}"


def read(rows: Iterable[LiveRow], archive: LiveDatabase, *, asked: Mapping[str, Any] | None = None) -> Memory:
    """The memory from the rows that `memory_filter` gave, which is ``asked``.

    Raises `WtstateError` with a finding for each entry that was edited (``archive-entry-damaged``), that a newer
    version wrote (``archive-entry-newer``), or that is there twice and says two things (``archive-entry-doubled``).
    """
    found: dict[str, tuple[Record, LiveRow]] = {}
    stored: dict[str, str] = {}
    findings: list[Finding] = []
    for row in sorted(rows, key=lambda r: r.id):
        try:
            record = record_of(row, archive)
            if record.kind == LEASE:  # says who writes just now, and is no part of what is remembered
                continue
            _check(record, row)
        except WtstateError as error:
            findings.extend(error.findings)
            continue
        stored[row.id] = written_digest(row, archive)
        first, other = found.setdefault(record.name, (record, row))
        if first != record:
            findings.append(_doubled(other, row))
    if findings:
        raise WtstateError(findings)
    records = [record for _, (record, _) in sorted(found.items())]
    return Memory(
        bindings=_bindings(records),
        settled=_settled(records),
        batches=_batches(records),
        archive=ArchiveIds(database_id=archive.id, data_source_id=archive.data_source_id),
        asked=asked,
        entries={name: row.id for name, (_, row) in sorted(found.items())},
        stored=stored,
        probed=_probed(records),
        archives=_archives(records),
    )


def binding_properties(binding: Binding) -> list[dict[str, Any]]:
    """The ``properties`` of the pages that remember the binding: one, unless it is too long for an entry."""
    return [_page(record) for record in _binding_records(binding)]


def settled_properties(settled: Iterable[Settled]) -> list[dict[str, Any]]:
    """The ``properties`` of the pages that remember the settled rules: one for about a thousand rules."""
    return [_page(record) for record in _settled_records(settled)]


def batch_properties(batch: Batch) -> list[dict[str, Any]]:
    """The ``properties`` of the pages that remember the batch: one, unless it is too long for an entry."""
    return [_page(record) for record in _batch_records(batch)]


def changed(old: Memory, new: Memory) -> list[tuple[str | None, dict[str, Any]]]:
    """The writes that turn what is remembered into ``new``: (page to update, or None for a new one, its properties).

    Ordered by record. What is no longer remembered is not removed: its entry is overwritten by one that says so.
    """
    pages = {**old.entries, **new.entries}
    before, after = _records(old), _records(new)
    gone = {name: Record(name, before[name].kind, _FORGOTTEN) for name in before if name in pages and name not in after}
    writes = {
        **gone,
        **{n: r for n, r in after.items() if n not in pages or n not in before or before[n].text != r.text},
    }
    return [(pages.get(name), _page(record)) for name, record in sorted(writes.items())]


def _records(memory: Memory) -> dict[str, Record]:
    records = [*_settled_records(memory.settled.values())] if memory.settled else []
    for binding in memory.bindings.values():
        records += _binding_records(binding)
    for batch in memory.batches.values():
        records += _batch_records(batch)
    if memory.probed:
        records += _probed_records(memory.probed)
    if memory.archives:
        records.append(Record(ARCHIVES, ARCHIVES, {"archives": list(map(list, sorted(memory.archives.items())))}))
    return {record.name: record for record in records}


def _page(record: Record) -> dict[str, Any]:
    """The record's page; what people see beside the data is taken from it, so equal records make equal pages."""
    match record.kind, record.data:
        case "batch", {"started": str(started), "id": str(batch), "plan": str(plan), "status": str(status)}:
            said = _said_of(_STATUS[str(status)])
            return record.properties(
                timestamp=started, migrationBatch=batch, originalValue=plan, reasonForMergeOrDrop=said
            )
        case "memory-binding", {"title": str(title)}:
            return record.properties(sourceDatabase=title)
    return record.properties()


def _binding_records(binding: Binding) -> list[Record]:
    words = {
        "key": binding.key, "database_id": binding.database_id, "data_source_id": binding.data_source_id,
        "title": binding.title, "owner": binding.owner, **({"batch": binding.batch} if binding.batch else {}),
    }  # fmt: skip
    ids = [("fields", name, value) for name, value in sorted(binding.fields.items())]
    texts = [("formulas", name, list(pair)) for name, pair in sorted(binding.formulas.items())]
    applied = [("applied", name, dict(words)) for name, words in sorted((binding.applied or {}).items())]

    def record(items: Sequence[tuple[str, str, Any]], part: int) -> Record:
        held: dict[str, dict[str, Any]] = {"fields": {}, "formulas": {}}
        for group, name, value in items:
            held.setdefault(group, {})[name] = value
        return Record(numbered(f"{BINDING} {binding.key}", part), BINDING, {**words, **held})

    return split([*ids, *texts, *applied], record)


def _settled_records(settled: Iterable[Settled]) -> list[Record]:
    def record(part: Sequence[Settled], number: int) -> Record:
        said = {rule.address: dict(rule.said) for rule in part if rule.said}
        again = [rule.address for rule in part if rule.again]
        more = {**({"said": said} if said else {}), **({"again": again} if again else {})}
        rules = [[rule.address, rule.digest, rule.batch] for rule in part]
        return Record(numbered(SETTLED, number), SETTLED, {"rules": rules, **more})

    return split(sorted(settled, key=lambda rule: (rule.address, rule.digest, rule.batch)), record)


def _batch_records(batch: Batch) -> list[Record]:
    words = {
        "id": batch.id, "status": batch.status, "started": batch.started, "finished": batch.finished,
        "plan": _kept_plan(batch.plan), **({"restores": list(batch.restores)} if batch.restores else {}),
        **({"consents": list(batch.consents)} if batch.consents else {}),
    }  # fmt: skip
    items = [*(("addresses", each) for each in batch.addresses), *(("made", list(each)) for each in batch.made)]
    items += [("stayed", each) for each in batch.stayed]

    def record(part: Sequence[tuple[str, Any]], number: int) -> Record:
        held = {group: [each for of, each in part if of == group] for group in ("addresses", "made", "stayed")}
        kept = {group: each for group, each in held.items() if each or group == "addresses"}
        return Record(numbered(f"{BATCH} {batch.id}", number), BATCH, {**words, **kept})

    return split(items, record)


def _probed_records(probed: Mapping[str, Reading]) -> list[Record]:
    return split(
        sorted(probed.items()),
        lambda part, number: Record(numbered(PROBED, number), PROBED, {"readings": list(map(list, part))}),
    )


def _probed(records: Iterable[Record]) -> dict[str, Reading]:
    return {str(name): _READINGS[reading] for data in _of_kind(records, PROBED) for name, reading in data["readings"]}


def _archives(records: Iterable[Record]) -> dict[str, str]:
    return {str(title): str(found) for data in _of_kind(records, ARCHIVES) for title, found in data["archives"]}


def _kept_plan(plan: str) -> str:
    """A plan's summary as a batch keeps it: its lines, each made harmless, cut to `PLAN_CHARACTERS`."""
    return "\n".join(shown(line) for line in plan.split("\n"))[:PLAN_CHARACTERS]


def _check(record: Record, row: LiveRow) -> None:
    """Raises the error of a damaged entry when the record has not the form of its kind."""
    try:
        if record.data != _FORGOTTEN:
            {BINDING: _bindings, SETTLED: _settled, BATCH: _batches, PROBED: _probed, ARCHIVES: _archives}[record.kind](
                [record]
            )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise damaged(row) from None


def _of_kind(records: Iterable[Record], kind: str) -> Iterator[Mapping[str, Any]]:
    return (r.data for r in records if r.kind == kind and r.data != _FORGOTTEN)


def _bindings(records: Iterable[Record]) -> dict[str, Binding]:
    bindings: dict[str, Binding] = {}
    for data in _of_kind(records, BINDING):
        before = bindings.get(data["key"])
        formulas = {name: (written, read_then) for name, (written, read_then) in data["formulas"].items()}
        bindings[data["key"]] = Binding(
            key=data["key"], database_id=data["database_id"], data_source_id=data["data_source_id"],
            title=data["title"], owner=data["owner"], batch=str(data.get("batch", "")),
            fields={**(before.fields if before else {}), **data["fields"]},
            formulas={**(before.formulas if before else {}), **formulas},
            applied=_applied(before.applied if before else None, data.get("applied")),
        )  # fmt: skip
    return bindings


def _applied(before: Words | None, more: Mapping[str, Any] | None) -> Words | None:
    """The words of a binding's parts together; None where no part has any."""
    if more is None:
        return before
    return {**(before or {}), **{name: dict(words) for name, words in more.items()}}


def _settled(records: Iterable[Record]) -> dict[str, Settled]:
    return {
        address: Settled(
            address, sha, batch, dict(data.get("said", {}).get(address, {})), again=address in data.get("again", ())
        )
        for data in _of_kind(records, SETTLED)
        for address, sha, batch in data["rules"]
    }


def _batches(records: Iterable[Record]) -> dict[str, Batch]:
    batches: dict[str, Batch] = {}
    for data in _of_kind(records, BATCH):
        before = batches.get(data["id"])
        batches[data["id"]] = Batch(
            id=data["id"], status=_STATUS[data["status"]], started=data["started"], finished=data["finished"],
            plan=data["plan"], addresses=(*(before.addresses if before else ()), *data["addresses"]),
            made=(*(before.made if before else ()), *((key, page) for key, page in data.get("made", ()))),
            stayed=(*(before.stayed if before else ()), *map(str, data.get("stayed", ()))),
            restores=tuple(data.get("restores", ())),
            consents=tuple(map(str, data.get("consents", ()))),
        )  # fmt: skip
    return batches


def _doubled(first: LiveRow, second: LiveRow) -> Finding:
    return Finding(
        code="archive-entry-doubled",
        what=f"the archive has two entries that say different things of one: {named(first)} and {named(second)}",
        why="it cannot be known which of them holds",
        next="move the one that is out of date to the trash in Notion, then run again",
    )


_READERS: Mapping[str, Callable[[Iterable[Record]], object]] = {
    BINDING: _bindings, SETTLED: _settled, BATCH: _batches, PROBED: _probed, ARCHIVES: _archives,
}  # fmt: skip
