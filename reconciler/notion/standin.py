"""What stands in a snapshot for what it is not to tell: one run of plain text, an address without its title."""

from __future__ import annotations

from typing import Any

from reconciler.model.properties import common

_PLAIN = {**dict.fromkeys(("bold", "italic", "strikethrough", "underline", "code"), False), "color": "default"}


def words(runs: Any) -> str:
    """The words of rich text as Notion answers it."""
    return "".join(str(run.get("plain_text") or "") for run in common.entries(runs))


def run(text: str) -> dict[str, Any]:
    """Text as one run without formatting, as Notion answers it."""
    content = {"content": text, "link": None}
    return {"type": "text", "text": content, "annotations": dict(_PLAIN), "plain_text": text, "href": None}


def address(page_id: Any) -> str:
    """A page's address by its id alone: Notion's own has the title in it."""
    return f"https://www.notion.so/{str(page_id).replace('-', '')}"
