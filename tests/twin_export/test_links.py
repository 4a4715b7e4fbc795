"""Relations: which rows links mean, what is missing, which columns mirror each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.twin.export.plan import LoadPlan, plan
from reconciler.twin.export.tables import Export, parse
from tests.twin_export.exports import Rows, column, csv_bytes, hexed, link, planned, relations, texts


def mirrors(found: LoadPlan) -> set[tuple[str, str]]:
    return {
        (f"{found.tables[a[0]].title}.{found.columns[a].name}", f"{found.tables[b[0]].title}.{found.columns[b].name}")
        for a, b in found.pairs.mirrors.items()
    }


def test_links_lead_to_the_database_that_has_the_titles() -> None:
    found = planned(
        {
            "Phases": [["name", "Projects"], ["p1", link("A, B (c)")], ["p2", ""], ["p3", link("D")]],
            "Plans": [["Title"], ["A, B (c)"], ["D"]],
            "Other": [["Title"], ["x"]],
        }
    )
    assert relations(found) == {"Phases.Projects": ("Plans", [("p1", "A, B (c)"), ("p3", "D")])}
    assert found.warnings == ()


def test_the_real_case_two_columns_one_exact_inverse() -> None:
    found = planned(
        {
            "Projects": [
                ["Title", "Phase"],
                ["A", f"{link('p1')}, {link('p2')}"],
                ["B", link("p3")],
            ],
            "Phases": [
                ["name", "Projects", "Projects 1"],
                ["p1", link("A"), link("A")],
                ["p2", "", link("A")],
                ["p3", link("B"), link("B")],
            ],
        }
    )
    assert mirrors(found) == {("Phases.Projects 1", "Projects.Phase")}
    assert len(relations(found)["Phases.Projects"][1]) == 2
    assert len(relations(found)["Phases.Projects 1"][1]) == 3


def test_of_two_exact_inverses_the_one_named_like_the_database_is_chosen_and_said() -> None:
    found = planned(
        {
            "Phases": [["name", "a copy", "Projects"], ["p1", link("A"), link("A")]],
            "Projects": [["Title", "Phase"], ["A", link("p1")]],
        }
    )
    assert mirrors(found) == {("Phases.Projects", "Projects.Phase")}
    assert [warning for warning in found.warnings if "'Phases'.'a copy' would be an exact inverse too" in warning]


def test_two_rows_with_one_title_are_told_apart_by_what_links_back() -> None:
    tables: dict[str, Rows] = {
        "Projects": [
            ["Title", "Phase"],
            ["A", link("Sync", "sync of A")],
            ["B", link("Sync", "sync of B")],
        ],
        "Phases": [["name", "Project"], ["Sync", link("B")], ["Sync", link("A")], ["Sync", ""]],
    }
    found = planned(tables)
    projects = next(i for i, table in enumerate(found.tables) if table.title == "Projects")
    assert found.linked.edges[projects, 1].rows == ((1,), (0,))
    assert len(mirrors(found)) == 1
    assert found.warnings == ()


def test_two_rows_with_one_title_and_nothing_to_tell_them_apart_are_said() -> None:
    found = planned(
        {
            "From": [["name", "To"], ["x", link("Same", "1")], ["y", link("Same", "2")], ["z", link("One")]],
            "To": [["name"], ["Same"], ["Same"], ["One"]],
        }
    )
    assert len(relations(found)["From.To"][1]) == 3
    assert any("nothing tells which is which" in warning for warning in found.warnings)


def test_a_page_file_tells_which_row_an_id_is() -> None:
    tables: dict[str, Rows] = {
        "From": [["name", "To"], ["x", link("Same", "second")]],
        "To": [["name", "kind"], ["Same", "a"], ["Same", "b"]],
    }
    page = f"To {hexed('To')}/Same {hexed('second')}.md"
    found = planned(tables, {page: "# Same\n\nkind: b\n\nText.\n"})
    assert found.linked.edges[0, 1].rows == ((1,),)
    assert list(found.contents) == [(1, 1)]
    assert found.warnings == ()


def test_paths_of_newer_exports_lead_to_the_database_of_their_folder() -> None:
    row = f"Row%20(a)%20{hexed('row')}"
    tables: dict[str, Rows] = {
        "From": [["name", "anything"], ["x", f"Row (a) (../To%20{hexed('To')}/{row}.md)"]],
        "To": [["name"], ["Row (a)"], ["another"], ["third"]],
        "Too": [["name"], ["Row (a)"]],
    }
    files = {f"in/{path}": data for path, data in texts(tables).items()}
    tables_at = {f"From {hexed('From')}": "in/deep/"}
    files = {(tables_at.get(path[3:].removesuffix("_all.csv"), "in/") + path[3:]): data for path, data in files.items()}
    found = plan(parse(files))
    assert relations(found)["From.anything"][0] == "To"


def test_titles_are_compared_as_links_show_them() -> None:
    found = planned(
        {
            "From": [["name", "To"], ["x", link("Two lines")], ["y", link("Untitled", "u")]],
            "To": [["name"], ["Two\nlines \n"], [""]],
        }
    )
    assert relations(found)["From.To"] == ("To", [("x", "Two\nlines \n"), ("y", "")])


def test_rows_that_are_not_in_the_export_get_a_stub_database_named_after_the_column() -> None:
    found = planned(
        {"Phases": [["name", "WT Projects 1", "WT Projects"], ["p", link("A"), link("A")], ["q", link("B"), ""]]}
    )
    (_, stub) = found.tables
    assert (stub.title, stub.stub, stub.titles) == ("WT Projects", True, ("A", "B"))
    assert relations(found) == {
        "Phases.WT Projects 1": ("WT Projects", [("p", "A"), ("q", "B")]),
        "Phases.WT Projects": ("WT Projects", [("p", "A")]),
    }
    assert found.linked.stub_columns == {1: ((0, 1), (0, 2))}


def test_two_columns_without_a_common_page_get_two_stub_databases() -> None:
    found = planned({"T": [["name", "a", "b"], ["p", link("A"), link("B")]], "a": [["x"], ["other"]]})
    assert [table.title for table in found.tables if table.stub] == ["a (stub 1)", "b"]


def test_missing_rows_of_a_database_in_the_export_are_made_there_and_marked() -> None:
    found = planned(
        {"T": [["name", "To"], ["p", link("A")], ["q", link("gone")]], "To": [["name", "more"], ["A", "m"]]}
    )
    assert found.tables[1].rows == (("A", "m"), ("gone", ""))
    assert found.linked.stub_rows == {(1, 1)}
    assert any("made and marked" in warning for warning in found.warnings)


def test_rows_that_are_not_in_the_export_do_not_hide_that_a_relation_is_two_way() -> None:
    found = planned(
        {
            "A": [["n", "B"], ["a1", link("b1")], ["a2", f"{link('b1')}, {link('gone')}"]],
            "B": [["n", "A"], ["b1", f"{link('a1')}, {link('a2')}"]],
        }
    )
    assert mirrors(found) == {("A.B", "B.A")}
    assert relations(found)["B.A"] == ("A", [("b1", "a1"), ("b1", "a2"), ("gone", "a2")])


def test_without_stubs_columns_with_missing_rows_stay_text_byte_for_byte() -> None:
    cells = [link("A"), f"{link('A')}, {link('B')}"]
    found = planned({"T": [["name", "a"], ["p", cells[0]], ["q", cells[1]]]}, stubs=False)
    assert [table.stub for table in found.tables] == [False]
    assert column(found, "T", "a").values == tuple(cells)
    assert any("2 of the linked rows are not in the export" in warning for warning in found.warnings)


def test_links_to_several_databases_are_text_and_not_stubs() -> None:
    found = planned(
        {
            "T": [
                ["name", "mentions", "A", "B"],
                ["p", f"{link('a1')}, {link('a2')}, {link('b1')}", link("a1"), link("b1")],
            ],
            "A": [["name"], ["a1"], ["a2"]],
            "B": [["name"], ["b1"]],
        }
    )
    assert set(relations(found)) == {"T.A", "T.B"}
    assert column(found, "T", "mentions").type == "rich_text"


def test_a_row_with_more_links_than_a_request_holds_is_written_from_the_other_side() -> None:
    names = [f"row {n}" for n in range(101)]
    found = planned(
        {
            "Big": [["name", "rows"], ["all", ", ".join(map(link, names))], ["one", link(names[0])]],
            "Small": [
                ["name", "big"],
                [names[0], f"{link('all')}, {link('one')}"],
                *([n, link("all")] for n in names[1:]),
            ],
        }
    )
    assert len(mirrors(found)) == 1
    written = found.writes.of[1, 1]
    assert {row: len(links) for row, links in written.items()} == {0: 2} | dict.fromkeys(range(1, 101), 1)
    assert found.writes.of[0, 1] == {1: (0,)}


def test_a_one_way_row_with_more_links_than_a_request_holds_stays_text() -> None:
    names = [f"row {n}" for n in range(101)]
    cell = ", ".join(map(link, names))
    found = planned({"Big": [["name", "rows"], ["all", cell]], "Small": [["name"], *([n] for n in names)]})
    assert column(found, "Big", "rows").values == (cell,)
    assert any("over 100 links" in warning for warning in found.warnings)


def test_a_relation_to_its_own_database_stays_one_way() -> None:
    found = planned({"T": [["name", "parent", "children"], ["a", "", link("b")], ["b", link("a"), ""]]})
    assert mirrors(found) == set()
    assert relations(found)["T.parent"] == ("T", [("b", "a")])


def test_four_thousand_rows_of_one_title_take_no_time() -> None:
    rows = [["Same", link(f"p{n}")] for n in range(4_000)]
    back = [[f"p{n}", link("Same", f"same {n}")] for n in range(4_000)]
    found = planned({"A": [["name", "B"], *rows], "B": [["name", "A"], *back]})
    assert len(mirrors(found)) == 1
    assert found.warnings == ()


@pytest.mark.parametrize("first", ["A", "B"])
def test_the_plan_does_not_depend_on_the_order_of_the_files(first: str) -> None:
    tables: dict[str, Rows] = {
        "A": [["name", "B"], ["a", link("b")]],
        "B": [["name", "A"], ["b", link("a")]],
    }
    files = {f"{title} {hexed(title)}.csv": csv_bytes(tables[title]) for title in sorted(tables, key=first.__ne__)}
    found = plan(parse(files))
    assert [table.title for table in found.tables] == ["A", "B"]


def test_an_export_without_tables_has_a_plan() -> None:
    assert plan(Export((), (), ("x",))).warnings == ("x",)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], list[str], set[tuple[int, int]]]:
    titles = st.sampled_from(["a", "b", "c (d), e", "", "f\ng", "Untitled", "h"])
    left, right = draw(st.lists(titles, min_size=1, max_size=6)), draw(st.lists(titles, min_size=1, max_size=6))
    edge = st.tuples(st.integers(0, len(left) - 1), st.integers(0, len(right) - 1))
    return left, right, set(draw(st.lists(edge, min_size=1, max_size=10)))


def two_way(left: list[str], right: list[str], edges: set[tuple[int, int]]) -> dict[str, Rows]:
    """Two databases, each showing the edges, as Notion exports them."""
    lefts = [", ".join(link(right[b], f"right {b}") for a, b in sorted(edges) if a == row) for row in range(len(left))]
    rights = [", ".join(link(left[a], f"left {a}") for a, b in sorted(edges) if b == row) for row in range(len(right))]
    return {
        "Left": [["name", "Right"], *map(list, zip(left, lefts, strict=True))],
        "Right": [["name", "Left"], *map(list, zip(right, rights, strict=True))],
    }


@given(graphs())
def test_any_graph_keeps_its_edges(graph: tuple[list[str], list[str], set[tuple[int, int]]]) -> None:
    left, right, edges = graph
    found = planned(two_way(left, right, edges))
    assert [len(found.linked.edges[table, 1].pairs()) for table in (0, 1)] == [len(edges), len(edges)]
    assert [len(table.rows) for table in found.tables] == [len(left), len(right)]
    if len({*left}) == len(left) and len({*right}) == len(right) and not {"", "Untitled"} & {*left, *right}:
        assert found.linked.edges[0, 1].pairs() == edges
        assert len(mirrors(found)) == 1
        assert found.warnings == ()
