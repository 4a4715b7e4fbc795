"""rollup: computed by Notion over a relation; ``{"type", "function", "<type>"}`` to be read.

The items of an array are ``{"type", "<type>"}`` with the canonical value of their type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from reconciler.model.condition import Condition, normal
from reconciler.model.limits import RELATION_REFERENCES
from reconciler.model.live import Config, Value
from reconciler.model.properties import (
    checkbox,
    common,
    created_by,
    created_time,
    date,
    email,
    files,
    formula,
    last_edited_by,
    last_edited_time,
    multi_select,
    number,
    people,
    phone_number,
    place,
    relation,
    rich_text,
    select,
    status,
    title,
    unique_id,
    url,
)
from reconciler.model.properties.base import Lookup, PropertyType

_ROLLED_UP: Final[Mapping[str, PropertyType]] = {
    each.name: each
    for each in (
        checkbox.PROPERTY,
        created_by.PROPERTY,
        created_time.PROPERTY,
        date.PROPERTY,
        email.PROPERTY,
        files.PROPERTY,
        formula.PROPERTY,
        last_edited_by.PROPERTY,
        last_edited_time.PROPERTY,
        multi_select.PROPERTY,
        number.PROPERTY,
        people.PROPERTY,
        phone_number.PROPERTY,
        place.PROPERTY,
        relation.PROPERTY,
        rich_text.PROPERTY,
        select.PROPERTY,
        status.PROPERTY,
        title.PROPERTY,
        unique_id.PROPERTY,
        url.PROPERTY,
    )
}


def _item(raw: Mapping[str, Any]) -> dict[str, Any]:
    """One item in canonical form.

    Prevents: a rolled-up file's address is signed anew for every answer, a person's avatar changes on its own.
    """
    kind = str(raw.get("type") or "")
    reader = _ROLLED_UP.get(kind)
    return {"type": kind, kind: reader.value(raw) if reader else raw.get(kind)}


def _shown(item: Mapping[str, Any], names: Lookup | None) -> str:
    kind = item["type"]
    reader = _ROLLED_UP.get(kind)
    return reader.text(item[kind], names) if reader else json.dumps(item[kind], ensure_ascii=False, sort_keys=True)


def _items(value: Value) -> list[Mapping[str, Any]]:
    return list((value or {}).get("array") or ())


class Rollup:
    """Meets `PropertyType`; the configuration names relation, property and function."""

    name: ClassVar[str] = "rollup"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = False
    nothing: ClassVar[Value] = None

    wire = staticmethod(common.not_writable)
    literal = staticmethod(common.not_settable)
    filter = staticmethod(common.unfiltered)

    def config(self, wire: Mapping[str, Any]) -> Config:
        rollup = common.fields(wire.get("rollup"))
        ids = {f"{side}_property_id": str(rollup.get(f"{side}_property_id") or "") for side in ("relation", "rollup")}
        names = {
            f"{side}_property_name": str(rollup.get(f"{side}_property_name") or "") for side in ("relation", "rollup")
        }
        return {
            "function": str(rollup.get("function") or ""),
            **{key: common.decoded(each) for key, each in ids.items()},
            **names,
        }

    def schema(self, config: Config) -> dict[str, Any]:
        """By name where one is known: ids die with their property, and a new relation has none yet."""
        body: dict[str, Any] = {"function": config["function"]}
        for side in ("relation", "rollup"):
            by_name, by_id = f"{side}_property_name", f"{side}_property_id"
            if config.get(by_name):
                body[by_name] = config[by_name]
            else:
                body[by_id] = config[by_id]
        return {"rollup": body}

    def value(self, wire: Mapping[str, Any]) -> Value:
        raw = common.fields(wire.get("rollup"))
        function = {"function": str(raw["function"])} if raw.get("function") else {}
        if raw.get("type") == "array":
            return {"type": "array", **function, "array": [_item(each) for each in common.entries(raw.get("array"))]}
        found = formula.result(raw)
        return None if found is None else {**found, **function}

    def truncated(self, wire: Mapping[str, Any]) -> bool:
        """A page answer rolls up 25 rows at most and does not say so."""
        return len(common.entries(common.fields(wire.get("rollup")).get("array"))) >= RELATION_REFERENCES

    def same(self, left: Value, right: Value) -> bool:
        return common.equal(left or {}, right or {})

    def empty(self, value: Value) -> bool:
        return not _items(value) and formula.PROPERTY.empty(value)

    def text(self, value: Value, names: Lookup | None = None) -> str:
        if (value or {}).get("type") == "array":
            return ", ".join(_shown(item, names) for item in _items(value))
        return formula.spoken(value)

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        """An array holds what one of its items holds, as text; other results are seen like a formula's."""
        if (value or {}).get("type") != "array":
            return common.judge(condition, formula.seen(value))
        texts = tuple(_shown(item, names) for item in _items(value))
        return common.judge(condition, common.Seen(texts=texts, empty=not any(normal(text) for text in texts)))


PROPERTY = Rollup()
