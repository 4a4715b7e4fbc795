"""The archive as `verify` reads it: every entry decoded, and what its values say must be in the workspace."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.memory import codec
from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.memory.memory import Batch, Memory
from reconciler.memory.schema import MEMORY_KINDS
from reconciler.model import properties
from reconciler.model.finding import WtstateError
from reconciler.model.live import LiveDatabase, LiveRow, Value
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.planning.diff.option_list import OPTION_TYPES, WAY_STATION

_COLUMNS = ("kind", "migrationBatch", "digest")
_AT_ONCE = 8
_WRITES = frozenset({"correction", "tidy", "link", "absorb", "row", "fold"})
"""Kinds of entries whose every value was overwritten in its own place."""


_TAKEN_AWAY = frozenset({"property", "rows", "database", "departed"})
"""What a restore's entry defines where its values went with something, or say themselves where they went to."""


@dataclass(frozen=True)
class Damaged:
    """An entry that is not what was written: its title, its batch as far as the page says it, and what is wrong."""

    title: str
    batch: str
    what: str


@dataclass(frozen=True)
class Archived:
    """The archive's entries, by name; ``others`` counts pages that wtstate did not write.

    ``incomplete`` says what of it could not be read ("" when nothing).
    """

    entries: tuple[Entry, ...] = ()
    damaged: tuple[Damaged, ...] = ()
    others: int = 0
    incomplete: str = ""

    def of_batch(self, batch: str) -> tuple[Entry, ...]:
        """The entries that one batch wrote."""
        return tuple(entry for entry in self.entries if entry.batch == batch)

    def of_address(self, address: str) -> tuple[Entry, ...]:
        """The entries of one address, of all batches."""
        return tuple(entry for entry in self.entries if entry.address == address)


@dataclass(frozen=True)
class Written:
    """One value that a batch wrote: ``new`` into the property ``place`` (its id, or name where it was just made)."""

    entry: Entry
    value: ArchivedValue
    place: str
    name: str
    type: str
    new: Value


async def read_archive(client: Client, archive: LiveDatabase | None, memory: Memory, *, kind: str = "") -> Archived:
    """Every entry with its whole text, or only those of a ``kind``: one query, and one request or more an entry."""
    if archive is None:
        return Archived()
    columns = {name: column.id for name in _COLUMNS if (column := archive.by_name(name))}
    only = {"property": columns["kind"], "select": {"equals": kind}} if kind and "kind" in columns else None
    answer = await read.query(client, archive, filter=only, property_ids=sorted(columns.values()))
    remembered = set(memory.entries.values())
    rest = [row for row in answer.rows if row.id not in remembered]
    pages = [row for row in rest if _is_entry(row, columns, memory.batches)]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def decoded(row: LiveRow) -> Entry | Damaged:
        async with turns:
            blocks = await read.block_children(client, row.id)
        shown = {
            "title": {"title": [{"plain_text": row.title}]},
            "digest": {"rich_text": [{"plain_text": _text(row, columns, "digest")}]},
        }
        try:
            return codec.decode(shown, blocks)
        except WtstateError as error:
            what = "; ".join(f.what for f in error.findings)
            return Damaged(title=row.title, batch=_text(row, columns, "migrationBatch"), what=what)

    found = await asyncio.gather(*(decoded(row) for row in pages))
    return Archived(
        entries=tuple(sorted((e for e in found if isinstance(e, Entry)), key=lambda e: e.record_id)),
        damaged=tuple(sorted((d for d in found if isinstance(d, Damaged)), key=lambda d: d.title)),
        others=sum(1 for row in rest if row not in pages and _text(row, columns, "kind") not in MEMORY_KINDS),
        incomplete=answer.incomplete,
    )


def joined(several: Sequence[Archived]) -> Archived:
    """What several archives hold, as if they were one."""
    return Archived(
        entries=tuple(sorted((e for each in several for e in each.entries), key=lambda e: e.record_id)),
        damaged=tuple(sorted((d for each in several for d in each.damaged), key=lambda d: d.title)),
        others=sum(each.others for each in several),
        incomplete=next((each.incomplete for each in several if each.incomplete), ""),
    )


def _is_entry(row: LiveRow, columns: Mapping[str, str], batches: Mapping[str, Batch]) -> bool:
    """Whether wtstate wrote the page: an older script's pages have neither a digest nor a batch that is known."""
    if _text(row, columns, "kind") in MEMORY_KINDS:
        return False
    said = _text(row, columns, "migrationBatch")
    return bool(_text(row, columns, "digest")) or said in batches or any(row.title.endswith(b) for b in batches)


def _text(row: LiveRow, columns: Mapping[str, str], name: str) -> str:
    value = row.values.get(columns.get(name, ""))
    if isinstance(value, list):
        return "".join(str(run.get("text", "")) for run in value)
    return str(value or "")


def writes_in_place(entry: Entry) -> bool:
    """Whether the entry's values were overwritten where they are, so that nothing as ``new`` means: cleared."""
    if entry.kind == "drop":
        return "option" in entry.definition
    if entry.kind == "merge":
        return "lineage" not in entry.definition
    if entry.kind == "restore":
        return _TAKEN_AWAY.isdisjoint(entry.definition)
    return entry.kind in _WRITES


def written(entry: Entry) -> Iterator[Written]:
    """The values that the entry's action put somewhere; what was only taken away is left out."""
    in_place = writes_in_place(entry)
    for value in entry.values:
        if value.to is not None:
            place, name, kind = value.to
        elif in_place:
            place, name, kind = value.property_id, value.property, value.type
        else:
            continue
        new = properties.of(kind).nothing if value.new is None else value.new
        yield Written(entry=entry, value=value, place=place, name=name, type=kind, new=final_names(kind, new))


def final_names(kind: str, value: Value) -> Value:
    """The value with the options that it ended at: a change of case goes by way of another name."""
    if kind not in OPTION_TYPES:
        return value
    if isinstance(value, list):
        return [str(name).removesuffix(WAY_STATION) for name in value]
    return value.removesuffix(WAY_STATION) if isinstance(value, str) else value


def home(entry: Entry) -> str:
    """The key of the database in which the rows that the entry wrote are: a merge's moved, a restore's moved back."""
    departed = entry.definition.get("departed") or {}
    into = departed.get("to") if entry.kind == "restore" else entry.definition.get("into")
    return str(into or entry.database) if entry.kind in ("merge", "restore") else entry.database
