"""Actions on the values of rows."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.finding import Location
from reconciler.planning.actions.base import Described, Risk, RowChange


@dataclass(frozen=True)
class ChangeRows:
    """Values of rows of one database are written, the old ones archived.

    ``kind`` says by which word of the language: correct-rows, tidy-rows, link-rows, absorb-field, retype-field,
    create-row, set-row; ``verb`` and ``subject`` are what renderers show. ``kept`` counts values that need no archive,
    because nothing was there.
    """

    kind: str
    address: str
    database: str
    rows: tuple[RowChange, ...]
    verb: str = "set"
    subject: str = "rows"
    old: str | None = None
    new: str | None = None
    details: tuple[str, ...] = ()
    archived: int = 0
    where: Location | None = None
    reason: str = ""
    source: str = ""
    risk: Risk = Risk.CONVERTS

    def describe(self) -> Described:
        """Every value, old and new."""
        return Described(
            verb=self.verb,
            subject=self.subject,
            old=self.old,
            new=self.new,
            details=self.details,
            rows=self.rows,
            archived=self.archived,
        )
