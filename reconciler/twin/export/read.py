"""From a folder or an archive to the files that count, bounded: an export is somebody else's data.

Nothing is ever extracted to disk and no path of the export is ever opened by name outside the folder given, so a path
cannot reach outside; one that tries says that the archive was made with ill intent, and the whole of it is refused.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from reconciler.twin.export import archive
from reconciler.twin.export.errors import ExportError

_WANTED = (".csv", ".md")
_PART = re.compile(r"(?:Export(?:Block)?-.*|.*\bPart-\d+)\.zip", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """How much an export may be. Sizes in bytes; ``ratio`` counts from ``ratio_from`` on, small files may be dense.

    What exceeds ``attachment`` and ``attachments``, one and all together, is left out; all else is refused.
    """

    entries: int = 100_000
    file: int = 200_000_000
    total: int = 1_000_000_000
    depth: int = 3
    ratio: int = 100
    ratio_from: int = 10_000_000
    attachment: int = 100_000_000
    attachments: int = 300_000_000


@dataclass(frozen=True)
class Files:
    """What was found: ``texts`` holds CSV and Markdown files by their path in the export ("/" between folders), sorted;
    ``attachments`` everything else that is not too large; ``others`` the paths of what is, which is not loaded."""

    texts: dict[str, bytes]
    attachments: dict[str, bytes] = field(default_factory=dict)
    others: tuple[str, ...] = ()


@dataclass
class _Reader:
    limits: Limits
    texts: dict[str, bytes] = field(default_factory=dict)
    attachments: dict[str, bytes] = field(default_factory=dict)
    attached: int = 0
    others: list[str] = field(default_factory=list)
    entries: int = 0
    total: int = 0

    def count(self, where: str) -> None:
        self.entries += 1
        if self.entries > self.limits.entries:
            raise ExportError(f"it has more than {self.limits.entries} entries", where, "Load a smaller export.")

    def take(self, path: str, data: bytes, where: str) -> None:
        self.spend(len(data), where)
        unique, number = path, 2
        while unique in self.texts:
            if self.texts[unique] == data:
                return
            stem, dot, ending = path.rpartition(".")
            unique, number = f"{stem} ({number}){dot}{ending}", number + 1
        self.texts[unique] = data

    def attach(self, path: str, size: int, content: Callable[[int], bytes]) -> None:
        """Keep a file of this size, or only its path where it would be too much. ``content`` takes a limit in bytes."""
        room = min(self.limits.attachment, self.limits.attachments - self.attached, self.limits.total - self.total)
        if size > room or path in self.attachments:
            self.others.append(path)
            return
        data = content(room)
        self.attached += len(data)
        self.spend(len(data), path)
        self.attachments[path] = data

    def spend(self, size: int, where: str) -> None:
        self.total += size
        if self.total > self.limits.total:
            raise ExportError(f"it unpacks to more than {self.limits.total} bytes", where, "Load a smaller export.")


def read(path: Path, limits: Limits | None = None) -> Files:
    """The files of the export at ``path``: a folder, a zip archive (nested ones are opened) or a single CSV file.

    Raises `ExportError` for what is missing, unreadable, encrypted, damaged, empty, too big, or reaches outside.
    """
    reader = _Reader(limits or Limits())
    try:
        if path.is_dir():
            _read_folder(reader, path)
        elif not path.exists():
            raise ExportError("there is no such file or folder", str(path), "Check the path.")
        elif path.suffix.lower() in _WANTED:
            if path.stat().st_size > reader.limits.file:
                raise ExportError(f"it is larger than {reader.limits.file} bytes", str(path), "Load a smaller export.")
            reader.take(path.name, path.read_bytes(), str(path))
        else:
            with path.open("rb") as file:
                _read_zip(reader, archive.open_zip(file, str(path)), str(path), depth=1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ExportError(f"it cannot be read ({reason})", str(path), "Check the path and its permissions.") from error
    if not reader.texts:
        html = any(name.lower().endswith(".html") for name in (*reader.others, *reader.attachments))
        what = "it is an HTML export" if html else "there is no CSV or Markdown file in it"
        raise ExportError(what, str(path), 'Export from Notion with the format "Markdown & CSV".')
    return Files(
        dict(sorted(reader.texts.items())), dict(sorted(reader.attachments.items())), tuple(sorted(reader.others))
    )


def _walk(folder: Path) -> Iterator[Path]:
    """The regular files below ``folder``, in the order of their names; raises `ExportError` for a link."""
    folders = [folder]
    while folders:
        found = sorted(os.scandir(folders.pop()), key=lambda entry: entry.name)
        for entry in found:
            if entry.is_symlink():
                raise ExportError("it is a symbolic link", entry.path, "Remove it: an export has none.")
            if not entry.is_dir() and stat.S_ISREG(entry.stat().st_mode):
                yield Path(entry.path)
        folders += [Path(entry.path) for entry in reversed(found) if entry.is_dir()]


def _read_folder(reader: _Reader, folder: Path) -> None:
    for path in _walk(folder):
        reader.count(str(folder))
        name = os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", errors="replace")
        if _hidden(name):
            continue
        if path.suffix.lower() in _WANTED:
            if path.stat().st_size > reader.limits.file:
                raise ExportError(f"it is larger than {reader.limits.file} bytes", str(path), "Load a smaller export.")
            reader.take(name, path.read_bytes(), str(path))
        elif _is_part(name):
            with path.open("rb") as file:
                _read_zip(reader, archive.open_zip(file, str(path)), str(path), depth=1)
        else:
            reader.attach(name, path.stat().st_size, partial(_first, path))


def _first(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)


def _read_zip(reader: _Reader, opened: zipfile.ZipFile, where: str, *, depth: int) -> None:
    if depth > reader.limits.depth:
        raise ExportError(f"archives lie more than {reader.limits.depth} deep in each other", where, archive.AGAIN)
    with opened:
        infos = archive.entries(opened, where)
        if not infos:
            raise ExportError("the archive is empty", where, archive.AGAIN)
        for info in infos:
            reader.count(where)
            name, inside = archive.safe_name(info, where), f"{where}!{info.filename}"
            archive.refuse_dense(info, inside, ratio=reader.limits.ratio, size=reader.limits.ratio_from)
            if not name or info.is_dir() or _hidden(name):
                continue
            if name.lower().endswith(_WANTED):
                limit = min(reader.limits.file, reader.limits.total - reader.total)
                reader.take(name, archive.read_entry(opened, info, inside, limit), inside)
            elif _is_part(name):
                with archive.spooled(opened, info, inside, reader.limits.total - reader.total) as file:
                    _read_zip(reader, archive.open_zip(file, inside), inside, depth=depth + 1)
            else:
                reader.attach(name, info.file_size, partial(archive.read_entry, opened, info, inside))


def _hidden(name: str) -> bool:
    return any(part == "__MACOSX" or part.startswith(".") for part in name.split("/"))


def _is_part(name: str) -> bool:
    """Whether an archive is a part of the export: Notion's parts lie on top; one further down is an attachment."""
    return name.lower().endswith(".zip") and ("/" not in name or _PART.fullmatch(name.rsplit("/", 1)[1]) is not None)
