"""What suggestions are made from, and what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.desired.fields import BY_TYPE
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.live import LiveDatabase, LiveProperty, LiveRow, Rows, Value


@dataclass(frozen=True)
class Declared:
    """How the files declare a field: where, in which words, and whether one line says all of it."""

    where: Location
    words: Mapping[str, Any]
    one_line: bool

    @property
    def place(self) -> str:
        """What of the file is to be replaced, or taken out."""
        return f"line {self.where.line}" if self.one_line else f"its table at line {self.where.line}"


@dataclass(frozen=True)
class Subject:
    """A live database with its rows and the key that it has or would get.

    ``where`` it is declared, if it is, and ``fields`` how those of its fields are that the files declare, by name.
    """

    key: str
    live: LiveDatabase
    rows: Rows
    where: Location | None = None
    fields: Mapping[str, Declared] = field(default_factory=dict)

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
    """One thing that looks wrong, and the tables of a state that would mend it.

    ``line`` says that they are one field, to be written on one line in place of the one that declares it.
    """

    finding: Finding
    tables: Mapping[str, Any]
    line: bool = False


def suggestion(
    code: str, subject: Subject, field: str, what: str, why: str, advice: str, tables: Mapping[str, Any]
) -> Suggestion:
    """A suggestion about a field of a database (``field`` "": about the database).

    Where the tables declare a field that the files declare already, they stand in its place.
    """
    address = addresses.of_field(subject.key, field) if field else addresses.of_database(subject.key)
    declared = subject.fields.get(field)
    replaces = declared is not None and "databases" in tables
    told = Finding(
        code=code,
        what=what,
        why=why,
        next=f"{advice}, with this in place of {declared.place}" if declared and replaces else advice,
        address=address,
        where=declared.where if declared else subject.where,
        severity=Severity.INFO,
    )
    return Suggestion(told, tables, line=declared is not None and declared.one_line and replaces)


def taken_out(subject: Subject, field: str) -> str:
    """What is to be taken out of the files where a field is dropped, as the end of an advice."""
    declared = subject.fields.get(field)
    return f", and take {declared.place} out" if declared else ""


def field_table(subject: Subject, name: str, words: Mapping[str, Any], *, now: str = "") -> dict[str, Any]:
    """The tables that say these words of one field, beside those that the files say of it (as ``now``) already."""
    declared = subject.fields.get(now or name)
    held = dict(declared.words) if declared else {}
    if held.get("type") != words.get("type", held.get("type")):
        held = {word: held[word] for word in ("was", "description") if word in held}
    whole = held | dict(words)
    if "options" in held and "options" in words:
        whole["options"] = _options(held["options"], words["options"])
    if "was" in held and "was" in words:
        whole["was"] = [*_listed(held["was"]), *words["was"]]
    return {"databases": {subject.key: {"fields": {name: whole}}}}


def _options(held: list[Any], folded: list[Mapping[str, Any]]) -> list[Any]:
    """The options as the files list them, with what is folded into one of them taken up by it."""
    into = {each["name"]: list(each["was"]) for each in folded}
    gone = {name for names in into.values() for name in names}
    kept = []
    for each in held:
        words = {"name": each} if isinstance(each, str) else dict(each)
        if words.get("name") in into:
            kept.append(words | {"was": [*_listed(words.get("was", [])), *into[words["name"]]]})
        elif words.get("name") not in gone:
            kept.append(each)
    return kept


def _listed(words: Any) -> list[Any]:
    return list(words) if isinstance(words, list) else [words]
