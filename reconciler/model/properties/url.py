"""url: a web address, or None; shared behaviour in ``strings``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, strings
from reconciler.model.properties.base import Filter
from reconciler.model.properties.text import filter_text


class Url:
    """Meets `PropertyType`."""

    name: ClassVar[str] = "url"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = None

    config = staticmethod(common.no_config)
    truncated = staticmethod(common.never)
    same = staticmethod(strings.same)
    empty = staticmethod(common.is_nothing)
    text = staticmethod(strings.text)
    literal = staticmethod(strings.literal)
    meets = staticmethod(strings.meets)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {"url": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return strings.value("url", wire)

    def wire(self, value: Value) -> dict[str, Any]:
        return {"url": value or None}

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        del config
        return filter_text("url", property_id, condition)


PROPERTY = Url()
