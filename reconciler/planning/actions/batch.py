"""The action that ends what an earlier run began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reconciler.model.finding import Location
from reconciler.planning.actions.base import Described, Risk


@dataclass(frozen=True)
class FinishBatch:
    """A run was cut off before it could write down what it did: this one does, and closes its batch."""

    kind: ClassVar[str] = "finish-batch"
    risk: ClassVar[Risk] = Risk.SAFE
    address: ClassVar[str] = "batch"
    database: ClassVar[str] = ""
    where: ClassVar[Location | None] = None
    reason: ClassVar[str] = "cut-off"
    source: ClassVar[str] = ""

    def describe(self) -> Described:
        """That a batch is still open."""
        return Described(
            verb="finish",
            subject="batch",
            details=("an earlier run was cut off; what it did is read, finished where it is not, and remembered",),
        )
