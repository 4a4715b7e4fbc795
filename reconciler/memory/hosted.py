"""Files that Notion hosts, in what an archive entry keeps: where they are now, and what is known of their copies.

An entry's ``definition["files"]`` tells of each copy, in the order of the file blocks at the end of its page::

    {"row": page id, "property": property id or "", "index": place in the value, "block": block id or "",
     "name": …, "size": bytes, "sha256": hex}
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.memory.entry import Entry
from reconciler.model.limits import FILE_BLOCKS

FILES = "files"
"""The word of an entry's definition."""
_UNKNOWN = "0" * 64


@dataclass(frozen=True, order=True)
class Place:
    """Where a hosted file is: the ``index``-th of a property of a row, or in a block of the row's page."""

    row: str
    property: str = ""
    index: int = 0
    block: str = ""


@dataclass(frozen=True)
class Copy:
    """What is known of a file: ``size`` in bytes, and its SHA-256 in hex once it was copied."""

    place: Place
    name: str
    size: int
    sha256: str = _UNKNOWN

    def words(self) -> dict[str, Any]:
        """The copy as an entry's definition tells it."""
        return {**dataclasses.asdict(self.place), "name": self.name, "size": self.size, "sha256": self.sha256}


@dataclass(frozen=True)
class KeptFile:
    """A copy that an entry keeps: ``block`` is the id of the block on the entry's page that shows it."""

    block: str
    name: str
    size: int
    sha256: str


def hosted(entry: Entry) -> tuple[tuple[Place, str], ...]:
    """Every file of the entry that Notion hosts, with its name, in a fixed order."""
    found: list[tuple[Place, str]] = []
    for value in entry.values:
        if value.type == "files":
            for index, file in enumerate(value.old or ()):
                if file.get("hosted"):
                    found.append((Place(value.row, value.property_id, index), str(file["name"])))
    for row, blocks in entry.content.items():
        found += [(Place(row, block=block), name) for block, name in _in_blocks(blocks)]
    return tuple(dict(found).items())


def _in_blocks(blocks: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for block in blocks:
        kind = str(block.get("type"))
        held = block.get(kind)
        if kind in FILE_BLOCKS and isinstance(held, Mapping) and held.get("type") == "file":
            yield str(block.get("id")), str(held.get("name") or kind)
        yield from _in_blocks(block.get("children") or ())


def with_copies(entry: Entry, copies: Sequence[Copy]) -> Entry:
    """The entry that tells of these copies."""
    told = {word: said for word, said in entry.definition.items() if word != FILES}
    if copies:
        told[FILES] = [copy.words() for copy in copies]
    return dataclasses.replace(entry, definition=told)


def copies(entry: Entry) -> tuple[Copy, ...]:
    """What the entry tells of its copies, in the order of the file blocks on its page; () where it has none."""
    return tuple(
        Copy(
            place=Place(
                str(each["row"]), str(each.get("property", "")), int(each.get("index", 0)), str(each.get("block", ""))
            ),
            name=str(each["name"]),
            size=int(each["size"]),
            sha256=str(each["sha256"]),
        )
        for each in entry.definition.get(FILES, ())
    )


def kept_files(entry: Entry, page: Iterable[Mapping[str, Any]]) -> dict[Place, KeptFile]:
    """The copies that the entry's page shows, by where the files were; {} where blocks of it are gone."""
    shown = [str(block.get("id")) for block in page if block.get("type") == "file"]
    told = copies(entry)
    if len(shown) != len(told):
        return {}
    return {
        copy.place: KeptFile(block=block, name=copy.name, size=copy.size, sha256=copy.sha256)
        for block, copy in zip(shown, told, strict=True)
    }
