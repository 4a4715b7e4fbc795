"""created_time: when the row was made, by the minute; a time as Notion answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, date, moments
from reconciler.model.properties.base import Filter, Lookup


class CreatedTime:
    """Meets `PropertyType`."""

    name: ClassVar[str] = "created_time"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = False
    nothing: ClassVar[Value] = None

    config = staticmethod(common.no_config)
    wire = staticmethod(common.not_writable)
    truncated = staticmethod(common.never)
    empty = staticmethod(common.is_nothing)
    literal = staticmethod(common.not_settable)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {"created_time": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        raw = wire.get("created_time")
        return raw if isinstance(raw, str) and raw else None

    def same(self, left: Value, right: Value) -> bool:
        return moments.point(left) == moments.point(right)

    def text(self, value: Value, names: Lookup | None = None) -> str:
        del names
        return moments.spoken(value) if value else ""

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        del config
        return date.filter_moment("created_time", property_id, condition)

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        del names
        return common.judge(condition, date.seen({"start": value} if value else None))


PROPERTY = CreatedTime()
