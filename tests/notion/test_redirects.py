"""A redirect is not followed: the token goes to the host that was named, and to no other."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest

from reconciler.notion.client import connect
from reconciler.notion.errors import NotionError
from reconciler.notion.pace import AT_ONCE

TOKEN = "ntn_a-token-that-nobody-else-may-see"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_no_request_goes_where_a_redirect_points(method: str, status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(status, headers={"location": f"https://elsewhere.example/{TOKEN}"}, request=request)

    async def work() -> None:
        transport = httpx.MockTransport(answer)
        async with connect(
            TOKEN, read_only=False, transport=transport, clock=AT_ONCE, base_url="https://n.example"
        ) as c:
            await c.request(method, "pages/1b2c3d4e-0000-4000-8000-000000000000", body=None if method == "GET" else {})

    with pytest.raises(NotionError) as failed:
        asyncio.run(work())
    assert set(hosts) == {"n.example"}
    assert TOKEN not in f"{failed.value!r} {failed.value}"
    assert TOKEN not in caplog.text
