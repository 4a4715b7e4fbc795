"""Exports for tests: small ones from tables in the test, ids from names."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.twin.export.infer import Column
from reconciler.twin.export.plan import LoadPlan, plan
from reconciler.twin.export.tables import parse

Rows = Sequence[Sequence[str]]


def hexed(name: str) -> str:
    """The id that tests give to what is called ``name``."""
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def link(title: str, name: str | None = None) -> str:
    """A relation's cell for one page."""
    return f"{title} (https://www.notion.so/x-{hexed(name or title)}?pvs=21)"


def csv_bytes(rows: Rows) -> bytes:
    """A CSV file as Notion writes it: byte order mark, CRLF."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def texts(tables: Mapping[str, Rows]) -> dict[str, bytes]:
    """Files by path, for databases by title: every first row is the header."""
    return {f"{title} {hexed(title)}_all.csv": csv_bytes(rows) for title, rows in tables.items()}


def planned(tables: Mapping[str, Rows], pages: Mapping[str, str] | None = None, *, stubs: bool = True) -> LoadPlan:
    """The plan for databases by title and Markdown files by path."""
    files = texts(tables) | {path: text.encode() for path, text in (pages or {}).items()}
    return plan(parse(dict(sorted(files.items()))), stubs=stubs)


def column(found: LoadPlan, database: str, name: str) -> Column:
    """The column of that name in the first database of that title."""
    index = next(i for i, table in enumerate(found.tables) if table.title == database)
    return found.columns[index, found.tables[index].columns.index(name)]


def relations(found: LoadPlan) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """For each relation ``database.column``: the target's title and (row title, target row title) of every edge."""
    shown = {}
    for (index, number), edges in found.linked.edges.items():
        table, target = found.tables[index], found.tables[edges.target]
        pairs = [(table.titles[row], target.titles[to]) for row, to in sorted(edges.pairs())]
        shown[f"{table.title}.{table.columns[number]}"] = (target.title, pairs)
    return shown


def zipped(path: Path, entries: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """An archive with these entries, written to ``path``."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path
