"""number: an int or float, or None."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition, Equals, Scalar
from reconciler.model.live import Config, Value
from reconciler.model.properties import common
from reconciler.model.properties.base import Filter, Lookup
from reconciler.model.properties.filters import either, is_empty, leaf, narrow, presence_fails, presence_holds

_EXACT = 2**53


def canonical(number: object) -> int | float | None:
    """A float without fraction as an int, as far as doubles count exactly.

    Prevents: 3 is answered as 3 or 3.0, depending on how it was entered.
    """
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    try:
        if not math.isfinite(number):
            return None
    except OverflowError:
        return None
    if isinstance(number, float) and number.is_integer() and abs(number) <= _EXACT:
        return int(number)
    return number


def same(left: Value, right: Value) -> bool:
    """Whether two numbers are one.

    Prevents: Notion keeps doubles, so a larger int comes back rounded.
    """
    if left is None or right is None:
        return left is right
    return float(left) == float(right)


def equals(value: Value, scalar: Scalar) -> bool | None:
    """Whether a number is exactly what a state file says; None where that is no number."""
    if isinstance(scalar, bool) or not isinstance(scalar, int | float):
        return None
    wanted = canonical(scalar)
    return value is not None and wanted is not None and same(value, wanted)


def _wanted(plain: Condition) -> int | float | None:
    return canonical(plain.value) if isinstance(plain, Equals) else None


class Number:
    """Meets `PropertyType`; the configuration is ``{"format"}``."""

    name: ClassVar[str] = "number"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = None

    truncated = staticmethod(common.never)
    same = staticmethod(same)
    empty = staticmethod(common.is_nothing)

    def config(self, wire: Mapping[str, Any]) -> Config:
        return {"format": str(common.fields(wire.get("number")).get("format") or "number")}

    def schema(self, config: Config) -> dict[str, Any]:
        return {"number": {"format": config.get("format") or "number"}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return canonical(wire.get("number"))

    def wire(self, value: Value) -> dict[str, Any]:
        return {"number": value}

    def text(self, value: Value, names: Lookup | None = None) -> str:
        del names
        return "" if value is None else common.number_text(value)

    def literal(self, scalar: Any, lookup: Lookup) -> Value:
        del lookup
        if scalar == "":
            return None
        number = canonical(scalar)
        if number is None:
            raise ValueError(f"{scalar!r} is not a number")
        return number

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        """Equality both ways; whether ``does_not_equal`` matches empty fields differs by type, so both are asked."""
        del config

        def holds(plain: Condition) -> Filter:
            wanted = _wanted(plain)
            if wanted is not None:
                return leaf(property_id, "number", "equals", wanted)
            return presence_holds(property_id, "number", plain)

        def fails(plain: Condition) -> Filter:
            wanted = _wanted(plain)
            if wanted is not None:
                return either([leaf(property_id, "number", "does_not_equal", wanted), is_empty(property_id, "number")])
            return presence_fails(property_id, "number", plain)

        return narrow(condition, holds=holds, fails=fails)

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        shown = () if value is None else (self.text(value, names),)
        return common.judge(
            condition, common.Seen(texts=shown, empty=value is None, equals=lambda scalar: equals(value, scalar))
        )


PROPERTY = Number()
