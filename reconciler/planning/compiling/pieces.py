"""What steps are compiled from: effects with the addresses of their actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from reconciler.desired.state import State
from reconciler.memory.entry import Entry
from reconciler.memory.memory import Memory
from reconciler.model.live import LiveDatabase
from reconciler.planning.effects import (
    Effect,
    Task,
)
from reconciler.planning.guards.files import Sizes
from reconciler.planning.match import Matched

_Effect = TypeVar("_Effect", bound=Effect, covariant=True)


@dataclass(frozen=True)
class Compiled:
    """What the steps are compiled from; ``settling`` are the digests of once-rules that this run settles."""

    tasks: tuple[Task, ...]
    matched: Matched
    memory: Memory
    state: State
    archive: LiveDatabase | None
    settling: Mapping[str, str]
    records: tuple[Entry, ...]
    parent: str
    sizes: Sizes = field(default_factory=dict)
    own_archives: Mapping[str, LiveDatabase] = field(default_factory=dict)
    stayed: frozenset[str] = frozenset()
    """Rows that merges of a run which was cut off may have left where they were."""
    forgets: tuple[str, ...] = ()
    """Keys that the memory lets go because their database goes to the trash."""
    restores: bool = False
    """Whether what is taken back is what was before a batch, so that nothing of the state itself is on its way."""


@dataclass(frozen=True)
class Piece(Generic[_Effect]):
    """An effect with the address of its action."""

    address: str
    effect: _Effect


def only(pieces: Iterable[Piece[Effect]], kind: type[_Effect]) -> list[Piece[_Effect]]:
    """Those of one kind, in their order."""
    return [Piece(p.address, p.effect) for p in pieces if isinstance(p.effect, kind)]
