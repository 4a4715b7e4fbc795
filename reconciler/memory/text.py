"""Text as the archive writes it: what people read, made harmless, and what machines read, kept to the byte."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model.limits import TEXT_UNITS, utf16_chunks, utf16_length

_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""Controls, marks that reorder what is read, and lone surrogates, which no request can carry."""
_BLANK = " \n"
_STEP_BACK = 200


def shown(text: str, units: int = TEXT_UNITS) -> str:
    """``text`` for people: on one line, without characters that control or reorder, at most ``units`` UTF-16 units."""
    start = text[: units + 1]
    plain = _HARMFUL.sub(lambda found: " " if found.group() in "\t\n\r\u2028\u2029" else "\ufffd", start)
    if utf16_length(plain) <= units:
        return plain
    return utf16_chunks(plain, units - 1)[0] + "…"


def rich(text: str, units: int = TEXT_UNITS) -> list[dict[str, Any]]:
    """``text`` for people as rich text to be written, one element, cut; [] for empty text."""
    return [{"type": "text", "text": {"content": shown(text, units)}}] if text else []


def exact(ascii_text: str) -> list[dict[str, Any]]:
    """ASCII text for machines as rich text to be written: all of it, in elements that Notion takes."""
    return [{"type": "text", "text": {"content": piece}} for piece in pieces(ascii_text)]


def pieces(ascii_text: str) -> list[str]:
    """ASCII text cut into pieces of at most `TEXT_UNITS`; joined they are the text again.

    A cut stands beside a blank only where there is nothing else for 200 characters: nobody promises that Notion keeps
    blanks at the ends of an element.
    """
    cut: list[str] = []
    start = 0
    while start < len(ascii_text):
        end = min(start + TEXT_UNITS, len(ascii_text))
        best = end
        while end < len(ascii_text) and best > end - _STEP_BACK and _beside_blank(ascii_text, best):
            best -= 1
        if _beside_blank(ascii_text, best):
            best = end
        cut.append(ascii_text[start:best])
        start = best
    return cut


def _beside_blank(text: str, at: int) -> bool:
    return at < len(text) and (text[at - 1] in _BLANK or text[at] in _BLANK)


def plain(elements: Iterable[Mapping[str, Any]]) -> str:
    """The text of rich text as Notion answers it, or as it was sent, however it was split."""
    return "".join(
        str(e["plain_text"] if "plain_text" in e else e.get("text", {}).get("content", "")) for e in elements
    )


def dumps(data: Any) -> str:
    """JSON data as one line of ASCII, the same for equal data. Raises `ValueError` for numbers that JSON lacks."""
    return json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"), sort_keys=True)


def digest(text: str) -> str:
    """SHA-256 of the text, in hex."""
    return hashlib.sha256(text.encode("ascii", "backslashreplace")).hexdigest()


def body_bytes(data: Any) -> int:
    """The most bytes that the data can take in a request's body: every client's JSON is at most this long."""
    return len(json.dumps(data, ensure_ascii=True))
