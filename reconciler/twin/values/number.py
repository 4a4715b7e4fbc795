"""number."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks
from reconciler.twin.records import Property
from reconciler.twin.values.base import ValueType, Writer, as_is


def read(_: Writer, __: Property, value: Any, path: str) -> float | int | None:
    return None if value is None else checks.number(value, path, null=True)


TYPE = ValueType(name="number", conditions="number", read=read, answer=as_is, plain=as_is)
