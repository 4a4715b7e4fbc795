"""The frame of every run: the archive and the batch, archive entries, the memory, the lease."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from reconciler.memory.before import Before
from reconciler.memory.codec import requests as entry_requests
from reconciler.memory.entry import Entry
from reconciler.memory.hosted import copies
from reconciler.model.limits import ARRAY_ITEMS
from reconciler.model.live import LiveDatabase
from reconciler.notion.files import upload_requests
from reconciler.planning.steps.base import Phase


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
