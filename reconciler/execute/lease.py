"""One run at a time, as far as Notion allows: a lease in the archive, read by every machine before it writes.

It is written, and after `WAIT` the archive is listed: the oldest lease whose time is not over wins. Who loses takes its
own away and changes nothing. What makes that safe without a lock in Notion: a lease counts only if it landed within
`LANDS` of the time that it names. So whoever lists at least `WAIT` after its own landed sees every older one.
All times are the server's. The lease is renewed while the run writes; nothing is written on one that may be over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from reconciler.memory.lease import TERM, Lease, Listing, listing
from reconciler.memory.memory import Memory
from reconciler.model.finding import Finding
from reconciler.notion.client import Client
from reconciler.notion.errors import NotionError
from reconciler.notion.listing import items
from reconciler.notion.pace import Clock

WAIT = 5.0
"""Seconds between writing a lease and reading who else has one."""
LANDS = timedelta(seconds=3)
"""Within this a lease must be in the archive, or it is written anew."""
FRESH = timedelta(seconds=120)
"""A lease that holds for longer is not renewed: once a minute is enough."""
SAFE = timedelta(seconds=90)
"""Nothing is written on a lease that holds for less: a write under way may take over a minute."""
_LOOKS = 6
"""How often the archive is listed until it shows what was just written."""
_ANY: Mapping[str, Any] = {"property": "data", "rich_text": {"is_not_empty": True}}
"""Everything in an archive that may be a lease, or memory."""


class Stopped(Exception):  # noqa: N818
    """The run must not write any more; carries the finding that says why. The batch stays open."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.what)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On what a run asks for the lease.

    ``holder`` says for people who asks. ``dead`` are runs of which it is known that they ended; ``alone`` says that
    nobody else can be at the workspace (a twin in this process), so that whatever lease is there was left behind.
    """

    holder: str = ""
    dead: frozenset[str] = frozenset()
    alone: bool = False


@dataclass(kw_only=True)
class Tenancy:
    """The lease of ``run``, which is unique, in the archive ``source``: from `take` to `release`."""

    run: str
    client: Client
    clock: Clock
    terms: Terms
    source: str
    lease: Lease | None = None
    page: str = ""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, memory: Memory) -> None:
        """Writes the lease, waits, and reads who else has one; 2 requests, or one more for each 100 entries.

        Raises `Stopped`, with nothing left behind: ``leased`` where another run was first, ``moved`` where another run
        has been here since ``memory`` was read.
        """
        await self._write()
        try:
            await self.clock.sleep(WAIT)
            said = await self._listed(memory.asked or _ANY)
            self._first(said)
            _unchanged(said, memory)
        except Stopped:
            await self.release()
            raise
        await self._tidy(said)

    async def keep(self, memory: Memory) -> None:
        """Called before every write: renews the lease when a minute has passed.

        Raises `Stopped` when less than `SAFE` is left of it and it cannot be renewed. One that is over already, as
        after a long wait, is taken anew, if nobody has been here meanwhile.
        """
        async with self.turn:
            if self.lease is None:
                return
            left = self.lease.until - self.client.time
            if left > FRESH:
                return
            if left <= timedelta(0):
                await self.release()
                await self.take(memory)
            elif not await self._renewed() and left < SAFE:
                raise Stopped(
                    Finding(
                        code="lease-lost",
                        what="the lease on the workspace could not be renewed in time, so nothing more is written",
                        why="another machine may begin to write when it is over",
                        next="run the same command again: it goes on from what is done",
                    )
                )

    async def release(self) -> None:
        """Takes the lease away; 1 request. Where that fails it ends by itself."""
        held, self.lease = self.lease, None
        if held is not None:
            await _trashed(self.client, self.page)

    async def _write(self) -> None:
        """Puts a lease into the archive that names the time at which it landed."""
        while self.lease is None:
            since = self.client.time
            lease = Lease(run=self.run, holder=self.terms.holder, since=since, until=since + TERM)
            parent = {"type": "data_source_id", "data_source_id": self.source}
            answer = await self.client.request(
                "POST", "pages", body={"parent": parent, "properties": lease.properties()}
            )
            if self.client.time - since <= LANDS:
                self.lease, self.page = lease, str(answer["id"])
            else:
                await _trashed(self.client, str(answer["id"]))

    async def _listed(self, filter_: Mapping[str, Any]) -> Listing:
        """What the archive says now of what a plan reads.

        Waits until it shows our own lease: before that it would not show another's either.
        """
        asked = {"filter": dict(filter_)}
        for look in range(_LOOKS):
            if look:
                await self.clock.sleep(WAIT)
            said = listing(await items(self.client, "POST", f"data_sources/{self.source}/query", body=asked))
            if self.page in said.leases:
                return said
        raise Stopped(
            Finding(
                code="incomplete-read",
                what="the archive does not show what was written to it",
                why="so it cannot be known whether another run is writing",
                next="run again",
            )
        )

    def _first(self, said: Listing) -> None:
        """Raises `Stopped` where an older lease than ours holds."""
        mine = said.leases[self.page]
        older = [lease for lease in self._held(said, self.client.time) if lease.age < mine.age]
        if older:
            raise Stopped(leased(min(older, key=lambda lease: lease.age)))

    def _held(self, said: Listing, now: datetime) -> Iterable[Lease]:
        """Leases of others who may be writing."""
        return (lease for page, lease in said.leases.items() if page != self.page and not self._over(lease, now))

    def _over(self, lease: Lease, now: datetime) -> bool:
        return self.terms.alone or lease.run in self.terms.dead or lease.until <= now

    async def _tidy(self, said: Listing) -> None:
        """Takes away what runs left behind that were killed."""
        for page, lease in said.leases.items():
            if page != self.page and self._over(lease, self.client.time):
                await _trashed(self.client, page)

    async def _renewed(self) -> bool:
        """Whether Notion took a later end; a lease that somebody put into the trash is not renewed."""
        if self.lease is None:
            return False
        longer = replace(self.lease, until=self.client.time + TERM)
        try:
            answer = await self.client.request("PATCH", f"pages/{self.page}", body={"properties": longer.properties()})
        except NotionError:
            return False
        if answer.get("in_trash") or self.client.time >= self.lease.until:
            return False
        self.lease = longer
        return True


async def _trashed(client: Client, page: str) -> None:
    """Puts a lease into the trash; one that stays nevertheless ends by itself."""
    try:
        await client.request("PATCH", f"pages/{page}", body={"in_trash": True})
    except NotionError:
        return


def leased(lease: Lease) -> Finding:
    """Somebody else is writing."""
    return Finding(
        code="leased",
        what=f"another run is changing this workspace: {lease.holder}, since {lease.since:%Y-%m-%d %H:%M:%S} UTC",
        why="two runs at once would work from plans that do not know of each other; nothing was changed",
        next=f"run again when it is done; if it was killed, its lease ends at {lease.until:%H:%M:%S} UTC",
    )


def _unchanged(said: Listing, memory: Memory) -> None:
    """Raises `Stopped` where the memory is not the one that the plan was made with."""
    before: Mapping[str, Any] = memory.stored
    if dict(said.memory) != dict(before):
        raise Stopped(
            Finding(
                code="moved",
                what="another run has changed what the archive remembers since the plan was made",
                why="apply does what the plan showed, no more and no less",
                next="plan again",
            )
        )
