"""Request bodies made from the SDK's types, and bodies like them that are broken in every way."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.twin.oracle import SCHEMA

Json = dict[str, Any]
DEEPEST = 9
WORDS = (
    "type", "name", "id", "options", "title", "rich_text", "text", "content", "property", "filter", "and", "or",
    "number", "equals", "children", "parent", "in_trash", "relation", "data_source_id", "page_id", "formula",
    "expression", "rollup", "function", "date", "start", "time_zone", "select", "sorts", "start_cursor", "page_size",
    "icon", "emoji", "external", "url", "properties", "paragraph", "position", "query", "Name", "N", "S", "R",
)  # fmt: skip
TEXTS = (
    "", "a", "Name", "N", "S", "R", "a,b", "2026-05-01", "2026-05-01T10:00:00Z", "9999-12-31T23:59:59Z", 'prop("N")',
    "((", "sum", "red", "x" * 2001, "\ud800", "\x00", "https://example.org", "http://[", "🧭", "..", "%00", "select",
)  # fmt: skip
ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(TEXTS),
    st.text(max_size=4),
    st.sampled_from(WORDS),
)
ANYTHING = st.recursive(
    ATOMS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)),
    max_leaves=8,
)


def definitions() -> Json:
    with gzip.open(SCHEMA, "rt", encoding="utf-8") as text:
        found: Json = json.load(text)["definitions"]
    return found


@st.composite
def bodies(draw: st.DrawFn, schema: Json, known: Mapping[str, str], types: Json) -> Any:
    """A value of the type; ``known`` are the ids to choose from wherever an id may stand."""
    return _Making(draw, tuple(known.values()), types).value(schema, "", 0)


class _Making:
    def __init__(self, draw: st.DrawFn, ids: tuple[str, ...], types: Json) -> None:
        self._draw, self._ids, self._types = draw, ids, types

    def value(self, schema: Json, name: str, depth: int) -> Any:
        while "$ref" in schema:
            schema = self._types[schema["$ref"].rsplit("/", 1)[1]]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._draw(st.sampled_from(schema["enum"]))
        if "anyOf" in schema:
            members = schema["anyOf"]
            return self.value(members[0] if depth > DEEPEST else self._draw(st.sampled_from(members)), name, depth)
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = self._draw(st.sampled_from(kind))
        match kind:
            case "object":
                return self._object(schema, depth + 1)
            case "array":
                return self._array(schema, name, depth + 1)
            case "string":
                return self._string(name)
            case "number":
                return self._draw(st.one_of(st.integers(-3, 200), st.floats(allow_nan=False)))
            case "boolean":
                return self._draw(st.booleans())
            case _:
                return None

    def _object(self, schema: Json, depth: int) -> Json:
        made: Json = {}
        required = schema.get("required", ())
        for name, inner in schema.get("properties", {}).items():
            if name in required or (depth <= DEEPEST and self._draw(st.integers(0, 3)) == 0):
                made[name] = self.value(inner, name, depth)
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict) and "not" not in extra and depth <= DEEPEST:
            for name in self._draw(st.lists(st.sampled_from(("N", "S", "R", "Name", "title", "New")), max_size=2)):
                made[name] = self.value(extra, name, depth)
        return made

    def _array(self, schema: Json, name: str, depth: int) -> list[Any]:
        items = schema.get("items")
        if depth > DEEPEST or not isinstance(items, dict):
            return []
        return [self.value(items, name, depth) for _ in range(self._draw(st.integers(0, 2)))]

    def _string(self, name: str) -> str:
        if name.endswith("_id") or name == "id":
            return str(self._draw(st.sampled_from(self._ids)))
        return str(self._draw(st.sampled_from(TEXTS)))


@st.composite
def broken(draw: st.DrawFn, value: Any) -> Any:
    """The value with some parts replaced, dropped, added or repeated."""
    match draw(st.integers(0, 24)):
        case 0:
            return draw(ANYTHING)
        case 1 if isinstance(value, list) and value:
            return value * draw(st.sampled_from((2, 101)))
        case 2 if isinstance(value, dict):
            return {**value, **draw(st.dictionaries(st.sampled_from(WORDS), ANYTHING, max_size=1))}
        case 3 if isinstance(value, dict) and value:
            dropped = draw(st.sampled_from(sorted(value)))
            value = {key: item for key, item in value.items() if key != dropped}
    if isinstance(value, dict):
        return {key: draw(broken(item)) for key, item in value.items()}
    if isinstance(value, list):
        return [draw(broken(item)) for item in value]
    return value
