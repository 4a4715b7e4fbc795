"""relation: a list of page ids, dashed; one-way, or two-way with a mirror in the other data source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reconciler.model.condition import Condition
from reconciler.model.limits import RELATION_REFERENCES
from reconciler.model.live import Config, Value
from reconciler.model.properties import common
from reconciler.model.properties.base import Filter, Lookup
from reconciler.model.properties.filters import presence


def _mirror(relation: Mapping[str, Any]) -> dict[str, str] | None:
    """The other side of a two-way relation, by id.

    Prevents: the id is answered percent-encoded here and plain elsewhere, and Notion names the other side itself.
    """
    dual = common.fields(relation.get("dual_property"))
    if not dual.get("synced_property_id"):
        return None
    name = str(dual.get("synced_property_name") or "")
    return {"id": common.decoded(str(dual["synced_property_id"])), "name": name}


class Relation:
    """Meets `PropertyType`; the configuration is ``{"data_source_id", "database_id", "mirror"}``."""

    name: ClassVar[str] = "relation"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = []

    empty = staticmethod(common.is_nothing)

    def config(self, wire: Mapping[str, Any]) -> Config:
        relation = common.fields(wire.get("relation"))
        return {
            "data_source_id": common.dashed(str(relation.get("data_source_id") or "")),
            "database_id": common.dashed(str(relation.get("database_id") or "")),
            "mirror": _mirror(relation),
        }

    def schema(self, config: Config) -> dict[str, Any]:
        """Two-way where the configuration has a mirror; its name is Notion's choice and must be changed afterwards."""
        kind = "dual_property" if config.get("mirror") is not None else "single_property"
        return {"relation": {"data_source_id": config["data_source_id"], "type": kind, kind: {}}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        ids = [str(each["id"]) for each in common.entries(wire.get("relation")) if each.get("id")]
        return common.unique([common.dashed(each) for each in ids])

    def wire(self, value: Value) -> dict[str, Any]:
        return {"relation": common.at_most([{"id": each} for each in value or ()], "links")}

    def truncated(self, wire: Mapping[str, Any]) -> bool:
        """A page answer holds 25 links at most and says so; where it says nothing, 25 are not believed to be all."""
        more = wire.get("has_more")
        return bool(more) if more is not None else len(common.entries(wire.get("relation"))) >= RELATION_REFERENCES

    def same(self, left: Value, right: Value) -> bool:
        """Whether two lists link the same rows.

        Prevents: Notion answers links in an order of its own, and the mirror's order follows other writes.
        """
        return left == right or set(left or ()) == set(right or ())

    def text(self, value: Value, names: Lookup | None = None) -> str:
        return ", ".join(common.named(names, each) for each in value or ())

    def literal(self, scalar: Any, lookup: Lookup) -> Value:
        """Keys of rows (or their ids)."""
        keys = common.texts(scalar, "the key of a row or a list of them")
        found = [each if common.is_object_id(each) else lookup(each) for each in keys]
        return common.unique([common.dashed(each) for each in found])

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        """Keys need looking up first, so Notion is asked only whether there is a link."""
        del config
        return presence(property_id, "relation", condition)

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        keys = tuple(common.named(names, each) for each in value or ())
        return common.judge(condition, common.Seen(texts=keys, empty=not value))


PROPERTY = Relation()
