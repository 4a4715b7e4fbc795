"""Keeps the report of a verification with the batch that it verified."""

from __future__ import annotations

from typing import Any

from reconciler.execute.looks import appended
from reconciler.execute.settle import Write, write
from reconciler.memory.codec import code_blocks
from reconciler.memory.text import rich
from reconciler.notion.client import Client
from reconciler.notion.pace import Clock


async def store(client: Client, page_id: str, *, heading: str, ascii_json: str, clock: Clock) -> None:
    """Appends a heading and the report, as JSON in code blocks, to a page of the archive; nothing there is replaced.

    1 request for a report of up to about 400 KB. ``ascii_json`` is ASCII.
    """
    title: dict[str, Any] = {"object": "block", "type": "heading_3", "heading_3": {"rich_text": rich(heading)}}
    first, *rest = code_blocks(ascii_json, taken=1_000)
    for blocks in ([title, *first], *rest):
        look = appended(page_id, blocks)
        path = f"blocks/{page_id}/children"
        await write(Write(method="PATCH", path=path, body={"children": blocks}, look=look), client=client, clock=clock)
