"""Queries: order, pages, filters, sorts, the cap."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from reconciler.twin import Twin, TwinError
from reconciler.twin import query as query_module
from reconciler.twin.times import to_ms
from tests.twin.build import edges, make, query, row, schema, text, titles, write


def test_newest_first_in_pages_without_gaps_or_doubles(twin: Twin) -> None:
    source = make(twin)
    made = [row(twin, source, str(n)) and str(n) for n in range(25)]
    found: list[str] = []
    cursor: str | None = None
    while True:
        body: dict[str, Any] = {"page_size": 10} | ({"start_cursor": cursor} if cursor else {})
        answer = twin.call("POST", f"data_sources/{source}/query", body)
        found += titles(answer)
        cursor = answer["next_cursor"]
        assert answer["has_more"] is (cursor is not None)
        if cursor is None:
            break
        assert cursor.startswith("s:")
    assert found == made[::-1]


def test_a_cursor_survives_the_row_that_it_names(twin: Twin) -> None:
    source = make(twin)
    pages = {str(n): row(twin, source, str(n)) for n in range(6)}
    for body in ({}, {"sorts": [{"property": "Name", "direction": "descending"}]}):
        first = twin.call("POST", f"data_sources/{source}/query", {**body, "page_size": 3})
        twin.call("PATCH", f"pages/{pages['2']}", {"in_trash": True})
        rest = twin.call("POST", f"data_sources/{source}/query", {**body, "start_cursor": first["next_cursor"]})
        assert titles(rest) == ["1", "0"]
        twin.call("PATCH", f"pages/{pages['2']}", {"in_trash": False})


def test_the_cap_counts_over_all_pages_of_a_query(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_module, "RESULT_LIMIT", 5)
    source = make(twin)
    for n in range(7):
        row(twin, source, str(n))
    first = twin.call("POST", f"data_sources/{source}/query", {"page_size": 3})
    second = twin.call("POST", f"data_sources/{source}/query", {"page_size": 3, "start_cursor": first["next_cursor"]})
    assert titles(first) + titles(second) == ["6", "5", "4", "3", "2"]
    assert "request_status" not in first
    assert second["has_more"] is False
    assert second["request_status"] == {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}


FIELDS: dict[str, Any] = {
    "Text": {"rich_text": {}},
    "Number": {"number": {}},
    "Check": {"checkbox": {}},
    "Select": {"select": {}},
    "Many": {"multi_select": {}},
    "Date": {"date": {}},
    "People": {"people": {}},
    "Files": {"files": {}},
    "Url": {"url": {}},
    "Twice": {"formula": {"expression": 'prop("Number") * 2'}},
}


@pytest.fixture
def filled(twin: Twin) -> str:
    """Row "full" has a value everywhere, row "empty" nowhere."""
    source = make(twin, **FIELDS)
    row(twin, source, "empty")
    row(
        twin,
        source,
        "full",
        Text={"rich_text": text("John Doe")},
        Number={"number": 3},
        Check={"checkbox": True},
        Select={"select": {"name": "A"}},
        Many={"multi_select": [{"name": "x"}, {"name": "y"}]},
        Date={"date": {"start": "2026-05-28T20:27:00Z"}},
        People={"people": [{"id": twin.bot_id}]},
        Files={"files": [{"name": "f", "external": {"url": "https://example.org/f"}}]},
        Url={"url": "https://john.example"},
    )
    return source


BOTH, FULL, EMPTY, NONE = {"full", "empty"}, {"full"}, {"empty"}, set[str]()


@pytest.mark.parametrize(
    ("property_", "condition", "found"),
    [
        ("Text", {"rich_text": {"contains": "DOE"}}, FULL),
        ("Text", {"rich_text": {"does_not_contain": "doe"}}, EMPTY),
        ("Text", {"rich_text": {"equals": "john doe"}}, FULL),
        ("Text", {"rich_text": {"does_not_equal": "John Doe"}}, EMPTY),
        ("Text", {"rich_text": {"starts_with": "john"}}, FULL),
        ("Text", {"rich_text": {"ends_with": "DOE"}}, FULL),
        ("Url", {"rich_text": {"contains": "john"}}, FULL),
        ("Url", {"url": {"is_empty": True}}, EMPTY),
        ("Name", {"title": {"equals": "FULL"}}, FULL),
        ("Name", {"title": {"contains": "ULL"}}, FULL),
        ("Name", {"title": {"does_not_equal": "full"}}, EMPTY),
        ("Name", {"rich_text": {"starts_with": "em"}}, EMPTY),
        ("Number", {"number": {"equals": 3}}, FULL),
        ("Number", {"number": {"does_not_equal": 3}}, EMPTY),
        ("Number", {"number": {"greater_than": 2, "less_than": 4}}, FULL),
        ("Number", {"number": {"less_than_or_equal_to": 2}}, NONE),
        ("Number", {"number": {"is_not_empty": True}}, FULL),
        ("Check", {"checkbox": {"equals": True}}, FULL),
        ("Check", {"checkbox": {"does_not_equal": True}}, EMPTY),
        ("Select", {"select": {"equals": "A"}}, FULL),
        ("Select", {"select": {"equals": ["A", "B"]}}, FULL),
        ("Select", {"select": {"does_not_equal": "A"}}, EMPTY),
        ("Many", {"multi_select": {"contains": "x"}}, FULL),
        ("Many", {"multi_select": {"does_not_contain": "x"}}, EMPTY),
        ("Date", {"date": {"equals": "2026-05-28"}}, FULL),
        ("Date", {"date": {"equals": "2026-05-28T20:27:55Z"}}, FULL),
        ("Date", {"date": {"before": "2026-05-28T20:27:55Z"}}, NONE),
        ("Date", {"date": {"on_or_before": "2026-05-28T20:27:00Z"}}, FULL),
        ("Date", {"date": {"after": "2026-05-28"}}, NONE),
        ("Date", {"date": {"equals": "today"}}, FULL),
        ("Date", {"date": {"past_week": {}}}, FULL),
        ("Date", {"date": {"next_month": {}}}, FULL),
        ("Date", {"date": {"this_week": {}}}, FULL),
        ("Date", {"date": {"is_empty": True}}, EMPTY),
        ("Date", {"date": {"before": "9999-12-30"}}, FULL),
        ("People", {"people": {"contains": "me"}}, FULL),
        ("People", {"people": {"is_empty": True}}, EMPTY),
        ("Files", {"files": {"is_not_empty": True}}, FULL),
        ("Twice", {"formula": {"number": {"equals": 6}}}, FULL),
        ("Twice", {"formula": {"string": {"is_empty": True}}}, BOTH),
    ],
)
def test_operators(twin: Twin, filled: str, property_: str, condition: dict[str, Any], found: set[str]) -> None:
    twin.clock = lambda: to_ms(datetime(2026, 5, 28, 20, 27, 10, tzinfo=UTC))
    asked = {"property": property_, **condition}
    assert set(query(twin, filled, filter=asked)) == found
    assert set(query(twin, filled, filter={"or": [asked]})) == found  # alternatives are judged without SQLite's help


@pytest.mark.parametrize(
    ("operator", "moment", "found"),
    [
        ("equals", "2026-05-28", BOTH),
        ("equals", "2026-05-28T20:27:40Z", BOTH),
        ("equals", "2026-05-28T20:28:00Z", NONE),
        ("before", "2026-05-28T20:27:40Z", NONE),
        ("before", "2026-05-28T20:28:00Z", BOTH),
        ("on_or_before", "2026-05-28T20:27:00Z", BOTH),
        ("after", "2026-05-28T20:26:00Z", BOTH),
        ("after", "2026-05-28T20:27:00Z", NONE),
        ("on_or_after", "2026-05-28T20:27:40Z", BOTH),
        ("on_or_after", "2026-05-29", NONE),
    ],
)
def test_timestamps_filter_by_the_minute(twin: Twin, filled: str, operator: str, moment: str, found: set[str]) -> None:
    for key in ("created_time", "last_edited_time"):
        asked = {"timestamp": key, key: {operator: moment}}
        assert set(query(twin, filled, filter=asked)) == found
        assert set(query(twin, filled, filter={"or": [asked]})) == found


def test_a_date_at_the_end_of_time_is_refused(twin: Twin, filled: str) -> None:
    with pytest.raises(TwinError, match="valid ISO 8601"):
        query(twin, filled, filter={"property": "Date", "date": {"equals": "9999-12-31"}})


def test_two_levels_of_compound_filters_and_no_third(twin: Twin, filled: str) -> None:
    number = {"property": "Number", "number": {"equals": 3}}
    name = {"property": "Name", "title": {"equals": "empty"}}
    assert set(query(twin, filled, filter={"or": [{"and": [number]}, name]})) == BOTH
    with pytest.raises(TwinError, match=r"body\.filter\.or\[0\]\.and\[0\]\.or should be not present"):
        query(twin, filled, filter={"or": [{"and": [{"or": [number]}]}]})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"filter": {"property": "Nope", "number": {"equals": 1}}}, "Could not find property with name or id: Nope"),
        ({"sorts": [{"property": "Nope"}]}, "Could not find sort property with name or id: Nope"),
        (
            {"filter": {"property": "Number", "rich_text": {"equals": "1"}}},
            "database property number does not match filter rich_text",
        ),
        (
            {"filter": {"property": "Number", "number": {"equals": "1"}}},
            r"body\.filter\.number\.equals should be a number",
        ),
        ({"page_size": 101}, "page_size should be ≤ `100` or `undefined`, instead was `101`"),
        ({"start_cursor": "bogus"}, "start_cursor provided is invalid: bogus"),
    ],
)
def test_queries_that_notion_refuses(twin: Twin, filled: str, body: dict[str, Any], message: str) -> None:
    with pytest.raises(TwinError, match=message) as caught:
        query(twin, filled, **body)
    assert caught.value.code == "validation_error"


def test_sorts_apply_in_order_and_put_rows_without_a_value_last(twin: Twin) -> None:
    source = make(twin, N={"number": {}}, S={"select": {"options": [{"name": "b"}, {"name": "a"}]}})
    for name, number, option in (("1", 2, "a"), ("2", 1, "b"), ("3", 1, "a")):
        row(twin, source, name, N={"number": number}, S={"select": {"name": option}})
    row(twin, source, "4")
    by = [{"property": "N", "direction": "ascending"}, {"property": "Name", "direction": "descending"}]
    assert query(twin, source, sorts=by) == ["3", "2", "1", "4"]
    assert query(twin, source, sorts=[{"property": "S", "direction": "ascending"}])[0] == "2"
    assert query(twin, source, sorts=[{"timestamp": "created_time", "direction": "descending"}])[0] == "4"


def test_filter_properties_narrow_and_order(twin: Twin, filled: str) -> None:
    ids = {name: value["id"] for name, value in schema(twin, filled).items()}
    answer = twin.call("POST", f"data_sources/{filled}/query", {}, {"filter_properties": [ids["Name"], ids["Number"]]})
    assert [list(page["properties"]) for page in answer["results"]] == [["Name", "Number"]] * 2
    page = twin.call("GET", f"pages/{answer['results'][0]['id']}", query={"filter_properties": ids["Url"]})
    assert list(page["properties"]) == ["Url"]


def test_relations_and_rollups_filter(twin: Twin) -> None:
    source = make(twin, N={"number": {}})
    twin.call("PATCH", f"data_sources/{source}", {"properties": {
        "R": {"relation": {"data_source_id": source, "single_property": {}}},
        "Max": {"rollup": {"function": "max", "relation_property_name": "R", "rollup_property_name": "N"}},
        "Names": {
            "rollup": {"function": "show_original", "relation_property_name": "R", "rollup_property_name": "Name"},
        },
    }})  # fmt: skip
    one = row(twin, source, "one", N={"number": 1})
    row(twin, source, "two", R=edges(one))
    assert query(twin, source, filter={"property": "R", "relation": {"contains": one}}) == ["two"]
    assert query(twin, source, filter={"property": "Max", "rollup": {"number": {"equals": 1}}}) == ["two"]
    every = {"every": {"rich_text": {"starts_with": "O"}}}
    assert query(twin, source, filter={"property": "Names", "rollup": every}) == ["two"]
    write(twin, one, Name={"title": text("x")})
    assert query(twin, source, filter={"property": "Names", "rollup": every}) == []


@pytest.mark.parametrize("key", ["created_time", "last_edited_time"])
@pytest.mark.parametrize("direction", ["ascending", "descending"])
def test_sorts_by_time_come_in_pages_also_where_rows_share_a_moment(twin: Twin, key: str, direction: str) -> None:
    source = make(twin)
    start = 1_780_000_000_000
    pages = {}
    for n in range(12):
        twin.clock = partial(int, start + n // 4 * 60_000)
        pages[str(n)] = row(twin, source, str(n))
    sorts = [{"timestamp": key, "direction": direction}]
    wanted = [str(n) for n in range(12)]
    wanted = wanted if direction == "ascending" else wanted[::-1]
    first = twin.call("POST", f"data_sources/{source}/query", {"sorts": sorts, "page_size": 5})
    twin.call("PATCH", f"pages/{pages[wanted[8]]}", {"in_trash": True})
    body = {"sorts": sorts, "start_cursor": first["next_cursor"]}
    rest = twin.call("POST", f"data_sources/{source}/query", body)
    assert titles(first) + titles(rest) == wanted[:8] + wanted[9:]
