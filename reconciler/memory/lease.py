"""The lease: an entry of the archive by which a run tells other machines that it is writing.

It is advisory: Notion locks nothing. One page a run, of kind ``lease``; it is taken away when the run ends, and nobody
heeds it once its time is over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.memory.records import Record
from reconciler.memory.schema import LEASE
from reconciler.memory.text import digest, plain

TERM = timedelta(seconds=180)
"""How long a lease holds unless it is renewed."""


@dataclass(frozen=True)
class Lease:
    """Who writes. ``run`` is unique, ``holder`` is for people; times are those of the server's clock."""

    run: str
    holder: str
    since: datetime
    until: datetime

    @property
    def name(self) -> str:
        """The entry's title."""
        return f"{LEASE} {self.run}"

    @property
    def age(self) -> tuple[datetime, str]:
        """What decides between two: the smaller one is the older lease."""
        return self.since, self.run

    def properties(self) -> dict[str, Any]:
        """The ``properties`` of its page."""
        words = {"run": self.run, "holder": self.holder, "since": _said(self.since), "until": _said(self.until)}
        columns = {"timestamp": _said(self.until), "source": self.holder}
        return Record(self.name, LEASE, words).properties(**columns)


@dataclass(frozen=True)
class Listing:
    """What the archive says just before a run writes: leases by page id, digests of the memory's entries by page id."""

    leases: Mapping[str, Lease]
    memory: Mapping[str, str]


def listing(pages: Iterable[Mapping[str, Any]]) -> Listing:
    """Tells leases from the rest in pages as Notion answers them; a lease that cannot be read is nobody's."""
    leases: dict[str, Lease] = {}
    memory: dict[str, str] = {}
    for page in pages:
        columns = page["properties"]
        text, sha = (plain((columns.get(name) or {}).get("rich_text") or ()) for name in ("data", "digest"))
        data = _data(text)
        if data.get("kind") != LEASE:
            memory[str(page["id"])] = sha
        elif sha == digest(text) and (found := _lease(data)) is not None:
            leases[str(page["id"])] = found
    return Listing(leases=leases, memory=memory)


def _data(text: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _lease(data: Mapping[str, Any]) -> Lease | None:
    try:
        since, until = (datetime.fromisoformat(str(data[word])) for word in ("since", "until"))
        found = Lease(run=str(data["run"]), holder=str(data["holder"]), since=since, until=until)
    except (KeyError, ValueError):
        return None
    return found if since.tzinfo and until.tzinfo else None


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
