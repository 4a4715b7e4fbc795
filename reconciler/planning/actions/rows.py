"""Actions on the values of rows that a rule names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reconciler.model.finding import Location
from reconciler.planning.actions.base import Described, Risk, RowChange


@dataclass(frozen=True)
class CorrectRows:
    """A correction in one database: every value that it sets, the old ones archived."""

    kind: ClassVar[str] = "correct-rows"
    risk: ClassVar[Risk] = Risk.CONVERTS
    address: str
    database: str
    rows: tuple[RowChange, ...]
    details: tuple[str, ...] = ()
    where: Location | None = None
    reason: str = "correction"
    source: str = ""

    def describe(self) -> Described:
        """Every value, old and new."""
        return Described(verb="set", subject="rows", details=self.details, rows=self.rows, archived=len(self.rows))
