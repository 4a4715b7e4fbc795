"""The files of a state made to say something else: only those that have to change, each believed once it reads back."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.desired.editing.tables import renamed, synced
from reconciler.desired.reading import Source


def together(sources: Iterable[Source]) -> dict[str, dict[str, Any]]:
    """What all files say, as one: kinds of tables by name."""
    said: dict[str, dict[str, Any]] = {}
    for source in sources:
        for kind, named in source.data.items():
            said.setdefault(kind, {}).update(named)
    return said


def rewritten(
    sources: Sequence[Source],
    tables: Mapping[str, Mapping[str, Any]],
    renames: Sequence[tuple[tuple[str, ...], str]],
) -> dict[str, str]:
    """The text of each file that has to change so that all of them together say ``tables``, by the file's name.

    ``renames`` are keys that get another name in their place, as (path as it is by then, new name). Raises `ValueError`
    with a sentence where a file is written in a way that cannot be changed in place.
    """
    changed: dict[str, str] = {}
    for source in sources:
        text = source.text.decode("utf-8")
        own = [(path, new) for path, new in renames if path[1] in source.data.get(path[0], {})]
        for path, new in own:
            text = renamed(text, path, new)
        wanted = {
            kind: {name: tables[kind][name] for name in named if name in tables.get(kind, {})}
            for kind, named in source.data.items()
        }
        text = synced(text, tomllib.loads(text), wanted)
        if b"\r\n" in source.text:
            text = re.sub(r"(?<!\r)\n", "\r\n", text)
        if tomllib.loads(text) != wanted:
            raise ValueError(f"{source.file} would not read back as it should")
        if text != source.text.decode("utf-8"):
            changed[source.file] = text
    return changed
