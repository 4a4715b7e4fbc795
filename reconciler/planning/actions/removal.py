"""Actions that take something away, always after its values are in the archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reconciler.model.finding import Location
from reconciler.planning.actions.base import Described, Risk, RowChange


@dataclass(frozen=True)
class Remove:
    """A database, field or option goes, by a named drop or because ``undeclared = "archive"``.

    ``subject`` is "database", "field" or "option"; ``name`` what it is called; ``computed`` how many of the values can
    only be read in the archive, never restored.
    """

    kind: ClassVar[str] = "remove"
    risk: ClassVar[Risk] = Risk.ARCHIVES
    address: str
    database: str
    subject: str
    name: str
    rows: tuple[RowChange, ...] = ()
    computed: int = 0
    details: tuple[str, ...] = ()
    where: Location | None = None
    reason: str = "drop"
    source: str = ""

    def describe(self) -> Described:
        """What goes, and every value that goes with it."""
        return Described(
            verb="drop",
            subject=self.subject,
            old=self.name,
            details=self.details,
            rows=self.rows,
            archived=len(self.rows),
            lost_to_restore=self.computed,
        )
