"""The steps: one frozen class for each thing that execution can be told to do.

Steps name databases by key; what did not exist when the plan was made is found by key and name while it is carried out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from reconciler.memory.before import Before
from reconciler.memory.codec import requests as entry_requests
from reconciler.memory.entry import Entry
from reconciler.memory.hosted import KeptFile, copies
from reconciler.model.limits import ARRAY_ITEMS, PAGE_SIZE, RELATION_REFERENCES
from reconciler.model.live import LiveDatabase, Value
from reconciler.notion.files import upload_requests
from reconciler.planning.effects import (
    Against,
    LastLook,
    MarkDatabase,
    MoveRow,
    NameMirror,
    NewDatabase,
    NewRow,
    OptionsWritten,
    PropertyChange,
    RowWrite,
    SurvivorLine,
    SweepOptions,
)
from reconciler.planning.steps.base import Phase

CHECK_SECONDS = 10.0
"""How long rows are written before it is asked again whether somebody edits them (design section 2)."""
_UNTOUCHED = frozenset({"relation", "formula", "rollup"})
"""Types whose values change without an edit of their row: by the other side of a relation, by what they compute."""


@dataclass(frozen=True)
class OpenBatch:
    """The archive is made (``archive`` None) or completed; then the lease is taken, and the batch written."""

    phase: ClassVar[Phase] = Phase.OPEN
    round: ClassVar[int] = 1
    database: ClassVar[str] = ""
    addresses: ClassVar[tuple[str, ...]] = ()
    archive: LiveDatabase | None
    title: str
    parent: str
    requests: int
    """One to make the archive and one to see whether another run made one too, or one for each thing that an older one
    lacks; one to write the lease and one for each 100 entries of the memory, which are read with it; one for the batch,
    or what is added to an open one; more where what was there before does not fit."""
    before: Before = field(default_factory=Before)
    """What the plan is about to change, kept with the batch."""


@dataclass(frozen=True)
class OpenArchive:
    """An archive that a database has for itself is made (``archive`` None), or completed."""

    phase: ClassVar[Phase] = Phase.OPEN
    round: ClassVar[int] = 1
    database: ClassVar[str] = ""
    addresses: ClassVar[tuple[str, ...]] = ()
    archive: LiveDatabase | None
    title: str
    parent: str
    requests: int


@dataclass(frozen=True)
class CreateDatabase:
    """POST databases, with the fields that depend on nothing else."""

    phase: ClassVar[Phase] = Phase.CREATE
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    new: NewDatabase
    parent: str

    @property
    def database(self) -> str:
        """The key of the new database."""
        return self.new.key


@dataclass(frozen=True)
class PatchDatabase:
    """PATCH databases: the description and the lock, which a data source cannot be given."""

    phase: ClassVar[Phase] = Phase.EXPAND
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    database: str
    description: str | None = None
    locked: bool | None = None


@dataclass(frozen=True)
class PatchSchema:
    """PATCH data_sources: title and icon, properties, whole lists of options, in one request.

    Where it writes a list of options, the schema is read just before: an option added since would be lost.
    """

    addresses: tuple[str, ...]
    database: str
    phase: Phase
    changes: tuple[PropertyChange, ...] = ()
    options: tuple[OptionsWritten, ...] = ()
    without: Mapping[str, frozenset[str]] = field(default_factory=dict)
    title: str | None = None
    icon: str | None = None
    round: int = 1

    @property
    def requests(self) -> int:
        """One, and one more to read the schema before a list of options is written."""
        return 2 if self.options else 1


@dataclass(frozen=True)
class PatchMirror:
    """PATCH data_sources: the mirror that Notion just made gets its declared name."""

    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    mirror: NameMirror

    @property
    def phase(self) -> Phase:
        """CONVERT where the relation is made of a field of another type, else EXPAND."""
        return Phase.CONVERT if self.mirror.retypes else Phase.EXPAND

    @property
    def database(self) -> str:
        """The key of the database that the mirror is in."""
        return self.mirror.database


@dataclass(frozen=True)
class WriteEntry:
    """An archive entry is written, read back and compared."""

    phase: ClassVar[Phase] = Phase.ARCHIVE
    round: ClassVar[int] = 1
    addresses: tuple[str, ...]
    entry: Entry

    @property
    def database(self) -> str:
        """The key of the database whose values are kept."""
        return self.entry.database

    @property
    def requests(self) -> int:
        """What writing and reading back takes, and copying the files that Notion hosts."""
        files = copies(self.entry)
        looks = {copy.place.row for copy in files if not copy.place.block}
        looks |= {copy.place.block for copy in files if copy.place.block}
        attaches = math.ceil(len(files) / ARRAY_ITEMS)
        uploads = sum(upload_requests(copy.size) for copy in files)
        return entry_requests(self.entry, more_blocks=len(files)) + len(looks) + attaches + uploads


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


def written_in(rate: tuple[int, float]) -> int:
    """How many rows are written in `CHECK_SECONDS` at a rate of (requests, seconds), at least one."""
    allowed, seconds = rate
    return max(1, int(allowed * CHECK_SECONDS / seconds))


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
class Mark:
    """PATCH data_sources and databases: the database is titled, described and locked as archived."""

    phase: ClassVar[Phase] = Phase.CONTRACT
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 2
    addresses: tuple[str, ...]
    mark: MarkDatabase

    @property
    def database(self) -> str:
        """The key of the database that is marked."""
        return self.mark.database


@dataclass(frozen=True)
class Look:
    """The last look before something goes: asks for the rows that still hold it."""

    addresses: tuple[str, ...]
    look: LastLook
    edits: frozenset[str] = frozenset()
    """Rows that the plan writes before."""

    @property
    def phase(self) -> Phase:
        """CONVERT before a change of type, else CONTRACT."""
        return Phase.CONVERT if self.look.retypes else Phase.CONTRACT

    @property
    def database(self) -> str:
        """The key of the database that is asked."""
        return self.look.database

    @property
    def round(self) -> int:
        """The round of the removal that it goes before."""
        return self.look.round

    @property
    def narrowed(self) -> bool:
        """Whether only rows edited since the reading are asked for: where more hold it than one page shows."""
        return self.look.gone is None and self.look.type not in _UNTOUCHED and len(self.look.known) > PAGE_SIZE

    @property
    def requests(self) -> int:
        """One for each page of rows that hold what is archived, at least one, and those that read cut values whole.

        Of rows edited since the reading alone, those that this plan itself edits are expected.
        """
        known = {row: value for row, value in self.look.known.items() if not self.narrowed or row in self.edits}
        lists = [value for value in known.values() if isinstance(value, list)]
        cut = [value for value in lists if self.look.type == "relation" and len(value) > RELATION_REFERENCES]
        cut += [value for value in lists if self.look.type == "people" and len(value) >= RELATION_REFERENCES]
        in_full = sum(math.ceil(len(value) / PAGE_SIZE) for value in cut)
        return max(1, math.ceil(len(known) / PAGE_SIZE)) + in_full


@dataclass(frozen=True)
class ReadConverted:
    """POST data_sources/query: what Notion made of values when their type was changed, so that later edits can be told.

    ``looks`` are the looks that went before: the values of then, by property.
    """

    phase: ClassVar[Phase] = Phase.CONVERT
    round: ClassVar[int] = 1
    addresses: tuple[str, ...]
    database: str
    looks: tuple[LastLook, ...]

    @property
    def _pages(self) -> int:
        return math.ceil(len({row for look in self.looks for row in look.known}) / PAGE_SIZE)

    @property
    def requests(self) -> int:
        """One, whatever Notion makes of the values."""
        return min(1, self._pages)

    @property
    def perhaps(self) -> int:
        """One more for each further page of rows, as many as convert."""
        return max(0, self._pages - 1)


@dataclass(frozen=True)
class Sweep:
    """GET data_sources; where Notion made options on the way, one query for who holds them, GET and PATCH more."""

    phase: ClassVar[Phase] = Phase.CONTRACT
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    perhaps: ClassVar[int] = 3
    """Requests that only what Notion does on the way can decide."""
    addresses: tuple[str, ...]
    sweep: SweepOptions

    @property
    def database(self) -> str:
        """The key of the database that the property is in."""
        return self.sweep.database


@dataclass(frozen=True)
class Trash:
    """PATCH databases: the database goes to Notion's trash."""

    phase: ClassVar[Phase] = Phase.CONTRACT
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    database: str


@dataclass(frozen=True)
class Untrash:
    """PATCH databases or pages: a database, or a row, comes back from Notion's trash."""

    phase: ClassVar[Phase] = Phase.CREATE
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: tuple[str, ...]
    database: str
    row: str | None = None


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


@dataclass(frozen=True)
class ReadBack:
    """GET data_sources: what a changed database is now, for the memory."""

    phase: ClassVar[Phase] = Phase.SETTLE
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    addresses: ClassVar[tuple[str, ...]] = ()
    database: str


@dataclass(frozen=True)
class SaveMemory:
    """The memory's entries that change: bindings by database key, forgotten ones, settled rules; then the batch closes.

    ``settles`` are digests by rule address; ``unbound`` are fields by database key that stay unbound, being blocked.
    """

    phase: ClassVar[Phase] = Phase.SETTLE
    round: ClassVar[int] = 1
    database: ClassVar[str] = ""
    addresses: ClassVar[tuple[str, ...]] = ()
    binds: tuple[str, ...]
    forgets: tuple[str, ...]
    settles: Mapping[str, str]
    unbound: Mapping[str, frozenset[str]] = field(default_factory=dict)
    serves: Mapping[str, str] = field(default_factory=dict)
    """The address of its action, for each key of ``settles`` that is none."""
    stayed: tuple[str, ...] = ()
    """Rows that merges leave where they are: what comes to their databases later is told, they are not."""

    @property
    def requests(self) -> int:
        """One a binding, one for the settled rules, one for the batch."""
        return len(self.binds) + len(self.forgets) + (1 if self.settles else 0) + 1


@dataclass(frozen=True)
class Release:
    """PATCH pages: the lease is taken away; the last request of every run, however it ends."""

    phase: ClassVar[Phase] = Phase.SETTLE
    round: ClassVar[int] = 1
    requests: ClassVar[int] = 1
    database: ClassVar[str] = ""
    addresses: ClassVar[tuple[str, ...]] = ()
