"""The line that a merge adds to the page of a row whose values live on in another: written, found again, taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS = "Merged into "


def line(survivor: str) -> dict[str, Any]:
    """The block to append."""
    mention = {"type": "mention", "mention": {"type": "page", "page": {"id": survivor}}}
    return {
        "object": "block",
        "type": "paragraph",
        "paragraph": {"rich_text": [{"type": "text", "text": {"content": _WORDS}}, mention]},
    }


def survivor_of(block: Mapping[str, Any]) -> str | None:
    """The row that such a line links to; None of a block that is anything else, or more."""
    texts = _texts(block)
    said = "".join(str(t.get("plain_text") or "") for t in texts if t.get("type") == "text")
    if len(texts) != 2 or said != _WORDS:
        return None
    mentioned = ((text.get("mention") or {}).get("page") or {} for text in texts)
    return next((str(page["id"]) for page in mentioned if "id" in page), None)


def links_to(block: Mapping[str, Any], page_id: str) -> bool:
    """Whether the block, as answered, mentions the page."""
    return any((t.get("mention") or {}).get("page", {}).get("id") == page_id for t in _texts(block))


def is_line(block: Mapping[str, Any], survivor: str) -> bool:
    """Whether the block is just what was appended: nobody wrote more into it."""
    return survivor_of(block) == survivor


def _texts(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    body = block.get(str(block.get("type"))) or {}
    return list(body.get("rich_text") or ())
