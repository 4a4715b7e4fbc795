"""What the checks work on: the state as far as it could be built, and where everything stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.desired.reading import Source
from reconciler.desired.state import Database, Field
from reconciler.model import address
from reconciler.model.finding import Finding, Location

BROKEN = ""
"""The type of a field whose own table is wrong: it exists, and nothing is asked of it."""

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Spot:
    """A table in a file."""

    source: Source
    path: Path

    def at(self, *inside: str | int) -> Location:
        """The place of a word of the table, or of the table itself."""
        return self.source.at((*self.path, *inside))

    def down(self, *inside: str | int) -> Spot:
        """A table inside this one."""
        return Spot(self.source, (*self.path, *inside))


@dataclass(frozen=True)
class Draft:
    """The databases as built, broken fields included; ``spots`` by address; ``dropped`` maps what named drops remove
    (database, field) to the drop's address."""

    databases: Mapping[str, Database]
    spots: Mapping[str, Spot]
    dropped: Mapping[tuple[str, str | None], str] = field(default_factory=dict)

    def at(self, of: str, *inside: str | int) -> Location | None:
        """The place of a word in the table that declares the address ``of``."""
        spot = self.spots.get(of)
        return spot.at(*inside) if spot else None

    def field(self, database: str, name: str) -> Field | None:
        """The declared field, if database and field are declared."""
        found = self.databases.get(database)
        return found.fields.get(name) if found else None

    def fields(self) -> Iterator[Field]:
        """Every declared field that is not broken, in the order of the files."""
        for database in self.databases.values():
            yield from (f for f in database.fields.values() if f.type != BROKEN)


def closest(word: str, words: Iterable[str], likeness: float = 0.7) -> str | None:
    """The one of ``words`` that was most likely meant: the same but for case, or of at least that likeness (0 to 1)."""
    known = list(words)
    folded = {w.casefold(): w for w in known}
    if same := folded.get(word.casefold()):
        return same
    import difflib

    near = difflib.get_close_matches(word.casefold(), sorted(folded), n=1, cutoff=likeness)
    return folded[near[0]] if near else None


def meant(word: str, words: Iterable[str], otherwise: str) -> str:
    """The next step for a word that is not one of ``words``: "did you mean" one of them, or ``otherwise``."""
    near = closest(word, words)
    return f'did you mean "{near}"?' if near is not None else otherwise


def listed(words: Iterable[str], limit: int = 12) -> str:
    """Words in a row for people, the first ``limit`` of them."""
    known = list(words)
    rest = f" and {len(known) - limit} more" if len(known) > limit else ""
    return ", ".join(known[:limit]) + rest


def unknown_database(code: str, name: str, databases: Iterable[str], at: Location | None, of: str) -> Finding:
    """The finding for a reference to a database that is not declared."""
    known = list(databases)
    return Finding(
        code,
        f'no database "{name}" is declared',
        meant(name, known, f"declare [databases.{address.of_database(name)}], or name one of: {listed(known)}"),
        address=of,
        why="things are referred to by key, and every reference is checked before anything is read",
        where=at,
    )


def unknown_field(code: str, name: str, database: Database, at: Location | None, of: str) -> Finding:
    """The finding for a reference to a field that is not declared."""
    known = list(database.fields)
    renamed = next((f.name for f in database.fields.values() if name in f.was), None)
    advice = (
        f'it is now called "{renamed}": write that'
        if renamed
        else meant(name, known, f"declare it, or name one of: {listed(known) or 'none is declared'}")
    )
    return Finding(
        code,
        f'{address.of_database(database.key)} declares no field "{name}"',
        advice,
        address=of,
        where=at,
    )
