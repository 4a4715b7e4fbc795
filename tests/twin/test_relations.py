"""Relations: mirrors in every move, truncation, what is hidden."""

from __future__ import annotations

import pytest

from reconciler.twin import Assumptions, Twin, TwinError
from tests.twin.build import edges, make, patch, row, schema, values, write


@pytest.fixture
def pair(twin: Twin) -> tuple[str, str]:
    """Projects, and phases that are linked to them both ways."""
    projects = make(twin, "Projects")
    dual = {"data_source_id": projects, "dual_property": {"synced_property_name": "Ignored"}}
    return projects, make(twin, "Phases", Project={"relation": dual})


MIRROR = "Related to Phases (Project)"


def ids(answer: list[dict[str, str]]) -> list[str]:
    return [item["id"] for item in answer]


def test_a_two_way_relation_makes_its_mirror_with_the_default_name(twin: Twin, pair: tuple[str, str]) -> None:
    projects, phases = pair
    here, there = schema(twin, phases)["Project"], schema(twin, projects)[MIRROR]
    assert here["relation"]["dual_property"] == {"synced_property_name": MIRROR, "synced_property_id": there["id"]}
    assert there["relation"]["dual_property"] == {"synced_property_name": "Project", "synced_property_id": here["id"]}
    assert there["relation"]["data_source_id"] == phases


def test_renaming_either_side_shows_on_the_other(twin: Twin, pair: tuple[str, str]) -> None:
    projects, phases = pair
    patch(twin, projects, **{MIRROR: {"name": "Phases"}})
    patch(twin, phases, Project={"name": "Of"})
    assert schema(twin, phases)["Of"]["relation"]["dual_property"]["synced_property_name"] == "Phases"
    assert schema(twin, projects)["Phases"]["relation"]["dual_property"]["synced_property_name"] == "Of"


def test_writes_on_either_side_keep_the_other_in_step(twin: Twin, pair: tuple[str, str]) -> None:
    projects, phases = pair
    a, b = row(twin, projects, "a"), row(twin, projects, "b")
    one, two = row(twin, phases, "1", Project=edges(a)), row(twin, phases, "2", Project=edges(a, b))
    assert ids(values(twin, a)[MIRROR]) == [one, two]
    write(twin, two, Project=edges(b))
    assert ids(values(twin, a)[MIRROR]) == [one]
    write(twin, a, **{MIRROR: edges(two, one)})
    assert ids(values(twin, two)["Project"]) == [b, a]
    write(twin, b, **{MIRROR: edges()})
    assert ids(values(twin, two)["Project"]) == [a]


def test_two_way_to_one_way_keeps_the_id_and_leaves_the_other_side(twin: Twin, pair: tuple[str, str]) -> None:
    projects, phases = pair
    a = row(twin, projects, "a")
    one = row(twin, phases, "1", Project=edges(a))
    before = schema(twin, phases)["Project"]["id"]
    patch(twin, phases, Project={"relation": {"data_source_id": projects, "single_property": {}}})
    assert schema(twin, phases)["Project"]["id"] == before
    assert schema(twin, projects)[MIRROR]["relation"]["type"] == "single_property"
    write(twin, one, Project=edges())
    assert ids(values(twin, a)[MIRROR]) == [one]


def test_one_way_to_two_way_fills_the_mirror(twin: Twin) -> None:
    projects = make(twin, "Projects")
    phases = make(twin, "Phases", Project={"relation": {"data_source_id": projects, "single_property": {}}})
    a = row(twin, projects, "a")
    one = row(twin, phases, "1", Project=edges(a))
    patch(twin, phases, Project={"relation": {"data_source_id": projects, "dual_property": {}}})
    assert ids(values(twin, a)[MIRROR]) == [one]


def test_pointing_a_two_way_relation_elsewhere_makes_a_new_mirror(twin: Twin, pair: tuple[str, str]) -> None:
    projects, phases = pair
    other = make(twin, "Others")
    before = schema(twin, phases)["Project"]
    patch(twin, phases, Project={"relation": {"data_source_id": other, "dual_property": {}}})
    after = schema(twin, phases)["Project"]
    assert after["id"] == before["id"]
    assert after["relation"]["dual_property"]["synced_property_id"] == schema(twin, other)[MIRROR]["id"]
    assert schema(twin, projects)[MIRROR]["relation"]["type"] == "single_property"


@pytest.mark.parametrize(("reading", "stays"), [("kind", True), ("harsh", False)])
def test_deleting_one_side_is_a_switch(twin: Twin, pair: tuple[str, str], reading: str, stays: bool) -> None:
    projects, phases = pair
    a = row(twin, projects, "a")
    one = row(twin, phases, "1", Project=edges(a))
    twin.assume = Assumptions(exceptions={"dual-deleted": "harsh" if reading == "harsh" else "kind"})
    patch(twin, phases, Project=None)
    assert (MIRROR in schema(twin, projects)) is stays
    if stays:
        assert ids(values(twin, a)[MIRROR]) == [one]


def test_a_relation_to_itself_both_ways_has_two_sides(twin: Twin) -> None:
    source = make(twin, "Tasks")
    patch(twin, source, Parent={"relation": {"data_source_id": source, "dual_property": {}}})
    up, down = row(twin, source, "up"), row(twin, source, "down")
    write(twin, down, Parent=edges(up))
    assert ids(values(twin, up)["Related to Tasks (Parent)"]) == [down]
    write(twin, up, Parent=edges(up))
    assert set(ids(values(twin, up)["Related to Tasks (Parent)"])) == {up, down}


def test_a_page_shows_25_edges_and_the_endpoint_all_of_them(twin: Twin, pair: tuple[str, str]) -> None:
    projects, phases = pair
    a = row(twin, projects, "a")
    made = [row(twin, phases, str(n), Project=edges(a)) for n in range(30)]
    shown = twin.call("GET", f"pages/{a}")["properties"][MIRROR]
    assert (ids(shown["relation"]), shown["has_more"]) == (made[:25], True)
    path = f"pages/{a}/properties/{shown['id']}"
    found: list[str] = []
    cursor = None
    while True:
        asked = {"page_size": "12"} | ({"start_cursor": cursor} if cursor else {})
        answer = twin.call("GET", path, query=asked)
        found += [item["relation"]["id"] for item in answer["results"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert found == made


def test_exactly_25_edges_are_whole(twin: Twin, pair: tuple[str, str]) -> None:
    projects, phases = pair
    a = row(twin, projects, "a")
    for n in range(25):
        row(twin, phases, str(n), Project=edges(a))
    assert twin.call("GET", f"pages/{a}")["properties"][MIRROR]["has_more"] is False


def test_a_trashed_row_leaves_relations_and_comes_back(twin: Twin, pair: tuple[str, str]) -> None:
    projects, phases = pair
    a = row(twin, projects, "a")
    one = row(twin, phases, "1", Project=edges(a))
    twin.call("PATCH", f"pages/{a}", {"in_trash": True})
    assert values(twin, one)["Project"] == []
    twin.call("PATCH", f"pages/{a}", {"in_trash": False})
    assert ids(values(twin, one)["Project"]) == [a]


def test_a_relation_is_left_out_while_its_target_is_in_the_trash_or_not_shared(
    twin: Twin, pair: tuple[str, str]
) -> None:
    projects, phases = pair
    one = row(twin, phases, "1")
    database = twin.call("GET", f"data_sources/{projects}")["parent"]["database_id"]
    twin.call("DELETE", f"blocks/{database}")
    assert "Project" not in schema(twin, phases)
    assert "Project" not in values(twin, one)
    twin.call("PATCH", f"databases/{database}", {"in_trash": False})
    assert "Project" in schema(twin, phases)
    twin.admin.unshare(database)
    assert "Project" not in schema(twin, phases)
    with pytest.raises(TwinError) as caught:
        twin.call("GET", f"data_sources/{projects}")
    assert (caught.value.status, caught.value.code) == (404, "object_not_found")
    twin.admin.share(database)
    assert "Project" in schema(twin, phases)


def test_edges_to_pages_of_other_data_sources_are_refused(twin: Twin, pair: tuple[str, str]) -> None:
    _, phases = pair
    stranger = row(twin, make(twin, "Others"), "x")
    with pytest.raises(TwinError, match="Could not find page with ID"):
        row(twin, phases, "1", Project=edges(stranger))


def test_the_harsh_reading_refuses_a_name_for_the_other_side(twin: Twin) -> None:
    projects = make(twin, "Projects")
    twin.assume = Assumptions(exceptions={"synced-name-given": "harsh"})
    dual = {"data_source_id": projects, "dual_property": {"synced_property_name": "Wanted"}}
    with pytest.raises(TwinError, match=r"synced_property_name should be not present"):
        make(twin, "Phases", Project={"relation": dual})
    assert list(schema(twin, projects)) == ["Name"]
