"""What url, email and phone_number share: one string, or None."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.condition import Condition, normal
from reconciler.model.live import Value
from reconciler.model.properties.base import Lookup
from reconciler.model.properties.common import Seen, judge


def value(kind: str, wire: Mapping[str, Any]) -> Value:
    """The string, None for none.

    Prevents: a cleared field is answered as null by one client's writes and as "" by another's.
    """
    raw = wire.get(kind)
    return raw if isinstance(raw, str) and raw else None


def same(left: Value, right: Value) -> bool:
    """Whether two strings are the same; none and "" are."""
    return (left or None) == (right or None)


def text(value: Value, names: Lookup | None = None) -> str:
    """The string as it stands."""
    del names
    return value or ""


def literal(scalar: Any, lookup: Lookup) -> Value:
    """The string without blanks at its ends; "" clears."""
    del lookup
    if not isinstance(scalar, str):
        raise ValueError(f"{scalar!r} is not text")
    return normal(scalar) or None


def meets(value: Value, condition: Condition, names: Lookup | None = None) -> bool:
    """The judge for one string: empty means nothing but blanks."""
    del names
    shown = value or ""
    return judge(condition, Seen(texts=(shown,), empty=not normal(shown)))
