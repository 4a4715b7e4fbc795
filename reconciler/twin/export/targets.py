"""Which database a column of links points to.

A page lies in one database, so ids and paths decide where they are known; else the titles of the links do, then the
column's name, then which database points back. A column that leads nowhere in the export gets no target.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from reconciler.twin.export.cells import Link
from reconciler.twin.export.identity import UNTITLED, Row, plain, tables_of_folder
from reconciler.twin.export.infer import Column
from reconciler.twin.export.tables import Table

Place = tuple[int, int]
"""A column: its table's place among the tables, its own place in the table."""


@dataclass(frozen=True)
class Targets:
    """The chosen table of each column of links, None for none in the export; and what was close."""

    of: dict[Place, int | None]
    warnings: tuple[str, ...] = ()


def linked_pages(column: Column) -> dict[str, Link]:
    """The column's links by id, in the order in which they first appear."""
    found: dict[str, Link] = {}
    for cell in column.links:
        for link in cell:
            found.setdefault(link.id, link)
    return found


def base_name(column: str) -> str:
    """A column's name without the number that Notion appends to the second of one name: "WT Projects 1"."""
    return re.sub(r" \d+\Z", "", column)


def choose(tables: Sequence[Table], columns: Mapping[Place, Column], ids: Mapping[str, Row]) -> Targets:
    """The target of every column in ``columns`` (all relations); ``ids`` are the pages known by their files."""
    pages = {place: linked_pages(column) for place, column in columns.items()}
    titles = [{plain(title) for title in table.titles} for table in tables]
    of: dict[Place, int | None] = {}
    warnings: list[str] = []
    for place, column in columns.items():
        sure = _by_id_or_path(tables, place, pages[place], ids)
        of[place] = sure if sure is not None else _by_title(tables, titles, place, column, pages, warnings)
    _share(of, pages)
    return Targets(of, tuple(warnings))


def _by_id_or_path(
    tables: Sequence[Table], place: Place, pages: Mapping[str, Link], ids: Mapping[str, Row]
) -> int | None:
    votes: Counter[int] = Counter()
    folder = posixpath.dirname(tables[place[0]].path)
    for page, link in pages.items():
        if page in ids:
            votes[ids[page][0]] += 1
        elif "://" not in link.url:
            path = posixpath.normpath(posixpath.join(folder, unquote(link.url)))
            homes = tables_of_folder(posixpath.dirname(path), tables)
            if len(homes) == 1:
                votes[homes[0]] += 1
    return min(votes, key=lambda table: (-votes[table], table)) if votes else None


def _by_title(
    tables: Sequence[Table],
    titles: Sequence[set[str]],
    place: Place,
    column: Column,
    pages: Mapping[Place, Mapping[str, Link]],
    warnings: list[str],
) -> int | None:
    """The table that has most of the titles: at least half of them, or some when it is named like the column.

    That rows are untitled says nothing, but for a table named like the column.
    """
    shown = [plain(link.title) for link in pages[place].values()]
    wanted = [title for title in shown if title != UNTITLED]
    names = {column.name.casefold(), base_name(column.name).casefold()}
    ranks: defaultdict[tuple[int, bool, bool], list[int]] = defaultdict(list)
    for index, table in enumerate(tables):
        hits = sum(1 for title in wanted if title in titles[index])
        named = table.title.casefold() in names
        if (hits and 2 * hits >= len(wanted)) or (named and titles[index].intersection(shown)):
            ranks[hits, named, _points_to(titles[place[0]], index, pages)].append(index)
    if not ranks:
        return None
    best = ranks[max(ranks)]
    if len(best) > 1:
        said = " and ".join(f"{tables[index].path}" for index in best)
        warnings.append(
            f"{tables[place[0]].title!r}.{column.name!r}: its links could lead to {said}; the first is taken"
        )
    return best[0]


def _points_to(titles: set[str], table: int, pages: Mapping[Place, Mapping[str, Link]]) -> bool:
    return any(
        place[0] == table and any(plain(link.title) in titles - {UNTITLED} for link in links.values())
        for place, links in pages.items()
    )


def _share(of: dict[Place, int | None], pages: Mapping[Place, Mapping[str, Link]]) -> None:
    """Columns without a target take that of a column that links to one of their pages: a page has one database."""
    known: dict[str, int] = {}
    for place, target in of.items():
        if target is not None:
            for page in pages[place]:
                known.setdefault(page, target)
    for place, target in of.items():
        if target is None:
            votes = Counter(known[page] for page in pages[place] if page in known)
            of[place] = min(votes, key=lambda table: (-votes[table], table)) if votes else None
