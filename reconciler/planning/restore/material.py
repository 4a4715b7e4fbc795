"""What restoring works from: what was asked, what the archive kept, what is there now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.desired.state import State
from reconciler.memory.before import Before
from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.memory.hosted import KeptFile, Place
from reconciler.memory.memory import Batch, Memory
from reconciler.memory.schema import PURGED
from reconciler.model import properties
from reconciler.model.live import LiveDatabase, LiveRow, Rows, Value

Pid = tuple[str, str]
"""A database's key and the (decoded) id that a property had."""


Files = Mapping[tuple[str, Place], KeptFile]
"""The archive's copies of files that Notion hosted, by batch and by where each was."""


@dataclass(frozen=True)
class Material:
    """Everything that was read to restore.

    ``named`` are the ids that were asked for, ``asked`` their batches, newest first, ``before`` what they kept,
    ``entries`` their archive entries; ``focus`` those that alone are to be taken back, None for whole batches.
    ``later`` names, for (data source, property id), the newest batch after them that touched it too. ``left_over`` are
    entries of this restore where a run was cut off.
    ``live`` are the databases as they are now, by key: of one in the trash what it was; one that is gone is missing.
    ``content`` are blocks of pages by row id.
    """

    workspace: str
    state: State
    memory: Memory
    archive: LiveDatabase | None
    parent: str
    bot: str
    named: tuple[str, ...]
    asked: tuple[Batch, ...]
    before: Before
    entries: tuple[Entry, ...]
    focus: tuple[Entry, ...] | None = None
    own_archives: Mapping[str, LiveDatabase] = field(default_factory=dict)
    later: Mapping[tuple[str, str], str] = field(default_factory=dict)
    left_over: tuple[Entry, ...] = ()
    live: Mapping[str, LiveDatabase] = field(default_factory=dict)
    rows: Mapping[str, Rows] = field(default_factory=dict)
    content: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    trashed: Mapping[str, tuple[LiveRow, ...]] = field(default_factory=dict)
    """Rows that the batches put into the trash and that are still there, by database key."""
    gone: frozenset[str] = frozenset()
    """Databases that are gone, from the trash too, by key."""
    again: frozenset[str] = frozenset()
    """Those that an earlier run of this restore made again: ``live`` has them as they are now."""
    pages: Mapping[str, str] = field(default_factory=dict)
    """Rows that were made again, by the id that each had."""
    linked: frozenset[str] = frozenset()
    """Rows of databases that former relations led to."""
    files: Files = field(default_factory=dict)
    upload_limit: int = 0
    sizes: Mapping[Place, int | None] = field(default_factory=dict)
    """Of files that the restore itself would take away (see `guards.files`)."""

    @property
    def made(self) -> frozenset[str]:
        """The rows that the batches made, by page id."""
        return frozenset(page for batch in self.asked for _, page in batch.made)

    @property
    def moved(self) -> frozenset[str]:
        """The rows that the batches moved."""
        return frozenset(row for row, _, _ in self.before.moved)

    def wants(self, key: str, property_id: str) -> bool:
        """Whether the property itself, its name, type and configuration, is to be taken back."""
        return self.focus is None or (key, property_id) in {place for e in self.focus for place in _speaks_of(e)}

    def wants_option(self, key: str, property_id: str, name: str) -> bool:
        """Whether an option that went is to come back."""
        if self.wants(key, property_id):
            return True
        return any(
            entry.database == key
            and (entry.definition.get("option") or {}).get("name") == name
            and (entry.definition.get("property") or {}).get("id") == property_id
            for entry in self.focus or ()
        )

    def wants_database(self, key: str) -> bool:
        """Whether the database's own words, lock and place are to be taken back."""
        if self.focus is None:
            return True
        return any(e.database == key and ("database" in e.definition or "source" in e.definition) for e in self.focus)

    def wants_made(self, key: str, name: str) -> bool:
        """Whether a field that was made is to go: of single entries, one that took another's place."""
        if self.focus is None:
            return True
        return any(
            value.to is not None and value.to[1] == name
            for entry in self.focus
            if entry.database == key and entry.kind == "retype"
            for value in entry.values
        )

    def wants_row(self, row: str) -> bool:
        """Whether a row that was moved is to go back."""
        return self.focus is None or any(v.row == row for e in self.focus if e.kind == "merge" for v in e.values)


def _speaks_of(entry: Entry) -> Iterator[Pid]:
    """The properties whose definition an entry keeps because they went or changed; a fold keeps it for its option."""
    prop = entry.definition.get("property")
    if isinstance(prop, Mapping) and "option" not in entry.definition:
        yield entry.database, str(prop.get("id"))


@dataclass(frozen=True)
class Turn:
    """One value that became another: ``new`` None where nothing took its place. ``asked`` as `Material.focus` says."""

    old: Value
    type: str
    new: Value | None
    new_type: str
    to: tuple[str, str, str] | None
    asked: bool
    restorable: bool
    batch: str = ""

    def made(self, value: Value, kind: str) -> bool:
        """Whether the value is what this turn made."""
        if self.new is None:
            return properties.of(kind).empty(value) or properties.of(kind).same(value, properties.of(kind).nothing)
        return kind == self.new_type and properties.of(kind).same(value, self.new)


Turns = Mapping[tuple[str, str, str], list[Turn]]
"""What became of values, by (database key, row, property id), the newest batch first."""


def turns(material: Material) -> dict[tuple[str, str, str], list[Turn]]:
    """All turns of values that stayed in their database. Values of rows that were moved are told by `arrivals`."""
    found: dict[tuple[str, str, str], list[Turn]] = {}
    order = {batch.id: number for number, batch in enumerate(material.asked)}
    for entry in sorted(material.entries, key=lambda e: order.get(e.batch, 0)):
        if entry.kind in ("record", PURGED) or "lineage" in entry.definition or _is_departure(entry):
            continue
        asked = material.focus is None or entry in material.focus
        for value in entry.values:
            place = (entry.database, value.row, value.property_id)
            found.setdefault(place, []).append(_turn(value, asked=asked, batch=entry.batch))
    return found


def _is_departure(entry: Entry) -> bool:
    return "departed" in entry.definition


def departures(material: Material) -> dict[tuple[str, str], list[tuple[str, ArchivedValue]]]:
    """The values with which rows left their database, with the batch, by (database key, row)."""
    found: dict[tuple[str, str], list[tuple[str, ArchivedValue]]] = {}
    for entry in material.entries:
        if "lineage" in entry.definition or _is_departure(entry):
            for value in entry.values:
                found.setdefault((entry.database, value.row), []).append((entry.batch, value))
    return found


def _turn(value: ArchivedValue, *, asked: bool, batch: str) -> Turn:
    return Turn(
        old=value.old,
        type=value.type,
        new=value.new,
        new_type=value.to[2] if value.to else value.type,
        to=value.to,
        asked=asked,
        restorable=value.restorable,
        batch=batch,
    )


def with_copies(
    value: Value, kind: str, place: Place, batch: str, files: Files
) -> tuple[Value, tuple[KeptFile, ...], int]:
    """A value as it can be written, the copies that its hosted files come from, and how many of them have none."""
    if kind != "files" or not value:
        return value, (), 0
    kept: list[KeptFile] = []
    there: list[Any] = []
    for index, file in enumerate(value):
        copy = files.get((batch, replace(place, index=index))) if file.get("hosted") else None
        if copy is not None:
            kept.append(copy)
        if copy is not None or not file.get("hosted"):
            there.append(file)
    return there, tuple(kept), len(value) - len(there)


@dataclass(frozen=True)
class Back:
    """What walking back came to: ``changed`` where the value is none that the batches wrote; ``batch`` kept it."""

    value: Value = None
    type: str = ""
    moved: bool = False
    changed: bool = False
    batch: str = ""


def walk_back(now: Value, kind: str, steps: list[Turn]) -> Back:
    """From the value that is there to the one that was: turn by turn, each once, the newest first.

    A value that is what it was already is left; one that no turn made is somebody's own.
    """
    value, of, rest, asked = now, kind, list(steps), False
    best = Back(value=now, type=kind)
    while True:
        last = next((turn for turn in rest if turn.made(value, of)), None)
        if last is None:
            break
        rest.remove(last)
        value, of, asked = last.old, last.type, asked or last.asked
        if last.asked:
            best = Back(value=value, type=of, moved=True, batch=last.batch)
    if best.moved:
        return best
    there = any(turn.type == kind and properties.of(kind).same(turn.old, now) for turn in steps if turn.asked)
    return Back(value=now, type=kind, changed=not there and any(turn.asked for turn in steps))
