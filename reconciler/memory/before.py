"""What a run was about to change, as it was before: kept with its batch, so that it can be undone.

It stands on the page of the batch's entry, below a heading that bears its digest, as JSON in code blocks. Values stand
in the archive's entries; here is what those do not say: the databases with all that is written about them, and what
comes new. A run that goes on with a batch adds what it was about to change itself; of what both say, the first holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from reconciler.memory.codec import Block, code_blocks, text_of
from reconciler.memory.text import body_bytes, digest, dumps, plain, rich
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.live import LiveDatabase, LiveProperty, Value

HEADING = "What was there before"
_HEADING = re.compile(rf"{HEADING} · ([0-9a-f]{{64}})")


@dataclass(frozen=True)
class Touched:
    """A database that the run changes: as it ``was``, and what the run does to it.

    ``words`` are the title, description and icon that it writes; ``changes`` what it writes of properties, by their id
    (``name``, ``type``, ``config``, ``description``; ``removed`` for one that goes); ``made`` the names of properties
    that come new; ``options`` those that come new, by property id; ``values`` the ids of properties that rows are
    written in.
    """

    was: LiveDatabase
    words: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    locks: bool | None = None
    trashes: bool | None = None


@dataclass(frozen=True)
class MadeRow:
    """A row that comes into being: ``values`` are (property id or name, type, value)."""

    database: str
    values: tuple[tuple[str, str, Value], ...]


@dataclass(frozen=True)
class Written:
    """A value in a property that comes new: ``property`` is its name."""

    database: str
    row: str
    property: str
    type: str
    new: Value


@dataclass(frozen=True)
class Before:
    """All of it. ``databases`` by key; ``created`` are titles of new databases by key.

    ``moved`` are (row, from database, to database), ``lines`` (database, row, the row that its page links
    to); ``trashed`` and
    ``untrashed`` are (database, row).
    """

    databases: Mapping[str, Touched] = field(default_factory=dict)
    created: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[MadeRow, ...] = ()
    written: tuple[Written, ...] = ()
    moved: tuple[tuple[str, str, str], ...] = ()
    lines: tuple[tuple[str, str, str], ...] = ()
    trashed: tuple[tuple[str, str], ...] = ()
    untrashed: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return self != Before()


def blocks(before: Before) -> list[list[Block]]:
    """What is appended to the batch's page, in the requests that carry it.

    A batch that touches nothing says so too: one without a record cannot be taken back.
    """
    text = dumps(asdict(before))
    title: Block = {
        "object": "block", "type": "heading_3", "heading_3": {"rich_text": rich(f"{HEADING} · {digest(text)}")},
    }  # fmt: skip
    first, *rest = code_blocks(text, taken=body_bytes(title) + _PAGE_BYTES)
    return [[title, *first], *rest]


_PAGE_BYTES = 100_000
"""What the batch's own properties may take of the request that makes its page."""


def read(page: Sequence[Mapping[str, Any]], *, name: str) -> Before:
    """What the page of a batch keeps, of all runs that had a part in it; ``name`` is the batch's, for messages.

    A part that was cut off while it was written is passed over: its run changed nothing. Raises `WtstateError`
    (``archive-entry-damaged``) where a part was edited, ``no-record`` where there is none.
    """
    parts = list(_parts(page))
    if not parts:
        raise WtstateError(
            Finding(
                code="no-record",
                what=f"the batch {name} does not say what was there before",
                why="an older version of wtstate made it, or its page was emptied",
                next=f"take single values back: wtstate archive list --batch {name}",
            )
        )
    whole = [text for sha, text in parts if digest(text) == sha]
    if not whole:
        raise WtstateError(
            Finding(
                code="archive-entry-damaged",
                what=f"what the batch {name} keeps is not what was written: someone edited it, or it was cut off",
                why="only what its digest vouches for is taken back",
                next="undo the edit in Notion (the page's version history), then run again",
            )
        )
    try:
        return united(map(parsed, map(json.loads, whole)))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise WtstateError(
            Finding(
                code="archive-entry-newer",
                what=f"what the batch {name} keeps is in a form that this version does not read",
                next="use the version of wtstate that wrote it, or a newer one",
            )
        ) from None


def _parts(page: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(digest, text) of each part: a heading and the code blocks that follow it."""
    sha, held = "", []
    for block in (*page, {"type": "end"}):
        if block.get("type") == "code":
            held.append(block)
            continue
        if sha:
            yield sha, text_of(held)
        held = []
        said = block.get("heading_3")
        found = _HEADING.fullmatch(plain(said.get("rich_text") or ())) if isinstance(said, Mapping) else None
        sha = found[1] if found else ""


def united(parts: Iterable[Before]) -> Before:
    """Several runs' as one, the earliest first: what was before them all, and everything that they do."""
    whole = Before()
    for part in parts:
        databases = {**whole.databases}
        for key, touched in part.databases.items():
            first = databases.get(key)
            databases[key] = _joined(first, touched) if first else touched
        whole = Before(
            databases=databases,
            created={**whole.created, **part.created},
            rows=_once(whole.rows, part.rows),
            written=_once(whole.written, part.written),
            moved=_once(whole.moved, part.moved),
            lines=_once(whole.lines, part.lines),
            trashed=_once(whole.trashed, part.trashed),
            untrashed=_once(whole.untrashed, part.untrashed),
        )
    return whole


def _joined(first: Touched, then: Touched) -> Touched:
    changes = {**first.changes}
    for property_id, words in then.changes.items():
        changes[property_id] = {**changes.get(property_id, {}), **words}
    options = {**first.options}
    for property_id, names in then.options.items():
        options[property_id] = _once(options.get(property_id, ()), names)
    return Touched(
        was=first.was,
        words={**first.words, **then.words},
        changes=changes,
        made=_once(first.made, then.made),
        options=options,
        values=_once(first.values, then.values),
        locks=first.locks if then.locks is None else then.locks,
        trashes=first.trashes if then.trashes is None else then.trashes,
    )


def _once(first: tuple[Any, ...], then: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*first, *(each for each in then if each not in first))


def parsed(data: Mapping[str, Any]) -> Before:
    """What `asdict` made of one, read from JSON. Raises what is raised for data of another form."""
    return Before(
        databases={key: _touched(words) for key, words in data["databases"].items()},
        created=dict(data["created"]),
        rows=tuple(
            MadeRow(database=row["database"], values=tuple((i, t, v) for i, t, v in row["values"]))
            for row in data["rows"]
        ),
        written=tuple(Written(**each) for each in data["written"]),
        moved=tuple((row, source, target) for row, source, target in data["moved"]),
        lines=tuple((key, row, survivor) for key, row, survivor in data["lines"]),
        trashed=tuple((key, row) for key, row in data["trashed"]),
        untrashed=tuple((key, row) for key, row in data["untrashed"]),
    )


def _touched(words: Mapping[str, Any]) -> Touched:
    was = dict(words["was"])
    was["properties"] = tuple(LiveProperty(**each) for each in was["properties"])
    return Touched(
        was=LiveDatabase(**was),
        words=dict(words["words"]),
        changes=dict(words["changes"]),
        made=tuple(words["made"]),
        options={property_id: tuple(names) for property_id, names in words["options"].items()},
        values=tuple(words["values"]),
        locks=words["locks"],
        trashes=words["trashes"],
    )
