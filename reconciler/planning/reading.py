"""Everything that was read for a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from reconciler.desired.state import State
from reconciler.memory.entry import Entry
from reconciler.memory.memory import Memory
from reconciler.model.finding import Finding
from reconciler.model.live import LiveDatabase, Rows, Workspace
from reconciler.planning.guards import files
from reconciler.planning.guards.share import Held
from reconciler.planning.match import Matched


class Sight(Enum):
    """How much of the archive was seen, besides the memory in it."""

    WHOLE = "its schema too"
    OUTSIDE = "the database, without its schema"
    KNOWN = "nothing: it was there before"


@dataclass(frozen=True)
class Reading:
    """Everything that was read for a plan.

    ``rows`` answers the questions by database key; ``indexes`` gives page ids by (database key, field) and normal text,
    for the texts that rules name (the field "" is the key); ``people`` gives ids by e-mail address and name; ``names``
    names rows and people by id; ``titles`` are titles of rows that were looked up; ``row_ids`` are all rows of a
    database, where they had to be known; ``left_over`` are entries of a batch that was cut off; ``findings`` what
    reading had to say.
    """

    workspace: Workspace
    state: State
    memory: Memory
    matched: Matched
    archive: LiveDatabase | None = None
    sight: Sight = Sight.WHOLE
    own_archives: Mapping[str, LiveDatabase] = field(default_factory=dict)
    """The archives that databases have for themselves, by title, those that are there."""
    rows: Mapping[str, Rows] = field(default_factory=dict)
    indexes: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    row_ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    left_over: tuple[Entry, ...] = ()
    content: Mapping[str, Mapping[str, list[dict[str, object]]]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    held: Mapping[str, Held] = field(default_factory=dict)
    """How much a database holds in all, by key, where that had to be known."""
    sizes: files.Sizes = field(default_factory=dict)
    """How large the hosted files are that the archive is to take."""
