"""unique_id: the number that Notion gives a row, with the prefix of its data source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, number
from reconciler.model.properties.base import Lookup


class UniqueId:
    """Meets `PropertyType`; the configuration is ``{"prefix"}``, the value ``{"prefix", "number"}`` or None."""

    name: ClassVar[str] = "unique_id"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = False
    nothing: ClassVar[Value] = None

    wire = staticmethod(common.not_writable)
    truncated = staticmethod(common.never)
    same = staticmethod(common.equal)
    empty = staticmethod(common.is_nothing)
    literal = staticmethod(common.not_settable)
    filter = staticmethod(common.unfiltered)

    def config(self, wire: Mapping[str, Any]) -> Config:
        """The prefix.

        Prevents: an unset prefix is answered as null and left out of requests.
        """
        return {"prefix": common.fields(wire.get("unique_id")).get("prefix") or None}

    def schema(self, config: Config) -> dict[str, Any]:
        """The prefix is always said: left out, Notion keeps the old one."""
        return {"unique_id": {"prefix": config.get("prefix")}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        raw = common.fields(wire.get("unique_id"))
        found = number.canonical(raw.get("number"))
        return None if found is None else {"prefix": raw.get("prefix") or None, "number": found}

    def text(self, value: Value, names: Lookup | None = None) -> str:
        del names
        if not value:
            return ""
        return f"{value['prefix']}-{value['number']}" if value["prefix"] else str(value["number"])

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        """The judge: ``TASK-3``, or the bare number."""
        shown = (self.text(value, names),) if value else ()
        here = value["number"] if value else None
        seen = common.Seen(texts=shown, empty=not value, equals=lambda scalar: number.equals(here, scalar))
        return common.judge(condition, seen)


PROPERTY = UniqueId()
