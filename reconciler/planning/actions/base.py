"""What every action has in common, and what a renderer is given of it.

An action is one thing that can be done, told for people: one frozen class a kind, in the modules beside this one.
Actions hold no ids, no clock and nothing whose order depends on a dict: a plan is the same bytes everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from reconciler.model.finding import Location


class Risk(StrEnum):
    """What an action does to values: nothing, turns them into others, or takes them away after archiving them."""

    SAFE = "safe"
    CONVERTS = "converts"
    ARCHIVES = "archives"


@dataclass(frozen=True, order=True)
class RowChange:
    """One value of one row: ``row`` is the row's name (key, else title), ``old`` and ``new`` as people read them."""

    row: str
    field: str
    old: str
    new: str
    fate: str = ""
    """What becomes of the old value: "archived", "kept", "converted"; "" goes without saying."""


@dataclass(frozen=True)
class Described:
    """An action as a renderer shows it.

    ``verb`` is one of create, rename, change, fold, set, drop, mark, move; ``subject`` what it is done to ("database",
    "field", "option", "rows" …); ``old`` and ``new`` are one-line texts; ``details`` further lines, in order; ``rows``
    every value that changes, sorted; ``archived`` how many values go to the archive, ``lost_to_restore`` how many of
    those can only be read there (computed values).
    """

    verb: str
    subject: str
    old: str | None = None
    new: str | None = None
    details: tuple[str, ...] = ()
    rows: tuple[RowChange, ...] = ()
    archived: int = 0
    lost_to_restore: int = 0


class Action(Protocol):
    """One thing that can be done. ``database`` is the key of the database it is done in; ``reason`` a stable code."""

    @property
    def kind(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def database(self) -> str: ...
    @property
    def where(self) -> Location | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def source(self) -> str:
        """Who or what says so, from the state file ("" where nothing is declared)."""
        ...

    @property
    def risk(self) -> Risk: ...

    def describe(self) -> Described:
        """The action as renderers show it."""
        ...


def action_key(action: Action) -> tuple[str, str, str]:
    """The order of actions in a plan: by database, address, kind."""
    return (action.database, action.address, action.kind)
