"""button: holds no value; only a person can make one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.live import Config, Value
from reconciler.model.properties import common, opaque


class Button:
    """Meets `PropertyType`; the value is always None."""

    name: ClassVar[str] = "button"
    creatable: ClassVar[bool] = False
    writable: ClassVar[bool] = False
    nothing: ClassVar[Value] = None

    config = staticmethod(common.no_config)
    wire = staticmethod(common.not_writable)
    truncated = staticmethod(common.never)
    same = staticmethod(common.equal)
    empty = staticmethod(common.is_nothing)
    text = staticmethod(opaque.text)
    literal = staticmethod(common.not_settable)
    filter = staticmethod(common.unfiltered)
    meets = staticmethod(opaque.meets)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {"button": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        del wire


PROPERTY = Button()
