"""Steps: a plan for machines. Each step is one or a few requests; cost, journal and execution work on steps."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol


class Phase(IntEnum):
    """The order in which steps run (docs/life-of-a-run.md). Nothing enters CONTRACT after a refused step."""

    OPEN = 0
    CREATE = 1
    EXPAND = 2
    ARCHIVE = 3
    CONVERT = 4
    DATA = 5
    CONTRACT = 6
    SETTLE = 7


class Step(Protocol):
    """One or a few requests. ``addresses`` name the actions it serves, ``requests`` how many it sends."""

    @property
    def phase(self) -> Phase: ...
    @property
    def database(self) -> str: ...
    @property
    def addresses(self) -> tuple[str, ...]: ...
    @property
    def requests(self) -> int: ...
    @property
    def round(self) -> int:
        """1, or 2 for what must happen after the first round's CONTRACT (a change of case alone)."""
        ...
