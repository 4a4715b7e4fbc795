"""Lists in pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from reconciler.twin import ids
from reconciler.twin.errors import invalid, misfit
from reconciler.twin.records import JsonObject
from reconciler.twin.request import Request


def envelope(
    results: list[Any], *, kind: str, next_cursor: str | None, type_body: JsonObject | None = None
) -> JsonObject:
    """Notion's list object."""
    return {
        "object": "list",
        "results": results,
        "next_cursor": next_cursor,
        "has_more": next_cursor is not None,
        "type": kind,
        kind: type_body if type_body is not None else {},
    }


def page_of_list(
    items: Sequence[Any],
    request: Request,
    *,
    kind: str,
    key: Callable[[Any], str],
    render: Callable[[Any], Any] = lambda item: item,
    uuid_cursor: bool = False,
) -> JsonObject:
    """One page of a list that is known whole. The cursor is the key of the next page's first item."""
    size = request.page_size()
    cursor = request.cursor()
    start = 0
    if cursor is not None:
        if uuid_cursor and ids.parse(cursor) is None:
            raise misfit("query.start_cursor", "a valid uuid or `undefined`", cursor)
        wanted = ids.parse(cursor) or cursor
        start = next((n for n, item in enumerate(items) if key(item) == wanted), -1)
        if start < 0:
            raise invalid(f"The start_cursor provided is invalid: {cursor}")
    page = items[start : start + size]
    following = key(items[start + size]) if start + size < len(items) else None
    return envelope([render(item) for item in page], kind=kind, next_cursor=following)
