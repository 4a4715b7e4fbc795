"""Rows: checked, written, moved, made, taken away, and lines on their pages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.memory.hosted import KeptFile
from reconciler.model.live import Value
from reconciler.notion.files import upload_requests
from reconciler.planning.effects import (
    Against,
    MoveRow,
    NewRow,
    RowWrite,
    SurvivorLine,
)
from reconciler.planning.steps.base import Phase

CHECK_SECONDS = 10.0
"""How long rows are written before it is asked again whether somebody edits them (design section 2)."""


def written_in(rate: tuple[int, float]) -> int:
    """How many rows are written in `CHECK_SECONDS` at a rate of (requests, seconds), at least one."""
    allowed, seconds = rate
    return max(1, int(allowed * CHECK_SECONDS / seconds))


def file_requests(kept: Iterable[KeptFile]) -> int:
    """How many requests it takes to put copies back: the block that shows one is read for its address, then upload."""
    return sum(1 + upload_requests(file.size) for file in kept)


@dataclass(frozen=True)
class WriteRow:
    """PATCH pages: every value of one row that any action writes, at once.

    ``checked``: the row is read just before, and what it holds is compared with what the plan was made from.
    """

    phase: ClassVar[Phase] = Phase.DATA
    addresses: tuple[str, ...]
    database: str
    row: str
    writes: tuple[RowWrite, ...]
    round: int = 1
    checked: bool = False

    @property
    def requests(self) -> int:
        """One, one more to look at the row before, and what it takes to put files back."""
        return (2 if self.checked else 1) + sum(file_requests(write.kept) for write in self.writes)

    @property
    def compared(self) -> bool:
        """Whether a value that it writes over was read, so that an edit of it since can be told."""
        return any(write.against is not Against.UNCOMPARED for write in self.writes)


@dataclass(frozen=True)
class CheckRows:
    """POST data_sources/query: were rows that are about to be written edited since they were read?

    Asked before the first of ``rows`` that are compared is written, and before each ``every`` further ones.
    """

    phase: ClassVar[Phase] = Phase.DATA
    addresses: tuple[str, ...]
    database: str
    rows: int
    every: int
    round: int = 1

    @property
    def requests(self) -> int:
        """One for each part of the rows."""
        return math.ceil(self.rows / self.every)


@dataclass(frozen=True)
class CheckMoved:
    """POST data_sources/query: were rows that are about to move edited since they were read?

    ``known`` are the values that were read and are archived, by row and property; whatever else a row holds is new.
    """

    phase: ClassVar[Phase] = Phase.DATA
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    database: str
    source: str
    rows: frozenset[str]
    known: Mapping[tuple[str, str], Value]


@dataclass(frozen=True)
class Move:
    """POST pages/{id}/move: a row joins another database."""

    phase: ClassVar[Phase] = Phase.DATA
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    move: MoveRow

    @property
    def database(self) -> str:
        """The key of the database that the row joins."""
        return self.move.database


@dataclass(frozen=True)
class CreateRow:
    """POST pages: a row comes into being; in the second round where it holds an option that gets its name there."""

    phase: ClassVar[Phase] = Phase.DATA
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    new: NewRow
    round: int = 1

    @property
    def database(self) -> str:
        """The key of the database that the row is made in."""
        return self.new.database


@dataclass(frozen=True)
class AppendLine:
    """PATCH blocks/{id}/children: a page tells in which row its values live on."""

    phase: ClassVar[Phase] = Phase.DATA
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 2
    addresses: tuple[str, ...]
    line: SurvivorLine

    @property
    def database(self) -> str:
        """The key of the database that the page is in."""
        return self.line.database


@dataclass(frozen=True)
class TrashPage:
    """PATCH pages: a row goes to Notion's trash."""

    phase: ClassVar[Phase] = Phase.CONTRACT
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    database: str
    row: str


@dataclass(frozen=True)
class TakeLine:
    """GET blocks/{id}/children, PATCH blocks/{id}: the line that a merge added to a page goes."""

    phase: ClassVar[Phase] = Phase.DATA
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 2
    addresses: tuple[str, ...]
    database: str
    row: str
    survivor: str
