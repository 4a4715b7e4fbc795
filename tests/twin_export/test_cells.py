"""What a single cell means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.twin.export import cells
from tests.twin_export.exports import hexed

ID = hexed("page")
URL = f"https://www.notion.so/Some-page-{ID}"

TITLES = st.text(max_size=20).filter(lambda t: ID not in t)


@pytest.mark.parametrize(
    ("cell", "titles"),
    [
        (f"Page ({URL})", ["Page"]),
        (f"Page ({URL}?pvs=21)", ["Page"]),
        (f"A, B (c), [d] ({URL}), Second ({URL})", ["A, B (c), [d]", "Second"]),
        (f"Two\nlines\n ({URL})", ["Two\nlines\n"]),
        (f"No slug (https://www.notion.so/{ID})", ["No slug"]),
        (f"App (https://app.notion.com/p/Some-page-{ID})", ["App"]),
        (f"Site (https://team.notion.site/Some-page-{ID}?pvs=4#x)", ["Site"]),
        (f"Dashed (https://www.notion.so/{ID[:8]}-{ID[8:12]}-{ID[12:16]}-{ID[16:20]}-{ID[20:]})", ["Dashed"]),
        (f"Mesh (Surface) (../WT%20Projects/Mesh%20(Surface)%20{ID}.md)", ["Mesh (Surface)"]),
        (f" ({URL})", [""]),
        (f"({URL})", [""]),
    ],
)
def test_links_are_read_with_whatever_their_titles_hold(cell: str, titles: list[str]) -> None:
    found = cells.links(cell)
    assert found is not None
    assert [item.title for item in found] == titles
    assert {item.id for item in found} == {ID}


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "Page",
        "Page (https://example.com)",
        f"Page (https://example.com/{ID})",
        f"see Page ({URL}) for more",
        f"Page ({URL}), and more",
        f"Page ({URL}),Second ({URL})",
        f"Page ({URL}), ",
        f"Page ({URL[:-1]})",
        f"Page (file.png {ID})",
        f"Page (data/{ID}.png)",
        f"Page({URL})",
    ],
)
def test_a_cell_that_is_not_made_of_links_alone_is_no_relation(cell: str) -> None:
    assert cells.links(cell) is None


@given(st.lists(TITLES, min_size=1, max_size=5))
def test_any_titles_come_back_from_a_cell_of_links(titles: list[str]) -> None:
    found = cells.links(", ".join(f"{title} ({URL})" for title in titles))
    assert found is not None
    assert [item.title for item in found] == titles


@given(st.text(alphabet=f"( ){ID}/:.,mdnotion", max_size=200))
def test_any_text_is_links_or_not(cell: str) -> None:
    found = cells.links(cell)
    assert found is None or all(len(item.id) == 32 for item in found)


def test_a_long_cell_of_brackets_costs_no_time() -> None:
    assert cells.links("(" * 1_000_000 + ")") is None
    assert cells.links(f"({ID}?" * 30_000 + ")") is None


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("July 23, 2025", {"start": "2025-07-23"}),
        ("Jul 3, 2025", {"start": "2025-07-03"}),
        ("July 29, 2025 11:24 AM", {"start": "2025-07-29T11:24:00.000Z"}),
        ("July 29, 2025 12:05 AM", {"start": "2025-07-29T00:05:00.000Z"}),
        ("July 29, 2025 12:05 PM", {"start": "2025-07-29T12:05:00.000Z"}),
        ("July 29, 2025 23:59", {"start": "2025-07-29T23:59:00.000Z"}),
        ("July 29, 2025 11:24 AM (UTC)", {"start": "2025-07-29T11:24:00.000+00:00"}),
        ("July 29, 2025 11:24 AM (GMT+10)", {"start": "2025-07-29T11:24:00.000+10:00"}),
        ("July 29, 2025 11:24 AM (GMT-5:30)", {"start": "2025-07-29T11:24:00.000-05:30"}),
        ("July 23, 2025 → July 25, 2025", {"start": "2025-07-23", "end": "2025-07-25"}),
        (
            "July 23, 2025 9:00 AM → 10:30 AM",
            {"start": "2025-07-23T09:00:00.000Z", "end": "2025-07-23T10:30:00.000Z"},
        ),
        ("2025-07-23", {"start": "2025-07-23"}),
        ("2025/07/23", {"start": "2025-07-23"}),
        ("2025-07-23T09:00:00Z", {"start": "2025-07-23T09:00:00.000+00:00"}),
        ("2025-07-23T09:00:00.000+02:00", {"start": "2025-07-23T09:00:00.000+02:00"}),
    ],
)
def test_dates_are_read_as_notion_writes_them(cell: str, value: dict[str, str]) -> None:
    assert cells.date(cell) == value


@pytest.mark.parametrize(
    "cell",
    [
        "February 30, 2025",
        "Juli 23, 2025",
        "July 23",
        "July 23, 2025 25:00",
        "July 23, 2025 13:00 PM",
        "2025-07-23T09:00:15Z",
        "July 25, 2025 → July 23, 2025",
        "July 23, 2025 → July 24, 2025 9:00 AM",
        "0000-01-01",
        "9999-12-31T23:59-14:00",
        "July 23, 2025 11:24 AM (AEST)",
        "Sept",
        "23/07/2025",
    ],
)
def test_what_is_not_exactly_a_date_is_none(cell: str) -> None:
    assert cells.date(cell) is None


@pytest.mark.parametrize(
    ("cell", "value", "style"),
    [
        ("0", 0, "number"),
        ("-12.5", -12.5, "number"),
        ("1,204", 1204, "number"),
        ("60%", 0.6, "percent"),
        ("12.5%", 0.125, "percent"),
        ("$1,450.50", 1450.5, "dollar"),
        ("-€3.00", -3, "euro"),
        ("€-3.00", -3, "euro"),
        ("£7", 7, "pound"),
        ("A$5", 5, "australian_dollar"),
    ],
)
def test_numbers_are_read_with_their_format(cell: str, value: float, style: str) -> None:
    found = cells.number(cell)
    assert found is not None
    assert (found.value, found.format) == (value, style)
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    "cell",
    ["", "007", "1,20", "1,2345", "1e5", "-0", "--1", "$5%", "1234567890123456", "٣", "½", "5 ", "x5", "1.", ".5"],
)
def test_what_would_not_come_back_as_a_number_is_none(cell: str) -> None:
    assert cells.number(cell) is None


@given(st.text(max_size=30))
def test_no_text_makes_the_readers_fail(cell: str) -> None:
    for read in (cells.links, cells.date, cells.number, cells.is_url, cells.is_email, cells.is_phone, cells.day_order):
        reader: Any = read
        reader(cell)


@pytest.mark.parametrize(
    ("cell", "yes"),
    [
        ("https://example.com/a?b=c#d", True),
        ("http://x", True),
        ("https://example.com a", False),
        ("example.com", False),
        ("https://example.com/" + "a" * 2000, False),
    ],
)
def test_urls(cell: str, yes: bool) -> None:
    assert cells.is_url(cell) is yes


@pytest.mark.parametrize(
    ("cell", "yes"),
    [
        ("+61 2 9999 1234", True),
        ("(555) 123-4567", True),
        ("555-123-4567", True),
        ("02 9999 1234", True),
        ("2023-001-22", False),
        ("12345678", False),
        ("1-2", False),
    ],
)
def test_phone_numbers(cell: str, yes: bool) -> None:
    assert cells.is_phone(cell) is yes


@pytest.mark.parametrize(("cell", "yes"), [("a.b+c@d.example", True), ("a@b", False), ("a b@c.de", False)])
def test_emails(cell: str, yes: bool) -> None:
    assert cells.is_email(cell) is yes
