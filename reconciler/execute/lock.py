"""One run at a time in one directory: a lock file, let go by the system itself when the process ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.execute.journal import private
from reconciler.model.finding import Finding, WtstateError

NAME = "lock"


@contextmanager
def locked(directory: Path, holder: str) -> Iterator[None]:
    """Holds the lock of ``directory`` (``.wtstate``) for the length of a block.

    Raises `WtstateError` (``locked``) where another process holds it, naming the ``holder`` that it wrote.
    """
    private(directory)
    path = directory / NAME
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise WtstateError(_unusable(path, error)) from error
    try:
        if not _taken(file):
            raise WtstateError(_held(path))
        os.ftruncate(file, 0)
        os.write(file, holder.encode())
        yield
    finally:
        os.close(file)


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30
    """A byte behind whatever is written: Windows lets nobody read what is locked."""

    def _taken(file: int) -> bool:
        os.lseek(file, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(file, 0, os.SEEK_SET)
        return True
else:
    import fcntl

    def _taken(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def _held(path: Path) -> Finding:
    try:
        holder = path.read_text(encoding="utf-8", errors="replace")[:200]
    except OSError:
        holder = ""
    return Finding(
        code="locked",
        what=f"another run is at work in this directory: {holder or 'somebody'}",
        why="two runs at once would work from plans that do not know of each other; nothing was changed",
        next="wait until it is done, or stop it with Ctrl-C there",
    )


def _unusable(path: Path, error: OSError) -> Finding:
    return Finding(
        code="lock-unusable",
        what=f"the lock {path} cannot be opened: {error.strerror}",
        next="mend the permissions of .wtstate",
    )
