"""verification: whether a page of a wiki was verified, by whom and until when; only a person can add the property."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, moments, opaque, persons
from reconciler.model.properties.base import Lookup


class Verification:
    """Meets `PropertyType`; the value is ``{"state"}`` with ``verified_by`` and ``date`` when set, or None."""

    name: ClassVar[str] = "verification"
    creatable: ClassVar[bool] = False
    writable: ClassVar[bool] = False
    nothing: ClassVar[Value] = None

    config = staticmethod(common.no_config)
    wire = staticmethod(common.not_writable)
    truncated = staticmethod(common.never)
    same = staticmethod(common.equal)
    empty = staticmethod(common.is_nothing)
    literal = staticmethod(common.not_settable)
    filter = staticmethod(common.unfiltered)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {"verification": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        raw = common.fields(wire.get("verification"))
        if not isinstance(raw.get("state"), str):
            return None
        who = common.fields(raw.get("verified_by"))
        when = moments.canonical(raw.get("date"))
        return {
            "state": raw["state"],
            **({"verified_by": persons.person(who)} if who.get("id") else {}),
            **({"date": when} if when else {}),
        }

    def text(self, value: Value, names: Lookup | None = None) -> str:
        del names
        return str(value["state"]) if value else ""

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        return opaque.meets(self.text(value, names), condition)


PROPERTY = Verification()
