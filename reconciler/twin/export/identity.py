"""Which row is which page: the ids that only file names and links know, joined to rows that only have titles."""

from __future__ import annotations

import posixpath
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.twin.export.tables import Page, Table, name_of

UNTITLED = "Untitled"
_CLOSE_LOOKS = 200
"""Rows of one title that a page's properties are compared with: thousands would take minutes."""
Row = tuple[int, int]
"""A row: its table's place among the tables, its own place in the table."""


def plain(title: str) -> str:
    """A title as file names and links show it: NFC, blanks and line breaks as single blanks, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", title).split()) or UNTITLED


@dataclass(frozen=True)
class Pages:
    """Markdown files with the rows that they belong to; the rest are pages of their own."""

    of_rows: dict[Row, Page] = field(default_factory=dict)
    others: tuple[Page, ...] = ()
    warnings: tuple[str, ...] = ()

    def ids(self) -> dict[str, Row]:
        """Rows by page id."""
        return {page.id: row for row, page in self.of_rows.items() if page.id}


def tables_of_folder(folder: str, tables: Sequence[Table]) -> list[int]:
    """The tables whose rows' pages lie in ``folder``: named like the CSV file, with its id or, in newer exports,
    without."""
    exact = [index for index, table in enumerate(tables) if table.folder == folder]
    if exact or not folder:
        return exact
    name, parent = name_of(folder), posixpath.dirname(folder)
    return [
        index
        for index, table in enumerate(tables)
        if (name.id and name.id == table.id)
        or (not name.id and name.title == table.title and posixpath.dirname(table.path) == parent)
    ]


def join(tables: Sequence[Table], pages: Sequence[Page]) -> Pages:
    """Finds for each page in a database's folder its row: by title, among rows of one title by the properties that
    the page shows; what still could be several goes to the first that is free, and is reported."""
    free = _rows_by_title(tables)
    taken: dict[Row, Page] = {}
    others: list[Page] = []
    warnings: list[str] = []
    for page in pages:
        homes = tables_of_folder(posixpath.dirname(page.path), tables)
        candidates = [row for table in homes for row in free[table, plain(page.title)]]
        if not candidates:
            others.append(page)
            if homes:
                warnings.append(f"{page.path}: no row of {tables[homes[0]].title!r} has its title; loaded as a page")
            continue
        winners = _best(page, tables, candidates)
        if len(winners) > 1:
            warnings.append(f"{page.path}: {len(winners)} rows could have this content; given to the first of them")
        taken[winners[0]] = page
        free[winners[0][0], plain(page.title)].remove(winners[0])
    return Pages(taken, tuple(others), tuple(warnings))


def _rows_by_title(tables: Sequence[Table]) -> defaultdict[tuple[int, str], list[Row]]:
    rows: defaultdict[tuple[int, str], list[Row]] = defaultdict(list)
    for index, table in enumerate(tables):
        for row, title in enumerate(table.titles):
            rows[index, plain(title)].append((index, row))
    return rows


def _best(page: Page, tables: Sequence[Table], candidates: Sequence[Row]) -> list[Row]:
    """The rows whose cells agree most with the page; looks closely at the first `_CLOSE_LOOKS` alone."""
    scores = {row: _agreement(page, tables[row[0]], row[1]) for row in candidates[:_CLOSE_LOOKS]}
    best = max(scores.values())
    return [row for row, score in scores.items() if score == best]


def _agreement(page: Page, table: Table, row: int) -> int:
    """How many of the row's cells the page shows as properties, less those that it should show and does not."""
    head = "\n" + page.text
    score = 0
    for name, cell in zip(table.columns[1:], table.rows[row][1:], strict=True):
        if cell:
            score += 1 if f"\n{name}: {cell.splitlines()[0] if cell.splitlines() else cell}" in head else -1
        elif f"\n{name}: " in head:
            score -= 1
    return score


def without_properties(page: Page, table: Table, row: int) -> str:
    """The page's content: what stands below the lines that repeat the row's properties.

    The block of properties follows the heading at once; each is ``Name: value`` for a cell that is not empty, the
    value as in the CSV (with its line breaks) or, for links, written otherwise on one line.
    """
    text = page.text
    left = {name: cell for name, cell in zip(table.columns[1:], table.rows[row][1:], strict=True) if cell}
    while left:
        name = next((n for n in sorted(left, key=len, reverse=True) if text.startswith(f"{n}:")), None)
        if name is None:
            break
        cell = left.pop(name).replace("\r\n", "\n").replace("\r", "\n")
        whole = f"{name}: {cell}"
        if text.startswith(whole) and text[len(whole) : len(whole) + 1] in ("", "\n"):
            text = text[len(whole) + 1 :]
        else:
            text = _after_value(text, left, cell.count("\n"))
        if text.startswith("\n"):
            break
    return text.lstrip("\n")


def _after_value(text: str, left: dict[str, str], breaks: int) -> str:
    """``text`` after a value that the CSV spells otherwise: as many lines as there, up to the next property."""
    _, _, rest = text.partition("\n")
    for _ in range(breaks):
        if not rest or rest.startswith("\n") or any(rest.startswith(f"{name}:") for name in left):
            break
        _, _, rest = rest.partition("\n")
    return rest
