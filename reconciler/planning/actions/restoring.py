"""Actions that take back what a batch did."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.finding import Location
from reconciler.planning.actions.base import Described, Risk, RowChange


@dataclass(frozen=True)
class Restore:
    """Something is made again what it was before a batch, or what the batch made goes.

    ``kind`` says what is done: restore-database, restore-field, restore-rows; remove-made for what the batch made.
    ``old`` and ``new`` are what it is called now and will be; ``archived`` counts values that go to the archive.
    """

    kind: str
    address: str
    database: str
    subject: str
    old: str | None = None
    new: str | None = None
    verb: str = "restore"
    details: tuple[str, ...] = ()
    rows: tuple[RowChange, ...] = ()
    archived: int = 0
    where: Location | None = None
    reason: str = "restore"
    source: str = ""
    """The plan says what it takes back, and each archive entry does."""
    risk: Risk = Risk.CONVERTS

    def describe(self) -> Described:
        """What comes back, or goes, and every value."""
        return Described(
            verb=self.verb,
            subject=self.subject,
            old=self.old,
            new=self.new,
            details=self.details,
            rows=self.rows,
            archived=self.archived,
        )
