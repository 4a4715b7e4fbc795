"""The twin over HTTP: an ASGI application."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler.twin import hosting
from reconciler.twin.exchange import ORIGIN, Exchange, Received, max_body

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]+)?|\[[0-9A-Fa-f:]+\](:[0-9]+)?")
_METHODS = ("GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "HEAD")


def application(
    answer: Callable[[Exchange], tuple[int, dict[str, Any]]],
    download: Callable[[str, Mapping[str, str]], hosting.Download],
    received: list[Received],
) -> Starlette:
    """Answers every path; what begins with ``/_twin/`` is the twin's own: its log, and the files it hosts."""

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            received.clear()
        log = [{"method": r.method, "path": r.path, "status": r.status} for r in received]
        return _json(200, {"requests": log}, {})

    async def files(request: Request) -> Response:
        found = download(_raw_path(request).removeprefix(hosting.PREFIX), request.query_params)
        headers = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox"}
        return Response(found.content, found.status, headers, media_type=found.content_type)

    async def notion(request: Request) -> Response:
        query: dict[str, list[str]] = {}
        for key, value in request.query_params.multi_items():
            query.setdefault(key, []).append(value)
        path = _raw_path(request)
        exchange = Exchange(
            method=request.method,
            path=path,
            query=query,
            headers=request.headers,
            body=await _body(request, max_body(path)),
            origin=_origin(request),
        )
        status, body = answer(exchange)
        return _json(status, body, {"x-notion-request-id": body["request_id"]})

    return Starlette(
        routes=[
            Route("/_twin/requests", requests, methods=["GET", "DELETE"]),
            Route(hosting.PREFIX + "/{key:path}", files, methods=["GET"]),
            Route("/{path:path}", notion, methods=list(_METHODS)),
        ]
    )


def _raw_path(request: Request) -> str:
    """The path as it was sent, percent-encoded."""
    raw: bytes = request.scope.get("raw_path", request.url.path.encode())
    return raw.decode("ascii", "replace").partition("?")[0]


def _origin(request: Request) -> str:
    host = request.headers.get("host", "")
    return f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else ORIGIN


async def _body(request: Request, limit: int) -> bytes:
    """The body, read no further than what is certainly too much."""
    parts: list[bytes] = []
    length = 0
    async for part in request.stream():
        length += len(part)
        if length <= limit + 1:
            parts.append(part)
    return b"".join(parts) if length <= limit else b" " * (limit + 1)


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Response(content, status, {"content-type": "application/json; charset=utf-8", **headers})
