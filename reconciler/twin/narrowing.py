"""What of a filter SQLite can judge, so that rows which cannot match are never turned into Python objects.

A narrowing is never narrower than the filter: every row that it lets through is judged again, and none that it keeps
back could match.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.twin import conditions, ids
from reconciler.twin.conditions import Asked
from reconciler.twin.records import DataSource, JsonObject, Page, Property
from reconciler.twin.repository import meta_of
from reconciler.twin.store import Store
from reconciler.twin.times import to_ms

_TITLE_TESTS = ("equals", "contains", "starts_with", "ends_with")
_ONE_OF = {
    "select": "equals",
    "status": "equals",
    "multi_select": "contains",
    "relation": "contains",
    "people": "contains",
}
"""Operators that only a row which holds one certain id can pass."""
_EVER = 2**62

_ROWS = """
SELECT * FROM pages WHERE source = ? AND trashed = 0 AND {place}
AND +created BETWEEN ? AND ? AND +edited BETWEEN ? AND ?
AND (? IS NULL OR instr(title, ?)) AND (? IS NULL OR instr(vals, ?))
AND (? IS NULL OR json_extract(vals, ?) BETWEEN ? AND ?)
ORDER BY {order}
"""
# "+created" keeps the planner from reading by an index that is not the order's


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of rows that SQLite keeps: the statement, the place of a row in it, and the very first place."""

    sql: str
    place: Callable[[Page], tuple[int, ...]]
    first: tuple[int, ...]

    def start(self, page: Page | None) -> tuple[int, ...]:
        """Where to begin: at a row, or at the very first."""
        return self.first if page is None else self.place(page)


def _order(place: str, order: str, key: Callable[[Page], tuple[int, ...]], *first: int) -> Order:
    return Order(sql=_ROWS.replace("{place}", place).replace("{order}", order), place=key, first=first)


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


_STRUCTURED = frozenset({"title", "rich_text", "date", "multi_select", "people", "files", "place"})
STORED = _STRUCTURED | {
    "number", "select", "status", "checkbox", "url", "email", "phone_number", "unique_id", "created_time", "created_by",
    "last_edited_time", "last_edited_by",
}  # fmt: skip
"""Types whose values hang on nothing but the row itself."""


def partial_rows(store: Store, props: Sequence[Property], arguments: tuple[Any, ...]) -> Iterator[Page]:
    """Rows, newest first, with the values of these properties alone, whose types must be STORED.

    SQLite takes the values out of the stored text, which costs a fraction of reading all of it.
    """
    extracted = "".join(f", json_extract(vals, '$.\"{prop.id}\"')" for prop in props)
    columns = (
        "seq, id, parent_kind, parent_id, source, trashed, created, edited, created_by, edited_by, meta" + extracted
    )
    structured = [(prop.id, prop.type in _STRUCTURED) for prop in props]
    for row in store.iterate(NEWEST_FIRST.sql.replace("SELECT *", f"SELECT {columns}"), *arguments):
        yield Page(
            seq=row[0],
            id=row[1],
            parent_kind=row[2],
            parent_id=row[3],
            source=row[4],
            in_trash=bool(row[5]),
            created=row[6],
            edited=row[7],
            created_by=row[8],
            edited_by=row[9],
            values={
                key: json.loads(value) if is_json and value is not None else value
                for (key, is_json), value in zip(structured, row[11:], strict=True)
            },
            **meta_of(row[10]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Bounds in milliseconds, a part of the folded title, a part of the stored values, a number and its bounds."""

    created: tuple[int, int] = (-_EVER, _EVER)
    edited: tuple[int, int] = (-_EVER, _EVER)
    title: str | None = None
    part: str | None = None
    number: str | None = None
    bounds: tuple[float, float] = (-math.inf, math.inf)

    def arguments(self, source_id: str, start: tuple[int, ...]) -> tuple[Any, ...]:
        """For an order's statement: the live rows of a source, from a place on."""
        return (
            *(source_id, *start, *self.created, *self.edited, self.title, self.title, self.part, self.part),
            *(self.number, self.number, *self.bounds),
        )


def of(source: DataSource, given: Any, asked: Asked) -> Narrowing:
    """The narrowing that a filter, which has been checked, allows. Alternatives are not narrowed."""
    found = Narrowing()
    for body in _conjuncts(given):
        found = _narrowed(found, source, body, asked)
    return found


def _conjuncts(given: Any) -> Iterator[JsonObject]:
    if not isinstance(given, dict) or "or" in given:
        return
    if "and" not in given:
        yield given
        return
    for item in given["and"]:
        yield from _conjuncts(item)


def _narrowed(found: Narrowing, source: DataSource, body: JsonObject, asked: Asked) -> Narrowing:
    for key in ("created_time", "last_edited_time"):
        if key in body and "property" not in body:
            bounds = _times(body[key], asked)
            return replace(found, created=bounds) if key == "created_time" else replace(found, edited=bounds)
    prop = source.named(body["property"]) if isinstance(body.get("property"), str) else None
    if prop is None:
        return found
    if prop.type == "title":
        condition = body.get("title") or body.get("rich_text") or {}
        wanted = next((condition[name] for name in _TITLE_TESTS if isinstance(condition.get(name), str)), None)
        return replace(found, title=wanted.casefold()) if wanted else found
    if prop.type == "number":
        bounds_of = _bounds(body.get("number") or {})
        return found if bounds_of is None else replace(found, number=f'$."{prop.id}"', bounds=bounds_of)
    part = _part(prop, body, asked)
    return found if part is None else replace(found, part=part)


def _part(prop: Property, body: JsonObject, asked: Asked) -> str | None:
    wanted = (body.get(prop.type) or {}).get(_ONE_OF.get(prop.type, ""))
    if isinstance(wanted, list) and len(wanted) == 1:
        wanted = wanted[0]
    if not isinstance(wanted, str):
        return None
    if "options" in prop.config:
        return next((str(o["id"]) for o in prop.config["options"] if o["name"] == wanted), None)
    return asked.bot_id if wanted == "me" else ids.parse(wanted)


def _bounds(condition: JsonObject) -> tuple[float, float] | None:
    low, high = -math.inf, math.inf
    for name, value in condition.items():
        match name:
            case "equals":
                low, high = max(low, float(value)), min(high, float(value))
            case "greater_than" | "greater_than_or_equal_to":
                low = max(low, float(value))
            case "less_than" | "less_than_or_equal_to":
                high = min(high, float(value))
            case "is_not_empty":
                pass
            case _:
                return None
    return low, high


def _times(condition: JsonObject, asked: Asked) -> tuple[int, int]:
    low, high = -_EVER, _EVER
    for name, value in condition.items():
        if name not in ("equals", "before", "after", "on_or_before", "on_or_after"):
            continue
        start, end = (to_ms(moment) for moment in conditions.span(value, "body.filter", asked))
        if name in ("equals", "on_or_after"):
            low = max(low, start)
        if name == "after":
            low = max(low, end)
        if name in ("equals", "on_or_before"):
            high = min(high, end)
        if name == "before":
            high = min(high, start)
    return low, high
