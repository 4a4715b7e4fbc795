"""select: the name of one option, or None."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, options
from reconciler.model.properties.base import Filter


class Select:
    """Meets `PropertyType`; the configuration is ``{"options"}`` (``options``)."""

    name: ClassVar[str] = "select"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = None

    truncated = staticmethod(common.never)
    same = staticmethod(options.same)
    empty = staticmethod(common.is_nothing)
    text = staticmethod(options.text)
    literal = staticmethod(options.literal)
    meets = staticmethod(options.meets)

    def config(self, wire: Mapping[str, Any]) -> Config:
        return options.config("select", wire)

    def schema(self, config: Config) -> dict[str, Any]:
        return options.schema("select", config)

    def value(self, wire: Mapping[str, Any]) -> Value:
        return options.name(wire.get("select"))

    def wire(self, value: Value) -> dict[str, Any]:
        return {"select": {"name": value} if value else None}

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        return options.filter_one("select", property_id, condition, config)


PROPERTY = Select()
