"""Markdown's inline tokens as Notion's rich text. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from markdown_it.token import Token

TEXT_UNITS = 2_000
"""UTF-16 code units in one rich text element (https://developers.notion.com/reference/request-limits)."""
MAX_ELEMENTS = 100
REQUEST_BYTES = 400_000
"""What one property or one batch may take of a request's 500 KB."""
BLOCK_ELEMENTS = 30
"""Elements given to one block: even text that JSON escapes twelvefold stays below `REQUEST_BYTES`."""

_MARKS = {"strong": "bold", "em": "italic", "s": "strikethrough"}


@dataclass(frozen=True)
class _Style:
    marks: frozenset[str] = frozenset()
    href: str = ""


def chunks(text: str, units: int = TEXT_UNITS) -> list[str]:
    """``text`` in pieces of at most ``units`` UTF-16 code units, never cut inside a character."""
    if len(text) * 2 <= units:
        return [text] if text else []
    pieces: list[str] = []
    start = size = 0
    for index, char in enumerate(text):
        width = 2 if ord(char) > 0xFFFF else 1
        if size + width > units:
            pieces.append(text[start:index])
            start, size = index, 0
        size += width
    return [*pieces, text[start:]]


def plain(text: str) -> list[dict[str, Any]]:
    """Unformatted rich text."""
    return [{"type": "text", "text": {"content": piece}} for piece in chunks(text)]


def fitting(elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many of ``elements`` as one property may hold."""
    size = 0
    for index, element in enumerate(elements):
        size += len(json.dumps(element))
        if index == MAX_ELEMENTS or size > REQUEST_BYTES:
            return elements[:index]
    return elements


def rich_text(tokens: Sequence[Token]) -> list[dict[str, Any]]:
    """Rich text of inline tokens: bold, italic, strikethrough, code, links.

    A link that is no web address (a path of the export) becomes its text with the path in brackets: Notion takes web
    addresses only. So does an image among text.
    """
    runs: list[tuple[str, _Style]] = []
    style = _Style()
    for token in tokens:
        if token.type.endswith("_open") and token.tag in _MARKS:
            style = replace(style, marks=style.marks | {_MARKS[token.tag]})
        elif token.type.endswith("_close") and token.tag in _MARKS:
            style = replace(style, marks=style.marks - {_MARKS[token.tag]})
        elif token.type == "link_open":
            style = replace(style, href=str(token.attrGet("href") or ""))
        elif token.type == "link_close":
            if style.href and not is_web(style.href):
                runs.append((f" ({style.href})", style))
            style = replace(style, href="")
        else:
            runs.extend(_leaf(token, style))
    return [element for text, run in _joined(runs) for element in _elements(text, run)]


def is_web(href: str) -> bool:
    """Whether Notion takes it as the url of a link."""
    return href.startswith(("http://", "https://", "mailto:")) and len(chunks(href)) == 1


def _leaf(token: Token, style: _Style) -> list[tuple[str, _Style]]:
    match token.type:
        case "code_inline":
            return [(token.content, replace(style, marks=style.marks | {"code"}))]
        case "softbreak" | "hardbreak":
            return [("\n", style)]
        case "image":
            source = str(token.attrGet("src") or "")
            return [(f"{token.content} ({source})" if token.content else source, style)]
        case _:
            return [(token.content, style)]


def _joined(runs: list[tuple[str, _Style]]) -> list[tuple[str, _Style]]:
    joined: list[tuple[str, _Style]] = []
    for text, style in runs:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        elif text:
            joined.append((text, style))
    return joined


def _elements(text: str, style: _Style) -> list[dict[str, Any]]:
    link = {"url": style.href} if style.href and is_web(style.href) else None
    elements = []
    for piece in chunks(text):
        element: dict[str, Any] = {"type": "text", "text": {"content": piece}}
        if link:
            element["text"]["link"] = link
        if style.marks:
            element["annotations"] = dict.fromkeys(sorted(style.marks), True)
        elements.append(element)
    return elements
