"""checkbox."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks
from reconciler.twin.records import Property
from reconciler.twin.values.base import ValueType, Writer, as_is


def read(_: Writer, __: Property, value: Any, path: str) -> bool:
    return checks.boolean(value, path)


TYPE = ValueType(name="checkbox", conditions="checkbox", read=read, answer=as_is, plain=as_is, empty=False)
