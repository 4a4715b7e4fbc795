"""unknown: any type that is not known here; read as raw JSON, never written, never a reason to stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.live import Config, Value
from reconciler.model.properties import common, opaque


class Unknown:
    """Meets `PropertyType` for every name that no other type has; values and configurations are what Notion answers."""

    name: ClassVar[str] = "unknown"
    creatable: ClassVar[bool] = False
    writable: ClassVar[bool] = False
    nothing: ClassVar[Value] = None

    wire = staticmethod(common.not_writable)
    truncated = staticmethod(common.never)
    same = staticmethod(common.equal)
    empty = staticmethod(common.is_nothing)
    text = staticmethod(opaque.text)
    literal = staticmethod(common.not_settable)
    filter = staticmethod(common.unfiltered)
    meets = staticmethod(opaque.meets)

    def config(self, wire: Mapping[str, Any]) -> Config:
        raw = opaque.readable(wire.get(str(wire.get("type"))))
        return raw if isinstance(raw, dict) else {}

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        raise ValueError("a property of a type that is not known here cannot be made")

    def value(self, wire: Mapping[str, Any]) -> Value:
        return opaque.readable(wire.get(str(wire.get("type"))))


PROPERTY = Unknown()
