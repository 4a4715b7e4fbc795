"""Lists of Notion: every page of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from reconciler.model.limits import PAGE_SIZE
from reconciler.model.properties import common
from reconciler.notion.client import Client
from reconciler.notion.errors import Failure, Invalid


async def pages(
    client: Client,
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
) -> AsyncIterator[dict[str, Any]]:
    """Every page of a list, as answered, in order. Raises `Invalid` when Notion leads in a circle."""
    cursor: str | None = None
    seen: set[str] = set()
    while True:
        step: dict[str, Any] = {"page_size": PAGE_SIZE, **({"start_cursor": cursor} if cursor else {})}
        if method == "GET":
            answer = await client.request(method, path, query={**(query or {}), **step})
        else:
            answer = await client.request(method, path, query=query, body={**(body or {}), **step})
        yield answer
        cursor = answer.get("next_cursor") if answer.get("has_more") is True else None
        if not cursor:
            return
        if cursor in seen:
            raise Invalid(Failure(method=method, path=path, message="Notion's list leads in a circle"))
        seen.add(cursor)


async def items(
    client: Client, method: str, path: str, *, body: Mapping[str, Any] | None = None
) -> list[Mapping[str, Any]]:
    """Every object of a list, in order."""
    return [
        item async for page in pages(client, method, path, body=body) for item in common.entries(page.get("results"))
    ]
