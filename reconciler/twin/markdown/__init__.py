"""Notion's own Markdown ("enhanced markdown", documented): from text to blocks, and from blocks to text. Pure."""

from __future__ import annotations

from reconciler.twin.markdown.inline import rich_text
from reconciler.twin.markdown.read import Part, parts
from reconciler.twin.markdown.write import Node, written

__all__ = ["Node", "Part", "parts", "rich_text", "written"]
