"""One remembered thing as one entry of the archive: JSON in the property ``data``, its SHA-256 in ``digest``.

A record says itself what it is (``record``, ``kind``), so a page that someone retitled or filed under another kind is
still read for what it is; only an edit of ``data`` or ``digest`` damages it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from reconciler.memory.schema import FORMAT, page_properties
from reconciler.memory.text import digest, dumps, exact, plain
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.limits import ARRAY_ITEMS, TEXT_UNITS
from reconciler.model.live import LiveDatabase, LiveRow

CAPACITY = ARRAY_ITEMS * TEXT_UNITS * 9 // 10
"""Characters of ASCII that one property takes, with a reserve for cuts that keep clear of blanks."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Record:
    """What one entry remembers; ``name`` is unique in an archive and the entry's title. ``data`` is JSON data."""

    name: str
    kind: str
    data: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The record as it stands in ``data``: equal for equal records."""
        return dumps({"format": FORMAT, "record": self.name, "kind": self.kind, **self.data})

    def properties(self, **columns: str) -> dict[str, Any]:
        """The ``properties`` of the page that holds the record; ``columns`` are for people."""
        body = page_properties(self.name, self.kind, **columns, digest=digest(self.text))
        return {**body, "data": {"rich_text": exact(self.text)}}


def split(items: Sequence[Item], record: Callable[[Sequence[Item], int], Record]) -> list[Record]:
    """As few records as hold all the items, each whole in itself; ``record`` makes one of a part and its number from 1.

    Parts are joined by taking all their items, so a run that was cut off between two of them leaves nothing unreadable.
    Raises `WtstateError` (``memory-too-long``) when one item alone is more than an entry takes.
    """
    parts: list[Record] = []
    rest = items
    while rest or not parts:
        taken = _how_many(rest, lambda part: record(part, len(parts) + 1))
        parts.append(record(rest[:taken], len(parts) + 1))
        rest = rest[taken:]
    return parts


def _how_many(items: Sequence[Item], record: Callable[[Sequence[Item]], Record]) -> int:
    """The most leading items that fit into one record, by bisection; 0 of none."""
    if len(record(items).text) <= CAPACITY:
        return len(items)
    fits, too_many = 0, len(items)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if len(record(items[:middle]).text) <= CAPACITY:
            fits = middle
        else:
            too_many = middle
    if fits == 0:
        raise WtstateError(
            Finding(
                code="memory-too-long",
                what=f"{record(items[:1]).name!r} is longer than an entry of the archive holds ({CAPACITY} characters)",
                why="what cannot be remembered would be done again",
                next="shorten what the state says there: a name, a title or a formula",
            )
        )
    return fits


def numbered(name: str, part: int) -> str:
    """The name of a record's part: the first has the plain name."""
    return name if part == 1 else f"{name} (part {part})"


def record_of(row: LiveRow, archive: LiveDatabase) -> Record:
    """The record that a row of the archive holds.

    Raises `WtstateError`: ``archive-entry-damaged`` when the text is not what its digest says, ``archive-entry-newer``
    when a newer version wrote it. Both name the entry.
    """
    text, sha = _column(row, archive, "data"), _column(row, archive, "digest")
    try:
        data = json.loads(text)
        written_in, name, kind = int(data.pop("format")), str(data.pop("record")), str(data.pop("kind"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise damaged(row) from None
    if written_in > FORMAT:
        raise WtstateError(
            Finding(
                code="archive-entry-newer",
                what=f"the archive entry {named(row)} is in format {written_in}; this version reads up to {FORMAT}",
                why="what a newer version remembers would be misread, and overwritten",
                next="use the version of wtstate that wrote it, or a newer one",
            )
        )
    if digest(text) != sha:
        raise damaged(row)
    return Record(name=name, kind=kind, data=data)


def written_record(properties: Mapping[str, Any]) -> str:
    """The name of the record that a page body of `Record.properties` holds."""
    return str(json.loads(plain(properties["data"]["rich_text"]))["record"])


def written_digest(row: LiveRow, archive: LiveDatabase) -> str:
    """The digest that stands on a row of the archive."""
    return _column(row, archive, "digest")


def damaged(row: LiveRow) -> WtstateError:
    """The error for a memory entry that is not what was written."""
    return WtstateError(
        Finding(
            code="archive-entry-damaged",
            what=f"the archive entry {named(row)} is not what wtstate wrote: someone edited it",
            why="it is wtstate's memory; read wrongly, it would have things done twice, or to the wrong database",
            next="undo the edit in Notion (the page's version history), then run again",
        )
    )


def named(row: LiveRow) -> str:
    """The entry as a message names it: title, and url where it is known."""
    return f"{row.title or '(untitled)'!r}" + (f" ({row.url})" if row.url else "")


def _column(row: LiveRow, archive: LiveDatabase, name: str) -> str:
    column = archive.by_name(name)
    runs = (row.values.get(column.id) if column else None) or []
    return "".join(str(run.get("text", "")) for run in runs)
