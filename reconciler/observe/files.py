"""The text files below some paths, as git sees them; reads the disk and nothing else."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from reconciler.model.finding import Finding, WtstateError
from reconciler.observe.ignoring import Ignored, parse

LARGEST = 5 * 1024 * 1024
"""Bytes. What is larger is data or was generated; it is said to be skipped."""

_SNIFFED = 8 * 1024
_NEVER = frozenset({".git", ".wtstate"})
# The mark of UTF-32 begins with that of UTF-16, so it is asked first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class TextFile:
    """A file that was read. ``path`` is relative to the base, with slashes."""

    path: str
    text: str


@dataclass(frozen=True)
class Skipped:
    """A file or directory that was not read, and why. ``failed``: not by a rule, it could not be read."""

    path: str
    why: str
    failed: bool


@dataclass(frozen=True)
class Scope:
    """Where to look: ``base`` is what shown paths are relative to, ``without`` are directories to leave out."""

    base: Path
    without: frozenset[Path] = frozenset()


@dataclass(frozen=True)
class _Below:
    """The ignore rules in force in a directory: those of ``.gitignore`` files, outermost first, with their places."""

    rules: tuple[tuple[Path, Ignored], ...] = ()

    def with_rules_of(self, directory: Path) -> _Below:
        """With those of ``directory`` itself. Raises `OSError` when its file cannot be read."""
        file = directory / ".gitignore"
        if not file.is_file():
            return self
        text = file.read_bytes().decode("utf-8", "surrogateescape")
        return _Below((*self.rules, (directory, parse(text))))

    def ignores(self, path: Path, *, directory: bool) -> bool:
        """Whether ``path`` is ignored; the innermost file that speaks of it decides."""
        for place, ignored in reversed(self.rules):
            if place not in path.parents:
                continue
            verdict = ignored.verdict(path.relative_to(place).as_posix(), directory=directory)
            if verdict is not None:
                return verdict
        return False


def text_files(paths: Iterable[Path], scope: Scope) -> Iterator[TextFile | Skipped]:
    """Every text file among and below ``paths`` once, ordered by its shown path, and what was not read.

    Left out without a word: what ``.gitignore`` files ignore (those above a path, up to its repository's root, count
    too), ``.git``, ``.wtstate``, ``scope.without``, symbolic links and binary files. A path that is itself named is
    looked at even when it is ignored. Raises `WtstateError` for paths that are not there, before anything is read.
    """
    roots = list(paths)
    missing = [_not_there(path) for path in roots if not path.exists()]
    if missing:
        raise WtstateError(missing)
    found: dict[Path, Skipped | None] = {}
    for root in dict.fromkeys(path.resolve() for path in roots):
        for path, problem in _from_root(root, scope):
            found.setdefault(path, problem)
    for shown, path in sorted((shown_path(path, scope.base), path) for path in found):
        told = found[path] or _read(path, shown)
        if told is not None:
            yield told


def shown_path(path: Path, base: Path) -> str:
    """``path`` relative to ``base``, with slashes."""
    return PurePath(os.path.relpath(path, base)).as_posix()


def decode(data: bytes) -> str | None:
    """The text of a file, None for a binary one: a NUL in its first 8 KB and no mark of UTF-16 or UTF-32.

    Bytes that are no UTF-8 become lone surrogates, so that lines and columns stay right.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            lenient = "surrogateescape" if encoding == "utf-8" else "replace"
            return data[len(mark) :].decode(encoding, lenient)
    return None if b"\0" in data[:_SNIFFED] else data.decode("utf-8", "surrogateescape")


def _is_binary(path: Path) -> bool:
    """Raises `OSError`."""
    with path.open("rb") as file:
        return decode(file.read(_SNIFFED)) is None


def _not_there(path: Path) -> Finding:
    return Finding(
        code="file", what=f"{path} is not there", next="check the path; it is taken from the working directory"
    )


def _from_root(root: Path, scope: Scope) -> Iterator[tuple[Path, Skipped | None]]:
    if _left_out(root, scope):
        return
    if not root.is_dir():
        yield root, None
        return
    try:
        yield from _walk(root, _above(root), scope)
    except OSError as error:
        yield root, _failed(root, error, scope)


def _left_out(path: Path, scope: Scope) -> bool:
    around = (path, *path.parents)
    return any(place in scope.without for place in around) or not _NEVER.isdisjoint(path.parts)


def _above(root: Path) -> _Below:
    """The rules that the directories around ``root`` have for what is in it: those of its repository.

    None where they ignore ``root`` itself: whoever names it wants it looked at. Raises `OSError`.
    """
    parents = list(root.parents)
    top = next((i for i, place in enumerate((root, *parents)) if (place / ".git").exists()), 0)
    below = _Below()
    chain = [root, *parents][1 : top + 1]
    for place in reversed(chain):
        below = below.with_rules_of(place)
    around = [root, *chain[:-1]]
    return _Below() if any(below.ignores(place, directory=True) for place in around) else below


def _walk(directory: Path, around: _Below, scope: Scope) -> Iterator[tuple[Path, Skipped | None]]:
    """Raises `OSError` for the directory itself; trouble further down is told and the rest goes on."""
    rules = around.with_rules_of(directory)
    with os.scandir(directory) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        path = Path(entry.path)
        is_directory = entry.is_dir(follow_symlinks=False)
        if entry.name in _NEVER or path in scope.without or rules.ignores(path, directory=is_directory):
            continue
        if entry.is_file(follow_symlinks=False):
            yield path, None
        elif is_directory:
            try:
                yield from _walk(path, rules, scope)
            except OSError as error:
                yield path, _failed(path, error, scope)


def _failed(path: Path, error: OSError, scope: Scope) -> Skipped:
    at = Path(error.filename) if isinstance(error.filename, str) else path
    return Skipped(shown_path(at, scope.base), f"cannot be read: {error.strerror or error}", failed=True)


def _read(path: Path, shown: str) -> TextFile | Skipped | None:
    """None for what is no text: a binary file, a device."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size > LARGEST:
            too_large = Skipped(shown, f"larger than {LARGEST // 1024 // 1024} MB", failed=False)
            return None if _is_binary(path) else too_large
        text = decode(path.read_bytes())
    except OSError as error:
        return Skipped(shown, f"cannot be read: {error.strerror or error}", failed=True)
    return None if text is None else TextFile(shown, text)
