"""Files that commands read and write for people, with errors that say which file and why."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from reconciler.model.finding import Finding, WtstateError


def write_whole(path: Path, text: str) -> None:
    """``text`` in ``path``, whole or not at all, readable by its owner alone: plans hold values.

    Raises `WtstateError`.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise WtstateError(_cannot("written", path, error)) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise WtstateError(_cannot("written", path, error)) from error


def append(path: Path, text: str) -> None:
    """``text`` at the end of ``path``, which is made if it is not there. Raises `WtstateError`."""
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise WtstateError(_cannot("written", path, error)) from error


def write_toml(path: Path, tables: Mapping[str, Mapping[str, str]]) -> None:
    """Tables of text in ``path`` as TOML, whole or not at all. Raises `WtstateError`."""
    from reconciler.desired.writing.text import toml_text

    try:
        text = toml_text(tables)
    except ValueError as error:
        raise WtstateError(
            Finding(code="file", what=f"{path} was not written: {error}", next="rename it, or write the file by hand")
        ) from error
    write_whole(path, text)


def read_whole(path: Path) -> str:
    """The text of ``path``. Raises `WtstateError`, also for what is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise WtstateError(_cannot("read", path, error)) from error
    except UnicodeDecodeError as error:
        raise WtstateError(
            Finding(code="not-text", what=f"{path} is not UTF-8 text", next="give the file that plan --out wrote")
        ) from error


def _cannot(verb: str, path: Path, error: OSError) -> Finding:
    return Finding(
        code="file",
        what=f"{path} cannot be {verb}: {error.strerror or error}",
        next="check the path and its permissions",
    )
