"""The archive database: its columns, and how it is known for what it is.

An archive carries a marker in its description that says whose it is and in which format. An archive of that name made
by an older script is completed: `missing` gives the columns it lacks, `description_body` the marker.
"""

from __future__ import annotations

import json
import re
from typing import Any

from reconciler.memory.text import rich, shown
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.limits import TEXT_UNITS
from reconciler.model.live import LiveDatabase, LiveProperty

FORMAT = 1
"""The format of entries and memory that this version writes, and the newest that it reads."""
TITLE_MARKER = "wtstate archive of"
"""Begins the marker in the description of every archive."""

BINDING = "memory-binding"
SETTLED = "memory-settled"
BATCH = "batch"
LEASE = "lease"
PROBED = "memory-probed"
ARCHIVES = "memory-archives"
PURGED = "purged"
"""The kind of what stays of an entry whose values were deleted for good."""
MEMORY_KINDS = (BINDING, SETTLED, BATCH, LEASE, PROBED, ARCHIVES)
"""The kinds of entries that are memory; every other kind is an archive entry."""
_KINDS = (
    *MEMORY_KINDS,
    "correction",
    "drop",
    "fold",
    "undeclared",
    "merge",
    "retype",
    "absorb",
    "link",
    "tidy",
    "record",
    "restore",
    PURGED,
)

RECORD = "recordId"
_TEXT_COLUMNS = (
    "sourceDatabase", "originalRecordTitle", "originalFieldName", "originalValue", "reasonForMergeOrDrop",
    "migrationBatch", "source", "file", "digest", "data",
)  # fmt: skip
_TYPES = {"kind": "select", "timestamp": "date", **dict.fromkeys(_TEXT_COLUMNS, "rich_text")}
_MARKER = re.compile(rf'{TITLE_MARKER} ("(?:[^"\\]|\\.)*"), format (\d+)\.')
_NAME_UNITS = 200


def properties() -> dict[str, dict[str, Any]]:
    """The columns of an archive, as the ``properties`` of its initial data source."""
    return {RECORD: {"title": {}}, **{name: _column(name) for name in _TYPES}}


def as_made() -> tuple[LiveProperty, ...]:
    """The columns of an archive as this version makes it, each with its name for an id."""
    kinds = {"options": [{"name": kind} for kind in _KINDS]}
    made = {RECORD: "title", **_TYPES}
    return tuple(LiveProperty(id=n, name=n, type=t, config=kinds if n == "kind" else {}) for n, t in made.items())


def _column(name: str) -> dict[str, Any]:
    if name == "kind":
        return {"select": {"options": [{"name": kind} for kind in _KINDS]}}
    return {_TYPES[name]: {}}


def marker(workspace: str) -> str:
    """What the description of the archive of the state named ``workspace`` says."""
    name = json.dumps(shown(workspace, _NAME_UNITS), ensure_ascii=False)
    return (
        f"{TITLE_MARKER} {name}, format {FORMAT}. It keeps what wtstate dropped or changed, and what wtstate "
        "remembers. Read it, filter it, but do not edit its entries."
    )


def create_body(title: str, parent_page_id: str, workspace: str) -> dict[str, Any]:
    """The body of ``POST databases`` that makes the archive of the state named ``workspace``."""
    return {
        "parent": {"type": "page_id", "page_id": parent_page_id},
        "title": rich(title),
        "description": rich(marker(workspace)),
        "is_inline": False,
        "initial_data_source": {"properties": properties()},
    }


def description_body(live: LiveDatabase, workspace: str) -> dict[str, Any] | None:
    """The body of ``PATCH databases/{id}`` that marks an archive made by an older script; None for a marked one.

    What the description said before is kept after the marker, as far as it fits.
    """
    if is_archive(live):
        return None
    before = f" {live.description}" if live.description else ""
    return {"description": rich(marker(workspace) + before, TEXT_UNITS)}


def is_archive(live: LiveDatabase) -> bool:
    """Whether the database carries the marker of a wtstate archive, of whichever state and format."""
    return _MARKER.search(live.description) is not None


def belongs_to(live: LiveDatabase, workspace: str) -> bool:
    """Whether the archive's marker names the state ``workspace``."""
    found = _MARKER.search(live.description)
    return found is not None and found[1] == json.dumps(shown(workspace, _NAME_UNITS), ensure_ascii=False)


def check_format(live: LiveDatabase) -> None:
    """Raises `WtstateError` (``archive-newer``) for an archive whose marker names a format that this version lacks."""
    found = _MARKER.search(live.description)
    if found is not None and int(found[2]) > FORMAT:
        raise WtstateError(
            Finding(
                code="archive-newer",
                what=f"the archive {live.title!r} is in format {found[2]}; this version reads up to format {FORMAT}",
                why="what a newer version remembers there would be misread, and overwritten",
                next="use the version of wtstate that wrote it, or a newer one",
            )
        )


def missing(live: LiveDatabase) -> dict[str, dict[str, Any]]:
    """What ``PATCH data_sources/{id}`` needs as ``properties`` to make the database an archive; {} when it is one.

    Columns are added, or renamed when only their case differs; nothing is taken away, and the title keeps its name
    (entries address it as ``title``). Raises `WtstateError` (``archive-column``) naming every column whose type cannot
    hold what belongs there.
    """
    wanted: dict[str, dict[str, Any]] = {}
    unusable: list[Finding] = []
    for name, kind in _TYPES.items():
        found = live.by_name(name) or next((p for p in live.properties if p.name.casefold() == name.casefold()), None)
        if found is None:
            wanted[name] = _column(name)
        elif found.type != kind:
            unusable.append(_unusable(live, found, kind))
        elif found.name != name:
            wanted[found.name] = {"name": name}
    if unusable:
        raise WtstateError(unusable)
    return wanted


def _unusable(live: LiveDatabase, found: LiveProperty, kind: str) -> Finding:
    return Finding(
        code="archive-column",
        what=f"the property {found.name!r} of {live.title!r} is of type {found.type}; an archive needs {kind} there",
        why="wtstate does not change or remove what an older script recorded",
        next=f"rename it in Notion, for example to {found.name + ' (old)'!r}, and run again: its values stay",
    )


def page_properties(record: str, kind: str, **columns: str) -> dict[str, Any]:
    """The ``properties`` of a page of the archive; ``columns`` hold text for people, cut to what a property takes.

    ``timestamp`` is ISO 8601; an empty one is left out. The title is addressed by its id, so an older script's archive
    may call it what it likes.
    """
    body: dict[str, Any] = {"title": {"title": rich(record)}, "kind": {"select": {"name": kind}}}
    for name, text in columns.items():
        if _TYPES[name] == "date":
            body |= {name: {"date": {"start": text}}} if text else {}
        else:
            body[name] = {"rich_text": rich(text)}
    return body
