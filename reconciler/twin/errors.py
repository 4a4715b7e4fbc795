"""What can go wrong in the twin: errors of the API in Notion's words, and errors of the program that holds it."""

from __future__ import annotations

import json
from typing import Any

UNDEFINED = object()
"""Stands for a key that a body does not have; shown as JavaScript's ``undefined``, as Notion shows it."""


class TwinError(Exception):
    """An answer that is not 200: what Notion's error envelope says."""

    def __init__(self, status: int, code: str, message: str, *, additional_data: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.additional_data = additional_data
        self.keeps = False
        """Whether what the request did before it was refused stays."""


class TwinStoreError(Exception):
    """The twin's file cannot be used. ``reason`` is one sentence for people; the file was not changed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TwinServeError(Exception):
    """The twin cannot be served. ``reason`` is one sentence for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def envelope(error: TwinError, request_id: str) -> dict[str, Any]:
    """Notion's error body."""
    body: dict[str, Any] = {"object": "error", "status": error.status, "code": error.code, "message": error.message}
    if error.additional_data is not None:
        body["additional_data"] = error.additional_data
    body["request_id"] = request_id
    return body


def shown(value: Any) -> str:
    """A value as Notion's messages show it: JSON in backticks, cut where it would flood the message."""
    if value is UNDEFINED:
        return "`undefined`"
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if len(text) <= 200 else f"`{text[:200]}...`"


def invalid(message: str) -> TwinError:
    return TwinError(400, "validation_error", message)


def misfit(path: str, rule: str, value: Any) -> TwinError:
    """A part of a request that has the wrong shape. ``path`` begins with ``body``, ``path`` or ``query``."""
    part = path.split(".", 1)[0]
    return invalid(f"{part} failed validation: {path} should be {rule}, instead was {shown(value)}.")


def missing(noun: str, object_id: str, bot_id: str, bot_name: str) -> TwinError:
    """404 for what is not there and for what this token may not see; Notion does not tell the two apart."""
    return TwinError(
        404,
        "object_not_found",
        f"Could not find {noun} with ID: {object_id}. Make sure the relevant pages and databases are shared with "
        f'your integration "{bot_name}".',
        additional_data={"integration_id": bot_id},
    )


def restricted() -> TwinError:
    return TwinError(403, "restricted_resource", "API token does not have access to this resource.")


def archived() -> TwinError:
    return invalid("Can't edit block that is archived. You must unarchive the block before editing.")
