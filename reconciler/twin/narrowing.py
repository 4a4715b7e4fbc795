"""What of a query SQLite can do, so that rows which cannot match are never turned into Python objects.

A narrowing is never narrower than the filter: every row that it lets through is judged again, and none that it keeps
back could match. An order is exactly that in which the rows would be sorted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from reconciler.twin import conditions, ids
from reconciler.twin.conditions import Asked
from reconciler.twin.records import DataSource, JsonObject, Page, Property
from reconciler.twin.times import to_ms
from reconciler.twin.values import TYPES

_EVER = 2**62
_SAFE = re.compile(r"[A-Za-z0-9_~.%-]+", re.ASCII)
_MOST_ARGUMENTS = 500
"""A filter that needs more is not narrowed: SQLite's statements have their limits."""
_MOST_WANTED = 50
_ROWS = "SELECT * FROM pages WHERE source = ? AND trashed = ? AND {place} AND {where} ORDER BY {order}"
_SORTED_IDS = "SELECT id FROM pages WHERE source = ? AND trashed = ? AND {where} ORDER BY {order}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of rows that SQLite keeps: the condition of a place in it, the place of a row, and the very first."""

    condition: str
    order: str
    place: Callable[[Page], tuple[int, ...]]
    first: tuple[int, ...]

    def start(self, page: Page | None) -> tuple[int, ...]:
        """Where to begin: at a row, or at the very first."""
        return self.first if page is None else self.place(page)


def _order(condition: str, order: str, place: Callable[[Page], tuple[int, ...]], *first: int) -> Order:
    return Order(condition=condition, order=order, place=place, first=first)


def _made(page: Page) -> tuple[int, ...]:
    return page.created, page.seq


def _changed(page: Page) -> tuple[int, ...]:
    return page.edited, page.seq


NEWEST_FIRST = _order("seq <= ?", "seq DESC", lambda page: (page.seq,), _EVER)
BY_TIME = {
    ("created_time", "ascending"): _order("(created, seq) >= (?, ?)", "created, seq", _made, -_EVER, 0),
    ("created_time", "descending"): _order("(created, seq) <= (?, ?)", "created DESC, seq DESC", _made, _EVER, 0),
    ("last_edited_time", "ascending"): _order("(edited, seq) >= (?, ?)", "edited, seq", _changed, -_EVER, 0),
    ("last_edited_time", "descending"): _order("(edited, seq) <= (?, ?)", "edited DESC, seq DESC", _changed, _EVER, 0),
}
"""Orders by timestamp and direction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """A condition of SQLite's, and what stands for its question marks."""

    where: str = "1"
    arguments: tuple[Any, ...] = ()
    trashed: bool = False
    """Rows in the trash, or the live ones."""

    def rows(self, source_id: str, order: Order, start: Page | None) -> tuple[str, tuple[Any, ...]]:
        """The statement that reads the rows of a source in an order, from a place on."""
        sql = _ROWS.format(place=order.condition, where=self.where, order=order.order)
        return sql, (source_id, int(self.trashed), *order.start(start), *self.arguments)

    def sorted(self, source_id: str, keys: list[str]) -> tuple[str, tuple[Any, ...]]:
        """The statement that reads the ids of the rows of a source ordered by `sort_key`s, newest first among
        equals."""
        sql = _SORTED_IDS.format(where=self.where, order=", ".join([*keys, "seq DESC"]))
        return sql, (source_id, int(self.trashed), *self.arguments)


# -- filters -------------------------------------------------------------------------------------------------------


def of(source: DataSource, given: Any, asked: Asked) -> Narrowing:
    """The narrowing that a filter, which has been checked, allows."""
    found = _of(source, given, asked) if isinstance(given, dict) else None
    return Narrowing() if found is None or len(found.arguments) > _MOST_ARGUMENTS else found


def _where(sql: str, *arguments: Any) -> Narrowing:
    return Narrowing(where=sql, arguments=arguments)


def _joined(word: str, parts: list[Narrowing]) -> Narrowing | None:
    if not parts:
        return None
    arguments = tuple(argument for part in parts for argument in part.arguments)
    return Narrowing(where=f"({f' {word} '.join(part.where for part in parts)})", arguments=arguments)


def _of(source: DataSource, body: JsonObject, asked: Asked) -> Narrowing | None:
    for word in ("and", "or"):
        if word in body:
            parts = [_of(source, item, asked) for item in body[word]]
            known = [part for part in parts if part is not None]
            # of alternatives all must be known: one that is not may be any row
            return _joined(word.upper(), known) if word == "and" or len(known) == len(parts) else None
    timestamp = body.get("timestamp")
    if timestamp is None and "property" not in body:
        timestamp = next((name for name in _TIMES if name in body), None)
    if timestamp is not None:
        return _each(body[timestamp], partial(_time, asked, _TIMES[timestamp]))
    prop = source.named(body["property"]) if isinstance(body.get("property"), str) else None
    key = next((name for name in body if name in conditions.KEYS), None)
    if prop is None or key is None or not isinstance(body[key], dict) or not _SAFE.fullmatch(prop.id):
        return None
    return _each(body[key], partial(_condition, asked, prop))


def _each(condition: Any, narrowed: Callable[[str, Any], Narrowing | None]) -> Narrowing | None:
    """All operators of a condition hold together."""
    found = [narrowed(name, value) for name, value in condition.items()]
    return _joined("AND", [part for part in found if part is not None])


_TIMES = {"created_time": "+created", "last_edited_time": "+edited"}
"""Columns, with what keeps the planner from reading by an index that is not the order's."""
_AUTHORS = {"created_by": "created_by", "last_edited_by": "edited_by"}
_TEXTS = ("equals", "contains", "starts_with", "ends_with")


def _condition(asked: Asked, prop: Property, name: str, value: Any) -> Narrowing | None:
    if prop.type in _TIMES:
        return _time(asked, _TIMES[prop.type], name, value)
    if prop.type in _AUTHORS:
        wanted = _people(value, asked) if name == "contains" else None
        return None if wanted is None else _any(f"{_AUTHORS[prop.type]} = ?", wanted)
    stored = _stored(prop)
    if name == "is_not_empty":
        return _where(f"{stored} IS NOT NULL AND {stored} <> '[]'") if prop.type in _KEPT else None
    if name == "is_empty":
        return _empty(prop, stored)
    family = TYPES[prop.type].conditions
    match family:
        case "text":
            return _text(prop, name, value)
        case "number":
            sign = _SIGNS.get(name)
            return None if sign is None else _where(f"{stored} {sign} ?", float(value))
        case "checkbox":
            wanted_flag = value if name == "equals" else not value
            return _where(f"{stored} = 1" if wanted_flag else f"({stored} IS NULL OR {stored} = 0)")
        case "option" | "options":
            chosen = _options(prop, value) if name in ("equals", "contains") else None
            return None if chosen is None else _any("instr(vals, ?)", chosen)
        case "people" | "relation":
            wanted = _people(value, asked) if name == "contains" else None
            return None if wanted is None else _any("instr(vals, ?)", wanted)
        case "date":
            return _date(prop, name, value, asked)
        case _:
            return None


_SIGNS: Mapping[str, str] = {
    "equals": "=",
    "greater_than": ">",
    "greater_than_or_equal_to": ">=",
    "less_than": "<",
    "less_than_or_equal_to": "<=",
}
_LISTED = ("people", "files")
_SCALAR = ("number", "unique_id", "date", "url", "email", "phone_number")
_KEPT = frozenset({*_LISTED, *_SCALAR, "title", "rich_text", "select", "multi_select", "relation"})
"""Types whose value is empty wherever nothing is stored."""


def _stored(prop: Property, part: str = "") -> str:
    return f"json_extract(vals, '$.\"{prop.id}\"{part}')"


def _empty(prop: Property, stored: str) -> Narrowing | None:
    if prop.type in _SCALAR:
        return _where(f"({stored} IS NULL OR {stored} = '')")
    if prop.type in _LISTED:
        return _where(f"({stored} IS NULL OR {stored} = '[]')")
    if prop.type == "select":  # a stored option may be gone
        options = tuple(str(option["id"]) for option in prop.config["options"])
        marks = ", ".join("?" for _ in options)
        return _where(f"({stored} IS NULL OR {stored} NOT IN ({marks}))", *options)
    return None


def _text(prop: Property, name: str, value: Any) -> Narrowing | None:
    if name not in _TEXTS or not value:
        return None
    if prop.type == "title":
        return _where("instr(title, ?)", value.casefold())
    fold = "folded" if prop.type == "rich_text" else "casefolded"
    return _where(f"instr({fold}({_stored(prop)}), ?)", value.casefold())


def _options(prop: Property, value: Any) -> list[str] | None:
    wanted = value if isinstance(value, list) else [value]
    known = {option["name"]: str(option["id"]) for option in prop.config["options"]}
    return [known[name] for name in wanted] if all(name in known for name in wanted) else None


def _people(value: Any, asked: Asked) -> list[str] | None:
    found = [
        asked.bot_id if item == "me" else ids.parse(item) for item in (value if isinstance(value, list) else [value])
    ]
    known = [item for item in found if item is not None]
    return known if len(known) == len(found) else None


def _any(test: str, wanted: list[str]) -> Narrowing | None:
    if len(wanted) > _MOST_WANTED:
        return None
    return _where(f"({' OR '.join(test for _ in wanted)})" if wanted else "0", *wanted)


def _span(name: str, value: Any, asked: Asked) -> tuple[datetime | None, datetime | None] | None:
    """The first moment that an operator takes and the first that it takes no more; None for no bound."""
    if name in conditions.WINDOWS:
        low, high = conditions.WINDOWS[name](asked.now.replace(second=0, microsecond=0))
        return low, high + timedelta(minutes=1)
    if name not in ("equals", "before", "after", "on_or_before", "on_or_after"):
        return None
    start, end = conditions.span(value, "body.filter", asked)
    low_of = {"equals": start, "on_or_after": start, "after": end}
    high_of = {"equals": end, "on_or_before": end, "before": start}
    return low_of.get(name), high_of.get(name)


def _time(asked: Asked, column: str, name: str, value: Any) -> Narrowing | None:
    bounds = _span(name, value, asked)
    if bounds is None:
        return None
    low, high = (None if bound is None else to_ms(bound) for bound in bounds)
    return _where(f"{column} BETWEEN ? AND ?", -_EVER if low is None else low, _EVER if high is None else high)


def _date(prop: Property, name: str, value: Any, asked: Asked) -> Narrowing | None:
    """By the day as it is written, which is within two days of the same moment anywhere."""
    bounds = _span(name, value, asked)
    if bounds is None:
        return None
    day = f"substr({_stored(prop, '.start')}, 1, 10)"
    try:
        low = "0000" if bounds[0] is None else (bounds[0] - timedelta(days=2)).date().isoformat()
        high = "9999-99" if bounds[1] is None else (bounds[1] + timedelta(days=2)).date().isoformat()
    except OverflowError:
        return None
    return _where(f"{day} BETWEEN ? AND ?", low, high)


# -- sorts ---------------------------------------------------------------------------------------------------------

_SORTED: Mapping[str, str] = {
    "title": "nullif(title, '')",
    "rich_text": "nullif(folded({}), '')",
    **dict.fromkeys(("url", "email", "phone_number"), "nullif(casefolded({}), '')"),
    **dict.fromkeys(("number", "unique_id"), "{}"),
    "checkbox": "coalesce({}, 0)",
    "date": "julianday({})",
}
"""What rows are ordered by, by type: as the query's own sort has it, NULL for no value."""
_MOST_OPTIONS = 100


def sort_key(prop: Property | None, timestamp: str | None, *, descending: bool) -> str | None:
    """A sort as a part of ORDER BY, rows without a value last; None for one that SQLite cannot do."""
    key = _sort_key(prop, timestamp)
    return None if key is None else f"({key}) IS NULL, ({key}) {'DESC' if descending else 'ASC'}"


def _sort_key(prop: Property | None, timestamp: str | None) -> str | None:
    if prop is None:
        return "created" if timestamp == "created_time" else "edited"
    if not _SAFE.fullmatch(prop.id):
        return None
    if prop.type in ("select", "status") and 0 < len(prop.config["options"]) <= _MOST_OPTIONS:
        order = [str(option["id"]) for option in prop.config["options"]]
        if all(map(_SAFE.fullmatch, order)):
            places = " ".join(f"WHEN '{option}' THEN {n}" for n, option in enumerate(order))
            return f"CASE {_stored(prop)} {places} END"
    kept = _SORTED.get(prop.type)
    return None if kept is None else kept.format(_stored(prop, ".start" if prop.type == "date" else ""))
