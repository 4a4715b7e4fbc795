"""From links to edges between rows: which row each link means, what is missing, which columns mirror each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.twin.export.cells import Link
from reconciler.twin.export.identity import Row, plain
from reconciler.twin.export.infer import Column
from reconciler.twin.export.tables import Table
from reconciler.twin.export.targets import Place, choose, linked_pages

STUB_TITLE_COLUMN = "Name"
_PASSES = 10
"""How often one pairing of namesakes may help the next; each pass is linear in the namesakes."""


@dataclass(frozen=True)
class Edges:
    """A relation: for each row of its table the rows of ``target`` that it links to, in the order of the cell."""

    target: int
    rows: tuple[tuple[int, ...], ...]

    def pairs(self) -> frozenset[tuple[int, int]]:
        """(row, target row) of every edge."""
        return frozenset((row, to) for row, links in enumerate(self.rows) for to in links)


@dataclass(frozen=True)
class Linked:
    """The tables with stub tables and stub rows added, and the edges of every column that is a relation.

    ``text`` are columns of links that stay text; ``stub_rows`` the rows that were added to tables of the export.
    """

    tables: tuple[Table, ...]
    edges: Mapping[Place, Edges]
    text: frozenset[Place] = frozenset()
    stub_rows: frozenset[Row] = frozenset()
    stub_columns: Mapping[int, tuple[Place, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass
class _Resolver:
    tables: list[Table]
    columns: dict[Place, Column]
    targets: dict[Place, int]
    rows: dict[str, Row]
    """Rows by page id, growing."""
    warnings: list[str]
    sources: dict[str, dict[Place, set[int]]] = field(default_factory=dict)
    """By page id: in each column the rows that link to it."""

    def __post_init__(self) -> None:
        for place in self.targets:
            for row, cell in enumerate(self.columns[place].links):
                for link in cell:
                    self.sources.setdefault(link.id, {}).setdefault(place, set()).add(row)


def link(
    tables: Sequence[Table], columns: Mapping[Place, Column], ids: Mapping[str, Row], *, stubs: bool = True
) -> Linked:
    """Resolves the links of ``columns`` (all of them relations) to rows; ``ids`` are the pages known by their files.

    Rows that are linked to but not in the export are made (``stubs``), or their columns stay text. Deterministic.
    """
    chosen = choose(tables, columns, ids)
    resolver = _Resolver(
        list(tables),
        dict(columns),
        {p: t for p, t in chosen.of.items() if t is not None},
        dict(ids),
        list(chosen.warnings),
    )
    _resolve(resolver)
    text = _of_several_databases(resolver)
    if not stubs:
        text |= _with_missing_rows(resolver, set(columns) - text)
    stub_columns = _make_stub_tables(resolver, [place for place in columns if place not in text])
    stub_rows = _make_stub_rows(resolver, text)
    edges = {place: _edges(resolver, place) for place in columns if place not in text}
    return Linked(
        tuple(resolver.tables), edges, frozenset(text), frozenset(stub_rows), stub_columns, tuple(resolver.warnings)
    )


def _resolve(resolver: _Resolver) -> None:
    """Titles that only one page and one row have first; the others by what links back, then in order, reported."""
    unsure: list[tuple[int, list[Link], list[int]]] = []
    for target in sorted(set(resolver.targets.values())):
        rows_by_title: defaultdict[str, list[int]] = defaultdict(list)
        known = {row for table, row in resolver.rows.values() if table == target}
        for row, title in enumerate(resolver.tables[target].titles):
            if row not in known:
                rows_by_title[plain(title)].append(row)
        for title, pages in _pages_by_title(resolver, target).items():
            rows = rows_by_title[title]
            if len(pages) == 1 and len(rows) == 1:
                resolver.rows[pages[0].id] = (target, rows[0])
            elif rows:
                unsure.append((target, pages, rows))
    for _ in range(_PASSES):
        settled = [_settle(resolver, *case) for case in unsure]
        if not any(settled):
            break
    for target, pages, rows in unsure:
        if pages and rows:
            resolver.warnings.append(
                f"{resolver.tables[target].title!r}: {len(rows)} rows and {len(pages)} linked pages are called "
                f"{plain(pages[0].title)!r} and nothing tells which is which; linked in their order"
            )
            for page, row in zip(pages, rows, strict=False):
                resolver.rows[page.id] = (target, row)


def _pages_by_title(resolver: _Resolver, target: int) -> dict[str, list[Link]]:
    """The pages that links to ``target`` name and that are not known yet, by title, in order of appearance."""
    pages: dict[str, Link] = {}
    for place, of in resolver.targets.items():
        if of == target:
            pages |= {i: found for i, found in linked_pages(resolver.columns[place]).items() if i not in pages}
    by_title: defaultdict[str, list[Link]] = defaultdict(list)
    for page, found in pages.items():
        if page not in resolver.rows:
            by_title[plain(found.title)].append(found)
    return by_title


def _settle(resolver: _Resolver, target: int, pages: list[Link], rows: list[int]) -> bool:
    """Pairs pages with rows that link back to where the page is linked from, and takes both out; whether any was."""
    back = {row: _linked_from(resolver, target, row) for row in rows}
    exact: defaultdict[frozenset[Row], list[int]] = defaultdict(list)
    touching: defaultdict[Row, set[int]] = defaultdict(set)
    for row, sets in back.items():
        for linked in sets:
            exact[linked].append(row)
            for source in linked:
                touching[source].add(row)
    forth = {
        page.id: {frozenset((place[0], row) for row in found) for place, found in resolver.sources[page.id].items()}
        for page in pages
    }
    wholly = {page.id: {row for linked in forth[page.id] for row in exact[linked]} for page in pages}
    partly = {page.id: {row for linked in forth[page.id] for s in linked for row in touching[s]} for page in pages}
    for candidates in (wholly, partly):
        claims = Counter(row for found in candidates.values() if len(found) == 1 for row in found)
        sure = [(page, next(iter(candidates[page.id]))) for page in pages if len(candidates[page.id]) == 1]
        sure = [(page, row) for page, row in sure if claims[row] == 1]
        for page, row in sure:
            resolver.rows[page.id] = (target, row)
            pages.remove(page)
            rows.remove(row)
        if sure:
            return True
    return False


def _linked_from(resolver: _Resolver, target: int, row: int) -> set[frozenset[Row]]:
    """For each column of the row that links somewhere: the rows that it links to, as far as they are known."""
    found = set()
    for table, column in resolver.targets:
        if table == target:
            cell = resolver.columns[table, column].links[row]
            found.add(frozenset(resolver.rows[link.id] for link in cell if link.id in resolver.rows))
    return found - {frozenset()}


def _of_several_databases(resolver: _Resolver) -> set[Place]:
    """Columns whose links lead to rows of several databases: mentions in a text, no relation."""
    found: set[Place] = set()
    for place, target in resolver.targets.items():
        homes = {resolver.rows[page][0] for page in linked_pages(resolver.columns[place]) if page in resolver.rows}
        if homes - {target}:
            found.add(place)
            table = resolver.tables[place[0]]
            resolver.warnings.append(
                f"{table.title!r}.{resolver.columns[place].name!r}: its links lead to several databases; loaded as text"
            )
    return found


def _with_missing_rows(resolver: _Resolver, places: set[Place]) -> set[Place]:
    """The columns that link to a row that no table holds; said."""
    found: set[Place] = set()
    for place in sorted(places):
        column = resolver.columns[place]
        missing = sum(1 for page in linked_pages(column) if page not in resolver.rows)
        if missing:
            found.add(place)
            name = f"{resolver.tables[place[0]].title!r}.{column.name!r}"
            resolver.warnings.append(f"{name}: {missing} of the linked rows are not in the export; loaded as text")
    return found


def _make_stub_tables(resolver: _Resolver, places: Iterable[Place]) -> dict[int, tuple[Place, ...]]:
    """One stub table for all columns without a target that share pages, named after the column that sorts first."""
    groups: list[tuple[list[Place], set[str]]] = []
    for place in places:
        if place in resolver.targets:
            continue
        members, pages = [place], set(linked_pages(resolver.columns[place]))
        for group in [group for group in groups if group[1] & pages]:
            members, pages = group[0] + members, group[1] | pages
            groups.remove(group)
        groups.append((members, pages))
    made: dict[int, tuple[Place, ...]] = {}
    for members, _ in sorted(groups, key=lambda group: group[0]):
        title = min(resolver.columns[place].name for place in members)
        taken = {table.title for table in resolver.tables}
        title = next(t for t in (title, *(f"{title} (stub {n})" for n in range(1, len(taken) + 2))) if t not in taken)
        made[len(resolver.tables)] = tuple(members)
        resolver.targets |= dict.fromkeys(members, len(resolver.tables))
        resolver.tables.append(Table(title, "", "", (STUB_TITLE_COLUMN,), (), stub=True))
    return made


def _make_stub_rows(resolver: _Resolver, text: set[Place]) -> set[Row]:
    """Rows for the pages that no table holds; those in tables of the export are returned."""
    added: set[Row] = set()
    missing: defaultdict[int, dict[str, Link]] = defaultdict(dict)
    for place in resolver.columns:
        if place not in text:
            for page, found in linked_pages(resolver.columns[place]).items():
                if page not in resolver.rows:
                    missing[resolver.targets[place]].setdefault(page, found)
    for target, pages in sorted(missing.items()):
        table = resolver.tables[target]
        rows = list(table.rows)
        for page, found in pages.items():
            resolver.rows[page] = (target, len(rows))
            if not table.stub:
                added.add((target, len(rows)))
            rows.append((found.title, *[""] * (len(table.columns) - 1)))
        resolver.tables[target] = replace(table, rows=tuple(rows))
        if not table.stub:
            resolver.warnings.append(
                f"{table.title!r}: {len(pages)} rows are linked to but not in the export; made and marked as stubs"
            )
    return added


def _edges(resolver: _Resolver, place: Place) -> Edges:
    cells = resolver.columns[place].links
    rows = tuple(tuple(dict.fromkeys(resolver.rows[found.id][1] for found in cell)) for cell in cells)
    missing = len(resolver.tables[place[0]].rows) - len(rows)
    return Edges(resolver.targets[place], rows + ((),) * missing)
