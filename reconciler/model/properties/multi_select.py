"""multi_select: a list of option names, in the order in which they were chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition, normal
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, options
from reconciler.model.properties.base import Filter, Lookup


class MultiSelect:
    """Meets `PropertyType`; the configuration is ``{"options"}`` (``options``)."""

    name: ClassVar[str] = "multi_select"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = []

    truncated = staticmethod(common.never)
    empty = staticmethod(common.is_nothing)

    def config(self, wire: Mapping[str, Any]) -> Config:
        return options.config("multi_select", wire)

    def schema(self, config: Config) -> dict[str, Any]:
        return options.schema("multi_select", config)

    def value(self, wire: Mapping[str, Any]) -> Value:
        names = [options.name(each) for each in common.entries(wire.get("multi_select"))]
        return common.unique([each for each in names if each])

    def wire(self, value: Value) -> dict[str, Any]:
        return {"multi_select": common.at_most([{"name": each} for each in value or ()], "options")}

    def same(self, left: Value, right: Value) -> bool:
        """Whether two lists hold the same options.

        Prevents: options chosen in another order say the same, so a different order is no reason to write.
        """
        return left == right or {normal(each) for each in left or ()} == {normal(each) for each in right or ()}

    def text(self, value: Value, names: Lookup | None = None) -> str:
        del names
        return ", ".join(value or ())

    def literal(self, scalar: Any, lookup: Lookup) -> Value:
        del lookup
        return [options.checked(each) for each in common.texts(scalar, "a list of options")]

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        return options.filter_many("multi_select", property_id, condition, config)

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        del names
        return common.judge(condition, common.Seen(texts=tuple(value or ()), empty=not value))


PROPERTY = MultiSelect()
