"""What a run knows of the workspace while it changes it: ids by key, the archive, the batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reconciler.desired.state import State
from reconciler.execute.course import Course
from reconciler.execute.journal import Journal, Watched
from reconciler.execute.lease import Tenancy, Terms
from reconciler.execute.reporter import Reporter
from reconciler.execute.settle import Look, Write, write
from reconciler.memory.memory import Batch, Memory
from reconciler.model.finding import Finding
from reconciler.model.live import LiveDatabase, Value
from reconciler.notion.client import Client
from reconciler.notion.pace import Clock
from reconciler.planning.effects import LastLook


@dataclass(frozen=True)
class Place:
    """Where a database of the state is. ``live`` is what was last read or answered of it."""

    database_id: str
    data_source_id: str
    live: LiveDatabase | None = None


@dataclass(frozen=True)
class Conversion:
    """A change of a property's type: the ``look`` at the values before it, when that was, and what was ``found`` of
    them right after it, by row."""

    look: LastLook
    since: datetime
    found: Mapping[str, Value] = field(default_factory=dict)


class Refused(Exception):  # noqa: N818
    """A step could not be done as planned; carries the finding that says why."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.what)


@dataclass
class Ground:
    """The mutable state of one run.

    ``now`` is the time of day, ``clock`` what waits are measured and slept by (`AT_ONCE` where nobody is waited for);
    ``read_at`` is when the plan's reading began, ``made`` gives the database keys of the rows that the run made, by
    page id; ``retyped`` the new id of a property whose id changed with its type, by database key and old id;
    ``looked_at`` when a database's rows were last asked for edits, by key. ``terms`` are those of the lease,
    ``tenancy`` is the lease once it is asked for.
    """

    client: Client
    state: State
    memory: Memory
    reporter: Reporter
    now: Callable[[], datetime]
    read_at: datetime
    clock: Clock = field(default_factory=Clock)
    bot: str = ""
    """The id of the bot that writes."""
    places: dict[str, Place] = field(default_factory=dict)
    journal: Journal | None = None
    terms: Terms = field(default_factory=Terms)
    tenancy: Tenancy | None = None
    archive_source: str = ""
    own_archives: dict[str, str] = field(default_factory=dict)
    """Data source ids of the archives that databases have for themselves, by title."""
    batch: Batch | None = None
    resumes: bool = False
    course: Course | None = None
    """How far the run is, once it has begun."""
    made: dict[str, str] = field(default_factory=dict)
    again: dict[str, str] = field(default_factory=dict)
    """The rows that this run made again, by the id that each had before."""
    retyped: dict[tuple[str, str], str] = field(default_factory=dict)
    converted: dict[tuple[str, str], Conversion] = field(default_factory=dict)
    """Changes of type, by database key and the property's id before."""
    arrived: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    """What rows held when they were moved, by property id."""
    looked_at: dict[str, datetime] = field(default_factory=dict)
    entries: int = 0
    values: int = 0
    empty_files: bool = False
    """Whether hosted files are without their bytes, as on the twin on which a plan is rehearsed."""

    def progressed(self, addresses: Iterable[str] = ()) -> None:
        """Tells the reporter how far the run is."""
        if self.course is not None:
            self.course.tell(", ".join(addresses))

    async def may_write(self) -> None:
        """Called before each write. Raises `Stopped` where the lease does not allow it any more."""
        if self.tenancy is not None:
            await self.tenancy.keep(self.memory)

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any],
        look: Look,
        serves: Iterable[str] = (),
        form: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Sends a write, the one way in which a run writes: leased, journalled, settled.

        ``form`` is sent instead of ``body``, by which the journal then knows it. The outcome is clear when this returns
        (`settle.write`). Being cancelled waits for the answer under way first.
        """
        wanted = Write(method=method, path=path, body=dict(body), look=look, serves=tuple(serves), form=form)
        watch = Watched(wanted, self.journal, before=self.may_write)
        return await write(wanted, client=self.client, clock=self.clock, watch=watch, waiting=self.reporter.waiting)

    def property_id(self, key: str, planned: str) -> str:
        """The id that a property has by now: the planned one, unless a change of its type gave it another."""
        return self.retyped.get((key, planned), planned)

    def place(self, key: str, address: str) -> Place:
        """Where the database is; `Refused` when the step that was to make it did not."""
        found = self.places.get(key)
        if found is None:
            raise Refused(
                Finding(
                    code="needs",
                    address=address,
                    what=f"it needs the database {key!r}, which could not be made",
                    next="mend what is said of that database, then run again",
                )
            )
        return found
