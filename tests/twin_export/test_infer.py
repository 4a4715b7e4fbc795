"""Which type a column gets, and that no cell is lost by it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.twin.export import cells
from reconciler.twin.export.infer import Column, as_type, infer
from tests.twin_export.exports import link


@pytest.mark.parametrize(
    ("name", "column", "type_"),
    [
        ("empty", ["", ""], "rich_text"),
        ("none at all", [], "rich_text"),
        ("rel", [link("A"), ""], "relation"),
        ("box", ["Yes", "No", "Yes"], "checkbox"),
        ("box with gaps", ["Yes", "", "Yes", "No"], "select"),
        ("when", ["July 23, 2025", "", "2025-07-23"], "date"),
        ("day first", ["23/07/2025", "01/02/2025"], "date"),
        ("month first", ["07/23/2025", "01/02/2025"], "date"),
        ("unsure", ["01/02/2025", "03/04/2025", "05/06/2025"], "rich_text"),
        ("both", ["23/07/2025", "07/23/2025", "01/02/2025"], "rich_text"),
        ("n", ["1", "-2.5", ""], "number"),
        ("versions", ["1.9", "1.10", "1.11"], "rich_text"),
        ("zip codes", ["00501", "10001", "90210"], "rich_text"),
        ("mixed signs", ["$5", "€5", "$6"], "rich_text"),
        ("half with commas", ["1,500", "1500", "2"], "rich_text"),
        ("link", ["https://example.com", "http://example.org/x"], "url"),
        ("mail", ["a@example.com", "b@example.com"], "email"),
        ("call", ["+1 555 123 4567"], "phone_number"),
        ("owner", ["Ines", "Tariq", "Ines", ""], "select"),
        ("names", ["Ines", "Tariq", "Maren"], "rich_text"),
        ("once", ["Ines"], "rich_text"),
        ("status", ["Planned", "Done", "Active"], "select"),
        ("paid", ["some", "all", "some"], "select"),
        ("projectId", ["WT", "WT", "AB", "WT"], "rich_text"),
        ("ref", ["WT-1", "WT-1", "WT-2", "WT-2"], "rich_text"),
        ("trailing", ["a ", "a ", "b", "b"], "rich_text"),
        ("case", ["done", "Done", "done"], "rich_text"),
        ("lines", ["a\nb", "a\nb"], "rich_text"),
        ("tags", ["a, b", "b", "a", "b, c", "c"], "multi_select"),
        ("prose", ["Yes, of course", "No, never"], "rich_text"),
        ("twice in one", ["a, a", "a, b", "b"], "rich_text"),
        ("tight commas", ["a,b", "a,b", "a"], "rich_text"),
        ("sentences", ["x" * 60] * 3, "rich_text"),
    ],
)
def test_a_column_gets_the_type_that_all_its_cells_fit(name: str, column: list[str], type_: str) -> None:
    assert infer(name, column).type == type_


def test_a_hundred_options_are_a_select_and_one_more_is_text() -> None:
    hundred = [f"option {n}" for n in range(100)]
    assert infer("x", hundred * 2).type == "select"
    assert infer("x", [*hundred, "one more"] * 2).type == "rich_text"


def test_a_column_with_some_links_is_text_and_says_so() -> None:
    found = infer("x", [link("A"), "by hand", ""])
    assert found.type == "rich_text"
    assert "1 of 2 cells are links" in found.note


@pytest.mark.parametrize(
    ("column", "style"),
    [
        (["1,204", "3"], "number_with_commas"),
        (["5%"], "percent"),
        (["$5.00", "$7"], "dollar"),
        (["1.50", "2.25"], "number"),
    ],
)
def test_numbers_keep_their_format(column: list[str], style: str) -> None:
    assert infer("x", column).config == {"format": style}


def shown(column: Column, row: int) -> str:
    """A value as its cell read, for the types that spell it as they store it."""
    value: Any = column.values[row]
    match column.type:
        case "checkbox":
            return "Yes" if value else "No"
        case "select" | "status":
            return str(value["name"]) if value else ""
        case "multi_select":
            return ", ".join(option["name"] for option in value or [])
        case _:
            return value or ""


WORDS = st.sampled_from(
    [
        "",
        "Yes",
        "No",
        "Done",
        "done",
        "a",
        "b",
        "a, b",
        "a,b",
        "1",
        "2.50",
        "1,000",
        "3%",
        "July 3, 2025",
        "WT-1",
        "🤖",
        " x",
    ]
)
CELLS = st.one_of(WORDS, st.text(max_size=12))


@given(st.text(max_size=8), st.lists(CELLS, max_size=12))
@example("x", ["ﬀ", "FF", "ff"])
@example("x", ["İ", "i̇"])
def test_no_cell_is_lost_or_changed_whatever_the_type(name: str, column: list[str]) -> None:
    found = infer(name, column)
    assert len(found.values) == len(column)
    for row, cell in enumerate(column):
        if found.type == "number":
            number = cells.number(cell)
            expected = None if number is None else number.value
            assert found.values[row] == expected
            assert cell == "" or _digits(cell) == _digits(str(abs(Decimal(repr(found.values[row])))), cell)
        elif found.type == "date":
            assert (found.values[row] is None) == (cell == "")
        else:
            assert shown(found, row) == cell


def _digits(text: str, like: str = "") -> Decimal:
    scale = 100 if like.endswith("%") else 1
    return abs(Decimal("".join(c for c in text if c.isdigit() or c == "."))) * scale


@pytest.mark.parametrize(
    ("type_", "column", "fits"),
    [
        ("select", ["a", "b"], True),
        ("select", ["a, b"], False),
        ("status", ["a", ""], True),
        ("multi_select", ["a, b", "c"], True),
        ("checkbox", ["Yes", ""], True),
        ("checkbox", ["maybe"], False),
        ("number", ["1.9", "1.10"], True),
        ("number", ["x"], False),
        ("date", ["July 3, 2025"], True),
        ("date", ["soon"], False),
        ("rich_text", ["July 3, 2025"], True),
        ("url", ["https://x"], True),
        ("email", ["no"], False),
        ("relation", [link("A")], True),
        ("relation", ["A"], False),
    ],
)
def test_a_person_may_choose_any_type_that_the_cells_fit(type_: str, column: list[str], fits: bool) -> None:
    found = as_type("x", type_, column)
    assert (found is not None) is fits
    assert found is None or found.type == type_
