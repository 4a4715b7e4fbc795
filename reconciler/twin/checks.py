"""Checks of the shape of request bodies, failing in Notion's words with the path of what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from reconciler.twin import ids
from reconciler.twin.errors import UNDEFINED, TwinError, invalid, misfit, shown

JsonObject = dict[str, Any]

EXACT = 2**53
"""Up to here whole numbers are exact; Notion's numbers are doubles."""
LARGEST = 1.7976931348623157e308
MAX_TEXT = 2000
MAX_LIST = 100


def utf16(text: str) -> int:
    """Length in UTF-16 code units, which is how Notion counts everywhere."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def obj(value: Any, path: str, *, null: bool = False) -> JsonObject:
    if not isinstance(value, dict):
        raise misfit(path, "defined" if value is UNDEFINED else _or_null("an object", null), value)
    return value


def array(value: Any, path: str, *, limit: int = MAX_LIST) -> list[Any]:
    if not isinstance(value, list):
        raise misfit(path, "defined" if value is UNDEFINED else "an array", value)
    if len(value) > limit:
        raise invalid(f"body failed validation: {path}.length should be ≤ `{limit}`, instead was `{len(value)}`.")
    return value


def string(value: Any, path: str, *, limit: int = MAX_TEXT, null: bool = False) -> str:
    if not isinstance(value, str):
        raise misfit(path, "defined" if value is UNDEFINED else _or_null("a string", null), value)
    length = utf16(value)
    if length > limit:
        raise invalid(f"body failed validation: {path}.length should be ≤ `{limit}`, instead was `{length}`.")
    return value


def boolean(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise misfit(path, "defined" if value is UNDEFINED else "a boolean", value)
    return value


def number(value: Any, path: str, *, null: bool = False) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise misfit(path, "defined" if value is UNDEFINED else _or_null("a number", null), value)
    if isinstance(value, int) and abs(value) <= EXACT:
        return value
    if abs(value) > LARGEST:
        raise misfit(path, _or_null("a number", null), str(value))
    return float(value)


def uuid(value: Any, path: str) -> str:
    parsed = ids.parse(value)
    if parsed is None:
        raise misfit(path, "defined" if value is UNDEFINED else "a valid uuid", value)
    return parsed


def one_of(value: Any, path: str, allowed: Collection[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise misfit(path, choices(allowed), value)
    return value


def choices(allowed: Iterable[str]) -> str:
    quoted = [f'`"{name}"`' for name in allowed]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])}, or {quoted[-1]}"


def kind(body: JsonObject, members: Iterable[str]) -> str | None:
    """Which member of a union a body is: what ``type`` says, or else the first member that is there."""
    named = body.get("type")
    return named if isinstance(named, str) else next((name for name in members if name in body), None)


def known_keys(body: Mapping[str, Any], path: str, allowed: Collection[str]) -> None:
    """Refuse keys that an endpoint does not take. Only top levels are held to this; Notion ignores extras below."""
    for key, value in body.items():
        if key not in allowed:
            raise misfit(f"{path}.{key}", "not present", value)


def union(path: str, members: Iterable[str], value: Any = UNDEFINED) -> TwinError:
    """None of a union's members fits: one line for each, as Notion lists them."""
    lines = "\n".join(f"{path}.{name} should be defined, instead was {shown(value)}." for name in members)
    return invalid(f"body failed validation. Fix one:\n{lines}")


def _or_null(rule: str, null: bool) -> str:
    return f"{rule} or `null`" if null else rule
