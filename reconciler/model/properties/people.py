"""people: a list of ``{"id"}`` with ``name`` and ``email`` only when known; groups have ``"object": "group"``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.limits import RELATION_REFERENCES
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, persons
from reconciler.model.properties.base import Filter, Lookup
from reconciler.model.properties.filters import presence


class People:
    """Meets `PropertyType`."""

    name: ClassVar[str] = "people"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = []

    config = staticmethod(common.no_config)
    empty = staticmethod(common.is_nothing)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {"people": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return [persons.person(each) for each in common.entries(wire.get("people"))]

    def wire(self, value: Value) -> dict[str, Any]:
        people = [{"object": each.get("object", "user"), "id": each["id"]} for each in value or ()]
        return {"people": common.at_most(people, "people")}

    def truncated(self, wire: Mapping[str, Any]) -> bool:
        """A page answer may leave out people beyond 25, and does not say so."""
        return len(common.entries(wire.get("people"))) >= RELATION_REFERENCES

    def same(self, left: Value, right: Value) -> bool:
        """Whether two lists name the same people.

        Prevents: names and addresses are known or not by the token's capabilities, and the order means nothing.
        """
        return {each["id"] for each in left or ()} == {each["id"] for each in right or ()}

    def text(self, value: Value, names: Lookup | None = None) -> str:
        return ", ".join(persons.label(each, names) for each in value or ())

    def literal(self, scalar: Any, lookup: Lookup) -> Value:
        """E-mail addresses (or ids) of people."""
        found = [
            each if common.is_object_id(each) else lookup(each)
            for each in common.texts(scalar, "an e-mail address or a list of them")
        ]
        return [{"id": each} for each in common.unique([common.dashed(each) for each in found])]

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        """Addresses need looking up first, so Notion is asked only whether there is anybody."""
        del config
        return presence(property_id, "people", condition)

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        return persons.meets(list(value or ()), condition, names)


PROPERTY = People()
