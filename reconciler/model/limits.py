"""Notion's published limits (https://developers.notion.com/reference/request-limits, autumn 2026).

Text is counted in UTF-16 code units, here and everywhere.
"""

from __future__ import annotations

TEXT_UNITS = 2_000
"""UTF-16 code units in one rich text element."""
ARRAY_ITEMS = 100
"""Elements of an array of blocks, rich text, relations, people, files or multi_select options in one request."""
OPTIONS = 100
"""Options of a select, multi_select or status in one schema request."""
OPTION_UNITS = 100
"""UTF-16 code units in the name of an option."""
PAGE_SIZE = 100
"""Results of one page of a listing or query."""
PAYLOAD_BYTES = 500_000
BLOCKS_PER_REQUEST = 1_000
QUERY_ROWS = 10_000
"""Results that one query gives at most, over all its pages."""
RELATION_REFERENCES = 25
"""References of a relation, people in a people value, or mentions in a text that a page answer holds in full."""
FILTER_ITEMS = 100
PROPERTY_DESCRIPTION = 280
FILE_BLOCKS = frozenset({"image", "file", "pdf", "video", "audio"})
"""Blocks that hold a file, under the name of their type."""


def utf16_length(text: str) -> int:
    """How many UTF-16 code units ``text`` takes."""
    return len(text) + sum(1 for c in text if ord(c) > 0xFFFF)


def utf16_chunks(text: str, units: int = TEXT_UNITS) -> list[str]:
    """``text`` cut into pieces of at most ``units`` code units, never inside a character; [] for empty text."""
    chunks: list[str] = []
    start = size = 0
    for index, char in enumerate(text):
        width = 2 if ord(char) > 0xFFFF else 1
        if size + width > units:
            chunks.append(text[start:index])
            start, size = index, 0
        size += width
    if start < len(text):
        chunks.append(text[start:])
    return chunks
