"""Filter operators by family, over plain values (documented operators; semantics as recorded)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reconciler.twin import checks, times
from reconciler.twin.assumptions import Readings
from reconciler.twin.errors import TwinError, invalid, misfit
from reconciler.twin.session import Session

Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What tests need to know beside the value: the time, who "me" is, and what is assumed."""

    now: datetime
    bot_id: str
    assume: Readings

    @staticmethod
    def by(session: Session) -> Asked:
        return Asked(now=times.from_ms(session.now), bot_id=session.actor.bot_id, assume=session.assume)


KEYS: dict[str, str] = {
    "title": "text",
    "rich_text": "text",
    "url": "text",
    "email": "text",
    "phone_number": "text",
    "number": "number",
    "unique_id": "number",
    "checkbox": "checkbox",
    "select": "option",
    "status": "option",
    "multi_select": "options",
    "date": "date",
    "created_time": "date",
    "last_edited_time": "date",
    "people": "people",
    "created_by": "people",
    "last_edited_by": "people",
    "files": "files",
    "relation": "relation",
    "formula": "formula",
    "rollup": "rollup",
    "verification": "verification",
}
"""The family of operators behind each filter key."""


def compiled(family: str, condition: Any, path: str, asked: Asked) -> Test:
    """A test of plain values. 400 for an operator that the family does not have or a value that it does not take."""
    body = checks.obj(condition, path)
    if not body:
        raise checks.union(path, _FAMILIES[family])
    tests = []
    for name, value in body.items():
        maker = _FAMILIES[family].get(name)
        if maker is None:
            raise misfit(f"{path}.{name}", "not present", value)
        tests.append(maker(value, f"{path}.{name}", asked))
    return tests[0] if len(tests) == 1 else lambda plain: all(test(plain) for test in tests)


Maker = Callable[[Any, str, Asked], Test]


def _is_empty(value: Any, path: str, _: Asked) -> Test:
    _true(value, path)
    return is_blank


def _is_not_empty(value: Any, path: str, _: Asked) -> Test:
    _true(value, path)
    return lambda plain: not is_blank(plain)


def is_blank(plain: Any) -> bool:
    return plain is None or plain == "" or plain == []


def _true(value: Any, path: str) -> None:
    if value is not True:
        raise misfit(path, "`true`", value)


# -- text: case-insensitive ----------------------------------------------------------------------------------------


def _text(test: Callable[[str, str], bool]) -> Maker:
    def make(value: Any, path: str, _: Asked) -> Test:
        wanted = checks.string(value, path).casefold()
        return lambda plain: test(str(plain or "").casefold(), wanted)

    return make


_TEXT: dict[str, Maker] = {
    "equals": _text(operator.eq),
    "does_not_equal": _text(operator.ne),
    "contains": _text(operator.contains),
    "does_not_contain": _text(lambda plain, wanted: wanted not in plain),
    "starts_with": _text(str.startswith),
    "ends_with": _text(str.endswith),
    "is_empty": _is_empty,
    "is_not_empty": _is_not_empty,
}


# -- number, checkbox ----------------------------------------------------------------------------------------------


def _number(test: Callable[[float, float], bool], *, empty: bool = False) -> Maker:
    def make(value: Any, path: str, _: Asked) -> Test:
        wanted = checks.number(value, path)
        return lambda plain: empty if plain is None else test(plain, wanted)

    return make


_NUMBER: dict[str, Maker] = {
    "equals": _number(operator.eq),
    "does_not_equal": _number(operator.ne, empty=True),
    "greater_than": _number(operator.gt),
    "less_than": _number(operator.lt),
    "greater_than_or_equal_to": _number(operator.ge),
    "less_than_or_equal_to": _number(operator.le),
    "is_empty": _is_empty,
    "is_not_empty": _is_not_empty,
}


def _checkbox(*, negated: bool) -> Maker:
    def make(value: Any, path: str, _: Asked) -> Test:
        wanted = checks.boolean(value, path) is not negated
        return lambda plain: bool(plain) is wanted

    return make


_CHECKBOX: dict[str, Maker] = {"equals": _checkbox(negated=False), "does_not_equal": _checkbox(negated=True)}


# -- options, people, relations: one or several wanted -------------------------------------------------------------


def _wanted(value: Any, path: str) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [checks.string(item, path) for item in items]


def _ids(value: Any, path: str, asked: Asked) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [asked.bot_id if item == "me" else checks.uuid(item, path) for item in items]


def _option(*, negated: bool) -> Maker:
    def make(value: Any, path: str, _: Asked) -> Test:
        wanted = _wanted(value, path)
        return lambda plain: (plain in wanted) is not negated

    return make


def _members(*, negated: bool, by_id: bool) -> Maker:
    def make(value: Any, path: str, asked: Asked) -> Test:
        wanted = set(_ids(value, path, asked) if by_id else _wanted(value, path))
        return lambda plain: bool(wanted.intersection(plain or ())) is not negated

    return make


_EMPTINESS: dict[str, Maker] = {"is_empty": _is_empty, "is_not_empty": _is_not_empty}
_OPTION: dict[str, Maker] = {
    "equals": _option(negated=False),
    "does_not_equal": _option(negated=True),
    **_EMPTINESS,
}
_OPTIONS: dict[str, Maker] = {
    "contains": _members(negated=False, by_id=False),
    "does_not_contain": _members(negated=True, by_id=False),
    **_EMPTINESS,
}
_PEOPLE: dict[str, Maker] = {
    "contains": _members(negated=False, by_id=True),
    "does_not_contain": _members(negated=True, by_id=True),
    **_EMPTINESS,
}


# -- dates: days compare as days, moments as minutes ---------------------------------------------------------------

_RELATIVE_DAYS = {"today": 0, "tomorrow": 1, "yesterday": -1, "one_week_ago": -7, "one_week_from_now": 7}
_RELATIVE_MONTHS = {"one_month_ago": -1, "one_month_from_now": 1}
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


def span(text: Any, path: str, asked: Asked) -> tuple[datetime, datetime]:
    """The moments that a filter's date covers: a whole day, or one minute."""
    today = asked.now.replace(hour=0, minute=0, second=0, microsecond=0)
    if isinstance(text, str) and text in _RELATIVE_DAYS:
        start = today + _RELATIVE_DAYS[text] * _DAY
        return start, start + _DAY
    if isinstance(text, str) and text in _RELATIVE_MONTHS:
        start = times.add_months(today, _RELATIVE_MONTHS[text])
        return start, start + _DAY
    found = times.moment(text) if isinstance(text, str) else None
    if found is None:
        raise misfit(path, "a valid ISO 8601 date string", text)
    start = found if times.is_date(text) else found.replace(second=0, microsecond=0)
    try:
        return start, start + (_DAY if times.is_date(text) else _MINUTE)
    except OverflowError:
        raise misfit(path, "a valid ISO 8601 date string", text) from None


def _date(test: Callable[[datetime, datetime, datetime], bool], *, empty: bool = False) -> Maker:
    def make(value: Any, path: str, asked: Asked) -> Test:
        start, end = span(value, path, asked)

        def holds(plain: Any) -> bool:
            found = times.moment(plain["start"]) if isinstance(plain, dict) and plain.get("start") else None
            return empty if found is None else test(found, start, end)

        return holds

    return make


def _window(bounds: Callable[[datetime], tuple[datetime, datetime]]) -> Maker:
    """``past_week`` and its kin: both ends belong to it."""

    def make(value: Any, path: str, asked: Asked) -> Test:
        checks.obj(value, path)
        low, high = bounds(asked.now.replace(second=0, microsecond=0))

        def holds(plain: Any) -> bool:
            if not isinstance(plain, dict) or not plain.get("start"):
                return False
            found = times.moment(plain["start"])
            if found is None:
                return False
            if times.is_date(plain["start"]):
                return low.date() <= found.date() <= high.date()
            return low <= found <= high

        return holds

    return make


def _this_week(now: datetime) -> tuple[datetime, datetime]:
    monday = (now - now.weekday() * _DAY).replace(hour=0, minute=0)
    return monday, monday + 7 * _DAY - _MINUTE


WINDOWS: dict[str, Callable[[datetime], tuple[datetime, datetime]]] = {
    "past_week": lambda now: (now - 7 * _DAY, now),
    "past_month": lambda now: (times.add_months(now, -1), now),
    "past_year": lambda now: (times.add_months(now, -12), now),
    "this_week": _this_week,
    "next_week": lambda now: (now, now + 7 * _DAY),
    "next_month": lambda now: (now, times.add_months(now, 1)),
    "next_year": lambda now: (now, times.add_months(now, 12)),
}
"""The first and the last minute of each window around now."""

_DATE: dict[str, Maker] = {
    "equals": _date(lambda found, start, end: start <= found < end),
    "before": _date(lambda found, start, _: found < start),
    "after": _date(lambda found, _, end: found >= end),
    "on_or_before": _date(lambda found, _, end: found < end),
    "on_or_after": _date(lambda found, start, _: found >= start),
    **{name: _window(bounds) for name, bounds in WINDOWS.items()},
    **_EMPTINESS,
}


# -- verification --------------------------------------------------------------------------------------------------


def _verification(*, negated: bool) -> Maker:
    def make(value: Any, path: str, _: Asked) -> Test:
        wanted = checks.one_of(value, path, ("verified", "expired", "none"))
        return lambda plain: ((plain or "none") == wanted) is not negated

    return make


# -- formula and rollup: a condition on what they come to ----------------------------------------------------------

_FORMULA_KINDS = {"string": "text", "checkbox": "checkbox", "number": "number", "date": "date"}


def _formula(kind: str) -> Maker:
    def make(value: Any, path: str, asked: Asked) -> Test:
        test = compiled(_FORMULA_KINDS[kind], value, path, asked)
        return lambda plain: test(plain if _fits(kind, plain) else None)

    return make


def _fits(kind: str, plain: Any) -> bool:
    match kind:
        case "string":
            return isinstance(plain, str)
        case "checkbox":
            return isinstance(plain, bool)
        case "number":
            return isinstance(plain, int | float) and not isinstance(plain, bool)
        case _:
            return isinstance(plain, dict)


def _rollup_scalar(kind: str) -> Maker:
    def make(value: Any, path: str, asked: Asked) -> Test:
        test = compiled(kind, value, path, asked)
        return lambda plain: plain["type"] in (kind, "unsupported") and test(plain.get(kind))

    return make


def _rollup_array(quantifier: Callable[[list[bool]], bool]) -> Maker:
    def make(value: Any, path: str, asked: Asked) -> Test:
        body = checks.obj(value, path)
        if len(body) != 1 or next(iter(body)) not in KEYS:
            raise checks.union(path, KEYS)
        key, condition = next(iter(body.items()))
        test = compiled(KEYS[key], condition, f"{path}.{key}", asked)
        return lambda plain: quantifier([test(_item_plain(item)) for item in plain.get("array") or []])

    return make


def _item_plain(item: dict[str, Any]) -> Any:
    """A rollup's item as the plain value that conditions work on."""
    kind = item["type"]
    value = item[kind]
    match kind:
        case "title" | "rich_text":
            return "".join(part["plain_text"] for part in value)
        case "select" | "status":
            return value["name"] if value else None
        case "multi_select":
            return [option["name"] for option in value]
        case "people" | "relation":
            return [reference["id"] for reference in value]
        case "created_by" | "last_edited_by":
            return [value["id"]]
        case "created_time" | "last_edited_time":
            return {"start": value}
        case "unique_id":
            return value["number"]
        case "formula" | "rollup":
            return value.get(value["type"])
        case _:
            return value


_FAMILIES: dict[str, dict[str, Maker]] = {
    "text": _TEXT,
    "number": _NUMBER,
    "checkbox": _CHECKBOX,
    "option": _OPTION,
    "options": _OPTIONS,
    "date": _DATE,
    "people": _PEOPLE,
    "relation": _PEOPLE,
    "files": _EMPTINESS,
    "verification": {"status": _verification(negated=False), "does_not_equal": _verification(negated=True)},
    "formula": {kind: _formula(kind) for kind in _FORMULA_KINDS},
    "rollup": {
        "any": _rollup_array(any),
        "every": _rollup_array(lambda results: bool(results) and all(results)),
        "none": _rollup_array(lambda results: not any(results)),
        "number": _rollup_scalar("number"),
        "date": _rollup_scalar("date"),
    },
}


def mismatch(property_type: str, key: str) -> TwinError:
    """The filter's key is not for this type of property."""
    return invalid(
        "The property type in the database does not match the property type of the filter provided: database property "
        f"{property_type} does not match filter {key}"
    )


__all__ = ["KEYS", "WINDOWS", "Asked", "Test", "compiled", "is_blank", "mismatch"]
