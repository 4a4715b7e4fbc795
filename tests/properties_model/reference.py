"""Notion's filters as its reference and the recordings tell them, in every reading that they leave open."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any


@dataclass(frozen=True)
class Reading:
    """What is not known: whether a number's ``does_not_equal`` matches empty fields, in which zone a day lies."""

    empty_number_differs: bool
    zone_hours: int


READINGS = [Reading(differs, hours) for differs, hours in product((True, False), (-12, 0, 14))]
_COMPOUND = ("and", "or")
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
"""Case does not count; for which letters beyond ASCII is not known, so none are relied on."""


def leaves(filter_object: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The comparisons of a filter; fails on groups inside groups and on groups that are too long."""
    for word in _COMPOUND:
        if word in filter_object:
            items = filter_object[word]
            assert set(filter_object) == {word}
            assert 0 < len(items) <= 100
            assert all(not set(item) & set(_COMPOUND) for item in items), "a group inside a group"
            return list(items)
    return [filter_object]


def matches(filter_object: Mapping[str, Any], entry: Mapping[str, Any], reading: Reading) -> bool:
    """Whether Notion would answer a row whose property is ``entry`` (as a page answers it)."""
    if "or" in filter_object:
        return any(matches(each, entry, reading) for each in filter_object["or"])
    if "and" in filter_object:
        return all(matches(each, entry, reading) for each in filter_object["and"])
    ((kind, comparison),) = ((key, body) for key, body in filter_object.items() if key != "property")
    assert kind == entry["type"], "the filter is for another type of property"
    ((operator, operand),) = comparison.items()
    return _compare(kind, operator, operand, entry[kind], reading)


def _compare(kind: str, operator: str, operand: Any, raw: Any, reading: Reading) -> bool:
    empty = raw is None or raw in ([], "")
    if operator == "is_empty":
        return empty
    if operator == "is_not_empty":
        return not empty
    match kind:
        case "title" | "rich_text":
            return _text(operator, operand, "".join(each["plain_text"] for each in raw))
        case "url" | "email" | "phone_number":
            return _text(operator, operand, raw or "")
        case "number":
            return _number(operator, operand, raw, reading)
        case "checkbox":
            return (raw is operand) is (operator == "equals")
        case "select" | "status":
            name = raw["name"] if raw else None
            return bool(name == operand) is (operator == "equals")
        case "multi_select":
            holds = operand in [each["name"] for each in raw]
            return holds is (operator == "contains")
        case "date":
            return raw is not None and _moment(operator, operand, raw["start"], reading)
        case "created_time" | "last_edited_time":
            return _moment(operator, operand, raw, reading)
    raise AssertionError(f"no such filter: {kind} {operator}")


def _text(operator: str, operand: str, shown: str) -> bool:
    assert operator in ("contains", "does_not_contain")
    assert operand
    assert operand == operand.strip()
    return (operand.translate(_LOWER) in shown.translate(_LOWER)) is (operator == "contains")


def _number(operator: str, operand: float, raw: float | None, reading: Reading) -> bool:
    if operator == "equals":
        return raw is not None and bool(raw == operand)
    assert operator == "does_not_equal"
    return reading.empty_number_differs if raw is None else bool(raw != operand)


def _instant(text: str, reading: Reading) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        zone = dt.timezone(dt.timedelta(hours=reading.zone_hours)) if "T" not in text else dt.UTC
        moment = moment.replace(tzinfo=zone)
    return moment.replace(second=0, microsecond=0)


def _moment(operator: str, operand: str, stored: str, reading: Reading) -> bool:
    here, there = _instant(stored, reading), _instant(operand, reading)
    return {"on_or_before": here <= there, "on_or_after": here >= there}[operator]
