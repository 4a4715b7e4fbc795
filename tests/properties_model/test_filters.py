"""Filters are never narrower than the condition that they stand for, and fit where the caller puts them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.condition import After, AnyOf, Before, Condition, Empty, Equals, Glob, Not, Scalar
from reconciler.model.live import Config, Value
from reconciler.model.properties import EVERYTHING, NOTHING, of
from tests.properties_model.answers import answered
from tests.properties_model.reference import READINGS, leaves, matches
from tests.strategies import TYPES, conditions, configs, property_ids, times, values

OPTIONS = {
    "options": [
        {"id": str(n), "name": name, "color": "red", "description": ""} for n, name in enumerate(("Done", "To do", "É"))
    ]
}


def _entry(kind: str, property_id: str, value: Value) -> dict[str, Any]:
    """The value as a page answers it; a file that Notion keeps has an address that nobody can write."""
    if kind in ("created_time", "last_edited_time"):
        return {"id": property_id, "type": kind, kind: value}
    if kind == "files":
        return {"id": property_id, "type": kind, kind: [{"name": each["name"]} for each in value]}
    entry = answered(kind, property_id, of(kind).wire(value))
    if kind in ("title", "rich_text"):
        shown = [{**element, "plain_text": run["text"]} for element, run in zip(entry[kind], value, strict=True)]
        return {**entry, kind: shown}
    return entry


def _pool(kind: str, value: Value, config: Config) -> list[Scalar]:
    """What a condition could ask of this value so that it holds."""
    pool: list[Scalar] = [of(kind).text(value), *(option["name"] for option in config.get("options", ()))]
    for each in value if isinstance(value, list) else [value]:
        pool += [each] if isinstance(each, str | int | float) else []
        pool += [inner for inner in each.values() if isinstance(inner, str)] if isinstance(each, dict) else []
    starts = [value] if kind.endswith("_time") else []
    starts += [value["start"]] if isinstance(value, dict) and "start" in value else []
    for start in starts:
        moment = dt.datetime.fromisoformat(start) if "T" in start else dt.date.fromisoformat(start)
        day = moment.date() if isinstance(moment, dt.datetime) else moment
        pool += [near + dt.timedelta(days=days) for near in (moment, day) for days in (-1, 0, 1)]
    return pool


@pytest.mark.parametrize("kind", TYPES)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=80, deadline=None)
@given(data=st.data())
def test_a_filter_lets_through_whatever_meets_the_condition(kind: str, data: st.DataObject) -> None:
    handler = of(kind)
    config = data.draw(configs(kind))
    value = data.draw(values(kind, config))
    condition = data.draw(conditions(_pool(kind, value, config)))
    property_id = data.draw(property_ids)
    asked = handler.filter(property_id, condition, config)
    if isinstance(asked, dict):
        assert leaves(asked)
    if asked == EVERYTHING or not handler.meets(value, condition):
        return
    assert isinstance(asked, dict), "nothing was asked for, and a row meets the condition"
    for reading in READINGS:
        assert matches(asked, _entry(kind, property_id, value), reading), reading


@pytest.mark.parametrize("kind", ["date", "last_edited_time"])
@settings(deadline=None)
@given(data=st.data())
def test_no_day_is_missed_in_any_zone(kind: str, data: st.DataObject) -> None:
    start = data.draw(times())
    moment = dt.datetime.fromisoformat(start)
    near = [each + dt.timedelta(days=days) for each in (moment, moment.date()) for days in (-1, 0, 1)]
    condition = data.draw(
        st.builds(lambda form, limit: form(limit), st.sampled_from([Before, After]), st.sampled_from(near))
    )
    value = start if kind == "last_edited_time" else {"start": start}
    asked = of(kind).filter("abcd", condition, {})
    assert isinstance(asked, dict)
    met = of(kind).meets(value, condition)
    assert not met or all(matches(asked, _entry(kind, "abcd", value), reading) for reading in READINGS)


def _leaf(kind: str, operator: str, operand: Any) -> dict[str, Any]:
    return {"property": "%3AJ%7B%3A", kind: {operator: operand}}


def _not_longer(kind: str, text: str, others: list[str]) -> dict[str, Any]:
    return {"and": [_leaf(kind, "contains", text), *(_leaf(kind, "does_not_contain", other) for other in others)]}


NARROW: list[tuple[str, Condition, Any]] = [
    ("rich_text", Equals("WT-7.2"), _not_longer("rich_text", "WT-7.2", [f"WT-7.2{digit}" for digit in range(10)])),
    ("title", Equals("7 b"), _not_longer("title", "7 b", [f"{digit}7 b" for digit in range(10)])),
    ("title", Equals("WT-x"), _leaf("title", "contains", "WT-x")),
    ("title", Glob("WT-5.*"), _leaf("title", "contains", "WT-5.")),
    ("url", Equals("café au lait"), _leaf("url", "contains", "au lait")),
    ("rich_text", Glob("[]abc]*x"), _leaf("rich_text", "contains", "x")),
    ("rich_text", Equals("é"), _leaf("rich_text", "is_not_empty", True)),
    ("rich_text", Not(Empty()), _leaf("rich_text", "is_not_empty", True)),
    ("rich_text", Empty(), EVERYTHING),
    ("rich_text", Equals(""), EVERYTHING),
    ("rich_text", Not(Equals("a")), EVERYTHING),
    ("rich_text", AnyOf(()), NOTHING),
    ("select", Equals("Done "), _leaf("select", "equals", "Done")),
    ("select", Equals("E\u0301"), _leaf("select", "equals", "É")),
    ("select", Equals("done"), NOTHING),
    ("select", Not(Equals("Done")), _leaf("select", "does_not_equal", "Done")),
    ("select", Not(Equals("nope")), EVERYTHING),
    ("select", Empty(), _leaf("select", "is_empty", True)),
    ("status", Glob("*o*"), {"or": [_leaf("status", "equals", "Done"), _leaf("status", "equals", "To do")]}),
    ("select", AnyOf((Equals("Done"), Equals("nope"))), _leaf("select", "equals", "Done")),
    ("multi_select", Equals("Done"), _leaf("multi_select", "contains", "Done")),
    ("multi_select", Not(Equals("Done")), _leaf("multi_select", "does_not_contain", "Done")),
    ("number", Equals(5), _leaf("number", "equals", 5)),
    ("checkbox", Not(Equals(True)), _leaf("checkbox", "equals", False)),
    ("checkbox", Empty(), NOTHING),
    ("relation", Empty(), _leaf("relation", "is_empty", True)),
    ("relation", Equals("a key"), _leaf("relation", "is_not_empty", True)),
    ("people", Equals("a@example.org"), _leaf("people", "is_not_empty", True)),
    ("date", Before(dt.date(2026, 9, 15)), _leaf("date", "on_or_before", "2026-09-17")),
    ("date", After(dt.datetime(2026, 9, 15, 10)), _leaf("date", "on_or_after", "2026-09-14T10:00:00+00:00")),
    ("date", Not(Before(dt.date(2026, 9, 15))), EVERYTHING),
    ("formula", Equals("x"), EVERYTHING),
    ("hologram", Equals("x"), EVERYTHING),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "condition", "expected"), NARROW)
def test_a_filter_is_as_narrow_as_is_safe(kind: str, condition: Condition, expected: Any) -> None:
    config = OPTIONS if kind in ("select", "multi_select", "status") else {}
    assert of(kind).filter(":J{:", condition, config) == expected


def test_more_than_a_hundred_comparisons_ask_for_everything() -> None:
    keys = AnyOf(tuple(Equals(f"row {n}") for n in range(101)))
    assert of("rich_text").filter("abcd", keys, {}) == EVERYTHING
    assert len(leaves(of("rich_text").filter("abcd", AnyOf(keys.conditions[:100]), {}))) == 100  # type: ignore[arg-type]


def test_dates_at_the_ends_of_the_calendar_are_asked_for() -> None:
    last = of("date").filter("abcd", Before(dt.date.max), {})
    assert last == {"property": "abcd", "date": {"on_or_before": "9999-12-31"}}
    first = of("date").filter("abcd", After(dt.date.min), {})
    assert first == {"property": "abcd", "date": {"on_or_after": "0001-01-01"}}
