"""Every gap is a switch that switches, and the twin knows which of them an answer hung on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.twin import Assumptions, Twin, TwinError, open_twin
from reconciler.twin.assumptions import GAPS
from tests.twin.build import edges, make, patch, query, row, schema, text, values, write

Story = Callable[[Twin], Any]


def _related(twin: Twin) -> tuple[str, str]:
    """Two data sources, the first with a two-way relation R to the second, on whose side it is called Back."""
    one, two = make(twin, "One"), make(twin, "Two")
    patch(twin, one, R={"relation": {"data_source_id": two, "dual_property": {}}})
    patch(twin, two, **{"Related to One (R)": {"name": "Back"}})
    return one, two


def _dual_deleted(twin: Twin) -> Any:
    one, two = _related(twin)
    patch(twin, one, R=None)
    return sorted(schema(twin, two))


def _dual_to_itself(twin: Twin) -> Any:
    source = make(twin)
    return sorted(patch(twin, source, R={"relation": {"data_source_id": source, "dual_property": {}}}))


def _synced_name_given(twin: Twin) -> Any:
    one, two = make(twin, "One"), make(twin, "Two")
    dual = {"data_source_id": two, "dual_property": {"synced_property_name": "Mine"}}
    patch(twin, one, R={"relation": dual})
    return sorted(schema(twin, two))


def _mirror_touches_row(twin: Twin) -> Any:
    one, two = _related(twin)
    other, later = row(twin, two), twin.clock() + 600_000
    twin.clock = lambda: later
    row(twin, one, R=edges(other))
    return twin.call("GET", f"pages/{other}")["last_edited_time"]


def _rename_swap(twin: Twin) -> Any:
    source = make(twin, A={"number": {}}, B={"url": {}})
    return patch(twin, source, A={"name": "B"}, B={"name": "A"})["A"]["type"]


def _option_mismatch(twin: Twin) -> Any:
    source = make(twin, S={"select": {"options": [{"name": "x", "color": "red"}]}})
    return patch(twin, source, S={"select": {"options": [{"name": "x", "color": "blue"}]}})["S"]["select"]


def _retyped_id(twin: Twin) -> Any:
    source = make(twin, V={"number": {}})
    before = schema(twin, source)["V"]["id"]
    return patch(twin, source, V={"url": {}})["V"]["id"] == before


def _retarget_edges(twin: Twin) -> Any:
    one, two, three = make(twin, "One"), make(twin, "Two"), make(twin, "Three")
    patch(twin, one, R={"relation": {"data_source_id": two, "single_property": {}}})
    page = row(twin, one, R=edges(row(twin, two)))
    for target in (three, two):
        patch(twin, one, R={"relation": {"data_source_id": target, "single_property": {}}})
    return len(values(twin, page)["R"])


def _database_title_to_source(twin: Twin) -> Any:
    source = make(twin)
    database = twin.call("GET", f"data_sources/{source}")["parent"]["database_id"]
    twin.call("PATCH", f"databases/{database}", {"title": text("Other")})
    return twin.call("GET", f"data_sources/{source}")["title"][0]["plain_text"]


def _last_source_moved(twin: Twin) -> Any:
    source, other = make(twin, "One"), make(twin, "Two")
    left, entered = (twin.call("GET", f"data_sources/{s}")["parent"]["database_id"] for s in (source, other))
    twin.call("PATCH", f"data_sources/{source}", {"parent": {"database_id": entered}})
    return twin.call("GET", f"databases/{left}")["in_trash"]


def _used_property_deleted(twin: Twin) -> Any:
    source = make(twin, N={"number": {}}, F={"formula": {"expression": 'prop("N") + 1'}})
    return sorted(patch(twin, source, N=None))


def _status_default(twin: Twin) -> Any:
    return values(twin, row(twin, make(twin, T={"status": {}})))["T"] is None


def _status_removed(twin: Twin) -> Any:
    source = make(twin, T={"status": {}})
    page = row(twin, source, T={"status": {"name": "Done"}})
    patch(twin, source, T={"status": {"options": [{"name": "Not started"}]}})
    return values(twin, page)["T"] is None


def _moved_row_values(twin: Twin) -> Any:
    one, two = make(twin, "One", N={"number": {}}), make(twin, "Two", N={"number": {}})
    page = row(twin, one, N={"number": 1})
    twin.call("POST", f"pages/{page}/move", {"parent": {"data_source_id": two}})
    return values(twin, page)["N"]


def _atomic_patch(twin: Twin) -> Any:
    source = make(twin, A={"number": {}}, B={"number": {}})
    with pytest.raises(TwinError, match="Nope"):
        patch(twin, source, A={"name": "A2"}, F={"formula": {"expression": 'prop("Nope")'}}, B={"name": "B2"})
    return sorted(schema(twin, source))


def _mirror_lag(twin: Twin) -> Any:
    one, two = _related(twin)
    other = row(twin, two)
    row(twin, one, R=edges(other))
    seen = [len(values(twin, other)["Back"]) for _ in range(4)]
    assert seen[-1] == 1
    return seen


def _query_lag(twin: Twin) -> Any:
    source = make(twin, N={"number": {}})
    row(twin, source, "new", N={"number": 1})
    assert query(twin, source) == ["new"]
    seen = [query(twin, source, filter={"property": "N", "number": {"equals": 1}}) for _ in range(3)]
    assert seen[-1] == ["new"]
    return seen


def _schema_touches_rows(twin: Twin) -> Any:
    source = make(twin, N={"number": {}})
    page, later = row(twin, source, N={"number": 1}), twin.clock() + 600_000
    twin.clock = lambda: later
    patch(twin, source, N=None)
    return twin.call("GET", f"pages/{page}")["last_edited_time"]


def _last_source_trashed(twin: Twin) -> Any:
    source = make(twin)
    twin.call("PATCH", f"data_sources/{source}", {"in_trash": True})
    back = twin.call("PATCH", f"data_sources/{source}", {"in_trash": False})
    return back["in_trash"]


def _default_schema(twin: Twin) -> Any:
    made = twin.call("POST", "databases", {"parent": {"type": "page_id", "page_id": twin.root_page_id}})
    return sorted(schema(twin, made["data_sources"][0]["id"]))


def _title_renamed(twin: Twin) -> Any:
    return sorted(patch(twin, make(twin), Name={"name": "Task"}))


def _title_deleted(twin: Twin) -> Any:
    return sorted(patch(twin, make(twin), Name=None, N={"number": {}}))


def _name_taken(twin: Twin) -> Any:
    source = make(twin, A={"number": {}}, B={"url": {}})
    return sorted(patch(twin, source, B={"name": "A"}))


def _description_patched(twin: Twin) -> Any:
    return patch(twin, make(twin, A={"number": {}}), A={"description": "how many"})["A"]["description"]


def _option_description(twin: Twin) -> Any:
    source = make(twin, S={"select": {"options": [{"name": "x"}]}})
    after = patch(twin, source, S={"select": {"options": [{"name": "x", "description": "why"}]}})
    return after["S"]["select"]["options"][0]["description"]


def _option_removed(twin: Twin) -> Any:
    source = make(twin, M={"multi_select": {"options": [{"name": "x"}, {"name": "y"}]}})
    page = row(twin, source, M={"multi_select": [{"name": "x"}, {"name": "y"}]})
    patch(twin, source, M={"multi_select": {"options": [{"name": "y"}]}})
    return [option["name"] for option in values(twin, page)["M"]]


def _options_over_100(twin: Twin) -> Any:
    source = make(twin, S={"select": {"options": [{"name": f"o{n}"} for n in range(100)]}})
    row(twin, source, S={"select": {"name": "one more"}})
    return len(schema(twin, source)["S"]["select"]["options"])


def _new_option_color(twin: Twin) -> Any:
    source = make(twin, S={"select": {}})
    return values(twin, row(twin, source, S={"select": {"name": "x"}}))["S"]["color"]


def _status_patched(twin: Twin) -> Any:
    source = make(twin, T={"status": {}})
    return patch(twin, source, T={"status": {"options": [{"name": "Open"}]}})["T"]["status"]["options"][0]["name"]


def _query_in_trash(twin: Twin) -> Any:
    source = make(twin)
    twin.call("PATCH", f"pages/{row(twin, source, 'gone')}", {"in_trash": True})
    row(twin, source, "here")
    return query(twin, source, in_trash=True)


def _people_over_25(twin: Twin) -> Any:
    source = make(twin, P={"people": {}})
    people = [{"id": twin.admin.person(f"p{n}", f"p{n}@example.org")} for n in range(26)]
    page = row(twin, source, P={"people": people})
    at = f"pages/{page}/properties/{schema(twin, source)['P']['id']}"
    assert len(twin.call("GET", at)["results"]) == 26
    return len(values(twin, page)["P"])


def _formula_filtered(twin: Twin) -> Any:
    source = make(twin, F={"formula": {"expression": "1 + 1"}})
    row(twin, source, "two")
    return query(twin, source, filter={"property": "F", "formula": {"number": {"equals": 2}}})


def _prefix_taken(twin: Twin) -> Any:
    make(twin, Id={"unique_id": {"prefix": "AB"}})
    return schema(twin, make(twin, Id={"unique_id": {"prefix": "AB"}}))["Id"]["unique_id"]


def _unlisted_types(twin: Twin) -> Any:
    source = make(twin, L={"location": {}}, V={"last_visited_time": {}})
    return values(twin, row(twin, source))


STORIES: dict[str, Story] = {
    "dual-deleted": _dual_deleted,
    "dual-to-itself": _dual_to_itself,
    "synced-name-given": _synced_name_given,
    "mirror-touches-row": _mirror_touches_row,
    "rename-swap": _rename_swap,
    "option-mismatch": _option_mismatch,
    "retyped-id": _retyped_id,
    "retarget-edges": _retarget_edges,
    "database-title-to-source": _database_title_to_source,
    "last-source-moved": _last_source_moved,
    "used-property-deleted": _used_property_deleted,
    "status-default": _status_default,
    "status-removed": _status_removed,
    "moved-row-values": _moved_row_values,
    "atomic-patch": _atomic_patch,
    "mirror-lag": _mirror_lag,
    "query-lag": _query_lag,
    "schema-touches-rows": _schema_touches_rows,
    "last-source-trashed": _last_source_trashed,
    "default-schema": _default_schema,
    "title-renamed": _title_renamed,
    "title-deleted": _title_deleted,
    "name-taken": _name_taken,
    "description-patched": _description_patched,
    "option-description": _option_description,
    "option-removed": _option_removed,
    "options-over-100": _options_over_100,
    "new-option-color": _new_option_color,
    "status-patched": _status_patched,
    "query-in-trash": _query_in_trash,
    "people-over-25": _people_over_25,
    "formula-filtered": _formula_filtered,
    "prefix-taken": _prefix_taken,
    "unlisted-types": _unlisted_types,
}


def _told(name: str, reading: str) -> tuple[Any, set[str]]:
    """What a story comes to under a reading, a refusal too, and the switches it asked."""
    with open_twin(":memory:", assume=Assumptions.read([f"{name}={reading}"])) as twin:
        try:
            came = STORIES[name](twin)
        except TwinError as refused:
            came = refused.code
        return came, twin.assumptions_asked


def test_every_gap_has_a_story() -> None:
    assert set(STORIES) == {gap.name for gap in GAPS}


@pytest.mark.parametrize("name", STORIES)
def test_the_two_readings_differ_and_the_twin_says_that_it_was_asked(name: str) -> None:
    (kind, asked_kindly), (harsh, asked_harshly) = _told(name, "kind"), _told(name, "harsh")
    assert kind != harsh
    assert name in asked_kindly & asked_harshly


@pytest.mark.parametrize("reading", ["kind", "harsh"])
def test_nothing_is_asked_where_the_readings_agree(reading: str) -> None:
    with open_twin(":memory:", assume=Assumptions.read([reading])) as twin:
        source = make(twin, S={"select": {"options": [{"name": "x", "color": "red"}]}}, T={"status": {}}, V={"url": {}})
        other = make(twin, "Other")
        page = row(twin, source, S={"select": {"name": "x"}}, T={"status": {"name": "Done"}})
        write(twin, page, S={"select": None})
        patch(twin, source, S={"select": {"options": [{"name": "x", "color": "red"}, {"name": "y"}]}})
        patch(twin, source, S={"name": "S2"}, V={"name": "S"})
        patch(twin, source, R={"relation": {"data_source_id": other, "dual_property": {}}}, S=None)
        assert query(twin, source) == [""]
        assert twin.assumptions_asked == set()


def _retypes(twin: Twin) -> set[str]:
    return {name for name in twin.assumptions_asked if name.startswith("retype")}


def test_a_change_of_type_hangs_on_its_cell_only_where_a_value_could_be_kept() -> None:
    with open_twin(":memory:") as twin:
        source = make(twin, V={"rich_text": {}})
        page = row(twin, source, V={"rich_text": text("many")})
        patch(twin, source, V={"number": {}})
        assert _retypes(twin) == {"retyped-id"}
        write(twin, page, V={"number": 12})
        patch(twin, source, V={"rich_text": {}})
        assert _retypes(twin) == {"retyped-id", "retype-number-rich_text"}


def test_looking_how_far_a_refused_request_would_go_asks_nothing_else() -> None:
    """Taken one by one, the first of these is a name that is taken; together they are only refused for the formula."""
    with open_twin(":memory:") as twin:
        source = make(twin, A={"number": {}}, B={"url": {}})
        swapped: dict[str, Any] = {
            "A": {"name": "B"},
            "B": {"name": "C"},
            "F": {"formula": {"expression": 'prop("Nope")'}},
        }
        with pytest.raises(TwinError, match="Nope"):
            patch(twin, source, **swapped)
        assert twin.assumptions_asked == {"rename-swap"}


def test_what_was_asked_can_be_forgotten() -> None:
    with open_twin(":memory:") as twin:
        _retyped_id(twin)
        twin.assumptions_asked.clear()
        make(twin, "Another")
        assert twin.assumptions_asked == set()
