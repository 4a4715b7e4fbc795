"""Which function answers which method and path."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.twin import (
    async_tasks,
    blocks,
    comments,
    custom_emojis,
    data_sources,
    databases,
    page_markdown,
    pages,
    property_items,
    query,
    search,
    templates,
    uploads,
    users,
    view_queries,
    views,
)
from reconciler.twin.records import JsonObject
from reconciler.twin.request import Request
from reconciler.twin.session import Session

Handler = Callable[[Session, Request], JsonObject]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler


def _route(method: str, path: str, handler: Handler) -> Route:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Route(method, re.compile(f"/v1/{pattern}/?"), handler)


ROUTES = (
    _route("GET", "pages/{page_id}", pages.retrieve),
    _route("PATCH", "pages/{page_id}", pages.update),
    _route("POST", "pages", pages.create),
    _route("POST", "pages/{page_id}/move", pages.move),
    _route("GET", "pages/{page_id}/markdown", page_markdown.retrieve),
    _route("PATCH", "pages/{page_id}/markdown", page_markdown.update),
    _route("GET", "pages/{page_id}/properties/{property_id}", property_items.retrieve),
    _route("POST", "data_sources/{data_source_id}/query", query.query),
    _route("GET", "data_sources/{data_source_id}/templates", templates.list_all),
    _route("GET", "data_sources/{data_source_id}", data_sources.retrieve),
    _route("PATCH", "data_sources/{data_source_id}", data_sources.update),
    _route("POST", "data_sources", data_sources.create),
    _route("GET", "databases/{database_id}", databases.retrieve),
    _route("PATCH", "databases/{database_id}", databases.update),
    _route("POST", "databases", databases.create),
    _route("GET", "blocks/{block_id}/children", blocks.children),
    _route("PATCH", "blocks/{block_id}/children", blocks.append),
    _route("GET", "blocks/{block_id}", blocks.retrieve),
    _route("PATCH", "blocks/{block_id}", blocks.update),
    _route("DELETE", "blocks/{block_id}", blocks.delete),
    _route("GET", "users/me", users.me),
    _route("GET", "users", users.list_all),
    _route("GET", "users/{user_id}", users.retrieve),
    _route("POST", "search", search.search),
    _route("GET", "comments", comments.list_all),
    _route("POST", "comments", comments.create),
    _route("GET", "comments/{comment_id}", comments.retrieve),
    _route("PATCH", "comments/{comment_id}", comments.update),
    _route("DELETE", "comments/{comment_id}", comments.delete),
    _route("GET", "async_tasks/{task_id}", async_tasks.retrieve),
    _route("GET", "custom_emojis", custom_emojis.list_all),
    _route("GET", "views", views.list_all),
    _route("POST", "views", views.create),
    _route("GET", "views/{view_id}", views.retrieve),
    _route("PATCH", "views/{view_id}", views.update),
    _route("DELETE", "views/{view_id}", views.delete),
    _route("POST", "views/{view_id}/queries", view_queries.create),
    _route("GET", "views/{view_id}/queries/{query_id}", view_queries.results),
    _route("DELETE", "views/{view_id}/queries/{query_id}", view_queries.delete),
    _route("POST", "file_uploads", uploads.create),
    _route("GET", "file_uploads", uploads.list_all),
    _route("GET", "file_uploads/{file_upload_id}", uploads.retrieve),
    _route("POST", "file_uploads/{file_upload_id}/send", uploads.send),
    _route("POST", "file_uploads/{file_upload_id}/complete", uploads.complete),
)


FORMS: frozenset[Handler] = frozenset({uploads.send})
"""Those that take a form instead of JSON."""


def find(method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
    """The handler and the path's variables, still percent-encoded; None for an unknown method or path."""
    for route in ROUTES:
        if route.method == method:
            match = route.pattern.fullmatch(path)
            if match is not None:
                return route.handler, match.groupdict()
    return None
