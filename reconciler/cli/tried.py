"""The state as it would be with other files, before any of them is written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.cli.generated import SCHEMA

if TYPE_CHECKING:
    from reconciler.desired.state import State


def tried(directory: Path, files: Mapping[Path, str], *, environment: str) -> State:
    """The state as it will be with these texts by path, loaded from a copy: what does not load is not written.

    Raises `WtstateError` with everything that would be wrong.
    """
    from reconciler.desired import load

    with TemporaryDirectory(prefix="wtstate-tried-") as name:
        copy = Path(name) / "state"
        if directory.is_dir():
            shutil.copytree(directory, copy, ignore=shutil.ignore_patterns(SCHEMA))
        for path, text in files.items():
            within = path.absolute().is_relative_to(directory.absolute())
            to = copy / path.absolute().relative_to(directory.absolute()) if within else copy / path.name
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(text, encoding="utf-8", newline="")
        return load(copy, env=os.environ, base=Path(name), environment=environment)
