"""State files that a command wrote: told by their second line, and never written over once a person changed them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.cli.files import read_whole, write_whole
from reconciler.model.finding import Finding, WtstateError

SCHEMA = "wtstate.schema.json"
"""The JSON Schema beside the files, for editors."""
_FIRST = f"#:schema ./{SCHEMA}"
_MARK = "# Written by wtstate pull; edit it as you like, an edited file is never written over."
_SECOND = re.compile(rf"{re.escape(_MARK)} ([0-9a-f]{{16}})")


@dataclass(frozen=True)
class Written:
    """A file to be written: where, and its whole text."""

    path: Path
    text: str


def generated(path: Path, tables: Mapping[str, Any]) -> Written:
    """The file that says ``tables``. Raises `WtstateError` where TOML cannot say them."""
    from reconciler.desired.writing.text import toml_text

    try:
        body = toml_text(tables)
    except ValueError as error:
        raise WtstateError(
            Finding(
                code="file",
                what=f"{path} was not written: {error}",
                next="pull the other databases by name, without it",
            )
        ) from error
    return Written(path, f"{_FIRST}\n{_MARK} {_digest(body)}\n\n{body}")


def is_ours(path: Path) -> bool:
    """Whether the file at ``path`` is one that a command wrote and nobody changed since."""
    lines = read_whole(path).split("\n", 3)
    if len(lines) < 4 or lines[0] != _FIRST or lines[2]:
        return False
    found = _SECOND.fullmatch(lines[1])
    return found is not None and found[1] == _digest(lines[3])


def put(files: list[Written]) -> tuple[Path, ...]:
    """Writes the files that differ, each whole, and the schema beside them; which were written.

    Nothing is written where a file is there that a person wrote or changed. Raises `WtstateError`.
    """
    theirs = [file.path for file in files if file.path.exists() and not is_ours(file.path)]
    if theirs:
        raise WtstateError([_not_ours(path) for path in theirs])
    changed = [file for file in files if not file.path.exists() or read_whole(file.path) != file.text]
    for directory in {file.path.parent for file in files}:
        directory.mkdir(parents=True, exist_ok=True)
        write_whole(directory / SCHEMA, schema_text())
    for file in changed:
        write_whole(file.path, file.text)
    return tuple(file.path for file in changed)


def schema_text() -> str:
    """The JSON Schema of state files, as it is saved."""
    from reconciler.desired import json_schema
    from reconciler.render.json import json_text

    return json_text(json_schema()) + "\n"


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8")).hexdigest()[:16]


def _not_ours(path: Path) -> Finding:
    return Finding(
        code="not-ours",
        what=f"{path} is there, and a person wrote or changed it",
        why="what people write is never written over",
        next="move it away, or leave its database out",
    )
