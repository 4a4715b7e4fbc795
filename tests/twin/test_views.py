"""Views: kept as set, checked against their type and their data source."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.twin import Twin, TwinError
from tests.twin.build import make, row, schema

Known = dict[str, str]


@pytest.fixture
def known(twin: Twin) -> Known:
    source = make(twin, S={"select": {"options": [{"name": "a"}]}}, D={"date": {}})
    properties = schema(twin, source)
    database = twin.call("GET", f"data_sources/{source}")["parent"]["database_id"]
    return {
        "data_source_id": source,
        "database_id": database,
        "select": properties["S"]["id"],
        "date": properties["D"]["id"],
    }


def create(twin: Twin, known: Known, kind: str, **more: Any) -> dict[str, Any]:
    place = {key: known[key] for key in ("data_source_id", "database_id")}
    body = {**place, "name": "V", "type": kind, **more}
    return twin.call("POST", "views", {key: value for key, value in body.items() if value is not None})


def test_a_view_keeps_what_it_is_set_to_and_null_clears_it(twin: Twin, known: Known) -> None:
    grouped = {"type": "select", "property_id": known["select"], "sort": {"type": "manual"}}
    board = {"type": "board", "group_by": grouped, "cover_size": "small"}
    condition = {"property": "S", "select": {"equals": "a"}}
    sorts = [{"property": "Name", "direction": "descending"}, {"timestamp": "created_time", "direction": "ascending"}]
    made = create(twin, known, "board", configuration=board, filter=condition, sorts=sorts)
    assert (made["configuration"], made["filter"], made["sorts"]) == (board, condition, sorts)
    cleared = twin.call("PATCH", f"views/{made['id']}", {"filter": None, "sorts": None})
    assert (cleared["configuration"], cleared["filter"], cleared["sorts"]) == (board, None, [])


@pytest.mark.parametrize(
    ("kind", "configuration", "said"),
    [
        ("board", {"type": "board"}, "body.configuration.group_by should be defined"),
        ("table", {"type": "board"}, 'body.configuration.type should be `"table"`'),
        ("table", {"type": "table", "colour": 1}, "body.configuration.colour should be not present"),
        ("table", {"type": "table", "wrap_cells": 1}, "body.configuration.wrap_cells should be a boolean"),
        ("calendar", {"type": "calendar", "date_property_id": "zzzz"}, "Could not find property with name or id: zzzz"),
        ("chart", {"type": "chart", "chart_type": "pie"}, "body.configuration.chart_type should be"),
        (
            "table",
            {"type": "table", "properties": [{"property_id": "title", "width": 0}]},
            "body.configuration.properties[0].width should be ≥ `1`",
        ),
        ("dashboard", {"type": "dashboard"}, "body.configuration should be not present"),
    ],
)
def test_a_configuration_must_be_of_its_type(
    twin: Twin, known: Known, kind: str, configuration: Any, said: str
) -> None:
    with pytest.raises(TwinError) as caught:
        create(twin, known, kind, configuration=configuration)
    assert (caught.value.status, caught.value.code) == (400, "validation_error")
    assert said in caught.value.message


@pytest.mark.parametrize(
    "more",
    [
        {"filter": {"property": "S", "number": {"equals": 1}}},
        {"filter": {"property": "Nope", "number": {"equals": 1}}},
        {"sorts": [{"property": "Nope", "direction": "ascending"}]},
        {"sorts": [None]},
        {"quick_filters": {"S": {"number": {"equals": 1}}}},
    ],
)
def test_filters_and_sorts_must_fit_the_data_source(twin: Twin, known: Known, more: Any) -> None:
    with pytest.raises(TwinError) as caught:
        create(twin, known, "table", **more)
    assert caught.value.code == "validation_error"


def test_the_last_view_stays(twin: Twin, known: Known) -> None:
    (only,) = twin.call("GET", "views", query={"database_id": known["database_id"]})["results"]
    with pytest.raises(TwinError, match="last view"):
        twin.call("DELETE", f"views/{only['id']}")


# -- places: tabs, dashboards, linked databases -------------------------------------------------------------------


def tabs(twin: Twin, known: Known) -> list[str]:
    listed = twin.call("GET", "views", query={"database_id": known["database_id"]})["results"]
    return [twin.call("GET", f"views/{view['id']}")["name"] for view in listed]


def test_a_new_view_takes_the_place_asked_for(twin: Twin, known: Known) -> None:
    a = create(twin, known, "table", name="a")
    create(twin, known, "table", name="first", position={"type": "start"})
    create(twin, known, "table", name="b", position={"type": "after_view", "view_id": a["id"]})
    create(twin, known, "table", name="a2", position={"type": "after_view", "view_id": a["id"]})
    create(twin, known, "table", name="last", position={"type": "end"})
    assert tabs(twin, known) == ["first", "Default view", "a", "a2", "b", "last"]


def test_a_dashboard_holds_widgets_in_rows(twin: Twin, known: Known) -> None:
    board = create(twin, known, "dashboard", name="D")
    assert board["configuration"] == {"type": "dashboard", "rows": []}
    inside = {"data_source_id": known["data_source_id"], "view_id": board["id"], "name": "w", "type": "table"}
    one = twin.call("POST", "views", inside)
    two = twin.call("POST", "views", {**inside, "placement": {"type": "existing_row", "row_index": 0}})
    three = twin.call("POST", "views", {**inside, "placement": {"type": "new_row", "row_index": 0}})
    assert one["dashboard_view_id"] == board["id"]

    def rows() -> list[list[str]]:
        shown = twin.call("GET", f"views/{board['id']}")["configuration"]["rows"]
        return [[widget["view_id"] for widget in row["widgets"]] for row in shown]

    assert rows() == [[three["id"]], [one["id"], two["id"]]]
    twin.call("DELETE", f"views/{three['id']}")
    assert rows() == [[one["id"], two["id"]]]
    twin.call("DELETE", f"views/{board['id']}")
    with pytest.raises(TwinError, match="Could not find view"):
        twin.call("GET", f"views/{one['id']}")


def test_a_linked_database_holds_views_of_anothers_data_source(twin: Twin, known: Known) -> None:
    place = {"parent": {"type": "page_id", "page_id": twin.root_page_id}}
    body = {"data_source_id": known["data_source_id"], "name": "L", "type": "list", "create_database": place}
    made = twin.call("POST", "views", body)
    linked = twin.call("GET", f"databases/{made['parent']['database_id']}")
    assert (linked["title"][0]["plain_text"], linked["data_sources"]) == ("Untitled", [])
    listed = twin.call("GET", "views", query={"data_source_id": known["data_source_id"]})["results"]
    assert made["id"] in [view["id"] for view in listed]
    with pytest.raises(TwinError, match="does not contain any data sources"):
        twin.call("POST", "pages", {"parent": {"database_id": linked["id"]}, "properties": {}})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"database_id": None}, "body.database_id should be defined"),
        ({"create_database": {"parent": {"page_id": "p"}}}, "body.create_database should be not present"),
        ({"placement": {"type": "new_row"}}, "body.placement should be not present"),
        ({"position": {"type": "middle"}}, "body.position.type should be"),
        ({"filter": {"property": "S", "select": {"equals": "nowhere"}}}, "body.filter.select.equals should be"),
        (
            {"database_id": None, "create_database": {"parent": {"type": "workspace"}}},
            "body.create_database.parent.page_id should be defined",
        ),
    ],
)
def test_views_that_have_no_place_are_refused(twin: Twin, known: Known, more: dict[str, Any], said: str) -> None:
    with pytest.raises(TwinError) as caught:
        create(twin, known, "table", **more)
    assert said in caught.value.message


def test_quick_filters_are_set_and_taken_away_one_by_one(twin: Twin, known: Known) -> None:
    made = create(twin, known, "table", quick_filters={"S": {"select": {"equals": "a"}}})
    both = twin.call("PATCH", f"views/{made['id']}", {"quick_filters": {"D": {"date": {"is_empty": True}}}})
    assert set(both["quick_filters"]) == {"S", "D"}
    left = twin.call("PATCH", f"views/{made['id']}", {"quick_filters": {"S": None}})
    assert set(left["quick_filters"]) == {"D"}


def test_a_views_rows_are_queried_kept_and_read_in_pages(twin: Twin, known: Known) -> None:
    source = known["data_source_id"]
    rows = [row(twin, source, name, S={"select": {"name": "a"}}) for name in ("x", "y", "z")]
    row(twin, source, "other")
    condition = {"property": "S", "select": {"equals": "a"}}
    sorts = [{"property": "Name", "direction": "ascending"}]
    view = create(twin, known, "table", filter=condition, sorts=sorts)
    asked = twin.call("POST", f"views/{view['id']}/queries", {"page_size": 2})
    assert asked["total_count"] == 3
    assert [page["id"] for page in asked["results"]] == rows[:2]
    at = f"views/{view['id']}/queries/{asked['id']}"
    rest = twin.call("GET", at, query={"start_cursor": asked["next_cursor"]})
    assert ([page["id"] for page in rest["results"]], rest["has_more"]) == (rows[2:], False)
    assert twin.call("DELETE", at)["deleted"] is True
    with pytest.raises(TwinError, match="Could not find view_query"):
        twin.call("GET", at)


def test_a_view_query_is_over_after_a_quarter_of_an_hour(twin: Twin, known: Known) -> None:
    view = create(twin, known, "table")
    asked = twin.call("POST", f"views/{view['id']}/queries", {})
    later = twin.clock() + 15 * 60_000
    twin.clock = lambda: later
    with pytest.raises(TwinError, match="Could not find view_query"):
        twin.call("GET", f"views/{view['id']}/queries/{asked['id']}")
