"""checkbox: true or false, never empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common
from reconciler.model.properties.base import EVERYTHING, NOTHING, Filter, Lookup
from reconciler.model.properties.filters import leaf


def seen(value: Value) -> common.Seen:
    """A boolean as a condition sees it: true, false, or their words."""
    return common.Seen(
        texts=(common.spoken(bool(value)),),
        empty=False,
        equals=lambda scalar: bool(value) is scalar if isinstance(scalar, bool) else None,
    )


class Checkbox:
    """Meets `PropertyType`."""

    name: ClassVar[str] = "checkbox"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = False

    config = staticmethod(common.no_config)
    truncated = staticmethod(common.never)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {"checkbox": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return wire.get("checkbox") is True

    def wire(self, value: Value) -> dict[str, Any]:
        return {"checkbox": bool(value)}

    def same(self, left: Value, right: Value) -> bool:
        """Whether both are checked or both are not; what was never set is not checked."""
        return bool(left) is bool(right)

    def empty(self, value: Value) -> bool:
        del value
        return False

    def text(self, value: Value, names: Lookup | None = None) -> str:
        del names
        return common.spoken(bool(value))

    def literal(self, scalar: Any, lookup: Lookup) -> Value:
        del lookup
        if scalar == "":
            return False
        if not isinstance(scalar, bool):
            raise ValueError(f"{scalar!r} is neither true nor false")
        return scalar

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        """Exact: there are two values, and both are judged."""
        del config
        met = [value for value in (True, False) if self.meets(value, condition)]
        if len(met) == 1:
            return leaf(property_id, "checkbox", "equals", met[0])
        return EVERYTHING if met else NOTHING

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        del names
        return common.judge(condition, seen(value))


PROPERTY = Checkbox()
