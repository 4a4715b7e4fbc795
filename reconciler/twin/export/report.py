"""What a load did, as data and as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.twin.export.errors import visible


@dataclass(frozen=True)
class ColumnReport:
    """A column as it was loaded: ``type`` is Notion's name for it."""

    name: str
    type: str


@dataclass(frozen=True)
class DatabaseReport:
    """A database that was made: ``path`` is its CSV file's ("" for a stub), ``id`` its id in the twin."""

    title: str
    path: str
    id: str
    columns: tuple[ColumnReport, ...]
    rows: int
    content_pages: int
    stub: bool


@dataclass(frozen=True)
class RelationReport:
    """A relation that was made: ``mirror`` is the other side's name, None for one-way; ``edges`` are counted once."""

    database: str
    column: str
    target: str
    mirror: str | None
    edges: int


@dataclass(frozen=True)
class StubReport:
    """Rows that were linked to but not in the export: made in ``database``, linked from ``columns``."""

    database: str
    rows: int
    columns: tuple[tuple[str, str], ...]
    new_database: bool


@dataclass(frozen=True)
class LoadReport:
    """Everything that was loaded, in the order in which it was made, and what a person should know about it."""

    databases: tuple[DatabaseReport, ...]
    relations: tuple[RelationReport, ...]
    stubs: tuple[StubReport, ...]
    pages: int
    warnings: tuple[str, ...]
    files: int = 0
    """Files of the export that are hosted now."""

    @property
    def rows(self) -> int:
        """Rows of all databases, stubs included."""
        return sum(database.rows for database in self.databases)

    def lines(self) -> tuple[str, ...]:
        """The report for people. Names come from the export: control characters in them are shown, not sent."""
        return tuple(visible(line) for line in self._lines())

    def _lines(self) -> Iterator[str]:
        pages = f", {self.pages} pages" if self.pages else ""
        files = f", {_count(self.files, 'file')}" if self.files else ""
        yield f"Loaded {_count(len(self.databases), 'database')}, {_count(self.rows, 'row')}{pages}{files}."
        for database in self.databases:
            content = f", {database.content_pages} with content" if database.content_pages else ""
            marked = " (stub: not in the export)" if database.stub else ""
            yield f"  {database.title}: {_count(database.rows, 'row')}{content}{marked}"
            yield "    " + ", ".join(f"{column.name} ({column.type})" for column in database.columns)
        if self.relations:
            yield "Relations:"
        for relation in self.relations:
            arrow = "<->" if relation.mirror is not None else "->"
            there = relation.target if relation.mirror is None else f"{relation.target}.{relation.mirror}"
            yield f"  {relation.database}.{relation.column} {arrow} {there}: {_count(relation.edges, 'link')}"
        if self.stubs:
            yield "Linked to, but not in the export:"
        for stub in self.stubs:
            columns = ", ".join(f"{database}.{column}" for database, column in stub.columns)
            how = "made as a stub database" if stub.new_database else "made as marked rows"
            yield f"  {stub.database}: {_count(stub.rows, 'row')} {how}, linked from {columns}"
        if self.warnings:
            yield "Please look at:"
        for warning in self.warnings:
            yield f"  {warning}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
