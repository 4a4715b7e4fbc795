"""What state files say, as values and as conditions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from reconciler.model.condition import After, AnyOf, Before, Condition, Empty, Equals, Glob, Not
from reconciler.model.live import Value
from reconciler.model.properties import of

ANN = "00000000-0000-4000-8000-0000000000fa"
ROW = "38c9ce7b-60a4-817b-84ae-e63702a6c78e"
KEYS = {"ann@example.org": ANN, "WT-1": ROW}


def lookup(key: str) -> str:
    """The id of a person or row."""
    return KEYS[key]


LITERALS: list[tuple[str, Any, Value]] = [
    ("title", "WT-1", [{"text": "WT-1"}]),
    ("rich_text", "", []),
    ("rich_text", " a\n", [{"text": " a\n"}]),
    ("rich_text", 7, [{"text": "7"}]),
    ("rich_text", dt.date(2026, 9, 15), [{"text": "2026-09-15"}]),
    ("number", 3.0, 3),
    ("number", "", None),
    ("select", " Done ", "Done"),
    ("select", "", None),
    ("status", "Done", "Done"),
    ("multi_select", ["a", "b", "a"], ["a", "b"]),
    ("multi_select", "a", ["a"]),
    ("multi_select", "", []),
    ("date", dt.date(2026, 9, 15), {"start": "2026-09-15"}),
    ("date", dt.datetime(2026, 9, 15, 10, 0, 42), {"start": "2026-09-15T10:00:00.000+00:00"}),
    ("date", "2026-09-15T10:00:00Z", {"start": "2026-09-15T10:00:00.000+00:00"}),
    ("date", "", None),
    ("people", "ann@example.org", [{"id": ANN}]),
    ("people", ["ann@example.org", ANN], [{"id": ANN}]),
    ("relation", ["WT-1"], [ROW]),
    ("relation", ROW.replace("-", ""), [ROW]),
    ("relation", "", []),
    ("files", "https://x.org/a%20b.pdf", [{"name": "a b.pdf", "url": "https://x.org/a%20b.pdf"}]),
    ("checkbox", True, True),
    ("checkbox", "", False),
    ("url", " https://x.org ", "https://x.org"),
    ("email", "", None),
    ("place", "", None),
]


@pytest.mark.parametrize(("kind", "scalar", "expected"), LITERALS)
def test_a_literal_of_a_state_file(kind: str, scalar: Any, expected: Value) -> None:
    value = of(kind).literal(scalar, lookup)
    assert value == expected
    assert type(value) is type(expected)


REFUSED: list[tuple[str, Any, str]] = [
    ("number", "abc", "'abc' is not a number"),
    ("number", True, "True is not a number"),
    ("number", float("nan"), "nan is not a number"),
    ("checkbox", "yes", "'yes' is neither true nor false"),
    ("date", "soon", "'soon' is not a date"),
    ("date", 7, "7 is not a date"),
    ("date", dt.time(10), "is not a date"),
    ("select", "a,b", "has a comma"),
    ("multi_select", ["a,b"], "has a comma"),
    ("multi_select", [7], "is not a list of options"),
    ("status", "", "name that option"),
    ("rich_text", ["a"], "is not text"),
    ("url", 7, "7 is not text"),
    ("files", "a.pdf", "'a.pdf' is not the url of a file"),
    ("place", "Berlin", "'Berlin' is not a place"),
    ("relation", 7, "7 is not the key of a row"),
]


@pytest.mark.parametrize(("kind", "scalar", "sentence"), REFUSED)
def test_a_literal_that_is_refused_with_a_sentence(kind: str, scalar: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        of(kind).literal(scalar, lookup)


@pytest.mark.parametrize("kind", ["people", "relation"])
def test_a_person_or_row_that_is_not_known(kind: str) -> None:
    with pytest.raises(LookupError):
        of(kind).literal("nobody@example.org", lookup)


DAY = {"start": "2026-09-15"}
TEN = {"start": "2026-09-15T10:00:00.000+02:00"}

MEETS: list[tuple[str, Value, Condition, bool]] = [
    ("rich_text", [{"text": "WT-5.5 "}], Equals("WT-5.5"), True),
    ("rich_text", [{"text": "cafe\u0301"}], Equals("caf\u00e9"), True),
    ("rich_text", [{"text": "wt-5.5"}], Equals("WT-5.5"), False),
    ("rich_text", [{"text": "WT-5.5"}], Glob("WT-5.*"), True),
    ("rich_text", [{"text": "XWT-5.5"}], Glob("WT-5.*"), False),
    ("rich_text", [{"text": "WT-50"}], Glob("WT-5.*"), False),
    ("rich_text", [{"text": "WT", "bold": True}, {"text": "-1"}], Equals("WT-1"), True),
    ("rich_text", [{"text": " \n"}], Empty(), True),
    ("rich_text", [], Not(Empty()), False),
    ("rich_text", [{"text": "7"}], Equals(7), True),
    ("number", 3, Equals(3.0), True),
    ("number", None, Empty(), True),
    ("number", 0, Empty(), False),
    ("number", 1, Equals(True), False),
    ("number", None, Not(Equals(3)), True),
    ("checkbox", False, Empty(), False),
    ("checkbox", False, Equals(False), True),
    ("checkbox", True, Equals(1), False),
    ("select", "Done", AnyOf((Equals("Open"), Equals("Done"))), True),
    ("select", None, Equals("Done"), False),
    ("select", None, Not(Equals("Done")), True),
    ("select", "Done", AnyOf(()), False),
    ("multi_select", ["a", "b"], Equals("b"), True),
    ("multi_select", ["a", "b"], Not(Equals("b")), False),
    ("multi_select", [], Empty(), True),
    ("date", DAY, Equals(dt.date(2026, 9, 15)), True),
    ("date", TEN, Equals(dt.date(2026, 9, 15)), False),
    ("date", DAY, Equals(dt.datetime(2026, 9, 15)), False),
    ("date", TEN, Equals(dt.datetime(2026, 9, 15, 8, 0, 59)), True),
    ("date", {**DAY, "end": "2026-09-16"}, Equals(dt.date(2026, 9, 15)), False),
    ("date", DAY, Before(dt.date(2026, 9, 15)), False),
    ("date", DAY, Before(dt.date(2026, 9, 16)), True),
    ("date", DAY, After(dt.date(2026, 9, 14)), True),
    ("date", TEN, After(dt.datetime(2026, 9, 15, 7, 59)), True),
    ("date", TEN, After(dt.datetime(2026, 9, 15, 8)), False),
    ("date", TEN, Before(dt.date(2026, 9, 16)), True),
    ("date", None, Before(dt.date(2026, 9, 16)), False),
    ("date", None, Not(After(dt.date(2026, 9, 16))), True),
    ("people", [{"id": ANN, "email": "Ann@example.org"}], Equals("ann@example.org"), True),
    ("people", [{"id": ANN}], Equals(ANN), True),
    ("people", [{"id": ANN}], Empty(), False),
    ("relation", [ROW], Equals("WT-1"), True),
    ("relation", [ROW], Glob("WT-*"), True),
    ("relation", [], Empty(), True),
    ("created_time", "2026-09-15T10:00:00.000Z", After(dt.date(2026, 9, 14)), True),
    ("created_by", {"id": ANN, "email": "ann@example.org"}, Equals("ann@example.org"), True),
    ("unique_id", {"prefix": "WT", "number": 3}, Equals("WT-3"), True),
    ("unique_id", {"prefix": "WT", "number": 3}, Equals(3), True),
    ("formula", {"type": "string", "string": "late"}, Equals("late"), True),
    ("formula", {"type": "number", "number": 3}, Equals(3), True),
    ("formula", {"type": "boolean", "boolean": True}, Equals(True), True),
    ("formula", {"type": "date", "date": DAY}, Before(dt.date(2026, 9, 16)), True),
    ("formula", {"type": "unsupported", "unsupported": {}}, Empty(), True),
    ("rollup", {"type": "array", "array": [{"type": "relation", "relation": [ROW]}]}, Equals("WT-1"), True),
    ("rollup", {"type": "array", "array": []}, Empty(), True),
    ("place", {"lat": 1.5, "lon": 2.5, "name": "Home"}, Equals("Home"), True),
    ("files", [{"name": "a.pdf", "hosted": True}], Glob("*.pdf"), True),
    ("verification", {"state": "verified"}, Equals("verified"), True),
    ("button", None, Empty(), True),
    ("hologram", {"depth": 3}, Empty(), False),
    ("url", None, Empty(), True),
]


@pytest.mark.parametrize(("kind", "value", "condition", "expected"), MEETS)
def test_whether_a_value_meets_a_condition(kind: str, value: Value, condition: Condition, expected: bool) -> None:
    names = {identity: key for key, identity in KEYS.items()}
    assert of(kind).meets(value, condition, names.__getitem__) is expected


TEXTS: list[tuple[str, Value, str]] = [
    (
        "rich_text",
        [{"text": "a", "bold": True}, {"mention": {"type": "user", "user": {"id": ANN}}, "text": "@Ann"}],
        "a@Ann",
    ),
    ("number", 3, "3"),
    ("number", 0.5, "0.5"),
    ("date", {**DAY, "end": "2026-09-16"}, "2026-09-15 → 2026-09-16"),
    ("date", TEN, "2026-09-15 10:00+02:00"),
    ("multi_select", ["a", "b"], "a, b"),
    ("people", [{"id": ANN, "name": "Ann"}, {"id": ROW, "email": "b@example.org"}], "Ann, b@example.org"),
    ("relation", [ROW, ANN], "WT-1, " + ANN),
    ("unique_id", {"prefix": None, "number": 3}, "3"),
    (
        "rollup",
        {"type": "array", "array": [{"type": "number", "number": 1}, {"type": "hologram", "hologram": {}}]},
        "1, {}",
    ),
    ("place", {"lat": 1.5, "lon": 2}, "1.5, 2"),
    ("checkbox", True, "true"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), TEXTS)
def test_a_value_as_people_read_it(kind: str, value: Value, expected: str) -> None:
    assert of(kind).text(value, {ROW: "WT-1"}.__getitem__) == expected
