"""Exports loaded into a real twin and read back through its API."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.demo import export_path
from reconciler.twin import Twin, open_twin
from reconciler.twin.export import ExportError, LoadReport, cells, load
from tests.twin_export import dump
from tests.twin_export.exports import Rows, hexed, link, texts, zipped


@pytest.fixture
def twin() -> Iterator[Twin]:
    with open_twin(":memory:") as opened:
        yield opened


Loaded = Callable[..., LoadReport]


@pytest.fixture
def loaded(twin: Twin, tmp_path: Path) -> Loaded:
    """Loads databases by title, and Markdown files by path."""

    def do(tables: dict[str, Rows], files: dict[str, str] | None = None, **options: Any) -> LoadReport:
        entries = texts(tables) | {path: text.encode() for path, text in (files or {}).items()}
        return load(twin, zipped(tmp_path / "export.zip", entries), **options)

    return do


def assert_holds(twin: Twin, database: dict[str, Any], table: Rows) -> None:
    """The database has the table's rows, every cell as it was."""
    found = dump.rows(twin, database)
    assert len(found) == len(table) - 1
    for page, row in zip(found, table[1:], strict=True):
        for name, cell in zip(table[0], row, strict=True):
            prop = page["properties"][name]
            assert dump.shows(prop, cell), (name, cell, prop)


EVERYTHING: Rows = [
    ["Name", "text", "n", "cost", "when", "box", "kind", "tags", "url", "mail", "phone", "gap"],
    [
        "a ",
        " x\n\ny ",
        "1",
        "€3.50",
        "July 3, 2025",
        "Yes",
        "b",
        "p, q",
        "https://x.y",
        "a@b.cd",
        "+61 2 9999 0000",
        "",
    ],
    ["", "🤖", "-2.5", "€0", "", "No", "b", "q", "", "", "", ""],
    ["a ", "", "", "", "July 3, 2025 9:00 AM → 10:00 AM", "No", "c", "", "http://z", "", "", ""],
]
TYPES = {
    "Name": "title",
    "text": "rich_text",
    "n": "number",
    "cost": "number",
    "when": "date",
    "box": "checkbox",
    "kind": "select",
    "tags": "multi_select",
    "url": "url",
    "mail": "email",
    "phone": "phone_number",
    "gap": "rich_text",
}


def test_every_type_arrives_with_its_values(twin: Twin, loaded: Loaded) -> None:
    report = loaded({"All": EVERYTHING})
    (database,) = dump.databases(twin)
    assert dump.text(database["title"]) == "All"
    assert {name: prop["type"] for name, prop in dump.schema(twin, database).items()} == TYPES
    assert {column.name: column.type for column in report.databases[0].columns} == TYPES
    assert_holds(twin, database, EVERYTHING)
    spans = [row["properties"]["when"]["date"] for row in dump.rows(twin, database)]
    assert (spans[2]["start"], spans[2]["end"]) == ("2025-07-03T09:00:00.000+00:00", "2025-07-03T10:00:00.000+00:00")


def test_a_two_way_relation_is_one_relation_with_both_its_names(twin: Twin, loaded: Loaded) -> None:
    report = loaded(
        {
            "Phases": [["n", "Projects", "Projects 1"], ["p", link("A"), link("A")], ["q", "", link("A")]],
            "Projects": [["t", "Phase"], ["A", f"{link('p')}, {link('q')}"], ["B", ""]],
        }
    )
    phases, projects = dump.databases(twin)
    both = dump.schema(twin, phases)["Projects 1"]["relation"]
    assert (both["type"], both["dual_property"]["synced_property_name"]) == ("dual_property", "Phase")
    assert dump.schema(twin, phases)["Projects"]["relation"]["type"] == "single_property"
    assert set(dump.schema(twin, projects)) == {"t", "Phase"}
    titles = {page["id"]: dump.title_of(page) for page in dump.rows(twin, phases)}
    there = {
        dump.title_of(page): [titles[r["id"]] for r in page["properties"]["Phase"]["relation"]]
        for page in dump.rows(twin, projects)
    }
    assert there == {"A": ["p", "q"], "B": []}
    assert [(r.column, r.mirror, r.edges) for r in report.relations] == [
        ("Projects", None, 1),
        ("Projects 1", "Phase", 2),
    ]


def test_circles_of_relations_are_loaded(twin: Twin, loaded: Loaded) -> None:
    loaded(
        {
            "A": [["n", "to B"], ["a", link("b")], ["a2", link("b")]],
            "B": [["n", "to C", "to B"], ["b", link("c"), link("b")]],
            "C": [["n", "to A"], ["c", link("a")]],
        }
    )
    for database, name, edges in zip(dump.databases(twin), ("to B", "to C", "to A"), (2, 1, 1), strict=True):
        assert sum(len(page["properties"][name]["relation"]) for page in dump.rows(twin, database)) == edges


def test_hundreds_of_links_to_one_row_arrive(twin: Twin, loaded: Loaded) -> None:
    names = [f"row {n}" for n in range(250)]
    loaded(
        {
            "Big": [["name", "rows"], ["all", ", ".join(map(link, names))]],
            "Small": [["name", "big"], *([name, link("all")] for name in names)],
        }
    )
    _, small = dump.databases(twin)
    assert sum(len(page["properties"]["big"]["relation"]) for page in dump.rows(twin, small)) == 250


def test_stubs_are_marked_in_the_twin_and_in_the_report(twin: Twin, loaded: Loaded) -> None:
    report = loaded(
        {"T": [["n", "Gone", "Here"], ["x", link("g"), f"{link('h')}, {link('k')}"]], "Here": [["n"], ["h"]]}
    )
    here, _, stub = dump.databases(twin)
    assert dump.text(stub["title"]) == "Gone"
    assert dump.text(stub["description"])
    assert stub["icon"] == {"type": "emoji", "emoji": "👻"}
    assert [(dump.title_of(page), page["icon"] is not None) for page in dump.rows(twin, here)] == [
        ("h", False),
        ("k", True),
    ]
    assert [(s.database, s.rows, s.columns, s.new_database) for s in report.stubs] == [
        ("Here", 1, (("T", "Here"),), False),
        ("Gone", 1, (("T", "Gone"),), True),
    ]
    assert "  Gone: 1 row made as a stub database, linked from T.Gone" in report.lines()


def test_without_stubs_the_cells_stay(twin: Twin, loaded: Loaded) -> None:
    table: Rows = [["n", "Gone"], ["x", link("g")]]
    report = loaded({"T": table}, stubs=False)
    (database,) = dump.databases(twin)
    assert_holds(twin, database, table)
    assert report.stubs == ()
    assert report.warnings


def test_content_and_pages_arrive(twin: Twin, loaded: Loaded) -> None:
    page = "# x\n\nkind: a\n\n# Big\n\n- one\n    - two\n        - three\n            - four\n\n```sql\nselect 1\n```\n"
    files = {
        f"T {hexed('T')}/x {hexed('x')}.md": page,
        f"T {hexed('T')}/x {hexed('x')}/Deep {hexed('d')}.md": "# Deep\n\nBelow a row.\n",
        f"Home {hexed('h')}.md": "# Home\n\n> said\n",
    }
    report = loaded({"T": [["n", "kind"], ["x", "a"]]}, files)
    (database,) = dump.databases(twin)
    (row,) = dump.rows(twin, database)
    assert dump.blocks(twin, row["id"]) == [
        "heading_1: Big",
        "bulleted_list_item: one",
        "  bulleted_list_item: two",
        "    bulleted_list_item: three",
        "      bulleted_list_item: four",
        "code: select 1",
        "child_page:",
        "  paragraph: Below a row.",
    ]
    assert (report.pages, report.databases[0].content_pages) == (2, 1)


def test_text_longer_than_a_property_is_whole_in_the_page(twin: Twin, loaded: Loaded) -> None:
    long = "é🤖\n" * 60_000
    report = loaded({"T": [["n", "long", "also"], ["x", long, "y" * 199_999]]})
    (database,) = dump.databases(twin)
    (row,) = dump.rows(twin, database)
    assert long.startswith(dump.text(row["properties"]["long"]["rich_text"]))
    assert dump.text(row["properties"]["also"]["rich_text"]) == "y" * 199_999
    children = dump.pages(twin, "GET", f"/v1/blocks/{row['id']}/children")
    assert "".join(dump.text(c["code"]["rich_text"]) for c in children if c["type"] == "code") == long
    assert any("longer than a property holds" in warning for warning in report.warnings)


def test_databases_of_one_title_and_odd_names_are_loaded(twin: Twin, tmp_path: Path) -> None:
    entries = {
        f"Tasks {hexed('1')}_all.csv": b"title,name,title 1\n1,2,3\n",
        f"Tasks {hexed('2')}.csv": b"Name,title,%3A\na,b,c\n",
        "Tasks.csv": b"",
    }
    report = load(twin, zipped(tmp_path / "e.zip", entries))
    assert [database.title for database in report.databases] == ["Tasks", "Tasks", "Tasks"]
    found = dump.databases(twin)
    by_columns = {tuple(sorted(dump.schema(twin, database))): database for database in found}
    assert_holds(twin, by_columns["%3A", "Name", "title"], [["Name", "title", "%3A"], ["a", "b", "c"]])
    assert_holds(twin, by_columns["name", "title", "title 1"], [["title", "name", "title 1"], ["1", "2", "3"]])


def test_a_types_file_overrides(twin: Twin, loaded: Loaded, tmp_path: Path) -> None:
    file = tmp_path / "types.toml"
    file.write_text('["T"]\nkind = "status"\nn = "text"\nversion = "number"\n')
    loaded({"T": [["name", "kind", "n", "version"], ["x", "a", "1", "1.10"], ["y", "b", "2", "1.9"]]}, types=file)
    (database,) = dump.databases(twin)
    types = {name: prop["type"] for name, prop in dump.schema(twin, database).items()}
    assert types == {"name": "title", "kind": "status", "n": "rich_text", "version": "number"}


@pytest.mark.parametrize(
    ("toml", "what"),
    [
        ('["T"]\nkind = "colour"', "'colour' is no type"),
        ('["Tt"]\nkind = "select"', "no database 'Tt'.*Did you mean 'T'"),
        ('["T"]\nkinds = "select"', "no column 'kinds'.*Did you mean 'kind'"),
        ('["T"]\nname = "rich_text"', "is the title"),
        ('["T"]\nkind = "number"', "row 2 cannot be number"),
        ('["T"]\nkind = 3', "3 is no type"),
        ('T = "x"', "'T' is no table"),
        ("[", "it is not TOML"),
        (None, "it cannot be read"),
    ],
)
def test_a_types_file_that_does_not_fit_is_refused_before_anything_is_made(
    twin: Twin, loaded: Loaded, tmp_path: Path, toml: str | None, what: str
) -> None:
    file = tmp_path / "types.toml"
    if toml is not None:
        file.write_text(toml)
    with pytest.raises(ExportError, match=what):
        loaded({"T": [["name", "kind"], ["x", "1"], ["y", "b"]]}, types=file)
    assert twin.requests == []


def test_too_many_columns_are_refused(loaded: Loaded) -> None:
    with pytest.raises(ExportError, match="501 columns"):
        loaded({"T": [[f"c{n}" for n in range(501)]]})


def test_two_loads_give_one_report(tmp_path: Path) -> None:
    reports = []
    for _ in range(2):
        with open_twin(":memory:") as twin:
            reports.append(load(twin, export_path()).lines())
    assert reports[0] == reports[1]


def test_names_from_an_export_cannot_reach_a_terminal(loaded: Loaded) -> None:
    report = loaded({"T": [["\x1b[31mred", "b\nc"], ["x", "y"]]})
    assert all(line.isprintable() for line in report.lines())


CELLS = st.one_of(
    st.sampled_from(["", "Yes", "No", "a", "b, c", "1", "1,000", "5%", "$2.50", "July 3, 2025", link("x"), link("y")]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[list[str]]]:
    found = {}
    for title in draw(st.lists(st.sampled_from(["A", "B", "🤖 C"]), unique=True, min_size=1)):
        names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
        header = draw(st.lists(names, min_size=1, max_size=4, unique=True))
        line = st.lists(CELLS, min_size=len(header), max_size=len(header))
        found[title] = [header, *draw(st.lists(line, max_size=5))]
    return found


@given(tables())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_tables_are_found_again_in_the_twin(tmp_path: Path, exported: dict[str, list[list[str]]]) -> None:
    path = zipped(tmp_path / "e.zip", texts(exported))
    with open_twin(":memory:") as twin:
        report = load(twin, path)
        found = {dump.text(database["title"]): database for database in dump.databases(twin)}
        for title, table in exported.items():
            made = next(d for d in report.databases if d.title == title and not d.stub)
            relations = {column.name for column in made.columns if column.type == "relation"}
            rows = dump.rows(twin, found[title])
            assert len(rows) >= len(table) - 1
            for page, row in zip(rows, table[1:], strict=False):
                for name, cell in zip(table[0], row, strict=True):
                    prop = page["properties"][name]
                    if name in relations:
                        assert len(prop["relation"]) == len(cells.links(cell) or ())
                    else:
                        assert dump.shows(prop, cell), (name, cell, prop)


FOLDERS = st.sampled_from(["", "T/", f"T {hexed('T')}/", f"T {hexed('T')}/x {hexed('x')}/", "deep/"])
NAMES = st.sampled_from(["T", "x", "", f"T {hexed('T')}", f"x {hexed('x')}", f"T {hexed('T')}_all", f"{hexed('y')}"])
TEXTS = st.one_of(
    st.text(st.sampled_from('ab,"\r\n# -:[](x)*`|>é🤖\x00\ufeff'), max_size=60).map(str.encode),
    st.sampled_from([b"n,k\nx,1\nx,2\n", b"# x\n\nk: 1\n\ntext", link("x").encode(), f"n,r\ny,{link('x')}".encode()]),
    st.binary(max_size=30),
)


@given(st.dictionaries(st.tuples(FOLDERS, NAMES, st.sampled_from([".csv", ".md"])).map("".join), TEXTS, min_size=1))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_files_are_loaded_or_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    path = zipped(tmp_path / "e.zip", files)
    with open_twin(":memory:") as twin, contextlib.suppress(ExportError):
        report = load(twin, path)
        assert len(dump.databases(twin)) == len(report.databases)
