"""Custom emojis: the twin's workspace has none."""

from __future__ import annotations

from reconciler.twin.records import JsonObject
from reconciler.twin.request import Request
from reconciler.twin.session import Session


def list_all(session: Session, request: Request) -> JsonObject:
    request.page_size()
    session.need("read")
    return {"object": "list", "type": "custom_emoji", "results": [], "has_more": False, "next_cursor": None}
