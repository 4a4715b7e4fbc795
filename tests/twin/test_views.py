"""Views: kept as set, checked against their type and their data source."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.twin import Twin, TwinError
from tests.twin.build import make, schema

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
    return twin.call("POST", "views", {**place, "name": "V", "type": kind, **more})


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
