"""What was done and what is kept: batches and archive entries as people look them up. Plain data, for renderers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from reconciler.desired.state import State
from reconciler.memory.batches import plan_lines
from reconciler.memory.entry import Entry
from reconciler.memory.memory import Batch, Memory
from reconciler.model import properties
from reconciler.planning.identity import targets
from reconciler.planning.ledger import HIDDEN

FORMAT_VERSION = "1.0"
_FINISH = "finish-batch"


@dataclass(frozen=True)
class BatchLine:
    """A batch in one line.

    ``actions`` counts addresses, as apply does, ``values`` what its plan says; ``restores`` is what it took back.
    """

    id: str
    status: str
    started: str
    finished: str
    actions: int
    values: int
    restores: tuple[str, ...]


@dataclass(frozen=True)
class EntryLine:
    """An archive entry in one line: ``id`` is its page's, ``place`` its address (and database), ``rows`` how the first
    of its rows are called."""

    id: str
    place: str
    batch: str
    kind: str
    database: str
    field: str
    rows: str
    reason: str
    when: str


@dataclass(frozen=True)
class BatchView:
    """A batch with the lines of its plan, its entries, and what its reports of `verify` said."""

    batch: BatchLine
    plan: tuple[str, ...]
    entries: tuple[EntryLine, ...]
    reports: tuple[str, ...]


@dataclass(frozen=True)
class KeptValue:
    """One archived value as people read it."""

    row: str
    field: str
    type: str
    old: str
    new: str
    restorable: bool


@dataclass(frozen=True)
class EntryView:
    """An archive entry with its values; ``pages`` counts the pages whose content it keeps."""

    line: EntryLine
    source: str
    where: str
    values: tuple[KeptValue, ...]
    pages: int
    definition: Mapping[str, Any] = field(default_factory=dict)
    hidden: bool = False

    @property
    def unrestorable(self) -> int:
        """How many values can only be read."""
        return sum(not value.restorable for value in self.values)


def batch_line(batch: Batch) -> BatchLine:
    """The batch as its record says it."""
    lines = [line for line in plan_lines(batch) if line.kind != _FINISH]
    return BatchLine(
        id=batch.id,
        status=batch.status,
        started=batch.started,
        finished=batch.finished,
        actions=len(set(batch.addresses)) or len(lines),
        values=sum(line.archived for line in lines),
        restores=batch.restores,
    )


def batches(memory: Memory) -> tuple[BatchLine, ...]:
    """Every batch, the newest first."""
    return tuple(batch_line(batch) for _, batch in sorted(memory.batches.items(), reverse=True))


def entry_view(line: EntryLine, entry: Entry, state: State) -> EntryView:
    """The entry as people read it; values of a database that is declared sensitive are not told."""
    declared = targets(state).get(entry.database)
    hidden = bool(declared and declared.sensitive)
    values = tuple(
        KeptValue(
            row=HIDDEN if hidden else value.name,
            field=value.property,
            type=value.type,
            old=HIDDEN if hidden else properties.of(value.type).text(value.old),
            new=HIDDEN if hidden else _new(value.to[2] if value.to else value.type, value.new),
            restorable=value.restorable,
        )
        for value in entry.values
    )
    return EntryView(
        line=line,
        source=entry.source,
        where=entry.where,
        values=values,
        pages=len(entry.content),
        definition={} if hidden else entry.definition,
        hidden=hidden,
    )


def _new(kind: str, value: Any) -> str:
    return "" if value is None else properties.of(kind).text(value)


def history_document(lines: Iterable[BatchLine]) -> dict[str, Any]:
    """The batches as JSON data."""
    return {"format_version": FORMAT_VERSION, "batches": [asdict(line) for line in lines]}


def batch_document(view: BatchView) -> dict[str, Any]:
    """One batch as JSON data."""
    return {"format_version": FORMAT_VERSION, **asdict(view)}


def entries_document(lines: Iterable[EntryLine]) -> dict[str, Any]:
    """Entries as JSON data."""
    return {"format_version": FORMAT_VERSION, "entries": [asdict(line) for line in lines]}


def entry_document(view: EntryView) -> dict[str, Any]:
    """One entry as JSON data."""
    return {"format_version": FORMAT_VERSION, **asdict(view), "unrestorable": view.unrestorable}
