"""A service that answers what a test tells it to, with a clock that only moves when somebody sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from reconciler.notion.client import Client, connect
from reconciler.notion.pace import Clock

TOKEN = "ntn_a_token_that_nobody_may_see"
Answer = httpx.Response | httpx.HTTPError
T = TypeVar("T")


def page_of(results: list[dict[str, Any]], *, cursor: str | None = None, **more: Any) -> httpx.Response:
    """One page of a list."""
    body = {"object": "list", "results": results, "next_cursor": cursor, "has_more": cursor is not None, **more}
    return httpx.Response(200, json=body)


def problem(
    status: int,
    code: str,
    message: str = "Told by a test.",
    *,
    data: dict[str, Any] | None = None,
    retry_after: str = "",
) -> httpx.Response:
    """An error in Notion's envelope."""
    body = {"object": "error", "status": status, "code": code, "message": message, "request_id": "r"}
    headers = {"Retry-After": retry_after} if retry_after else {}
    return httpx.Response(status, json={**body, **({"additional_data": data} if data else {})}, headers=headers)


@dataclass
class Time:
    """The clock: ``now`` moves by what is slept; ``pauses`` lists every sleep."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Moves the clock."""
        self.pauses.append(seconds)
        self.now += seconds

    @property
    def clock(self) -> Clock:
        """The clock as a client takes it."""
        return Clock(now=lambda: self.now, sleep=self.sleep)


@dataclass
class Service:
    """Answers requests in order from ``script``, or by ``respond``; ``seen`` are the requests, ``said`` the waits."""

    script: list[Answer] = field(default_factory=list)
    respond: Callable[[httpx.Request], Answer] | None = None
    seen: list[httpx.Request] = field(default_factory=list)
    said: list[tuple[float, str]] = field(default_factory=list)
    time: Time = field(default_factory=Time)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.respond(request) if self.respond else self.script.pop(0)
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    @property
    def paths(self) -> list[str]:
        """Method and path of every request."""
        return [f"{request.method} {request.url.path.removeprefix('/v1/')}" for request in self.seen]

    @asynccontextmanager
    async def client(self, *, read_only: bool = False, rate: tuple[int, float] = (180, 60.0)) -> AsyncIterator[Client]:
        """A client that talks to this service."""
        made = connect(
            TOKEN,
            read_only=read_only,
            rate=rate,
            transport=httpx.MockTransport(self),
            waiting=lambda seconds, why: self.said.append((seconds, why)),
            clock=self.time.clock,
        )
        async with made as client:
            yield client

    def run(self, work: Callable[[Client], Coroutine[Any, Any, T]], **options: Any) -> T:
        """Does the work with a client of this service."""

        async def inside() -> T:
            async with self.client(**options) as client:
                return await work(client)

        return asyncio.run(inside())
