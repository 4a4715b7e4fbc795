"""The journal of a run: what is about to be sent, and what came back; each line is on the disk at once.

One file a run under ``.wtstate/journal``, JSON lines, appended to and never changed. It holds ids, paths, addresses and
digests, no values and no token. The next run on this machine reads it: it waits until what was under way when a run was
killed has either been done or never will be, and knows that run's lease for a dead one's. Without it (on another
machine) a run ends the same: everything else is in the workspace.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reconciler.execute.settle import Write
from reconciler.model.finding import Finding, WtstateError
from reconciler.notion.errors import NotionError

FORMAT = 1
FOLDER = "journal"
_KIND = "wtstate journal"
_ENDS = ("done", "open", "stopped", "abandoned")


@dataclass
class Journal:
    """A run's journal, open for writing. Lines are numbered by write."""

    path: Path
    file: int
    writes: int = 0

    @staticmethod
    def begin(directory: Path, *, run: str, workspace: str, batch: str, now: datetime) -> Journal:
        """Makes the file in ``directory`` (``.wtstate``). Raises `WtstateError` where it cannot be written."""
        folder = directory / FOLDER
        path = folder / f"{run}.jsonl"
        try:
            private(directory)
            private(folder)
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            journal = Journal(path=path, file=file)
            header = {"kind": _KIND, "format": FORMAT, "run": run, "workspace": workspace, "batch": batch}
            journal.note({**header, "began": _said(now)})
            _sync_folder(folder)
        except OSError as error:
            raise WtstateError(_unwritable(path, error)) from error
        return journal

    def note(self, words: Mapping[str, Any]) -> None:
        """One line, on the disk when this returns."""
        os.write(self.file, json.dumps(words, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")
        os.fsync(self.file)

    def end(self, how: str) -> None:
        """The last line; the file is closed."""
        self.note({"end": how, "at": _said(datetime.now(UTC))})
        os.close(self.file)


@dataclass
class Watched:
    """One write as the journal sees it; ``before`` is asked before every attempt whether it may be sent."""

    write: Write
    journal: Journal | None
    before: Callable[[], Awaitable[None]]
    number: int = 0

    async def sending(self) -> None:
        """Asks, then notes what is about to be sent."""
        await self.before()
        if self.journal is None:
            return
        self.journal.writes += 1
        self.number = self.journal.writes
        text = json.dumps(self.write.body, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
        self._note(
            {
                "sends": f"{self.write.method} {self.write.path}",
                "appears": self.write.look.appears,
                "serves": list(self.write.serves),
                "body": hashlib.sha256(text.encode()).hexdigest(),
            }
        )

    def answered(self, answer: Mapping[str, Any]) -> None:
        """Notes that it was done, and the id of what was made or changed."""
        self._note({"came": 200, "id": str(answer.get("id") or "")})

    def failed(self, error: NotionError) -> None:
        """Notes what came instead; the message may hold names and is left out."""
        self._note({"came": error.status, "code": error.code or type(error).__name__})

    def _note(self, words: Mapping[str, Any]) -> None:
        if self.journal is not None:
            self.journal.note({"n": self.number, "at": _said(datetime.now(UTC)), **words})


@dataclass(frozen=True)
class UnderWay:
    """A write that was sent, of which the journal does not say what came of it."""

    at: datetime
    request: str
    appears: bool


@dataclass(frozen=True)
class Past:
    """What the journal of a run that is over says. ``ended`` is "" where the run was killed."""

    path: Path
    run: str = ""
    workspace: str = ""
    batch: str = ""
    ended: str = ""
    under_way: tuple[UnderWay, ...] = field(default=())


def pasts(directory: Path) -> list[Past]:
    """Every journal in ``directory`` (``.wtstate``), oldest first.

    A last line that is torn, as after a kill, is left out. Raises `WtstateError` with one finding for each journal that
    is damaged, not ours (``journal-damaged``), or of a newer version (``journal-newer``).
    """
    found: list[Past] = []
    findings: list[Finding] = []
    for path in sorted((directory / FOLDER).glob("*.jsonl")):
        try:
            found.append(_read(path))
        except WtstateError as error:
            findings.extend(error.findings)
    if findings:
        raise WtstateError(findings)
    return found


def _read(path: Path) -> Past:
    try:
        whole, _, _torn = path.read_bytes().rpartition(b"\n")
        lines = [json.loads(line) for line in whole.split(b"\n")] if whole else []
    except OSError as error:
        raise WtstateError(_unreadable(path, str(error.strerror))) from error
    except (ValueError, RecursionError):
        raise WtstateError(_unreadable(path, "a line of it is not JSON")) from None
    if not lines:  # killed before the header was on the disk: nothing was sent
        return Past(path=path)
    header, *rest = lines
    if not isinstance(header, dict) or header.get("kind") != _KIND:
        raise WtstateError(_unreadable(path, "it is no journal of wtstate"))
    if header.get("format") != FORMAT:
        raise WtstateError(_newer(path, header.get("format")))
    try:
        return Past(
            path=path,
            run=_text(header, "run"),
            workspace=_text(header, "workspace"),
            batch=_text(header, "batch"),
            ended=next((_end(line) for line in rest if "end" in line), ""),
            under_way=tuple(_under_way(rest)),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise WtstateError(_unreadable(path, "a line of it says what no version writes")) from None


def _text(line: Mapping[str, Any], word: str) -> str:
    found = line[word]
    if not isinstance(found, str):
        raise TypeError(word)
    return found


def _end(line: Mapping[str, Any]) -> str:
    if line["end"] not in _ENDS:
        raise ValueError(line["end"])
    return str(line["end"])


def _under_way(lines: list[Mapping[str, Any]]) -> Iterator[UnderWay]:
    sent: dict[int, UnderWay] = {}
    for line in lines:
        if "end" in line:
            continue
        if "sends" in line:
            at = datetime.fromisoformat(_text(line, "at"))
            if at.tzinfo is None:
                raise ValueError("a time without zone")
            sent[int(line["n"])] = UnderWay(at=at, request=_text(line, "sends"), appears=bool(line["appears"]))
        elif line["came"] != 0:
            sent.pop(int(line["n"]), None)
    yield from sent.values()


def tidy(past: list[Past]) -> None:
    """Removes journals that nothing can be learned from any more."""
    for one in past:
        one.path.unlink(missing_ok=True)


def private(folder: Path) -> None:
    """A directory that only its owner may look into; made where it is not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def _sync_folder(folder: Path) -> None:
    """Puts the file's name on the disk too, where the system lets a directory be opened."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


_MOVE = "if no run ended in the last two minutes, nothing is lost by deleting it; then run again"


def _unreadable(path: Path, why: str) -> Finding:
    return Finding(
        code="journal-damaged",
        what=f"the journal {path} cannot be used: {why}",
        why="it tells what was under way when a run ended",
        next=_MOVE,
    )


def _newer(path: Path, format_: object) -> Finding:
    return Finding(
        code="journal-newer",
        what=f"the journal {path} is in format {format_!r}; this version reads format {FORMAT}",
        why="it tells what was under way when a run ended",
        next=f"use the version of wtstate that wrote it; {_MOVE}",
    )


def _unwritable(path: Path, error: OSError) -> Finding:
    return Finding(
        code="journal-unwritable",
        what=f"the journal {path} cannot be written: {error.strerror}",
        why="without it a run that is killed could not be told from one that goes on",
        next="make room, or mend the permissions of .wtstate",
    )
