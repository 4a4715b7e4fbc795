"""Every filter operator that is documented, for every type of property: two rows with a value, one without."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.twin import Twin, TwinError
from reconciler.twin.times import to_ms
from tests.twin.build import edges, make, patch, query, row, text, write

A, B, NOTHING, ALL, AB, NO = {"a"}, {"b"}, {"-"}, {"a", "b", "-"}, {"a", "b"}, set[str]()
NOW = datetime(2026, 5, 28, 20, 27, 10, tzinfo=UTC)  # a Thursday
Cases = dict[str, list[tuple[Any, set[str]]]]

_EMPTINESS: Cases = {"is_empty": [(True, NOTHING)], "is_not_empty": [(True, AB)]}
_TEXT: Cases = {
    "equals": [("ALPHA@x.io", A), ("alpha", NO)],
    "does_not_equal": [("alpha@x.io", {"b", "-"})],
    "contains": [("Ph", A), ("x.io", AB)],
    "does_not_contain": [("PH", {"b", "-"})],
    "starts_with": [("BETA", B)],
    "ends_with": [("a@X.IO", AB)],
    **_EMPTINESS,
}
_NUMBER: Cases = {
    "equals": [(1, A), (1.5, NO)],
    "does_not_equal": [(1, {"b", "-"})],
    "greater_than": [(1, B)],
    "less_than": [(2, A)],
    "greater_than_or_equal_to": [(1, AB), (2, B)],
    "less_than_or_equal_to": [(1, A), (2, AB)],
    **_EMPTINESS,
}
_OPTION: Cases = {
    "equals": [("x", A), (["x", "y"], AB), ("X", NO)],
    "does_not_equal": [("x", {"b", "-"}), (["x", "y"], NOTHING)],
    **_EMPTINESS,
}
_MEMBERS: Cases = {
    "contains": [("<a>", A), ("<b>", B)],
    "does_not_contain": [("<a>", {"b", "-"})],
    **_EMPTINESS,
}
_DATE: Cases = {
    "equals": [("2026-05-28", A), ("2026-05-28T20:27:59Z", A), ("today", A), ("one_month_from_now", B)],
    "before": [("2026-06-28", A), ("tomorrow", A), ("2026-05-28T20:27:00Z", NO)],
    "after": [("2026-05-28", B), ("yesterday", AB), ("one_week_from_now", B)],
    "on_or_before": [("2026-05-28", A), ("2026-06-28", AB), ("one_week_ago", NO)],
    "on_or_after": [("2026-05-28T20:27:30Z", AB), ("2026-06-28", B), ("one_month_ago", AB)],
    "this_week": [({}, A)],
    "past_week": [({}, A)],
    "past_month": [({}, A)],
    "past_year": [({}, A)],
    "next_week": [({}, A)],
    "next_month": [({}, AB)],
    "next_year": [({}, AB)],
    **_EMPTINESS,
}
CASES: dict[str, Cases] = {
    **dict.fromkeys(("rich_text", "url", "email", "phone_number"), _TEXT),
    "number": _NUMBER,
    "checkbox": {
        "equals": [(True, A), (False, {"b", "-"})],
        "does_not_equal": [(True, {"b", "-"}), (False, A)],
    },
    "select": _OPTION,
    "multi_select": {
        "contains": [("x", A), (["x", "y"], AB)],
        "does_not_contain": [("x", {"b", "-"}), (["x", "y"], NOTHING)],
        **_EMPTINESS,
    },
    "date": _DATE,
    "people": {**_MEMBERS, "contains": [*_MEMBERS["contains"], ("me", A)]},
    "relation": _MEMBERS,
    "files": _EMPTINESS,
}


def value(kind: str, which: int, ids: tuple[str, str]) -> Any:
    match kind:
        case "rich_text":
            return text(("alpha@x.io", "beta@x.io")[which])
        case "url" | "email" | "phone_number":
            return ("alpha@x.io", "beta@x.io")[which]
        case "number":
            return which + 1
        case "checkbox":
            return which == 0
        case "select":
            return {"name": "xy"[which]}
        case "multi_select":
            return [{"name": "xy"[which]}]
        case "date":
            return {"start": ("2026-05-28T20:27:00Z", "2026-06-28")[which]}
        case "files":
            return [{"name": "f", "external": {"url": "https://example.org/f"}}]
        case _:
            return [{"id": ids[which]}]


@pytest.mark.parametrize("kind", CASES)
def test_every_operator_of_a_type(twin: Twin, kind: str) -> None:
    twin.clock = lambda: to_ms(NOW)
    other = make(twin, "Other")
    config = {"data_source_id": other, "single_property": {}} if kind == "relation" else {}
    source = make(twin, "Filtered", V={kind: config})
    ids = (row(twin, other), row(twin, other))
    if kind == "people":
        ids = (twin.bot_id, twin.admin.person("Ada", "ada@example.org"))
    row(twin, source, "-")
    for which, name in enumerate("ab"):
        row(twin, source, name, V={kind: value(kind, which, ids)})
    meant = {"<a>": ids[0], "<b>": ids[1]}
    for operator, cases in CASES[kind].items():
        for wanted, found in cases:
            given = meant.get(wanted, wanted) if isinstance(wanted, str) else wanted
            asked = {"property": "V", kind: {operator: given}}
            assert set(query(twin, source, filter=asked)) == found, (operator, wanted)
            assert set(query(twin, source, filter={"or": [{"and": [asked]}]})) == found, (operator, wanted)


@pytest.mark.parametrize("operator", [name for name in _TEXT if not name.startswith("is_")])
def test_every_operator_of_a_title(twin: Twin, operator: str) -> None:
    source = make(twin)
    for name in ("", "alpha@x.io", "beta@x.io"):
        row(twin, source, name)
    named = {"a": "alpha@x.io", "b": "beta@x.io", "-": ""}
    for key in ("title", "rich_text"):
        for wanted, found in _TEXT[operator]:
            asked = {"property": "title", key: {operator: wanted}}
            assert set(query(twin, source, filter=asked)) == {named[one] for one in found}


@pytest.fixture
def tasks(twin: Twin) -> str:
    source = make(
        twin, T={"status": {}}, Id={"unique_id": {"prefix": "T"}}, By={"created_by": {}}, At={"created_time": {}}
    )
    patch(twin, source, Ed={"last_edited_by": {}}, Et={"last_edited_time": {}})
    for name, option in (("-", "Not started"), ("a", "In progress"), ("b", "Done")):
        row(twin, source, name, T={"status": {"name": option}})
    return source


@pytest.mark.parametrize(
    ("property_", "condition", "found"),
    [
        ("T", {"status": {"equals": "Done"}}, B),
        ("T", {"status": {"equals": ["Done", "In progress"]}}, AB),
        ("T", {"status": {"does_not_equal": "Done"}}, {"a", "-"}),
        ("T", {"status": {"equals": "Complete"}}, B),
        ("T", {"status": {"does_not_equal": ["To-do", "In progress"]}}, B),
        ("T", {"status": {"is_empty": True}}, NO),
        ("T", {"status": {"is_not_empty": True}}, ALL),
        ("Id", {"unique_id": {"equals": 2}}, A),
        ("Id", {"unique_id": {"does_not_equal": 2}}, {"b", "-"}),
        ("Id", {"unique_id": {"greater_than_or_equal_to": 2}}, AB),
        ("Id", {"unique_id": {"less_than": 2}}, NOTHING),
        ("By", {"created_by": {"contains": "me"}}, ALL),
        ("By", {"people": {"does_not_contain": "me"}}, NO),
        ("Ed", {"last_edited_by": {"contains": "00000000-0000-4000-8000-000000000009"}}, NO),
        ("Ed", {"last_edited_by": {"is_not_empty": True}}, ALL),
        ("At", {"created_time": {"past_week": {}}}, ALL),
        ("At", {"created_time": {"is_empty": True}}, NO),
        ("At", {"date": {"equals": "today"}}, ALL),
        ("Et", {"last_edited_time": {"before": "yesterday"}}, NO),
    ],
)
def test_types_that_notion_fills(
    twin: Twin, tasks: str, property_: str, condition: dict[str, Any], found: set[str]
) -> None:
    assert set(query(twin, tasks, filter={"property": property_, **condition})) == found


@pytest.mark.parametrize(
    ("expression", "condition", "found"),
    [
        ('prop("Name") + "!"', {"string": {"equals": "A!"}}, A),
        ('prop("N") * 2', {"number": {"greater_than": 2}}, B),
        ('prop("N") > 1', {"checkbox": {"equals": True}}, B),
        ('prop("D")', {"date": {"equals": "2026-05-28"}}, A),
        ('prop("D")', {"date": {"is_empty": True}}, NOTHING),
    ],
)
def test_formulas_filter_by_what_they_come_to(
    twin: Twin, expression: str, condition: dict[str, Any], found: set[str]
) -> None:
    source = make(twin, N={"number": {}}, D={"date": {}})
    patch(twin, source, F={"formula": {"expression": expression}})
    row(twin, source, "-")
    row(twin, source, "a", N={"number": 1}, D={"date": {"start": "2026-05-28"}})
    row(twin, source, "b", N={"number": 2}, D={"date": {"start": "2026-06-28"}})
    assert set(query(twin, source, filter={"property": "F", "formula": condition})) == found


@pytest.mark.parametrize(
    ("function", "rolled", "condition", "found"),
    [
        ("show_original", "N", {"any": {"number": {"equals": 1}}}, AB),
        ("show_original", "N", {"every": {"number": {"equals": 1}}}, A),
        ("show_original", "N", {"none": {"number": {"equals": 1}}}, NOTHING),
        ("show_original", "S", {"any": {"select": {"equals": "y"}}}, B),
        ("show_original", "Name", {"any": {"rich_text": {"starts_with": "T"}}}, B),
        ("show_original", "D", {"any": {"date": {"on_or_after": "2026-06-01"}}}, B),
        ("sum", "N", {"number": {"equals": 3}}, B),
        ("count", "N", {"number": {"less_than": 1}}, NOTHING),
        ("latest_date", "D", {"date": {"after": "2026-06-01"}}, B),
        ("earliest_date", "D", {"date": {"is_empty": True}}, NOTHING),
        ("percent_not_empty", "N", {"number": {"equals": 1}}, AB),
    ],
)
def test_rollups_filter_by_items_and_by_results(
    twin: Twin, function: str, rolled: str, condition: dict[str, Any], found: set[str]
) -> None:
    other = make(twin, "Other", N={"number": {}}, S={"select": {}}, D={"date": {}})
    source = make(twin, R={"relation": {"data_source_id": other, "single_property": {}}})
    rollup = {"function": function, "relation_property_name": "R", "rollup_property_name": rolled}
    patch(twin, source, U={"rollup": rollup})
    one = row(twin, other, "one", N={"number": 1}, S={"select": {"name": "x"}}, D={"date": {"start": "2026-05-28"}})
    two = row(twin, other, "two", N={"number": 2}, S={"select": {"name": "y"}}, D={"date": {"start": "2026-06-28"}})
    row(twin, source, "-")
    row(twin, source, "a", R=edges(one))
    row(twin, source, "b", R=edges(one, two))
    assert set(query(twin, source, filter={"property": "U", "rollup": condition})) == found


def test_a_page_is_verified_and_expires(twin: Twin) -> None:
    source = make(twin)
    twin.admin.add_property(source, "V", "verification")
    row(twin, source, "-")
    a, b = row(twin, source, "a"), row(twin, source, "b")
    dates = {"start": "2026-05-01T00:00:00Z", "end": "2026-05-02T00:00:00Z"}
    shown = write(twin, a, V={"verification": {"state": "verified"}})["V"]["verification"]
    assert (shown["state"], shown["verified_by"]["id"], shown["date"]) == ("verified", twin.bot_id, None)
    assert (
        write(twin, b, V={"verification": {"state": "verified", "date": dates}})["V"]["verification"]["state"]
        == "expired"
    )
    for state, found in (("verified", A), ("expired", B), ("none", NOTHING)):
        assert set(query(twin, source, filter={"property": "V", "verification": {"status": state}})) == found
    others = {"property": "V", "verification": {"does_not_equal": "verified"}}
    assert set(query(twin, source, filter=others)) == {"b", "-"}
    assert write(twin, a, V={"verification": {"state": "unverified"}})["V"]["verification"]["verified_by"] is None


def test_archived_rows_and_data_sources_are_asked_for(twin: Twin) -> None:
    source = make(twin)
    row(twin, source, "here")
    twin.call("PATCH", f"pages/{row(twin, source, 'put away')}", {"is_archived": True})
    assert query(twin, source) == ["here"]
    assert query(twin, source, is_archived=True) == ["put away"]
    assert query(twin, source, result_type="page") == ["here"]
    assert query(twin, source, result_type="data_source") == []
    assert query(twin, source, sorts=[{"property": "Name", "direction": "ascending"}]) == ["here"]
    with pytest.raises(TwinError, match=r"body\.result_type should be"):
        query(twin, source, result_type="view")
