"""Which of the rows that are read a plan keeps, decided while they come in, so that memory follows what a plan does.

Many rules ask for more rows than they act on, because Notion cannot be asked more narrowly. A row that no rule acts on
is let go, save where others share the text that names it, or that is to be unique: of those, each is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from reconciler.model import properties
from reconciler.model.condition import Condition, normal
from reconciler.model.live import LiveProperty, LiveRow, Rows

Judge = Callable[[LiveRow], bool]
"""Whether a rule may act on a row as it was read; may be wider than the rule, never narrower."""
TextOf = Callable[[LiveRow], str]
"""The text of a row in which it may be like others; "" where it has none."""

_PACKING = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class Sieve:
    """Rows, one after the other, of which those are kept that meet ``keeps`` or share one of the texts in ``shared``.

    Of another row no more is kept than its JSON, as bytes, as long as a later one may turn out to share a text with it.
    """

    def __init__(self, keeps: Judge, shared: Sequence[TextOf]) -> None:
        self._keeps = keeps
        self._shared = tuple((text_of, dict[str, int]()) for text_of in shared)
        self._rows: list[LiveRow | bytes] = []
        self._taken = 0

    def take(self, row: LiveRow) -> None:
        """The next row."""
        self._taken += 1
        keeps = self._keeps(row)
        here = len(self._rows)
        for text_of, firsts in self._shared:
            text = text_of(row)
            first = firsts.setdefault(text, here) if text else here
            if first != here:
                keeps = True
                self._rows[first] = _unpacked(self._rows[first])
        if keeps or self._shared:
            self._rows.append(row if keeps else _packed(row))

    def rows(self, *, incomplete: str) -> Rows:
        """What was kept, in the order in which it came."""
        kept = tuple(row for row in self._rows if isinstance(row, LiveRow))
        return Rows(rows=kept, incomplete=incomplete, let_go=self._taken - len(kept))


def _packed(row: LiveRow) -> bytes:
    # A value is JSON data: as objects it would take ten times the room.
    parts = (row.id, row.values, row.title, row.url, row.last_edited_time, row.last_edited_by)
    return _PACKING.encode(parts).encode("ascii")


def _unpacked(row: LiveRow | bytes) -> LiveRow:
    return row if isinstance(row, LiveRow) else LiveRow(*json.loads(row))


def anyhow(judges: Sequence[Judge]) -> Judge:
    """Whether one of the rules may act on a row."""
    return lambda row: any(judge(row) for judge in judges)


def meeting(conditions: Sequence[tuple[LiveProperty, Condition]]) -> Judge:
    """Whether a row meets all of the conditions, of which none may speak of people or of other rows."""
    asked = [(properties.of(prop.type), prop.id, condition) for prop, condition in conditions]

    def meets(row: LiveRow) -> bool:
        return all(kind.meets(row.values.get(place, kind.nothing), condition) for kind, place, condition in asked)

    return meets


def text_in(prop: LiveProperty) -> TextOf:
    """The text of a property, as rows are compared by it."""
    kind = properties.of(prop.type)
    return lambda row: normal(kind.text(row.values.get(prop.id, kind.nothing)))


def name_by(key: LiveProperty | None) -> TextOf:
    """The text that names a row: of its key, else its title."""
    if key is None:
        return lambda row: normal(row.title)
    keyed = text_in(key)
    return lambda row: keyed(row) or normal(row.title)
