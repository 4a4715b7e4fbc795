"""title: the one text that names a row. Its id is always ``title``; it is made with its data source, never added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common
from reconciler.model.properties import text as rich
from reconciler.model.properties.base import Filter


class Title:
    """Meets `PropertyType`; the value is a list of runs (``text``)."""

    name: ClassVar[str] = "title"
    creatable: ClassVar[bool] = False
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = []

    config = staticmethod(common.no_config)
    same = staticmethod(rich.same)
    empty = staticmethod(rich.empty)
    text = staticmethod(rich.text)
    literal = staticmethod(rich.literal)
    meets = staticmethod(rich.meets)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {"title": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return rich.runs(wire.get("title"))

    def wire(self, value: Value) -> dict[str, Any]:
        return rich.wire("title", value)

    def truncated(self, wire: Mapping[str, Any]) -> bool:
        return rich.truncated("title", wire)

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        del config
        return rich.filter_text("title", property_id, condition)


PROPERTY = Title()
