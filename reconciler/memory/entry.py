"""Archive entries: everything that one action takes away or overwrites in one database, in one batch."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.memory.text import shown
from reconciler.model import address as addresses
from reconciler.model.limits import TEXT_UNITS
from reconciler.model.live import Value

_HEX4 = re.compile(r"[0-9a-f]{4}")


@dataclass(frozen=True)
class ArchivedValue:
    """One value: ``row`` is the page's id, ``name`` what people call the row, ``old`` and ``new`` are canonical.

    ``new`` is what takes its place, None where nothing does. ``restorable`` is False for computed values, which can
    only be read.
    """

    row: str
    name: str
    property_id: str
    property: str
    type: str
    old: Value
    new: Value | None
    restorable: bool
    to: tuple[str, str, str] | None = None
    """(property id, name, type) that takes ``new``, where that is not the property itself in its own type."""


@dataclass(frozen=True)
class Entry:
    """One page of the archive.

    ``database`` is the key, ``database_title`` the live title; ``where`` is ``file:line`` of the state; ``batch`` and
    ``timestamp`` are "" until `stamped`. ``definition`` is the configuration of what goes or changes, with its ids, as
    JSON data. ``content`` holds pages' blocks, as JSON data, by row id.
    """

    address: str
    kind: str
    batch: str
    database: str
    database_title: str
    field: str
    reason: str
    source: str
    where: str
    timestamp: str
    definition: Mapping[str, Any]
    values: tuple[ArchivedValue, ...]
    content: Mapping[str, list[Any]]
    sensitive: bool = False
    """Whether what people see of the entry beside its data shows no value."""

    @property
    def record_id(self) -> str:
        """The entry's name: address, database where the address does not say it, batch; just what its title says."""
        place = self.address
        if self.database and not addresses.covers(addresses.of_database(self.database), self.address):
            place = f"{self.address} in {self.database}"
        ending = f" · {self.batch}"
        return shown(place, TEXT_UNITS - len(ending)) + ending

    @property
    def inbound(self) -> tuple[tuple[str, str], ...]:
        """Of a merge: the edges that pointed at rows of its source, (row that held it, row that it led to)."""
        found: Mapping[str, list[str]] = self.definition.get("inbound") or {}
        sides = (edge.partition(" -> ") for edges in found.values() for edge in edges)
        return tuple((row, page) for row, _, page in sides)


def batch_id(moment: dt.datetime, hex4: str) -> str:
    """The id of a batch begun at ``moment`` (any time zone, said in UTC): ``YYYYMMDD-HHMMSS-xxxx``.

    ``hex4`` keeps two runs of one second apart. Raises `ValueError` for a moment without time zone, or other text.
    """
    if not _HEX4.fullmatch(hex4):
        raise ValueError(f"not four hexadecimal digits: {hex4!r}")
    return f"{_utc(moment):%Y%m%d-%H%M%S}-{hex4}"


def began(batch: str) -> str:
    """When a batch of that id began, as `timestamp` says it; "" for what is no batch's id."""
    try:
        moment = dt.datetime.strptime(batch[:15], "%Y%m%d-%H%M%S")
    except ValueError:
        return ""
    return timestamp(moment.replace(tzinfo=dt.UTC))


def next_batch_id(moment: dt.datetime, hex4: str, taken: Iterable[str]) -> str:
    """A batch's id that sorts after those that are ``taken``: ids tell the order of batches, within a second too."""
    newest = max(taken, default="")
    while batch_id(moment, hex4) <= newest:
        moment += dt.timedelta(seconds=1)
    return batch_id(moment, hex4)


def timestamp(moment: dt.datetime) -> str:
    """``moment`` as the archive says it: ISO 8601 in UTC to the second, always 20 characters."""
    return f"{_utc(moment):%Y-%m-%dT%H:%M:%S}Z"


def stamped(entry: Entry, *, batch: str, moment: dt.datetime) -> Entry:
    """The entry as it is written: with its batch and time."""
    return dataclasses.replace(entry, batch=batch, timestamp=timestamp(moment))


def _utc(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone says no time")
    return moment.astimezone(dt.UTC)
