"""The way to a service that runs in this process, as ASGI has it.

httpx has one, too, which looks for trio on every request (it tries to import what tells); a rehearsal sends thousands.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import httpx

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
"""An ASGI application."""
_CLIENT = ("127.0.0.1", 123)


class InProcess(httpx.AsyncBaseTransport):
    """Hands each request to the application; what that raises is raised here."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whole. Its body is read when the application has ended it."""
        exchange = _Exchange(await _whole(request), headed=request.method == "HEAD")
        url = request.url
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.split(b"?")[0],
            "query_string": url.query,
            "server": (url.host, url.port),
            "client": _CLIENT,
            "root_path": "",
        }
        await self._app(scope, exchange.receive, exchange.send)
        return exchange.response()


class _Exchange:
    """What goes to the application and comes back, of one request."""

    def __init__(self, body: bytes, *, headed: bool) -> None:
        self._body: bytes | None = body
        self._headed = headed
        self._status: int | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []
        self._ended = asyncio.Event()

    async def receive(self) -> Message:
        if self._body is None:
            await self._ended.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            if not self._headed:
                self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self._ended.set()

    def response(self) -> httpx.Response:
        if self._status is None or not self._ended.is_set():
            raise httpx.RemoteProtocolError("the application ended without an answer")
        return httpx.Response(self._status, headers=self._headers, stream=_Body(b"".join(self._parts)))


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


async def _whole(request: httpx.Request) -> bytes:
    if not isinstance(request.stream, httpx.AsyncByteStream):
        raise TypeError("the request's body cannot be read asynchronously")
    return b"".join([part async for part in request.stream])
