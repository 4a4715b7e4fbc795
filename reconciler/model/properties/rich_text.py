"""rich_text: text with formatting, links, mentions and equations (``text``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common
from reconciler.model.properties import text as rich
from reconciler.model.properties.base import Filter


class RichText:
    """Meets `PropertyType`; the value is a list of runs (``text``)."""

    name: ClassVar[str] = "rich_text"
    creatable: ClassVar[bool] = True
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
        return {"rich_text": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return rich.runs(wire.get("rich_text"))

    def wire(self, value: Value) -> dict[str, Any]:
        return rich.wire("rich_text", value)

    def truncated(self, wire: Mapping[str, Any]) -> bool:
        return rich.truncated("rich_text", wire)

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        del config
        return rich.filter_text("rich_text", property_id, condition)


PROPERTY = RichText()
