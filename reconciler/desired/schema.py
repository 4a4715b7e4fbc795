"""The JSON Schema of state files, for editors: completion, descriptions, and errors while typing."""

from __future__ import annotations

from typing import Any

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one state file, short forms included; plain JSON data."""
    from reconciler.desired.language import StateFile

    schema = _without_null(StateFile.model_json_schema(by_alias=True, mode="validation"))
    return {"$schema": _DIALECT, **schema, "title": "wtstate state file"}


def _without_null(schema: Any) -> Any:
    """The schema without pydantic's ``null`` for words that may be left out: TOML has no null."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {word: _without_null(value) for word, value in schema.items() if not (word == "default" and value is None)}
    branches = [branch for branch in kept.get("anyOf", []) if branch != {"type": "null"}]
    if len(branches) == 1:
        del kept["anyOf"]
        return {**branches[0], **kept}
    return {**kept, "anyOf": branches} if branches else kept
