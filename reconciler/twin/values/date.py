"""date: a day or a minute, or two of them."""

from __future__ import annotations

from typing import Any

from reconciler.twin import richtext
from reconciler.twin.records import Property
from reconciler.twin.values.base import ValueType, Writer, as_is


def read(_: Writer, __: Property, value: Any, path: str) -> Any:
    return None if value is None else richtext.date_value(value, path)


TYPE = ValueType(name="date", conditions="date", read=read, answer=as_is, plain=as_is)
