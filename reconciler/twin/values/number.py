"""number."""

from __future__ import annotations

import math
from typing import Any

from reconciler.twin.errors import misfit
from reconciler.twin.records import Property
from reconciler.twin.values.base import ValueType, Writer, as_is, null_or


def read(_: Writer, __: Property, value: Any, path: str) -> Any:
    number = null_or(value, path, "a number", int, float)
    if number is not None and (not math.isfinite(number) or abs(number) > 1e308):
        raise misfit(path, "a number or `null`", str(value))
    return number


TYPE = ValueType(name="number", conditions="number", read=read, answer=as_is, plain=as_is)
