"""Text from Notion is hostile: what may reach a terminal, a log or a comment is made visible here.

The sets are written out, not taken from ``unicodedata``, so that every Python version escapes the same characters.
"""

from __future__ import annotations

import re

_INVISIBLE = (
    (0x0000, 0x001F),  # C0: escape sequences begin here
    (0x007F, 0x009F),  # DEL and C1: U+009B alone begins an escape sequence
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),  # zero width, joiners, left-to-right and right-to-left marks
    (0x2028, 0x202E),  # line and paragraph separators, bidi embeddings and overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, bidi isolates
    (0x3164, 0x3164),
    (0xD800, 0xDFFF),  # lone surrogates cannot be encoded
    (0xFE00, 0xFE0D),  # variation selectors, save the two that choose text or emoji
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF9, 0xFFFB),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),  # tags and further variation selectors: a whole hidden alphabet
)

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e"}
_PATTERN = re.compile("[" + "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in _INVISIBLE) + "]")
_JOINERS = "\u200c\u200d"


def _belongs(text: str, index: int) -> bool:
    """Whether a joiner stands inside an emoji or a script that is written with it, so that it hides nothing."""
    if not 0 < index < len(text) - 1:
        return False
    return all(ord(char) >= 0x0600 and not _PATTERN.match(char) for char in (text[index - 1], text[index + 1]))


def visible(text: str) -> str:
    """``text`` on one line, with everything that is not seen or that moves, recolours or reorders shown as an escape.

    Ordinary text, emoji and right-to-left letters come back unchanged; backslashes too, so the result is for reading
    and cannot be turned back.
    """

    def escape(found: re.Match[str]) -> str:
        char = found.group()
        if char in _JOINERS and _belongs(text, found.start()):
            return char
        if char in _SHORT:
            return _SHORT[char]
        code = ord(char)
        return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"

    return _PATTERN.sub(escape, text)
