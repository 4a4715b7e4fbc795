"""The desired state: TOML files → `State`, and the JSON Schema of the language for editors.

What reads the files is imported when it is first asked, so that `reconciler.desired.state` costs nothing to name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.desired.state import State

__all__ = ["json_schema", "load"]


def load(directory: Path, *, env: Mapping[str, str], base: Path, environment: str = "") -> State:
    """The desired state that the ``.toml`` files below ``directory`` declare, every reference checked.

    ``environment`` is the name of one of their environments, "" for none. ``env`` resolves ``env:NAME``; a variable
    that is not set leaves the text as written. Places in findings and in the state are relative to ``base``. Raises
    `WtstateError` with all findings at once: of files that cannot be read or are no TOML together with the tables of
    the others; else of tables, references, names and rules together.
    """
    from reconciler.desired import loading

    return loading.load(directory, env=env, base=base, environment=environment)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one state file, short forms included; plain JSON data."""
    from reconciler.desired import schema

    return schema.json_schema()
