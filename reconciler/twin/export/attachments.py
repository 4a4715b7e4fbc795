"""Files of the export that are neither tables nor pages: which of them a cell or a page means. Pure."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from reconciler.twin.export import inline
from reconciler.twin.export.infer import Column

EXPORTED = "exported"
"""The type of a file that the builder uploads and puts in the place of this."""
_MAX_NAME = 100
_MAX_FILES = 100
_KINDS = {
    **dict.fromkeys((".pdf",), "pdf"),
    **dict.fromkeys((".mp4", ".mov", ".webm", ".avi", ".mkv"), "video"),
    **dict.fromkeys((".mp3", ".wav", ".m4a", ".ogg", ".aac"), "audio"),
}


@dataclass(frozen=True)
class Attachments:
    """The paths of the files, and how they are found."""

    paths: tuple[str, ...] = ()
    _composed: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_composed", {unicodedata.normalize("NFC", path): path for path in self.paths})

    def at(self, reference: str, *folders: str) -> str | None:
        """The file that a relative, percent-encoded reference means, seen from the first folder where there is one."""
        if "://" in reference:
            return None
        for folder in folders:
            path = posixpath.normpath(posixpath.join(folder, unquote(reference)))
            found = self._composed.get(unicodedata.normalize("NFC", path))
            if found is not None:
                return found
        return None


def exported(path: str) -> dict[str, Any]:
    """A file as a value or block has it until it is uploaded."""
    return {"type": EXPORTED, EXPORTED: {"path": path}}


def kind(path: str) -> str:
    """The type of block that shows the file."""
    return _KINDS.get(posixpath.splitext(path)[1].lower(), "file")


def column(name: str, cells: Sequence[str], attachments: Attachments, folders: Iterable[str]) -> Column | None:
    """The column as files, if every cell that is not empty names files of the export (one at least) and web addresses.

    Notion separates them by ", " and percent-encodes paths, not commas in them.
    """
    places = tuple(folders)
    values = [_files(cell, attachments, places) if cell else [] for cell in cells]
    if not any(value and any(file["type"] == EXPORTED for file in value) for value in values):
        return None
    known = [value for value in values if value is not None]
    return Column(name, "files", {}, tuple(value or None for value in known)) if len(known) == len(values) else None


def _files(cell: str, attachments: Attachments, folders: tuple[str, ...]) -> list[dict[str, Any]] | None:
    found: list[dict[str, Any]] = []
    waiting = ""
    for piece in cell.split(", "):
        waiting = f"{waiting}, {piece}" if waiting else piece
        path = attachments.at(waiting, *folders)
        if path is not None:
            found.append(exported(path))
        elif inline.is_web(waiting):
            label = unquote(waiting.rstrip("/").rsplit("/", 1)[-1])[:_MAX_NAME]
            found.append({"type": "external", "name": label, "external": {"url": waiting}})
        else:
            continue
        waiting = ""
    return found if not waiting and len(found) <= _MAX_FILES else None
