"""What suggestions are made from, and what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.desired.fields import BY_TYPE
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.live import LiveDatabase, LiveProperty, LiveRow, Rows, Value


@dataclass(frozen=True)
class Subject:
    """A live database with its rows and the key that it has or would get; ``where`` it is declared, if it is."""

    key: str
    live: LiveDatabase
    rows: Rows
    where: Location | None = None

    @property
    def all_rows(self) -> tuple[LiveRow, ...]:
        """The rows, none where not all could be read: what is said of a part may be wrong of the whole."""
        return () if self.rows.incomplete else self.rows.rows

    def values(self, prop: LiveProperty) -> list[Value]:
        """What the rows hold of a property, rows that hold nothing left out."""
        kind = properties.of(prop.type)
        held = (row.values.get(prop.id, kind.nothing) for row in self.all_rows)
        return [value for value in held if not kind.empty(value)]

    def of_type(self, *types: str) -> Iterator[LiveProperty]:
        """The properties of these types that the language can name, by name."""
        named = (prop for prop in self.live.properties if prop.type in types and prop.type in BY_TYPE)
        return iter(sorted((prop for prop in named if prop.name.strip()), key=lambda prop: prop.name))


@dataclass(frozen=True)
class Suggestion:
    """One thing that looks wrong, and the tables of a state that would mend it."""

    finding: Finding
    tables: Mapping[str, Any]


def suggestion(
    code: str, subject: Subject, field: str, what: str, why: str, advice: str, tables: Mapping[str, Any]
) -> Suggestion:
    """A suggestion about a field of a database (``field`` "": about the database)."""
    address = addresses.of_field(subject.key, field) if field else addresses.of_database(subject.key)
    told = Finding(
        code=code, what=what, why=why, next=advice, address=address, where=subject.where, severity=Severity.INFO
    )
    return Suggestion(told, tables)


def field_table(subject: Subject, name: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """The tables that say these words of one field."""
    return {"databases": {subject.key: {"fields": {name: dict(words)}}}}
