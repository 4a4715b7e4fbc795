"""status: the name of one option; the options lie in three groups that only a person can change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, options
from reconciler.model.properties.base import Filter, Lookup


def cleared(config: Config) -> str | None:
    """What a row answers after its status was cleared: the default option, the first of the first group that has one.

    Prevents: null is written and an option is read, so that a cleared status would look changed for ever.
    """
    names = {option["id"]: option["name"] for option in config.get("options", ())}
    listed = (names[each] for group in config.get("groups", ()) for each in group["option_ids"] if each in names)
    return next(listed, next(iter(names.values()), None))


def group_of(config: Config, option: str) -> str:
    """The name of the group an option lies in ("" where the option is not there)."""
    ids = {each["id"] for each in config.get("options", ()) if each["name"] == option}
    return next((group["name"] for group in config.get("groups", ()) if ids & set(group["option_ids"])), "")


class Status:
    """Meets `PropertyType`; the configuration is ``{"options", "groups"}``, new options may carry ``group``."""

    name: ClassVar[str] = "status"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = None

    truncated = staticmethod(common.never)
    same = staticmethod(options.same)
    empty = staticmethod(common.is_nothing)
    text = staticmethod(options.text)
    meets = staticmethod(options.meets)

    def config(self, wire: Mapping[str, Any]) -> Config:
        """Options and groups; a group's color is fixed and left out."""
        groups = [
            {
                "id": str(group.get("id") or ""),
                "name": str(group.get("name") or ""),
                "option_ids": [str(each) for each in group.get("option_ids") or ()],
            }
            for group in common.entries(common.fields(wire.get("status")).get("groups"))
        ]
        return {**options.config("status", wire), "groups": groups}

    def schema(self, config: Config) -> dict[str, Any]:
        return options.schema("status", config)

    def value(self, wire: Mapping[str, Any]) -> Value:
        return options.name(wire.get("status"))

    def wire(self, value: Value) -> dict[str, Any]:
        """None sets the default option (`cleared`): Notion keeps no row without a status."""
        return {"status": {"name": value} if value else None}

    def literal(self, scalar: Any, lookup: Lookup) -> Value:
        """The name of an option. "" is refused: no plan could converge on a value that Notion does not keep."""
        name = options.literal(scalar, lookup)
        if name is None:
            raise ValueError("a status cannot be cleared: Notion would set its default option, so name that option")
        return name

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        return options.filter_one("status", property_id, condition, config)


PROPERTY = Status()
