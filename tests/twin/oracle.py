"""Answers of the twin held against a JSON Schema of the official SDK's types, where that is at hand."""

from __future__ import annotations

import copy
import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema_rs

SCHEMA = Path(__file__).parents[3] / "shared" / "notion" / "sdk-types-5.26.0.schema.json.gz"
DEFINITIONS = {
    "page": "TPage",
    "database": "TDatabase",
    "data_source": "TDataSource",
    "block": "TBlock",
    "user": "TUser",
    "view": "TView",
    "comment": "TComment",
    "property_item": "TPropertyItem",
}
MISSING_IN_TYPES = ("button", "place", "verification", "location", "last_visited_time")
"""Property types that real answers have and the types have not."""


class Oracle:
    """Says what is wrong with an answer. Without the schema it finds nothing wrong with anything."""

    def __init__(self) -> None:
        self._validators: dict[str, jsonschema_rs.Validator] = {}
        self._schema: dict[str, Any] | None = None
        if SCHEMA.exists():
            with gzip.open(SCHEMA, "rt", encoding="utf-8") as text:
                self._schema = json.load(text)

    def problems(self, answer: dict[str, Any]) -> list[str]:
        if self._schema is None:
            return []
        kind = answer.get("object")
        if kind == "list":
            if answer["type"] in ("property_item", "view"):  # items of lists are partial, and the types say otherwise
                return []
            return [problem for item in answer["results"] for problem in self.problems(item)]
        name = DEFINITIONS.get(str(kind))
        if name is None:
            return []
        validator = self._validators.get(name)
        if validator is None:
            schema = {**self._schema, "$ref": f"#/definitions/{name}"}
            validator = self._validators[name] = jsonschema_rs.validator_for(schema)
        return [f"{kind}: {error.message[:300]}" for error in validator.iter_errors(_as_types_have_it(answer))]


def _as_types_have_it(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer without what the types are known to be wrong about."""
    shown = copy.deepcopy(answer)
    shown.pop("request_id", None)
    if "in_trash" in shown:
        shown.setdefault("archived", shown["in_trash"])
    for name, value in list(shown.get("properties", {}).items()):
        if value["type"] in MISSING_IN_TYPES:
            del shown["properties"][name]
        elif value["type"] == "relation" and isinstance(value["relation"], list):
            value.pop("has_more", None)
    return shown
