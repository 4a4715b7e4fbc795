"""The action that joins two databases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reconciler.model.finding import Location
from reconciler.planning.actions.base import Described, Risk, RowChange


@dataclass(frozen=True)
class MergeRows:
    """The rows of one database join another: ``moved`` as pages, ``matched`` into rows of equal key.

    ``resumed`` counts rows that an earlier run, which was cut off, moved already.
    """

    kind: ClassVar[str] = "merge-rows"
    risk: ClassVar[Risk] = Risk.ARCHIVES
    address: str
    database: str
    source_title: str
    into: str
    moved: int
    resumed: int
    matched: int
    rows: tuple[RowChange, ...]
    archived: int
    details: tuple[str, ...] = ()
    where: Location | None = None
    reason: str = "merge"
    source: str = ""

    def describe(self) -> Described:
        """Both databases, how many rows move and how many are matched, and every value that changes."""
        counts = [f"{self.moved} rows move", f"{self.matched} rows of equal key stay and fill their twin"]
        if self.resumed:
            counts.append(f"{self.resumed} rows were moved by a run that was cut off; their values are written now")
        return Described(
            verb="merge",
            subject="database",
            old=self.source_title,
            new=self.into,
            details=(", ".join(counts), *self.details),
            rows=self.rows,
            archived=self.archived,
        )
