"""A drift: each thing that is not as it was last applied, with who changed it, and what cannot be known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reconciler.model.finding import Location

FORMAT_VERSION = 1
"""Of the JSON document."""


class Side(StrEnum):
    """Who changed a thing since it was last applied."""

    PEOPLE = "people"
    BOTH = "both"
    UNKNOWN = "unknown"
    """It differs, and what was last applied is not known."""
    FILES = "files"
    SETTLED = "settled"
    """People changed what a rule wrote that never acts again: nothing is to be done."""


_DRIFTS = frozenset({Side.PEOPLE, Side.BOTH, Side.UNKNOWN})


@dataclass(frozen=True, kw_only=True)
class Drifted:
    """One thing that differs; texts are for people, and None where that side is not known or says nothing.

    ``word`` is what of the address differs ("name", "type", "option" …), or the field where ``row`` names a row.
    ``edited_by`` and ``edited_at`` are the last edit of the row, else of the whole schema, as far as Notion says it.
    ``next`` is "" where there is nothing to do but an apply, or nothing at all.
    """

    address: str
    side: Side
    word: str
    was: str | None
    now: str
    declared: str | None
    next: str
    row: str = ""
    edited_by: str = ""
    edited_at: str = ""
    where: Location | None = None


@dataclass(frozen=True)
class DriftReport:
    """``batch`` and ``applied`` are the id and end of the last apply, "" where there was none; ``unknown`` are
    sentences on what cannot be known."""

    workspace: str
    items: tuple[Drifted, ...]
    batch: str = ""
    applied: str = ""
    unknown: tuple[str, ...] = ()
    requests: int = 0
    environment: str = ""

    def of(self, side: Side) -> tuple[Drifted, ...]:
        """What that side changed, in the order of the report."""
        return tuple(item for item in self.items if item.side is side)

    @property
    def drifted(self) -> bool:
        """Whether anything is not as it was applied, or may not be; what the files alone changed does not count."""
        return any(item.side in _DRIFTS for item in self.items)


def ordered(items: Sequence[Drifted]) -> tuple[Drifted, ...]:
    """Without doubles, by side, then by address, row and word."""
    sides = list(Side)
    return tuple(sorted(dict.fromkeys(items), key=lambda i: (sides.index(i.side), i.address, i.row, i.word)))


def document(report: DriftReport) -> dict[str, Any]:
    """The report as JSON data."""
    return {
        "format_version": FORMAT_VERSION,
        "workspace": report.workspace,
        "environment": report.environment,
        "batch": report.batch,
        "applied": report.applied,
        "drifted": report.drifted,
        "summary": {side.value: len(report.of(side)) for side in Side},
        "items": [_words(item) for item in report.items],
        "unknown": list(report.unknown),
        "requests": report.requests,
    }


def _words(item: Drifted) -> dict[str, Any]:
    return {
        "address": item.address,
        "changed_by": item.side.value,
        "word": item.word,
        "row": item.row,
        "was": item.was,
        "is": item.now,
        "declared": item.declared,
        "last_edited_by": item.edited_by,
        "last_edited_time": item.edited_at,
        "where": str(item.where) if item.where else "",
        "next": item.next,
    }
