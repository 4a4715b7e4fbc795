"""The databases and relations that a plan speaks of, before it and after: what diagrams are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ELSEWHERE = ""
"""The key that stands for databases outside of the state."""


class Fate(StrEnum):
    """What a plan does to a database or relation."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, order=True)
class Node:
    """A database: its titles before and after, None where it is not there."""

    key: str
    before: str | None
    after: str | None

    @property
    def fate(self) -> Fate:
        """What becomes of it."""
        return _fate(self.before, self.after)


@dataclass(frozen=True, order=True)
class Arrow:
    """A relation from one database to another, by keys; ``mirror`` is the name of the other side, "" for one-way."""

    source: str
    name: str
    target: str
    mirror: str = ""


@dataclass(frozen=True)
class Edge:
    """A relation before and after, None where it is not there."""

    before: Arrow | None
    after: Arrow | None

    @property
    def fate(self) -> Fate:
        """What becomes of it."""
        return _fate(self.before, self.after)

    @property
    def shown(self) -> Arrow:
        """The relation as it will be, else as it was."""
        arrow = self.after or self.before
        if arrow is None:
            raise ValueError("an edge is there before or after")
        return arrow


@dataclass(frozen=True)
class Picture:
    """Databases by key, relations by where they begin: the same order on every machine."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


def _fate(before: object, after: object) -> Fate:
    if before is None:
        return Fate.NEW
    if after is None:
        return Fate.GONE
    return Fate.SAME if before == after else Fate.CHANGED
