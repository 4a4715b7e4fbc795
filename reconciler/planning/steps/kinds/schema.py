"""Databases and fields: made, changed, looked at a last time, taken away."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from reconciler.model.limits import PAGE_SIZE, RELATION_REFERENCES
from reconciler.planning.effects import (
    LastLook,
    MarkDatabase,
    NameMirror,
    NewDatabase,
    OptionsWritten,
    PropertyChange,
    SweepOptions,
)
from reconciler.planning.steps.base import Phase


@dataclass(frozen=True)
class CreateDatabase:
    """POST databases, with the fields that depend on nothing else."""

    phase: ClassVar[Phase] = Phase.CREATE
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    new: NewDatabase
    parent: str

    @property
    def database(self) -> str:
        """The key of the new database."""
        return self.new.key


@dataclass(frozen=True)
class PatchDatabase:
    """PATCH databases: the description and the lock, which a data source cannot be given."""

    phase: ClassVar[Phase] = Phase.EXPAND
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    database: str
    description: str | None = None
    locked: bool | None = None


@dataclass(frozen=True)
class PatchSchema:
    """PATCH data_sources: title and icon, properties, whole lists of options, in one request.

    Where it writes a list of options, the schema is read just before: an option added since would be lost.
    """

    addresses: tuple[str, ...]
    database: str
    phase: Phase
    changes: tuple[PropertyChange, ...] = ()
    options: tuple[OptionsWritten, ...] = ()
    without: Mapping[str, frozenset[str]] = field(default_factory=dict)
    title: str | None = None
    icon: str | None = None
    round: int = 1

    @property
    def requests(self) -> int:
        """One, and one more to read the schema before a list of options is written."""
        return 2 if self.options else 1


@dataclass(frozen=True)
class PatchMirror:
    """PATCH data_sources: the mirror that Notion just made gets its declared name."""

    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    mirror: NameMirror

    @property
    def phase(self) -> Phase:
        """CONVERT where the relation is made of a field of another type, else EXPAND."""
        return Phase.CONVERT if self.mirror.retypes else Phase.EXPAND

    @property
    def database(self) -> str:
        """The key of the database that the mirror is in."""
        return self.mirror.database


@dataclass(frozen=True)
class Mark:
    """PATCH data_sources and databases: the database is titled, described and locked as archived."""

    phase: ClassVar[Phase] = Phase.CONTRACT
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 2
    addresses: tuple[str, ...]
    mark: MarkDatabase

    @property
    def database(self) -> str:
        """The key of the database that is marked."""
        return self.mark.database


_UNTOUCHED = frozenset({"relation", "formula", "rollup"})
"""Types whose values change without an edit of their row: by the other side of a relation, by what they compute."""


@dataclass(frozen=True)
class Look:
    """The last look before something goes: asks for the rows that still hold it."""

    addresses: tuple[str, ...]
    look: LastLook
    edits: frozenset[str] = frozenset()
    """Rows that the plan writes before."""

    @property
    def phase(self) -> Phase:
        """CONVERT before a change of type, else CONTRACT."""
        return Phase.CONVERT if self.look.retypes else Phase.CONTRACT

    @property
    def database(self) -> str:
        """The key of the database that is asked."""
        return self.look.database

    @property
    def round(self) -> int:
        """The round of the removal that it goes before."""
        return self.look.round

    @property
    def narrowed(self) -> bool:
        """Whether only rows edited since the reading are asked for: where more hold it than one page shows."""
        return self.look.gone is None and self.look.type not in _UNTOUCHED and len(self.look.known) > PAGE_SIZE

    @property
    def requests(self) -> int:
        """One for each page of rows that hold what is archived, at least one, and those that read cut values whole.

        Of rows edited since the reading alone, those that this plan itself edits are expected.
        """
        known = {row: value for row, value in self.look.known.items() if not self.narrowed or row in self.edits}
        lists = [value for value in known.values() if isinstance(value, list)]
        cut = [value for value in lists if self.look.type == "relation" and len(value) > RELATION_REFERENCES]
        cut += [value for value in lists if self.look.type == "people" and len(value) >= RELATION_REFERENCES]
        in_full = sum(math.ceil(len(value) / PAGE_SIZE) for value in cut)
        return max(1, math.ceil(len(known) / PAGE_SIZE)) + in_full


@dataclass(frozen=True)
class ReadConverted:
    """POST data_sources/query: what Notion made of values when their type was changed, so that later edits can be told.

    ``looks`` are the looks that went before: the values of then, by property.
    """

    phase: ClassVar[Phase] = Phase.CONVERT
    round: ClassVar[int] = 1
    addresses: tuple[str, ...]
    database: str
    looks: tuple[LastLook, ...]

    @property
    def _pages(self) -> int:
        return math.ceil(len({row for look in self.looks for row in look.known}) / PAGE_SIZE)

    @property
    def requests(self) -> int:
        """One, whatever Notion makes of the values."""
        return min(1, self._pages)

    @property
    def perhaps(self) -> int:
        """One more for each further page of rows, as many as convert."""
        return max(0, self._pages - 1)


@dataclass(frozen=True)
class Sweep:
    """GET data_sources; where Notion made options on the way, one query for who holds them, GET and PATCH more."""

    phase: ClassVar[Phase] = Phase.CONTRACT
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    perhaps: ClassVar[int] = 3
    """Requests that only what Notion does on the way can decide."""
    addresses: tuple[str, ...]
    sweep: SweepOptions

    @property
    def database(self) -> str:
        """The key of the database that the property is in."""
        return self.sweep.database


@dataclass(frozen=True)
class Trash:
    """PATCH databases: the database goes to Notion's trash."""

    phase: ClassVar[Phase] = Phase.CONTRACT
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    database: str


@dataclass(frozen=True)
class Untrash:
    """PATCH databases or pages: a database, or a row, comes back from Notion's trash."""

    phase: ClassVar[Phase] = Phase.CREATE
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    database: str
    row: str | None = None
