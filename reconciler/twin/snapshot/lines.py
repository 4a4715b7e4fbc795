"""A snapshot's lines, checked: header, answers, end (docs/reference/snapshot.md)."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.twin.records import JsonObject
from reconciler.twin.snapshot.errors import SnapshotError

FORMAT = "wtstate-snapshot"
VERSION = 1
MAGIC = b"\x1f\x8b"
"""How a compressed file begins."""
_AGAIN = "Take another backup, or name another file."


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a snapshot is of. ``parent_id`` is the page under which everything is looked for."""

    workspace_id: str
    workspace_name: str
    parent_id: str
    bot_id: str
    bot_name: str
    taken: str
    complete: bool
    digests: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer with the request that it answers; ``query`` holds what stood after the question mark."""

    method: str
    path: str
    query: JsonObject
    answer: JsonObject


def is_snapshot(path: Path) -> bool:
    """Whether the file begins as a snapshot does, compressed or not."""
    try:
        with path.open("rb") as file:
            beginning = file.read(len(MAGIC))
        if beginning == MAGIC:
            return True
        with path.open("rb") as file:
            return file.read(len(FORMAT) + 12).startswith(b'{"format":"' + FORMAT.encode())
    except OSError:
        return False


def of_file(path: Path) -> Iterator[bytes]:
    """The lines of a file, unpacked where it is compressed. Raises `SnapshotError` for one that cannot be read."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(MAGIC)) == MAGIC
            raw.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield from unpacked
            else:
                yield from raw
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _damaged("it ends in the middle, or is not what was packed") from None
    except OSError as error:
        raise SnapshotError(f"it cannot be read: {error.strerror or error}", next="Check the path.") from None


def read(lines: Iterable[bytes]) -> tuple[Header, Iterator[Answered]]:
    """The header, and the answers, which raise `SnapshotError` where they do not end as the end says they must."""
    stream = iter(lines)
    first = next(stream, b"")
    header = _header(_parsed(first))
    digest = hashlib.sha256(first)
    return header, _answers(stream, digest)


def _header(found: JsonObject) -> Header:
    if found.get("format") != FORMAT:
        raise SnapshotError("it is no snapshot of wtstate", next="Name a file that `wtstate backup` wrote.")
    version = found.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise SnapshotError(
            f"it was written by a newer version (format {version}; this one reads up to {VERSION})", next="Upgrade."
        )
    workspace = found.get("workspace")
    if not isinstance(workspace, dict) or not isinstance(found.get("parent"), str):
        raise _damaged("its first line does not say of what workspace it is")
    bot = found["bot"] if isinstance(found.get("bot"), dict) else {}
    return Header(
        workspace_id=str(workspace.get("id") or ""),
        workspace_name=str(workspace.get("name") or ""),
        parent_id=found["parent"],
        bot_id=str(bot.get("id") or ""),
        bot_name=str(bot.get("name") or ""),
        taken=str(found.get("taken") or ""),
        complete=found.get("completeness") == "complete",
        digests=found.get("values") == "digests",
    )


def _answers(stream: Iterator[bytes], digest: Any) -> Iterator[Answered]:
    for count, line in enumerate(stream):
        found = _parsed(line)
        if "end" in found:
            end = found["end"]
            if not isinstance(end, dict) or (end.get("answers"), end.get("sha256")) != (count, digest.hexdigest()):
                raise _damaged("its lines are not those that were written")
            if next(stream, None) is not None:
                raise _damaged("something follows its end")
            return
        digest.update(line)
        yield _answered(found)
    raise _damaged("its end is missing")


def _answered(found: JsonObject) -> Answered:
    request, answer = found.get("request"), found.get("answer")
    if not isinstance(request, dict) or not isinstance(answer, dict):
        raise _damaged("a line holds no answer")
    query = request.get("query")
    return Answered(
        method=str(request.get("method")),
        path=str(request.get("path")).strip("/"),
        query=query if isinstance(query, dict) else {},
        answer=answer,
    )


def _parsed(line: bytes) -> JsonObject:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise _damaged("a line is not JSON") from None
    if not isinstance(found, dict):
        raise _damaged("a line is no object")
    return found


def _damaged(why: str) -> SnapshotError:
    return SnapshotError(f"it is damaged: {why}", next=_AGAIN)
