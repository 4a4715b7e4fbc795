"""The twin over HTTP: an ASGI application."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler.twin.exchange import MAX_BODY, Exchange, Received

_METHODS = ("GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "HEAD")


def application(answer: Callable[[Exchange], tuple[int, dict[str, Any]]], received: list[Received]) -> Starlette:
    """Answers every path; ``/_twin/requests`` is the twin's own."""

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            received.clear()
        log = [{"method": r.method, "path": r.path, "status": r.status} for r in received]
        return _json(200, {"requests": log}, {})

    async def notion(request: Request) -> Response:
        query: dict[str, list[str]] = {}
        for key, value in request.query_params.multi_items():
            query.setdefault(key, []).append(value)
        exchange = Exchange(
            method=request.method,
            path=request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace").partition("?")[0],
            query=query,
            headers=request.headers,
            body=await _body(request),
        )
        status, body = answer(exchange)
        return _json(status, body, {"x-notion-request-id": body["request_id"]})

    return Starlette(
        routes=[
            Route("/_twin/requests", requests, methods=["GET", "DELETE"]),
            Route("/{path:path}", notion, methods=list(_METHODS)),
        ]
    )


async def _body(request: Request) -> bytes:
    """The body, read no further than what is certainly too much."""
    parts: list[bytes] = []
    length = 0
    async for part in request.stream():
        length += len(part)
        if length <= MAX_BODY + 1:
            parts.append(part)
    return b"".join(parts) if length <= MAX_BODY else b" " * (MAX_BODY + 1)


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Response(content, status, {"content-type": "application/json; charset=utf-8", **headers})
