"""Queries of views: what a view shows now, kept for a quarter of an hour and read in pages."""

from __future__ import annotations

import uuid

from reconciler.twin import checks, query, repository
from reconciler.twin.pagination import page_of_list
from reconciler.twin.records import JsonObject
from reconciler.twin.request import Request
from reconciler.twin.session import Session
from reconciler.twin.times import minute
from reconciler.twin.views import the_view

KEPT_FOR = 15 * 60_000


def create(session: Session, request: Request) -> JsonObject:
    view_id = request.uuid("view_id")
    checks.known_keys(request.body, "body", ("page_size",))
    size = request.page_size()
    session.need("read")
    view = the_view(session, view_id)
    source = session.the_source(view.source)
    rows, capped = query.found(session, source, view.settings.get("filter"), view.settings.get("sorts"))
    query_id, expires = str(uuid.uuid4()), session.now + KEPT_FOR
    repository.save_view_query(session.store, query_id, {"view": view_id, "expires": expires, "pages": rows})
    answer: JsonObject = {
        "object": "view_query",
        "id": query_id,
        "view_id": view_id,
        "expires_at": minute(expires),
        "total_count": len(rows),
        "results": [_reference(page_id) for page_id in rows[:size]],
        "next_cursor": rows[size] if len(rows) > size else None,
        "has_more": len(rows) > size,
    }
    if capped:
        answer["request_status"] = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    return answer


def _reference(page_id: str) -> JsonObject:
    return {"object": "page", "id": page_id}


def _the_query(session: Session, request: Request) -> tuple[str, JsonObject]:
    view_id, query_id = request.uuid("view_id"), request.uuid("query_id")
    session.need("read")
    the_view(session, view_id)
    kept = repository.view_query(session.store, query_id)
    if kept is None or kept["view"] != view_id or session.now >= kept["expires"]:
        raise session.absent("view_query", query_id)
    return query_id, kept


def results(session: Session, request: Request) -> JsonObject:
    _, kept = _the_query(session, request)
    return page_of_list(kept["pages"], request, kind="page", key=str, render=_reference, uuid_cursor=True)


def delete(session: Session, request: Request) -> JsonObject:
    query_id, _ = _the_query(session, request)
    repository.delete_view_query(session.store, query_id)
    return {"object": "view_query", "id": query_id, "deleted": True}
