"""What an action does, in machine form: the pieces from which steps are compiled.

Effects name databases by key; ids are those that were read. What does not exist yet is named: a relation's target by
``{"to": key}`` in its configuration, a new field by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from reconciler.memory.entry import Entry
from reconciler.memory.hosted import KeptFile
from reconciler.model.live import Value
from reconciler.planning.actions.base import Action


@dataclass(frozen=True)
class PropertyChange:
    """One property's entry of a schema PATCH.

    ``property_id`` is None for a new one. ``name`` is the name afterwards (None: unchanged), ``type`` and ``config``
    the canonical configuration to write (None: unchanged), ``remove`` takes it away. ``late`` marks what needs other
    changes first, and goes before others (formulas and rollups); ``closing`` belongs to the CONTRACT phase,
    ``retypes`` to the CONVERT phase.
    """

    database: str
    field: str
    property_id: str | None = None
    name: str | None = None
    type: str | None = None
    config: Mapping[str, Any] | None = None
    description: str | None = None
    remove: bool = False
    late: bool = False
    closing: bool = False
    retypes: bool = False
    round: int = 1


@dataclass(frozen=True)
class OptionsWritten:
    """The whole list of options of one property, as Notion wants it.

    ``options`` are in order, with ``id`` where they are live. With ``without`` the write belongs to CONTRACT and leaves
    that option out; writes of one property and round are joined, leaving out all of their ``without``.
    """

    database: str
    field: str
    property_id: str
    type: str
    options: tuple[Mapping[str, Any], ...]
    without: str | None = None
    round: int = 1


@dataclass(frozen=True)
class NameMirror:
    """A two-way relation just made by ``owner`` (database, field) gets its mirror's declared name and description."""

    owner: tuple[str, str]
    database: str
    name: str
    description: str | None = None
    retypes: bool = False


@dataclass(frozen=True)
class NewDatabase:
    """A database is made, with the fields that depend on nothing else."""

    key: str
    title: str
    description: str | None
    icon: str | None
    properties: tuple[PropertyChange, ...]


@dataclass(frozen=True)
class DatabaseWords:
    """A database's own words: None leaves one as it is; ``description`` and ``locked`` need a request of their own."""

    database: str
    title: str | None = None
    icon: str | None = None
    description: str | None = None
    locked: bool | None = None


class Against(Enum):
    """What a value is compared with just before another is written in its place."""

    READ = "what was read for the plan"
    CONVERTED = "what Notion made of that when its type was changed"
    ARRIVED = "what it held when this plan moved the row there"
    UNCOMPARED = "nothing: what is there is this plan's own doing"


@dataclass(frozen=True)
class RowWrite:
    """One value of one row. ``property`` is the property's id, or its name while it has none. ``old`` was read.

    ``against`` says what the row must still hold when it is looked at once more before the write. ``kept`` are the
    archive's copies of the files in ``new`` that Notion hosted, in their order: they are uploaded anew.
    """

    database: str
    row: str
    property: str
    type: str
    old: Value
    new: Value
    against: Against = Against.READ
    kept: tuple[KeptFile, ...] = ()


@dataclass(frozen=True)
class WayStation:
    """An option whose name changes in case alone: rows hold ``station`` until the old spelling is gone, then ``name``.

    Whatever writes ``name`` into the property is written in two rounds.
    """

    property_id: str
    name: str
    station: str


@dataclass(frozen=True)
class LastLook:
    """Before something goes: the rows that still hold what is about to be lost, asked for once more; must be none.

    ``known`` are the values already archived, by row id: a row that holds just that is no news. With ``retypes`` the
    look goes before a change of type, and rows must hold exactly that: one that was emptied is news as well.
    """

    database: str
    property_id: str
    type: str
    filter: Mapping[str, Any] | None
    known: Mapping[str, Value] = field(default_factory=dict)
    gone: str | None = None
    """For an option: its name, which no row may hold any more. None for a field: rows may hold what is archived."""
    moved: frozenset[str] = frozenset()
    """Rows that this plan moves in: what they hold there came by the move, their own values are archived."""
    round: int = 1
    retypes: bool = False


@dataclass(frozen=True)
class SweepOptions:
    """Options beside ``stay`` that Notion itself made (by a move, by a change of type) go, if no row holds them."""

    database: str
    property_id: str
    type: str
    stay: tuple[str, ...]


@dataclass(frozen=True)
class TrashDatabase:
    """The database goes to Notion's trash."""

    database: str


@dataclass(frozen=True)
class UntrashDatabase:
    """The database comes back from Notion's trash, with its rows."""

    database: str


@dataclass(frozen=True)
class TrashRow:
    """A row goes to Notion's trash; its values are in the archive."""

    database: str
    row: str


@dataclass(frozen=True)
class UntrashRow:
    """A row comes back from Notion's trash."""

    database: str
    row: str


@dataclass(frozen=True)
class RemoveLine:
    """The line that a merge added to a page is taken away."""

    database: str
    row: str
    survivor: str


@dataclass(frozen=True)
class MoveRow:
    """A row, which is a page, joins another database: its content, comments and id stay."""

    source: str
    database: str
    row: str


@dataclass(frozen=True)
class NewRow:
    """A row comes into being. ``values`` are (property id or name, type, value).

    ``was`` is the id of the row that it is made again for, "" for a new one: what is written to that one, and links
    that lead there, go to the new row.
    """

    database: str
    values: tuple[tuple[str, str, Value], ...]
    was: str = ""


@dataclass(frozen=True)
class SurvivorLine:
    """A line at the end of a page that says, with a link, in which row its values live on."""

    database: str
    row: str
    survivor: str


@dataclass(frozen=True)
class MarkDatabase:
    """A database is marked as archived: its title and description say so, and it is locked."""

    database: str
    title: str
    note: str


Effect = (
    PropertyChange
    | OptionsWritten
    | NameMirror
    | NewDatabase
    | DatabaseWords
    | RowWrite
    | WayStation
    | LastLook
    | SweepOptions
    | TrashDatabase
    | UntrashDatabase
    | TrashRow
    | UntrashRow
    | RemoveLine
    | MoveRow
    | NewRow
    | SurvivorLine
    | MarkDatabase
    | Entry
)


@dataclass(frozen=True)
class Task:
    """An action with what it does; ``needs`` are addresses of actions without which it cannot be done.

    ``settles`` is the digest of the once-rule that is settled when this is done ("" for what is no rule).
    """

    action: Action
    effects: tuple[Effect, ...]
    needs: tuple[str, ...] = ()
    settles: str = ""
