"""The JSON Schema of state files, for editors: completion, descriptions, and errors while typing."""

from __future__ import annotations

from typing import Any

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one state file, short forms included; plain JSON data."""
    from reconciler.desired.statefile import StateFile

    schema = _without_null(StateFile.model_json_schema(by_alias=True, mode="validation"))
    return {"$schema": _DIALECT, **schema, "title": "wtstate state file"}


def _without_null(schema: Any) -> Any:
    """The schema as TOML knows it: without ``null`` for words that may be left out."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {word: _without_null(value) for word, value in schema.items() if not (word == "default" and value is None)}
    # pydantic says oneOf where a function tells forms apart; to a schema, text is also a date written as text.
    kept.pop("discriminator", None)
    options = kept.pop("oneOf", kept.get("anyOf", []))
    branches = [branch for branch in options if branch != {"type": "null"}]
    if len(branches) == 1:
        kept.pop("anyOf", None)
        return {**branches[0], **kept}
    return {**kept, "anyOf": branches} if branches else kept
