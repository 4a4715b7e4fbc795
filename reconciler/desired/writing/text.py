"""Tables as TOML text, believed only once it was read back."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from typing import Any


def toml_text(tables: Mapping[str, Any]) -> str:
    """``tables`` as TOML 1.0, a newline at its end; `ValueError` where they cannot be written.

    ``toml`` writes it; what it gets wrong (control characters, quotes in names of tables) tomlkit does. Neither is
    believed: the text is read back with ``tomllib`` and compared, order included.
    """
    wanted = _plain(tables)
    for write in (_with_toml, _with_tomlkit):
        text = write(wanted)
        if text is not None and _reads_back(text, wanted):
            return text if text.endswith("\n") else f"{text}\n"
    raise ValueError("a name or text in it cannot be written as TOML")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _reads_back(text: str, wanted: Any) -> bool:
    try:
        found = tomllib.loads(text.encode("utf-8").decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeEncodeError):
        return False
    return bool(found == wanted) and bool(_keys(found) == _keys(wanted))


def _keys(value: Any) -> Any:
    """The order of keys, save that a table's plain values may come before its tables."""
    if isinstance(value, list):
        return [_keys(item) for item in value]
    if not isinstance(value, dict):
        return None
    inner = [(key, _keys(item)) for key, item in value.items()]
    return [pair for pair in inner if pair[1] is None] + [pair for pair in inner if pair[1] is not None]


def _with_toml(tables: dict[str, Any]) -> str | None:
    import toml

    try:
        return toml.dumps(tables)
    except (ValueError, TypeError, IndexError):
        return None


def _with_tomlkit(tables: dict[str, Any]) -> str | None:
    import tomlkit

    write: Callable[[Any], str] = tomlkit.dumps
    try:
        return write(tables)
    except (ValueError, TypeError):
        return None
