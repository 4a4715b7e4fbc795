"""The action that joins two databases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reconciler.model.finding import Location
from reconciler.planning.actions.base import Described, Risk, RowChange
from reconciler.planning.words import few


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
        counts = [
            few(self.moved, "row moves", "rows move"),
            few(
                self.matched, "row of equal key stays and fills its twin", "rows of equal key stay and fill their twins"
            ),
        ]
        if self.resumed:
            were = few(self.resumed, "row was", "rows were")
            counts.append(f"{were} moved by a run that was cut off; the values are written now")
        return Described(
            verb="merge",
            subject="database",
            old=self.source_title,
            new=self.into,
            details=(", ".join(counts), *self.details),
            rows=self.rows,
            archived=self.archived,
        )
