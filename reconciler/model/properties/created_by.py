"""created_by: who made the row; a person as in people, or None."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, persons
from reconciler.model.properties.base import Lookup


class CreatedBy:
    """Meets `PropertyType`."""

    name: ClassVar[str] = "created_by"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = False
    nothing: ClassVar[Value] = None

    config = staticmethod(common.no_config)
    wire = staticmethod(common.not_writable)
    truncated = staticmethod(common.never)
    same = staticmethod(persons.same)
    empty = staticmethod(common.is_nothing)
    literal = staticmethod(common.not_settable)
    filter = staticmethod(common.unfiltered)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {"created_by": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return persons.one("created_by", wire)

    def text(self, value: Value, names: Lookup | None = None) -> str:
        return persons.label(value, names) if value else ""

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        return persons.meets([value] if value else [], condition, names)


PROPERTY = CreatedBy()
