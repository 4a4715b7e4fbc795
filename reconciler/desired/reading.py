"""From files to TOML tables: the only place of this package that touches the disk."""

from __future__ import annotations

import os
import re
import tomllib
from codecs import BOM_UTF8
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from reconciler.desired import codes
from reconciler.desired.positions import Positions
from reconciler.model.finding import Finding, Location

_AT = re.compile(r"\(at line (\d+), column (\d+)\)$")
_AT_END = "(at end of document)"
_TWICE = "it stands in the file twice: put the lines together in one place"
_NAMED = re.compile(r"\(((?:'[^']*'(?:, ?)?)+)\)")
"""How tomllib names a table: a tuple of its parts."""


@dataclass(frozen=True)
class Source:
    """One file: its name as people see it, its text, its values."""

    file: str
    text: bytes
    data: dict[str, Any]

    @cached_property
    def positions(self) -> Positions:
        """Where its keys stand; worked out when first asked."""
        return Positions(self.text)

    def at(self, path: tuple[str | int, ...]) -> Location:
        """The place of the key or array item at ``path``, or of the nearest table around it."""
        line, column = self.positions.at(path)
        return Location(self.file, line, column)


def read(directory: Path, base: Path) -> tuple[list[Source], list[Finding]]:
    """Every ``.toml`` file below ``directory``, in the order of their paths, and what could not be read.

    Hidden files and folders are left out, for editors put their own there. File names are relative to ``base`` where
    the file lies below it. Raises nothing.
    """
    shown = _shown(directory, base)
    if not directory.is_dir():
        what = "is no directory" if directory.exists() else "is not there"
        return [], [
            Finding(
                codes.STATE_MISSING,
                f"the state directory {shown} {what}",
                "begin with wtstate init; or run the command where the state/ directory is, or name it with --state",
                where=Location(shown, 1, 1),
            )
        ]
    paths, findings = _files(directory, base)
    if findings:
        return [], findings
    if not paths:
        return [], [
            Finding(
                codes.STATE_EMPTY,
                f"there is no .toml file in {shown}",
                "write a file such as workspace.toml there; docs/reference/language.md has the words",
                why="an empty state would mean that nothing is managed, which is never what was meant",
                where=Location(shown, 1, 1),
            )
        ]
    sources: list[Source] = []
    for path in paths:
        read_one = _read(path, _shown(path, base))
        if isinstance(read_one, Source):
            sources.append(read_one)
        else:
            findings.append(read_one)
    return sources, findings


def _files(directory: Path, base: Path) -> tuple[list[Path], list[Finding]]:
    """The files to read, in order, and the directories that cannot be listed. Links are followed, each place once."""
    found: list[Path] = []
    failed: list[OSError] = []
    seen: set[str] = set()
    for root, folders, names in os.walk(directory, onerror=failed.append, followlinks=True):
        seen.add(os.path.realpath(root))
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(os.path.join(root, name)) not in seen
        ]
        found += [Path(root, name) for name in names if name.endswith(".toml") and not name.startswith(".")]
    findings = [_unreadable(_shown(Path(error.filename), base), error) for error in failed]
    return sorted(found, key=lambda path: path.relative_to(directory).parts), findings


def _shown(path: Path, base: Path) -> str:
    try:
        # Not resolve(): a link is named by where it stands, for that is the file that people know.
        return Path(os.path.abspath(path)).relative_to(os.path.abspath(base)).as_posix()
    except ValueError:
        return path.as_posix()


def _read(path: Path, file: str) -> Source | Finding:
    try:
        text = path.read_bytes()
    except OSError as error:
        return _unreadable(file, error)
    return parse_text(text, file)


def parse_text(text: bytes, file: str) -> Source | Finding:
    """The TOML of ``text``, or the one finding that says why it is none."""
    text = text.removeprefix(BOM_UTF8)  # a mark that some editors leave; TOML ignores it at the start of a file
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        before = text[: error.start]
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        return Finding(
            codes.NOT_UTF8,
            f"{file} is not UTF-8 text: byte 0x{text[error.start]:02x} begins no character",
            "save the file as UTF-8",
            where=Location(file, before.count(b"\n") + 1, column),
        )
    try:
        return Source(file, text, tomllib.loads(decoded))
    except RecursionError:
        return _not_toml(file, "it is nested too deeply", Location(file, 1, 1))
    except ValueError as error:  # tomllib.TOMLDecodeError, or an integer of more digits than Python converts
        message, where = _place(str(error), decoded, file)
        return _not_toml(file, message, where)


def _place(message: str, text: str, file: str) -> tuple[str, Location]:
    """tomllib's message without its place, and the place."""
    if found := _AT.search(message):
        return message[: found.start()].strip(), Location(file, int(found[1]), int(found[2]))
    if message.endswith(_AT_END):
        lines = text.split("\n")
        return message.removesuffix(_AT_END).strip(), Location(file, len(lines), len(lines[-1]) + 1)
    return message, Location(file, 1, 1)


def _not_toml(file: str, why: str, where: Location) -> Finding:
    return Finding(
        codes.NOT_TOML,
        f"{file} is not TOML: {why[:1].lower()}{_NAMED.sub(_header, why[1:])}",
        _TWICE if "overwrite" in why or "twice" in why else "mend the file at this place; nothing of it was read",
        where=where,
    )


def _header(found: re.Match[str]) -> str:
    parts = re.findall(r"'([^']*)'", found[1])
    return f"[{'.'.join(parts)}]"


def _unreadable(file: str, error: OSError) -> Finding:
    return Finding(
        codes.FILE_UNREADABLE,
        f"{file} cannot be read: {error.strerror or type(error).__name__}",
        "check that it exists and that you may read it",
        where=Location(file, 1, 1),
    )
