"""What a rollup comes to."""

from __future__ import annotations

import statistics
from typing import Any

from reconciler.twin.records import JsonObject, Page, Property
from reconciler.twin.times import moment
from reconciler.twin.values.base import Reader

MAX_DEPTH = 8


def answer(reader: Reader, prop: Property, page: Page) -> JsonObject:
    """The value as a page shows it: ``type``, the value under it, ``function``."""
    function = prop.config["function"]
    found = _related(reader, prop, page)
    if found is None or reader.depth >= MAX_DEPTH:
        return {"type": "unsupported", "unsupported": {}, "function": function}
    rolled, rows = found
    reader.depth += 1
    try:
        if function in ("show_original", "show_unique"):
            return {"type": "array", "array": _originals(reader, rolled, rows, function), "function": function}
        plains = [reader.plain(rolled, row) for row in rows]
    finally:
        reader.depth -= 1
    kind, value = _computed(function, [_bare(value) for value in plains])
    return {"type": kind, kind: value, "function": function}


def complete(reader: Reader, prop: Property, page: Page) -> bool:
    """Whether the row and all rows that it rolls up are known whole: a snapshot may tell of parts."""
    found = None if page.unread else _related(reader, prop, page)
    return found is not None and all(not row.unread for row in found[1])


def _related(reader: Reader, prop: Property, page: Page) -> tuple[Property, list[Page]] | None:
    source = reader.session.source(page.source or "")
    relation = source.properties.get(prop.config["relation"]) if source is not None else None
    if relation is None or relation.type != "relation":
        return None
    target = reader.session.reachable(relation.config["data_source_id"])
    rolled = target.properties.get(prop.config["rolled"]) if target is not None else None
    if rolled is None:
        return None
    rows = [reader.page(page_id) for page_id in reader.edges(relation, page)]
    return rolled, [row for row in rows if row is not None]


def _originals(reader: Reader, rolled: Property, rows: list[Page], function: str) -> list[JsonObject]:
    items: list[JsonObject] = []
    for row in rows:
        shown = reader.answer(rolled, row)
        item = {key: value for key, value in shown.items() if key not in ("id", "has_more")}
        if function == "show_original" or item not in items:
            items.append(item)
    return items


def _bare(value: Any) -> Any:
    """Computed values as what they come to; a rollup's answer or a formula's pair."""
    if isinstance(value, dict) and "function" in value:
        return value.get(value["type"])
    return value


def _computed(function: str, values: list[Any]) -> tuple[str, Any]:
    filled = [value for value in values if value not in (None, "", [], False)]
    total = len(values)
    match function:
        case "count":
            return "number", total
        case "count_values":
            return "number", sum(len(v) if isinstance(v, list) else 1 for v in filled)
        case "empty" | "unchecked":
            return "number", total - len(filled)
        case "not_empty" | "checked":
            return "number", len(filled)
        case "unique" | "count_per_group":
            return "number", len({repr(value) for value in filled})
        case "percent_empty" | "percent_unchecked":
            return "number", (total - len(filled)) / total if total else None
        case "percent_not_empty" | "percent_checked" | "percent_per_group":
            return "number", len(filled) / total if total else None
        case "earliest_date" | "latest_date" | "date_range":
            return _dates(function, filled)
        case _:
            return "number", _numbers(function, values)


def _numbers(function: str, values: list[Any]) -> float | int | None:
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if not numbers:
        return 0 if function == "sum" else None
    match function:
        case "sum":
            return sum(numbers)
        case "average":
            return sum(numbers) / len(numbers)
        case "median":
            return statistics.median(numbers)
        case "min":
            return min(numbers)
        case "max":
            return max(numbers)
        case _:
            return max(numbers) - min(numbers)


def _dates(function: str, values: list[Any]) -> tuple[str, Any]:
    dates = [value for value in values if isinstance(value, dict) and value.get("start")]
    if not dates:
        return "date", None
    first = min(dates, key=lambda date: _moment(date["start"]))
    last = max(dates, key=lambda date: _moment(date.get("end") or date["start"]))
    if function == "date_range":
        return "date", {"start": first["start"], "end": last.get("end") or last["start"], "time_zone": None}
    chosen = first if function == "earliest_date" else last
    start = chosen["start"] if function == "earliest_date" else chosen.get("end") or chosen["start"]
    return "date", {"start": start, "end": None, "time_zone": None}


def _moment(text: str) -> float:
    found = moment(text)
    return found.timestamp() if found is not None else 0.0
