"""What a plan is about to change, as it is now: kept with the batch before anything changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.memory.before import Before, MadeRow, Touched, Written
from reconciler.model.live import LiveDatabase
from reconciler.planning.diff.option_list import OPTION_TYPES
from reconciler.planning.effects import (
    DatabaseWords,
    Effect,
    MarkDatabase,
    MoveRow,
    NameMirror,
    NewDatabase,
    NewRow,
    OptionsWritten,
    PropertyChange,
    RowWrite,
    SurvivorLine,
    TrashDatabase,
    TrashRow,
    UntrashDatabase,
    UntrashRow,
)
from reconciler.planning.match import Matched


@dataclass
class _Notes:
    """What was gathered of one database so far."""

    words: dict[str, str] = field(default_factory=dict)
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: dict[str, None] = field(default_factory=dict)
    options: dict[str, dict[str, None]] = field(default_factory=dict)
    values: dict[str, None] = field(default_factory=dict)
    locks: bool | None = None
    trashes: bool | None = None

    def touched(self, was: LiveDatabase) -> Touched:
        """The record of the database."""
        return Touched(
            was=was,
            words=self.words,
            changes=self.changes,
            made=tuple(self.made),
            options={property_id: tuple(names) for property_id, names in self.options.items()},
            values=tuple(self.values),
            locks=self.locks,
            trashes=self.trashes,
        )


@dataclass
class _Gathering:
    """What was gathered so far of all effects."""

    live: Mapping[str, LiveDatabase]
    keys: Mapping[str, str]
    notes: dict[str, _Notes] = field(default_factory=dict)
    created: dict[str, str] = field(default_factory=dict)
    rows: list[MadeRow] = field(default_factory=list)
    written: dict[tuple[str, str, str], Written] = field(default_factory=dict)
    moved: list[tuple[str, str, str]] = field(default_factory=list)
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    trashed: list[tuple[str, str]] = field(default_factory=list)
    untrashed: list[tuple[str, str]] = field(default_factory=list)

    def of(self, key: str) -> _Notes:
        """The notes of a database; of one that is made they are not kept."""
        return self.notes.setdefault(key, _Notes())

    def take(self, effect: Effect) -> None:
        """Notes what one effect does."""
        match effect:
            case PropertyChange():
                self._change(effect)
            case OptionsWritten():
                new = [str(o["name"]) for o in effect.options if not o.get("id")]
                self.of(effect.database).options.setdefault(effect.property_id, {}).update(dict.fromkeys(new))
            case NameMirror():
                self.of(effect.database).made[effect.name] = None
            case NewDatabase():
                self.created[effect.key] = effect.title
            case DatabaseWords():
                said = {"title": effect.title, "description": effect.description, "icon": effect.icon}
                notes = self.of(effect.database)
                notes.words.update({w: text for w, text in said.items() if text is not None})
                notes.locks = notes.locks if effect.locked is None else effect.locked
            case MarkDatabase():
                notes = self.of(effect.database)
                notes.words.update(title=effect.title, description=effect.note)
                notes.locks = True
            case TrashDatabase():
                self.of(effect.database).trashes = True
            case RowWrite():
                self._write(effect)
            case UntrashDatabase():
                self.of(effect.database).trashes = False
            case _:
                self._row(effect)

    def _row(self, effect: Effect) -> None:
        match effect:
            case MoveRow():
                self.moved.append((effect.row, effect.source, effect.database))
                self.of(effect.source)
                self.of(effect.database)
            case NewRow():
                self.rows.append(MadeRow(database=effect.database, values=effect.values))
                self.of(effect.database)
            case SurvivorLine():
                self.lines.append((effect.database, effect.row, effect.survivor))
                self.of(effect.database)
            case TrashRow():
                self.trashed.append((effect.database, effect.row))
                self.of(effect.database)
            case UntrashRow():
                self.untrashed.append((effect.database, effect.row))
                self.of(effect.database)

    def _change(self, change: PropertyChange) -> None:
        notes = self.of(change.database)
        if change.property_id is None:
            notes.made[change.name or change.field] = None
            return
        said = {"name": change.name, "type": change.type, "config": change.config, "description": change.description}
        words: dict[str, Any] = {word: value for word, value in said.items() if value is not None}
        if change.remove:
            words["removed"] = True
        notes.changes.setdefault(change.property_id, {}).update(words)
        live = self.live.get(change.database)
        prop = live.by_id(change.property_id) if live else None
        if prop is not None and prop.type == "relation" and (change.remove or change.type):
            # Notion changes the other side of a two-way relation by itself.
            other = self.keys.get(str(prop.config.get("data_source_id")))
            if other is not None:
                self.of(other)

    def _write(self, write: RowWrite) -> None:
        live = self.live.get(write.database)
        prop = live.by_id(write.property) if live is not None else None
        if prop is not None:
            notes = self.of(write.database)
            notes.values[write.property] = None
            if write.type == prop.type and prop.type in OPTION_TYPES:
                there = {option["name"] for option in prop.config.get("options", ())}
                held = write.new if isinstance(write.new, list) else [write.new] if write.new else []
                new = {name: None for name in held if name not in there}
                if new:
                    notes.options.setdefault(prop.id, {}).update(new)
        else:
            self.written[write.database, write.row, write.property] = Written(
                database=write.database, row=write.row, property=write.property, type=write.type, new=write.new
            )


def record_of(effects: Iterable[Effect], matched: Matched) -> Before:
    """What is kept of everything that the effects change or make."""
    live = {key: pair.live for key, pair in matched.databases.items() if pair.live is not None}
    found = _Gathering(live=live, keys={one.data_source_id: key for key, one in live.items()})
    for effect in effects:
        found.take(effect)
    return Before(
        databases={key: notes.touched(live[key]) for key, notes in sorted(found.notes.items()) if key in live},
        created=dict(sorted(found.created.items())),
        rows=tuple(found.rows),
        written=tuple(found.written.values()),
        moved=tuple(found.moved),
        lines=tuple(found.lines),
        trashed=tuple(found.trashed),
        untrashed=tuple(found.untrashed),
    )
