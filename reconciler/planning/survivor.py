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


def links_to(block: Mapping[str, Any], page_id: str) -> bool:
    """Whether the block, as answered, mentions the page."""
    return any((t.get("mention") or {}).get("page", {}).get("id") == page_id for t in _texts(block))


def is_line(block: Mapping[str, Any], survivor: str) -> bool:
    """Whether the block is just what was appended: nobody wrote more into it."""
    return is_merge_line(block) and links_to(block, survivor)


def is_merge_line(block: Mapping[str, Any]) -> bool:
    """Whether the block is such a line, whichever row it links to."""
    texts = _texts(block)
    said = "".join(str(t.get("plain_text") or "") for t in texts if t.get("type") == "text")
    return len(texts) == 2 and said == _WORDS


def _texts(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    body = block.get(str(block.get("type"))) or {}
    return list(body.get("rich_text") or ())
