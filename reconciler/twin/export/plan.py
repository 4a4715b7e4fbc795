"""Everything to be made, decided before the first call: tables with typed columns, edges, pages with content. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.twin.export import attachments, blocks, infer, inline
from reconciler.twin.export.errors import ExportError
from reconciler.twin.export.identity import Pages, Row, join, without_properties
from reconciler.twin.export.infer import Column
from reconciler.twin.export.links import Linked, link
from reconciler.twin.export.pairs import Pairs, Writes, completed, pair, writes
from reconciler.twin.export.tables import Export, Page, Table
from reconciler.twin.export.targets import Place
from reconciler.twin.export.types import Names, places

_SURELY_FITS = 30_000
"""Characters that a property holds, whatever they are."""
Blocks = list[blocks.Block]


@dataclass(frozen=True)
class PagePlan:
    """A page that is no row: ``parent`` is a row, the place of an earlier page plan, or None for the root."""

    title: str
    parent: Row | int | None
    content: Blocks


@dataclass(frozen=True)
class LoadPlan:
    """What the builder makes. ``columns`` has every column but the titles; relations have their edges in ``linked``."""

    linked: Linked
    columns: Mapping[Place, Column]
    pairs: Pairs
    writes: Writes
    contents: Mapping[Row, Blocks]
    pages: tuple[PagePlan, ...]
    warnings: tuple[str, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """All databases to be made, stubs last."""
        return self.linked.tables


def plan(export: Export, *, types: Names | None = None, types_file: str = "", stubs: bool = True) -> LoadPlan:
    """Decides types, links, mirrors and content. Deterministic: the same files give the same plan.

    Raises `ExportError` when the types file names what is not there, or a type that a cell does not fit.
    """
    pages = join(export.tables, export.pages)
    chosen = places(types or {}, export.tables, types_file)
    columns = _columns(export, chosen, types_file)
    warnings = [*export.warnings, *pages.warnings]
    linked, pairs, written = _relations(export, columns, pages, warnings, stubs=stubs)
    for place in set(columns) - set(linked.edges):
        if columns[place].type == "relation":
            columns[place] = infer.text(columns[place].name, _cells(export.tables[place[0]], place[1]))
    for place, column in sorted(columns.items()):
        if column.note:
            warnings.append(f"{export.tables[place[0]].title!r}.{column.name!r}: {column.note}")
    contents = _contents(export, linked.tables, columns, pages, warnings)
    others = _other_pages(export, pages, warnings)
    return LoadPlan(linked, columns, pairs, written, contents, others, (*warnings, *linked.warnings, *pairs.warnings))


def _cells(table: Table, column: int) -> tuple[str, ...]:
    return tuple(row[column] for row in table.rows)


def _columns(export: Export, chosen: Mapping[Place, str], types_file: str) -> dict[Place, Column]:
    columns: dict[Place, Column] = {}
    for index, table in enumerate(export.tables):
        for number, name in enumerate(table.columns[1:], 1):
            cells, place = _cells(table, number), (index, number)
            made = _column(export, table, name, cells, chosen.get(place))
            if made is None:
                raise _misfit(chosen[place], table, name, cells, types_file)
            columns[place] = made
    return columns


def _column(export: Export, table: Table, name: str, cells: tuple[str, ...], wanted: str | None) -> Column | None:
    if wanted in (None, "files"):
        folders = (posixpath.dirname(table.path), table.folder, "")
        files = attachments.column(name, cells, export.attachments, folders)
        if files is not None or wanted is not None:
            return files
    return infer.infer(name, cells) if wanted is None else infer.as_type(name, wanted, cells)


def _misfit(type_: str, table: Table, name: str, cells: tuple[str, ...], types_file: str) -> ExportError:
    row = next((i for i, cell in enumerate(cells, 1) if cell and infer.as_type(name, type_, [cell]) is None), None)
    what = f"row {row} cannot be {type_}" if row else f"the cells together cannot be {type_}"
    return ExportError(what, f"{types_file}: [{table.title!r}] {name!r}", "Choose another type, or rich_text.")


def _relations(
    export: Export, columns: Mapping[Place, Column], pages: Pages, warnings: list[str], *, stubs: bool
) -> tuple[Linked, Pairs, Writes]:
    """Links resolved; columns with a row of more links than Notion takes in a request stay text, and are said."""
    relations = {place: column for place, column in columns.items() if column.type == "relation"}
    while True:
        linked = link(export.tables, relations, pages.ids(), stubs=stubs)
        pairs = pair(linked.tables, columns, linked.edges, linked.stub_rows)
        linked = replace(linked, edges=completed(linked.edges, pairs.mirrors))
        written = writes(linked.edges, pairs.mirrors)
        if not written.impossible:
            return linked, pairs, written
        for place in sorted(written.impossible):
            table = export.tables[place[0]]
            warnings.append(f"{table.title!r}.{columns[place].name!r}: over 100 links in a row; loaded as text")
            del relations[place]


def _blocks(export: Export, page: Page, text: str) -> Blocks:
    folders = (posixpath.dirname(page.path), _folder(page))
    return blocks.blocks(text, lambda reference: export.attachments.at(reference, *folders))


def _contents(
    export: Export, tables: tuple[Table, ...], columns: Mapping[Place, Column], pages: Pages, warnings: list[str]
) -> dict[Row, Blocks]:
    contents: dict[Row, Blocks] = {}
    for (index, row), page in sorted(pages.of_rows.items()):
        if made := _blocks(export, page, without_properties(page, tables[index], row)):
            contents[index, row] = made
    for index, table in enumerate(tables):
        for row, cells in enumerate(table.rows):
            for number, cell in enumerate(cells):
                if len(cell) > _SURELY_FITS and _is_text(columns, (index, number)):
                    _overflow(contents, (index, row), table.columns[number], cell, warnings)
    return contents


def _is_text(columns: Mapping[Place, Column], place: Place) -> bool:
    return place not in columns or columns[place].type == "rich_text"


def _overflow(contents: dict[Row, Blocks], row: Row, name: str, cell: str, warnings: list[str]) -> None:
    """A text longer than a property may hold goes into the page as a whole; the property has its beginning."""
    elements = inline.plain(cell)
    if inline.fitting(elements) != elements:
        contents[row] = contents.get(row, []) + blocks.heading(name) + blocks.code(cell)
        warnings.append(f"{name!r} of row {row[1] + 1}: longer than a property holds; the whole is in the page")


def _other_pages(export: Export, pages: Pages, warnings: list[str]) -> tuple[PagePlan, ...]:
    """Pages that are no rows, parents before children. A file without an id in its name is no page of Notion's."""
    parents: dict[str, Row | int] = {}
    for row, page in pages.of_rows.items():
        parents[_folder(page)] = row
    made: list[PagePlan] = []
    for page in sorted(pages.others, key=lambda page: (page.path.count("/"), page.path)):
        if not page.id:
            warnings.append(f"{page.path}: no id of Notion's in its name; not loaded")
            continue
        parent = parents.get(posixpath.dirname(page.path))
        parents[_folder(page)] = len(made)
        made.append(PagePlan(page.title, parent, _blocks(export, page, page.text)))
    return tuple(made)


def _folder(page: Page) -> str:
    return page.path.removesuffix(".md")
