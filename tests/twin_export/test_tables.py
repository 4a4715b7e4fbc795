"""Files as tables and pages: names, namesakes, and CSV as it comes."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.twin.export.tables import Name, name_of, parse
from tests.twin_export.exports import csv_bytes, hexed

ID = hexed("a database")
OTHER = hexed("another database")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"WT Projects {ID}_all.csv", Name("WT Projects", ID, all=True)),
        (f"deep/in/WT Projects {ID}.csv", Name("WT Projects", ID)),
        ("Tasks.csv", Name("Tasks")),
        ("Tasks_all.csv", Name("Tasks", all=True)),
        (f"catch_all {ID}.csv", Name("catch_all", ID)),
        (f"{ID}.csv", Name("Untitled", ID)),
        (f"🤖 Bots, all of them! {ID}_all.csv", Name("🤖 Bots, all of them!", ID, all=True)),
        (f"Cafe\u0301 {ID}.csv", Name("Caf\u00e9", ID)),
        (f"Version 1.2 {ID}.md", Name("Version 1.2", ID)),
        (f"folder/Version 1.2 {ID}", Name("Version 1.2", ID)),
        (f"Ends in hex {ID[:31]}.csv", Name(f"Ends in hex {ID[:31]}")),
        (f"{ID} {OTHER}.csv", Name(ID, OTHER)),
    ],
)
def test_names_lose_their_ids_and_keep_the_rest(path: str, name: Name) -> None:
    assert name_of(path) == name


def test_of_two_namesakes_the_unfiltered_is_taken() -> None:
    files = {
        f"T {ID}.csv": csv_bytes([["a"], ["1"]]),
        f"T {ID}_all.csv": csv_bytes([["a", "b"], ["1", "2"], ["3", ""]]),
    }
    (table,) = parse(files).tables
    assert (table.path, len(table.rows)) == (f"T {ID}_all.csv", 2)


def test_two_databases_with_one_title_are_both_loaded() -> None:
    files = {f"T {ID}.csv": csv_bytes([["a"]]), f"T {OTHER}.csv": csv_bytes([["b"]]), "deep/T.csv": csv_bytes([["c"]])}
    assert sorted(table.columns for table in parse(files).tables) == [("a",), ("b",), ("c",)]


def test_one_database_shown_in_two_places_is_loaded_once() -> None:
    files = {f"x/T {ID}.csv": csv_bytes([["a"], ["1"]]), f"y/T {ID}.csv": csv_bytes([["a"], ["1"], ["2"]])}
    found = parse(files)
    assert [table.path for table in found.tables] == [f"y/T {ID}.csv"]
    assert "the same database" in found.warnings[0]


def rows_of(data: bytes) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], tuple[str, ...]]:
    found = parse({"T.csv": data})
    return found.tables[0].columns, found.tables[0].rows, found.warnings


@pytest.mark.parametrize(
    ("data", "columns", "rows"),
    [
        (b"a,b\n1,2\n", ("a", "b"), (("1", "2"),)),
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", ("a", "b"), (("1", "2"),)),
        (b'a,b\n"x\r\ny\n","q ""q"" , "\n', ("a", "b"), (("x\r\ny\n", 'q "q" , '),)),
        (b"a,b\n\n1,2", ("a", "b"), (("1", "2"),)),
        (b"a,b\n", ("a", "b"), ()),
        ("a,b\n1,2".encode("utf-16"), ("a", "b"), (("1", "2"),)),
        (b'a\n""\n', ("a",), (("",),)),
        (b"a\n\x00\n", ("a",), (("\x00",),)),
        (b"a;b\n1\n2;3\n", ("a;b",), (("1",), ("2;3",))),
        (b"a;b\n", ("a;b",), ()),
    ],
)
def test_csv_files_keep_every_character_of_every_cell(
    data: bytes, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]
) -> None:
    assert rows_of(data) == (columns, rows, ())


@pytest.mark.parametrize(
    ("data", "columns", "rows", "said"),
    [
        (b"a,b\n1\n2,3,4\n", ("a", "b", "Column 3"), (("1", "", ""), ("2", "3", "4")), "2 rows do not have 2 cells"),
        (b"a,a,a 1\n1,2,3\n", ("a", "a 2", "a 1"), (("1", "2", "3"),), "the second 'a'"),
        (b",b,\n1,2,3\n", ("Name", "b", "Column 3"), (("1", "2", "3"),), "without a name"),
        (b"", ("Name",), (), "the file is empty"),
        ("a\nné".encode("cp1252"), ("a",), (("né",),), "Windows-1252"),
        (b"a\n\x81", ("a",), (("\x81",),), "Latin-1"),
        (b"a;b\n1;2,5\n", ("a", "b"), (("1", "2,5"),), "separated by ';'"),
        (b"a\tb\r\n1\t2\r\n", ("a", "b"), (("1", "2"),), "separated by '\\t'"),
    ],
)
def test_odd_csv_files_are_loaded_and_said(
    data: bytes, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], said: str
) -> None:
    found_columns, found_rows, warnings = rows_of(data)
    assert (found_columns, found_rows) == (columns, rows)
    assert any(said in warning for warning in warnings)


def test_a_cell_of_a_megabyte_is_no_problem_and_leaves_no_trace() -> None:
    before = csv.field_size_limit()
    assert rows_of(b"a\n" + b"x" * 1_000_000)[1] == (("x" * 1_000_000,),)
    assert csv.field_size_limit() == before


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), max_size=6)))
def test_any_cells_come_back_from_csv(rows: list[list[str]]) -> None:
    width = len(rows[0]) if rows else 1
    header = [f"c{n}" for n in range(width)]
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    columns, found, warnings = rows_of(text.getvalue().encode())
    assert (columns, warnings) == (tuple(header), ())
    assert found == tuple(map(tuple, rows))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table(data: bytes) -> None:
    columns, rows, _ = rows_of(data)
    assert len(set(columns)) == len(columns) >= 1
    assert all(len(row) == len(columns) for row in rows)


def test_a_page_loses_the_heading_that_repeats_its_title() -> None:
    text = "# A page\r\n\r\nFirst.\r\n"
    (page,) = parse({f"A pa {ID}.md": text.encode()}).pages
    assert (page.title, page.id, page.text) == ("A page", ID, "First.\n")
