"""place: a point with a name."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks
from reconciler.twin.errors import UNDEFINED
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType, Writer, as_is, null_or

_TEXTS = ("name", "address", "aws_place_id", "google_place_id")


def read(_: Writer, __: Property, value: Any, path: str) -> Any:
    if value is None:
        return None
    body = checks.obj(value, path, null=True)
    place: dict[str, Any] = {
        axis: checks.number(body.get(axis, UNDEFINED), f"{path}.{axis}") for axis in ("lat", "lon")
    }
    for key in _TEXTS:
        place[key] = null_or(body.get(key), f"{path}.{key}", "a string", str)
    return place


def plain(_: Reader, __: Property, ___: Page, stored: Any) -> str:
    return "" if stored is None else str(stored.get("name") or stored.get("address") or "")


TYPE = ValueType(name="place", conditions="text", read=read, answer=as_is, plain=plain)
