"""Actions on databases and their fields that take no value away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reconciler.model.finding import Location
from reconciler.planning.actions.base import Described, Risk, RowChange


@dataclass(frozen=True)
class CreateDatabase:
    """A database that the state names and the workspace lacks, with its fields in the order of the files."""

    kind: ClassVar[str] = "create-database"
    risk: ClassVar[Risk] = Risk.SAFE
    address: str
    database: str
    title: str
    fields: tuple[str, ...]
    where: Location | None = None
    reason: str = "missing"
    source: str = ""

    def describe(self) -> Described:
        """The new title, and one line a field."""
        return Described(verb="create", subject="database", new=self.title, details=self.fields)


@dataclass(frozen=True)
class ChangeDatabase:
    """A database's title, description or icon, each as (word, old, new)."""

    kind: ClassVar[str] = "change-database"
    risk: ClassVar[Risk] = Risk.SAFE
    address: str
    database: str
    changes: tuple[tuple[str, str, str], ...]
    where: Location | None = None
    reason: str = "differs"
    source: str = ""

    def describe(self) -> Described:
        """A rename where the title differs, else a change; the rest as details."""
        title = next(((old, new) for word, old, new in self.changes if word == "title"), None)
        details = tuple(
            f"{word}: {old or '(none)'} → {new or '(none)'}" for word, old, new in self.changes if word != "title"
        )
        if title:
            return Described(verb="rename", subject="database", old=title[0], new=title[1], details=details)
        return Described(verb="change", subject="database", details=details)


@dataclass(frozen=True)
class CreateField:
    """A field that the live database lacks; ``details`` say its configuration, ``type`` its type."""

    kind: ClassVar[str] = "create-field"
    risk: ClassVar[Risk] = Risk.SAFE
    address: str
    database: str
    name: str
    type: str
    details: tuple[str, ...] = ()
    where: Location | None = None
    reason: str = "missing"
    source: str = ""

    def describe(self) -> Described:
        """The new field and its type."""
        return Described(verb="create", subject="field", new=f"{self.name} ({self.type})", details=self.details)


@dataclass(frozen=True)
class ChangeField:
    """A live field that is renamed or configured anew; ``changes`` are lines for people."""

    kind: ClassVar[str] = "change-field"
    risk: ClassVar[Risk] = Risk.SAFE
    address: str
    database: str
    old_name: str
    name: str
    changes: tuple[str, ...] = ()
    where: Location | None = None
    reason: str = "differs"
    source: str = ""

    def describe(self) -> Described:
        """A rename where the name differs, else a change."""
        if self.old_name != self.name:
            return Described(verb="rename", subject="field", old=self.old_name, new=self.name, details=self.changes)
        return Described(verb="change", subject="field", details=self.changes)


@dataclass(frozen=True)
class FoldOption:
    """Rows that hold ``old`` are rewritten to hold ``new``, then ``old`` leaves the list of options."""

    kind: ClassVar[str] = "fold-option"
    address: str
    database: str
    field: str
    old: str
    new: str
    rows: tuple[RowChange, ...] = ()
    details: tuple[str, ...] = ()
    kept: bool = False
    """Whether what the rows hold is in the archive already."""
    where: Location | None = None
    reason: str = "was"
    source: str = ""

    @property
    def risk(self) -> Risk:
        """Values are rewritten where rows hold the option."""
        return Risk.CONVERTS if self.rows else Risk.SAFE

    def describe(self) -> Described:
        """The two names and every row that is rewritten."""
        return Described(
            verb="fold",
            subject="option",
            old=self.old,
            new=self.new,
            details=self.details,
            rows=self.rows,
            archived=0 if self.kept else len(self.rows),
        )
