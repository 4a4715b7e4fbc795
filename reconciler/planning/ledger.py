"""The rows that were read, and what the actions of a plan make of them, one after the other.

Actions see the values that earlier actions leave, so a correction is judged after options were folded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from reconciler.memory.entry import ArchivedValue
from reconciler.model import properties
from reconciler.model.condition import normal
from reconciler.model.live import LiveProperty, LiveRow, Rows, Value
from reconciler.planning.actions.base import RowChange
from reconciler.planning.effects import RowWrite
from reconciler.planning.match import DatabaseMatch

HIDDEN = "(sensitive)"
"""What stands for the values of a database that is declared sensitive."""


class Ledger:
    """The working copy of one database's rows. Reading it changes nothing; `write` records what an action sets."""

    def __init__(
        self, pair: DatabaseMatch, rows: Rows, names: Mapping[str, str], content: Mapping[str, list[dict[str, Any]]]
    ) -> None:
        """``names`` names rows of any database by page id, to show relations; ``content`` gives blocks by page id."""
        self.content = content
        self.pair = pair
        self.incomplete = rows.incomplete
        self.rows = rows.rows
        self._values: dict[tuple[str, str], Value] = {}
        self._names = dict(names)
        self._row_names = _row_names(pair, rows)
        self._names.update(self._row_names)

    def name(self, row: LiveRow) -> str:
        """The row's name in plans: its key, else its title; rows that share it are counted."""
        return self._row_names[row.id]

    def value(self, row: LiveRow, prop: LiveProperty) -> Value:
        """What the row holds after the actions so far; the empty value for a field that does not exist yet, and for one
        whose type changes, where no action said what becomes of the value."""
        if (row.id, prop.id) in self._values:
            return self._values[(row.id, prop.id)]
        live = self.pair.live.by_id(prop.id) if self.pair.live else None
        if prop.id not in row.values or (live is not None and live.type != prop.type):
            return properties.of(prop.type).nothing
        return row.values[prop.id]

    def shown(self, kind: str, value: Value) -> str:
        """The value as a plan may show it."""
        if self.pair.sensitive:
            return HIDDEN
        if kind in ("people", "created_by", "last_edited_by"):
            persons = value if isinstance(value, list) else [value] if value else []
            return ", ".join(map(self._person, persons))
        if kind == "relation" and any(page not in self._names for page in value):
            return f"{len(value)} {'link' if len(value) == 1 else 'links'}"
        return properties.of(kind).text(value, self._names.__getitem__)

    def _person(self, person: dict[str, Any]) -> str:
        return self._names.get(str(person.get("id"))) or str(person.get("name") or person.get("email") or "somebody")

    def title(self, row: LiveRow) -> str:
        """The row's title as a plan may show it."""
        return self.hides(row.title)

    def hides(self, text: str) -> str:
        """Text that came from the database, as a plan may show it."""
        return HIDDEN if self.pair.sensitive else text

    def write(self, row: LiveRow, prop: LiveProperty, new: Value) -> tuple[RowWrite, RowChange, ArchivedValue]:
        """Records that the row's property becomes ``new``: for the machine, for people, and for the archive."""
        old = self.value(row, prop)
        self._values[(row.id, prop.id)] = new
        declared = next((name for name, p in self.pair.fields.items() if p and p.id == prop.id), prop.name)
        return (
            RowWrite(
                database=self.pair.desired.key,
                row=row.id,
                property=prop.id,
                type=prop.type,
                old=old,
                new=new,
            ),
            RowChange(self.name(row), declared, self.shown(prop.type, old), self.shown(prop.type, new)),
            self.archived(row, prop, old=old, new=new),
        )

    def becomes(self, row: LiveRow, property_id: str, new: Value) -> None:
        """The row holds ``new`` from here on: for values that change their type with the property."""
        self._values[(row.id, property_id)] = new

    def archived(self, row: LiveRow, prop: LiveProperty, *, old: Value, new: Value = None) -> ArchivedValue:
        """The archive's record of one value."""
        return ArchivedValue(
            row=row.id,
            name=self.name(row),
            property_id=prop.id,
            property=prop.name,
            type=prop.type,
            old=old,
            new=new,
            restorable=properties.of(prop.type).writable,
        )


def _row_names(pair: DatabaseMatch, rows: Rows) -> dict[str, str]:
    """Names by page id: the key where there is one, else the title; ``(2 of 3)`` where rows share it."""
    key = pair.fields.get(pair.desired.key_field or "")
    plain: dict[str, str] = {}
    for row in rows.rows:
        text = properties.of(key.type).text(row.values.get(key.id)) if key else ""
        name = normal(text) or normal(row.title) or "(untitled)"
        plain[row.id] = HIDDEN if pair.sensitive else name
    shared = Counter(plain.values())
    seen: Counter[str] = Counter()
    names = {}
    for row in sorted(
        rows.rows, key=lambda r: (plain[r.id], r.title, repr(sorted(map(repr, r.values.values()))), r.id)
    ):
        name = plain[row.id]
        if shared[name] > 1:
            seen[name] += 1
            name = f"{name} ({seen[name]} of {shared[name]})"
        names[row.id] = name
    return names
