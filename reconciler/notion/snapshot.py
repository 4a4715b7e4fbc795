"""Snapshots: what Notion answered, kept as it was answered. The format is in docs/reference/snapshot.md.

A `Recorder` taps a client and spools every answer into a temporary file that has no name, so memory stays flat however
much is read. From there the lines go to a twin (`lines`) or into a file (`save`). A token is in none of it: requests
are kept by method, path, query and a digest of their body, never with headers.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from reconciler.model.finding import Finding, WtstateError
from reconciler.notion.client import Client
from reconciler.notion.hiding import Hiding
from reconciler.notion.version import VERSION

FORMAT = "wtstate-snapshot"
FORMAT_VERSION = 1
"""Raised when a reader of today could no longer read what is written."""
_IN_MEMORY = 4 * 1024 * 1024
"""Bytes that are spooled before a file is used at all."""
_REQUEST, _ANSWER = b'{"request":', b',"answer":'
"""What each line begins with, and what stands between its two parts: no request has a word "answer"."""

PassedOver = Callable[[Mapping[str, Any], bytes], bool]
"""Whether an answer, as it came, is not wanted; with its request."""


@dataclass(frozen=True)
class Header:
    """What a snapshot is of. ``parent`` is the id of the parent page, ``bot`` who read it, ``taken`` an ISO time or "".

    ``complete`` says that everything was read, not just what one plan asks; ``digests`` that what people typed is kept
    as digests only; ``searched`` that what is not under the parent page was searched for.
    """

    workspace: str
    workspace_name: str
    parent: str
    bot: str = ""
    bot_name: str = ""
    taken: str = ""
    complete: bool = False
    digests: bool = False
    searched: bool = True
    environment: str = ""
    """The environment that the state was read for."""


def _dumped(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _line(data: Mapping[str, Any]) -> bytes:
    return _dumped(data) + b"\n"


def _again(answer: bytes) -> bytes:
    return _dumped(json.loads(answer))


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recorder for the length of a block; afterwards what it kept is gone."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        yield Recorder(spool)


class Recorder:
    """Keeps answers in the order in which they came; made by `recording`. ``answers`` counts them."""

    def __init__(self, spool: IO[bytes]) -> None:
        self.answers = 0
        self._spool = spool

    def heard(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        answer: bytes,
    ) -> None:
        """Keeps one answer; the shape of a client's tap."""
        request: dict[str, Any] = {"method": method, "path": path}
        if query:
            request["query"] = dict(query)
        if body is not None:
            request["body"] = hashlib.sha256(_line(body)).hexdigest()
        # As it came: to write it anew would cost as much as to read it. A line must stay one line, and one encoding.
        whole = answer if answer.startswith(b"{") and b"\n" not in answer and b"\0" not in answer else _again(answer)
        self._spool.write(_REQUEST + _dumped(request) + _ANSWER + whole + b"}\n")
        self.answers += 1

    def clear(self) -> None:
        """Forgets what was kept."""
        self._spool.seek(0)
        self._spool.truncate()
        self.answers = 0

    @contextmanager
    def listening(self, client: Client) -> Iterator[None]:
        """Keeps every answer that the client gets in the block."""
        before, client.tap = client.tap, self.heard
        try:
            yield
        finally:
            client.tap = before

    def answered(self, passed_over: PassedOver | None = None) -> Iterator[dict[str, Any]]:
        """Each answer again, with its request: ``{"request": …, "answer": …}``.

        ``passed_over`` is asked first, with the request and the answer as it came: to parse very many costs as much as
        to have read them.
        """
        for line in self._raw():
            if passed_over is not None:
                request, _, answer = line.removeprefix(_REQUEST).partition(_ANSWER)
                if passed_over(json.loads(request), answer):
                    continue
            yield json.loads(line)

    def keep(self, answered: Iterable[Mapping[str, Any]]) -> None:
        """Keeps answers of another recorder, as `answered` gives them."""
        for each in answered:
            self._spool.write(_line(each))
            self.answers += 1

    def _raw(self) -> Iterator[bytes]:
        self._spool.seek(0)
        yield from self._spool
        self._spool.seek(0, os.SEEK_END)

    def lines(self, header: Header, hiding: Hiding | None = None) -> Iterator[bytes]:
        """The whole snapshot, line by line: header, answers, and the end that says how much there must be.

        What ``hiding`` hides is not in it, and the header says so.
        """
        digest, count = hashlib.sha256(), 0
        first = _line(
            {
                "format": FORMAT,
                "version": FORMAT_VERSION,
                "api": VERSION,
                "completeness": "complete" if header.complete else "partial",
                "values": "digests" if header.digests or hiding is not None else "kept",
                "searched": header.searched,
                "workspace": {"id": header.workspace, "name": header.workspace_name},
                "parent": header.parent,
                "bot": {"id": header.bot, "name": header.bot_name},
                "taken": header.taken,
                **({"environment": header.environment} if header.environment else {}),
            }
        )
        digest.update(first)
        yield first
        for line in self._raw() if hiding is None else self._without(hiding):
            digest.update(line)
            count += 1
            yield line
        yield _line({"end": {"answers": count, "sha256": digest.hexdigest()}})

    def _without(self, hiding: Hiding) -> Iterator[bytes]:
        hiding.learn(self.answered())
        return map(_line, hiding.hidden(self.answered()))

    def save(self, path: Path, header: Header, hiding: Hiding | None = None) -> None:
        """The snapshot in ``path``, compressed, whole or not at all, its owner's alone. Raises `WtstateError`.

        What ``hiding`` hides is not in it.
        """
        try:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        except OSError as error:
            raise WtstateError(_cannot(path, error)) from error
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
                    for line in self.lines(header, hiding):
                        packed.write(line)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            raise WtstateError(_cannot(path, error)) from error
        finally:
            temporary.unlink(missing_ok=True)


def _cannot(path: Path, error: OSError) -> Finding:
    return Finding(
        code="file",
        what=f"{path} cannot be written: {error.strerror or error}",
        next="check the path and its permissions",
    )
