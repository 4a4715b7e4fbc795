"""The property item endpoint: one property of one page, whole."""

from __future__ import annotations

from typing import Any

from reconciler.twin import ids, richtext, users, values
from reconciler.twin.errors import invalid
from reconciler.twin.pagination import envelope
from reconciler.twin.records import JsonObject, Page, Property
from reconciler.twin.request import Request
from reconciler.twin.session import Session
from reconciler.twin.values import TYPES, Reader

_TITLE = Property(id="title", name="title", type="title")
_UNSUPPORTED = ("unique", "show_unique", "median", "count_per_group", "percent_per_group")
"""Rollup functions that this endpoint does not compute (documented)."""


def retrieve(session: Session, request: Request) -> JsonObject:
    page_id = request.uuid("page_id")
    asked = ids.decode(request.params["property_id"])
    size = request.page_size()
    session.need("read")
    page = session.the_page(page_id)
    source = session.source(page.source) if page.source is not None else None
    prop = _TITLE if source is None and asked == "title" else source.named(asked) if source is not None else None
    reader = values.reader(session)
    if prop is None or not reader.shows(prop):
        raise invalid(f"Could not find property with name or id: {asked}")
    if not TYPES[prop.type].listed:
        shown = reader.answer(prop, page)
        return {"object": "property_item", "type": prop.type, "id": prop.id, prop.type: shown[prop.type]}
    items, rollup = _items(reader, prop, page)
    start = _start(request.cursor(), len(items))
    following = _cursor(start + size) if start + size < len(items) else None
    results = [_item(prop, kind, value) for kind, value in items[start : start + size]]
    item = {
        "id": prop.id,
        "next_url": _next_url(page, prop, following, size),
        "type": prop.type,
        prop.type: rollup if rollup is not None else {},
    }
    return envelope(results, kind="property_item", next_cursor=following, type_body=item)


def _items(reader: Reader, prop: Property, page: Page) -> tuple[list[tuple[str, Any]], JsonObject | None]:
    """Type and value of each item, and a rollup's result."""
    if prop.type == "relation":
        return [("relation", {"id": page_id}) for page_id in reader.edges(prop, page)], None
    if prop.type == "rollup":
        answer = TYPES["rollup"].answer(reader, prop, page, reader.stored(prop, page))
        if answer["type"] == "array":
            return [(item["type"], item[item["type"]]) for item in answer["array"]], {**answer, "array": []}
        if prop.config["function"] in _UNSUPPORTED:
            return [], {"type": "unsupported", "unsupported": {}, "function": prop.config["function"]}
        return [], answer
    stored = reader.stored(prop, page)
    if prop.type == "people":
        return [("people", users.answer(reader.session, user_id)) for user_id in stored], None
    return [(prop.type, part) for part in richtext.answer(reader.session, stored)], None


def _item(prop: Property, kind: str, value: Any) -> JsonObject:
    return {"object": "property_item", "type": kind, "id": prop.id, kind: value}


def _cursor(position: int) -> str:
    return f"p{position:x}"


def _start(cursor: str | None, length: int) -> int:
    if cursor is None:
        return 0
    try:
        position = int(cursor[1:], 16) if cursor.startswith("p") else -1
    except ValueError:
        position = -1
    if not 0 <= position <= length:
        raise invalid(f"The start_cursor provided is invalid: {cursor}")
    return position


def _next_url(page: Page, prop: Property, following: str | None, size: int) -> str | None:
    if following is None:
        return None
    return f"https://api.notion.com/v1/pages/{page.id}/properties/{prop.id}?page_size={size}&start_cursor={following}"
