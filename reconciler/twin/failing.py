"""A layer around the twin's application that makes requests fail as they do on the way to Notion."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.twin.errors import TwinError, envelope
from reconciler.twin.exchange import Received
from reconciler.twin.faults import WITH_RETRY_AFTER, Fault, Injector

CUT = "cut"
"""The key in a connection's ASGI state of what cuts it, where there is a socket to cut."""
NO_ANSWER = 0
"""The status in the log of a request whose connection was cut."""
_PIECES = 10
_READING = ("/query", "/search")
_BAD_GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
_WORDS = {
    "429": ("rate_limited", "You have been rate limited. Please try again in a few minutes."),
    "529": ("service_overload", "Notion is overloaded. Please try again later."),
    "409": ("conflict_error", "Conflict occurred while saving. Please try again."),
    "500": ("internal_server_error", "Unexpected error occurred."),
    "503": ("service_unavailable", "Notion is unavailable, please try again later."),
    "504": ("gateway_timeout", "The request took too long. Please try again later."),
}
_SAVED = "The change was saved, but Notion is unavailable to answer."
_GUIDANCE = "Do not repeat the write."


class ConnectionCut(httpx.RemoteProtocolError):
    """What a client inside the process meets where over a socket the connection would be cut."""

    def __init__(self) -> None:
        super().__init__("Server disconnected without sending a response.")


@dataclass(frozen=True, slots=True)
class Failing:
    """The application with faults. ``injector`` is asked for every request, so that faults may be changed meanwhile."""

    app: ASGIApp
    injector: Callable[[], Injector]
    received: list[Received]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        verdict = self.injector().judge(
            scope["method"], scope["path"], headers.get(b"authorization", b"").decode("latin-1")
        )
        if verdict.wait > 0:
            await asyncio.sleep(verdict.wait)
        fault = verdict.fault
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.fail == "slow":
            await self.app(scope, receive, _Slow(send, fault.seconds))
        elif fault.saved and _writes(scope):
            await self._after_saving(fault, scope, receive, send)
        else:
            await _drained(receive)
            self.received.append(Received(method=scope["method"], path=scope["path"], status=_status(fault)))
            await _fail(fault, None, scope, receive, send)

    async def _after_saving(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        kept = _Kept()
        await self.app(scope, receive, kept)
        if kept.status != 200:  # nothing was saved: what Notion has to say of the request is said
            await kept.passed_on(send)
            return
        self.received[-1] = replace(self.received[-1], status=_status(fault))
        await _fail(fault, json.loads(kept.body), scope, receive, send)


def _writes(scope: Scope) -> bool:
    return scope["method"] != "GET" and not scope["path"].endswith(_READING)


def _status(fault: Fault) -> int:
    return NO_ANSWER if fault.fail == "cut" else int(fault.fail)


async def _drained(receive: Receive) -> None:
    """Take the request's body, so that the connection can be used again."""
    while (await receive()).get("more_body"):
        pass


async def _fail(fault: Fault, saved: Mapping[str, Any] | None, scope: Scope, receive: Receive, send: Send) -> None:
    if fault.fail == "cut":
        await _cut(scope, receive)
    elif fault.fail == "502":
        await _answer(send, 502, {"content-type": "text/html"}, _BAD_GATEWAY)
    else:
        request_id = str(uuid.uuid4())
        body = envelope(_error(fault, saved, scope), request_id)
        headers = {"content-type": "application/json; charset=utf-8", "x-notion-request-id": request_id}
        if fault.fail in WITH_RETRY_AFTER:
            headers["retry-after"] = str(fault.retry_after)
        await _answer(send, int(fault.fail), headers, json.dumps(body, ensure_ascii=False).encode())


def _error(fault: Fault, saved: Mapping[str, Any] | None, scope: Scope) -> TwinError:
    code, message = _WORDS[fault.fail]
    more: dict[str, Any] = {}
    if fault.fail == "429":
        more["rate_limit_reason"] = fault.reason
    if fault.fail in WITH_RETRY_AFTER:
        more["retry_after"] = str(fault.retry_after)
    if fault.fail == "503" and saved is not None:
        message, more = _SAVED, {"retry_guidance": _GUIDANCE, **_committed(saved, scope)}
    return TwinError(int(fault.fail), code, message, additional_data=more or None)


def _committed(saved: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """What was made, as the documentation names it: the new object's id, or those of appended blocks in order."""
    if saved.get("object") == "list":
        return {"committed_child_ids": [item["id"] for item in saved["results"]]}
    return {"committed_resource_id": saved["id"]} if scope["method"] == "POST" else {}


async def _cut(scope: Scope, receive: Receive) -> None:
    cut = scope.get("state", {}).get(CUT)
    if cut is None:
        raise ConnectionCut
    cut()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    listed.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": body})


@dataclass(slots=True)
class _Kept:
    """Holds an answer back."""

    start: Message | None = None
    body: bytes = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")

    @property
    def status(self) -> int:
        return 0 if self.start is None else int(self.start["status"])

    async def passed_on(self, send: Send) -> None:
        if self.start is not None:
            await send(self.start)
            await send({"type": "http.response.body", "body": self.body})


@dataclass(slots=True)
class _Slow:
    """Sends a body in pieces over some seconds."""

    send: Send
    seconds: float

    async def __call__(self, message: Message) -> None:
        body = message.get("body", b"")
        if message["type"] != "http.response.body" or not body:
            await self.send(message)
            return
        size = -(-len(body) // _PIECES)
        for at in range(0, len(body), size):
            await asyncio.sleep(self.seconds / _PIECES)
            last = at + size >= len(body)
            more = not last or message.get("more_body", False)
            await self.send({"type": "http.response.body", "body": body[at : at + size], "more_body": more})
