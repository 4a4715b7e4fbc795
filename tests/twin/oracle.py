"""Answers of the twin held against a JSON Schema of the official SDK's types, where that is at hand.

``watch`` holds every answer of every twin in the process; ``tests/conftest.py`` does it for all tests, and for the
processes that they start. This file imports nothing of the project, so that it can be loaded anywhere.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

Json = dict[str, Any]
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
    "file_upload": "OFileUpload",
    "page_markdown": "OPageMarkdown",
    "view_query": "OViewQuery",
    "error": "OError",
    "list": "OList",
}
"""The definition for each kind of object; those with O are ours."""
MISSING_IN_TYPES = ("button", "place", "verification", "location", "last_visited_time")
"""Property types that real answers have and the types have not."""
_TEXT, _FLAG, _PERHAPS = {"type": "string"}, {"type": "boolean"}, {"type": ["string", "null"]}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$"}
_OURS: Json = {
    "OError": {
        "type": "object",
        "additionalProperties": False,
        "required": ["object", "status", "code", "message", "request_id"],
        "properties": {
            "object": {"const": "error"},
            "status": {"enum": [400, 401, 403, 404]},
            "code": _TEXT,
            "message": {"type": "string", "minLength": 1},
            "additional_data": {"type": "object"},
            "request_id": _TEXT,
        },
    },
    "OFileUpload": {
        "type": "object",
        "additionalProperties": False,
        "required": [
            *("object", "id", "created_time", "created_by", "last_edited_time", "in_trash", "expiry_time"),
            *("status", "filename", "content_type", "content_length"),
        ],
        "properties": {
            **dict.fromkeys(("id", "upload_url", "complete_url", "request_id"), _TEXT),
            **dict.fromkeys(("created_time", "last_edited_time"), _TIME),
            **dict.fromkeys(("in_trash", "archived"), _FLAG),
            **dict.fromkeys(("filename", "content_type"), _PERHAPS),
            "object": {"const": "file_upload"},
            "created_by": {"type": "object", "required": ["id", "type"], "properties": {"id": _TEXT}},
            "expiry_time": {"anyOf": [_TIME, {"type": "null"}]},
            "status": {"enum": ["pending", "uploaded", "expired", "failed"]},
            "content_length": {"type": ["integer", "null"]},
            "number_of_parts": {"type": "object", "required": ["total", "sent"]},
            "file_import_result": {"type": "object", "required": ["imported_time", "type"]},
        },
    },
    "OPageMarkdown": {
        "type": "object",
        "additionalProperties": False,
        "required": ["object", "id", "markdown", "truncated", "unknown_block_ids", "request_id"],
        "properties": {
            "object": {"const": "page_markdown"},
            **dict.fromkeys(("id", "markdown", "request_id"), _TEXT),
            "truncated": _FLAG,
            "unknown_block_ids": {"type": "array", "items": _TEXT},
        },
    },
    "OViewQuery": {
        "type": "object",
        "additionalProperties": False,
        "required": ["object", "id", "request_id"],
        "oneOf": [
            {"required": ["deleted"]},
            {"required": ["view_id", "expires_at", "total_count", "results", "next_cursor", "has_more"]},
        ],
        "properties": {
            "object": {"const": "view_query"},
            **dict.fromkeys(("id", "view_id", "expires_at", "request_id"), _TEXT),
            "total_count": {"type": "integer"},
            "results": {"type": "array", "items": {"type": "object", "required": ["object", "id"]}},
            "next_cursor": _PERHAPS,
            **dict.fromkeys(("has_more", "deleted"), _FLAG),
            "request_status": {"type": "object"},
        },
    },
    "OList": {
        "type": "object",
        "additionalProperties": True,
        "required": ["object", "results", "next_cursor", "has_more", "type"],
        "properties": {"next_cursor": {"type": ["string", "null"]}, "has_more": {"type": "boolean"}},
    },
}


@cache
def _definitions() -> Json | None:
    """The types, without what they are known to be wrong about: see observed.md. None where they are not at hand."""
    if not SCHEMA.exists():
        return None
    with gzip.open(SCHEMA, "rt", encoding="utf-8") as text:
        found: Json = json.load(text)["definitions"]
    for name in DEFINITIONS.values():
        if name in found:
            _mend(found, found[name])
    for kind in ("PageObjectResponse", "DataSourceObjectResponse"):
        found[kind]["properties"]["properties"]["additionalProperties"]["anyOf"].append(
            {"type": "object", "required": ["id", "type"], "properties": {"type": {"enum": list(MISSING_IN_TYPES)}}}
        )
    for member in found["PageObjectResponse"]["properties"]["properties"]["additionalProperties"]["anyOf"]:
        if "relation" in member["properties"]:
            member["properties"]["has_more"] = {"type": "boolean"}
    anything = {"type": ["object", "null"]}  # the types say that a condition is empty
    found["DataSourceViewObjectResponse"]["properties"]["quick_filters"] = anything
    return {**found, **_OURS}


def _mend(definitions: Json, schema: Json) -> None:
    """Let an object have what answers have: a request_id, no ``archived`` in the new version, what came since."""
    if "$ref" in schema:
        _mend(definitions, definitions[schema["$ref"].rsplit("/", 1)[1]])
    for member in schema.get("anyOf", ()):
        _mend(definitions, member)
    if "properties" in schema:
        schema["properties"]["request_id"] = _TEXT
        if "data_sources" in schema["properties"] or "database_parent" in schema["properties"]:
            schema["properties"]["database_type"] = _TEXT  # newer than these types
        schema["required"] = [name for name in schema.get("required", ()) if name != "archived"]


@cache
def _validator(name: str) -> jsonschema_rs.Draft7Validator | None:
    definitions = _definitions()
    if definitions is None:
        return None
    return jsonschema_rs.Draft7Validator({"definitions": definitions, "$ref": f"#/definitions/{name}"})


def problems(answer: Json) -> list[str]:
    """What is wrong with an answer, by the types. Without the schema nothing is wrong with anything."""
    kind = str(answer.get("object"))
    if kind not in DEFINITIONS:
        return [] if "templates" in answer else [f"an object of no known kind: {kind}"]
    name = DEFINITIONS[kind]
    if kind == "list" and answer.get("type") == "property_item":
        name = "TPropertyItem"
    elif kind == "view" and "name" not in answer:
        name = "PartialDataSourceViewObjectResponse"
    validator = _validator(name)
    if validator is None:
        return []
    found = [] if validator.is_valid(answer) else [_said(kind, error) for error in validator.iter_errors(answer)]
    if kind != "list" or answer.get("type") in (
        "property_item",
        "view",
        "page",
    ):  # ids only (recorded, and by the types)
        return found
    return [*found, *(problem for item in answer["results"] for problem in problems(item))]


def _said(kind: str, error: jsonschema_rs.ValidationError) -> str:
    return f"{kind}: {'/'.join(map(str, error.instance_path))}: {error.message[:500]}"


def watch(twin: Any, report: Callable[[str], None]) -> None:
    """Report every answer of the twins of this class (`reconciler.twin.Twin`) that the types do not allow."""
    answered = twin.exchange

    def checked(self: Any, exchange: Any) -> tuple[int, Json]:
        status, answer = answered(self, exchange)
        found = problems(answer)
        if (status == 200) is (answer.get("object") == "error"):
            found.append(f"status {status} with object {answer.get('object')}")
        for problem in found:
            report(f"{exchange.method} {exchange.path}: {problem}")
        return status, answer

    twin.exchange = checked
