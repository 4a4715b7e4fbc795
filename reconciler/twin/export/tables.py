"""From files to tables and pages: names, ids and cells as they stand, nothing interpreted."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from reconciler.twin.export.attachments import Attachments
from reconciler.twin.export.errors import ExportError

_NAME = re.compile(r"(?P<title>.*?)(?:(?:^|[ _-])(?P<id>[0-9a-f]{32}))?(?P<all>_all)?", re.DOTALL)
_MAX_CELL = 100_000_000
_MAX_COLUMNS = 500
"""https://developers.notion.com/reference/data-source"""
_MAX_NAME = 900
"""Characters kept of a column's name: Notion takes 2,000 UTF-16 code units, and a number may have to follow."""


@dataclass(frozen=True)
class Name:
    """What a file's name says: the title, the page's or database's id (32 hex digits, "" without one), and whether it
    is the unfiltered ``_all`` of two namesakes."""

    title: str
    id: str = ""
    all: bool = False


@dataclass(frozen=True)
class Table:
    """A database of the export: every row has as many cells as there are columns; ``folder`` is where its rows' pages
    would lie; ``stub`` says that it was not in the export. The first column is the title."""

    title: str
    id: str
    path: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    stub: bool = False

    @property
    def folder(self) -> str:
        """The path without ``.csv`` and ``_all``."""
        return self.path.removesuffix(PurePosixPath(self.path).suffix).removesuffix("_all")

    @property
    def titles(self) -> tuple[str, ...]:
        """The rows' titles, in order."""
        return tuple(row[0] for row in self.rows)


@dataclass(frozen=True)
class Page:
    """A Markdown file: ``text`` without the heading that repeats the title."""

    title: str
    id: str
    path: str
    text: str


@dataclass(frozen=True)
class Export:
    """Everything in the export, in the order of the paths."""

    tables: tuple[Table, ...]
    pages: tuple[Page, ...]
    warnings: tuple[str, ...] = ()
    attachments: Attachments = field(default_factory=Attachments)


def name_of(path: str) -> Name:
    """Title and id from the last part of a path, its ending left out; the title in Unicode NFC."""
    stem = PurePosixPath(path).stem if PurePosixPath(path).suffix.lower() in (".csv", ".md") else path.split("/")[-1]
    match = _NAME.fullmatch(stem)
    if match is None:
        return Name(title=stem)
    title = unicodedata.normalize("NFC", match["title"]).strip()
    return Name(title=title or "Untitled", id=match["id"] or "", all=match["all"] is not None)


def parse(texts: Mapping[str, bytes], *, attachments: Attachments | None = None, others: Sequence[str] = ()) -> Export:
    """Tables and pages from files by path. Of two namesakes ``X.csv`` and ``X_all.csv`` the second is taken.
    ``attachments`` are the files that cells and pages may mean, ``others`` those that are not loaded, which is said.

    Raises `ExportError` for a CSV file that cannot be parsed.
    """
    warnings: list[str] = []
    tables = [_table(path, texts[path], warnings) for path in _unfiltered(texts)]
    pages = [_page(path, texts[path], warnings) for path in texts if path.lower().endswith(".md")]
    if others:
        warnings.append(
            f"{len(others)} other files (images, attachments) are too large to load, {others[0]!r} the first of them"
        )
    return Export(tuple(_once(tables, warnings)), tuple(pages), tuple(warnings), attachments or Attachments())


def _unfiltered(texts: Mapping[str, bytes]) -> list[str]:
    chosen: dict[tuple[str, str, str], str] = {}
    for path in texts:
        if not path.lower().endswith(".csv"):
            continue
        name = name_of(path)
        key = (str(PurePosixPath(path).parent), name.title, name.id)
        if key not in chosen or name.all:
            chosen[key] = path
    return sorted(chosen.values())


def _once(tables: list[Table], warnings: list[str]) -> Iterator[Table]:
    """Each database once: Notion writes one file for every place where a database is shown, all with its id."""
    best: dict[str, Table] = {}
    for table in tables:
        known = best.get(table.id) if table.id else None
        better = known is None or (name_of(table.path).all, len(table.rows), len(table.columns)) > (
            name_of(known.path).all,
            len(known.rows),
            len(known.columns),
        )
        if table.id and better:
            best[table.id] = table
    for table in tables:
        if not table.id or best[table.id] is table:
            yield table
        else:
            warnings.append(f"{table.path}: the same database as {best[table.id].path}, which has more; not loaded")


def _decoded(path: str, data: bytes, warnings: list[str]) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if wide else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp1252":
            warnings.append(f"{path}: it is not UTF-8; read as Windows-1252")
        return text
    warnings.append(f"{path}: it is neither UTF-8 nor Windows-1252; read as Latin-1, byte for byte")
    return data.decode("latin-1")


@contextmanager
def _long_cells() -> Iterator[None]:
    """The csv module's limit for a cell, which counts for the whole process, raised while a file is parsed."""
    before = csv.field_size_limit(_MAX_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _table(path: str, data: bytes, warnings: list[str]) -> Table:
    text = _decoded(path, data, warnings)
    try:
        with _long_cells():
            lines = _lines(path, text, warnings)
    except csv.Error as error:
        raise ExportError(f"it is not a CSV file ({error})", path, "Mend or remove the file.") from error
    name = name_of(path)
    header, rows = (lines[0], lines[1:]) if lines else ([], [])
    width = max((len(line) for line in lines), default=0)
    if width > _MAX_COLUMNS:
        what = f"it has {width} columns, Notion's databases have {_MAX_COLUMNS} at most"
        raise ExportError(what, path, "Is it an export of Notion's? If not, remove it or split it.")
    ragged = sum(len(row) != len(header) for row in rows)
    if not lines:
        warnings.append(f"{path}: the file is empty; loaded as a database without rows")
    if ragged:
        warnings.append(f"{path}: {ragged} rows do not have {len(header)} cells like the header; all cells are kept")
    columns = _column_names(path, header + [""] * (max(width, 1) - len(header)), warnings)
    filled = tuple(tuple(row + [""] * (len(columns) - len(row))) for row in rows)
    return Table(name.title, name.id, path, columns, filled)


def _lines(path: str, text: str, warnings: list[str]) -> list[list[str]]:
    """The cells line by line; Notion writes commas, a spreadsheet that saved the file perhaps something else."""

    def split(separator: str) -> list[list[str]]:
        return [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if line]

    lines = split(",")
    header = lines[0] if lines else []
    for separator in ";\t":
        if len(header) == 1 and separator in header[0]:
            other = split(separator)
            if len(other) > 1 and {len(line) for line in other} == {len(other[0])}:
                warnings.append(f"{path}: its cells are separated by {separator!r}, not by a comma; read so")
                return other
    return lines


def _column_names(path: str, header: list[str], warnings: list[str]) -> tuple[str, ...]:
    """The header with every column named once: Notion has no nameless columns and no two of one name."""
    taken = set(header)
    names: list[str] = []
    for index, column in enumerate(header):
        name = column[:_MAX_NAME] or ("Name" if index == 0 else f"Column {index + 1}")
        base, number = name, 1
        while name in names or (name != column and name in taken):
            name, number = f"{base} {number}", number + 1
        if name != column:
            said = f"the second {column[:50]!r}" if column in names else "a long name" if column else "without a name"
            warnings.append(f"{path}: column {index + 1} ({said}) is loaded as {name!r}")
        names.append(name)
    return tuple(names)


def _page(path: str, data: bytes, warnings: list[str]) -> Page:
    name = name_of(path)
    text = _decoded(path, data, warnings).replace("\r\n", "\n").replace("\r", "\n")
    first, _, rest = text.partition("\n")
    if first.startswith("# "):
        return Page(first[2:].strip(), name.id, path, rest.lstrip("\n"))
    return Page(name.title, name.id, path, text)
