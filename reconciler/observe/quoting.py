"""Whether a word in a text file stands there as a string: in quotes, between tags, as a key or value of YAML or TOML.

Only single lines are looked at, so a word in a YAML block of text counts when it has its line to itself.
"""

from __future__ import annotations

import re
from enum import StrEnum

_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "‘": "’", "‚": "‘", "«": "»", "»": "«"}
_REACH = 1_000
"""How far around a word its line is looked at; minified files have lines of megabytes."""

_COMMENT = re.compile(r"(?:^|\s)#")
_YAML_BEFORE = re.compile(r"(?:^\s*(?:[?-]\s+)*|[\[{]\s*|:\s+)\Z")
_YAML_ITEM = re.compile(r"[\[{].*,\s*\Z")
_YAML_AFTER = re.compile(r"\s*(?:\Z|:(?:\s|\Z)|[,\]}])|\s+#")
_TOML_BEFORE = re.compile(r"(?:^|[\[{.]|\{.*,)\s*\Z")
_TOML_AFTER = re.compile(r"\s*[=.]")
_TOML_HEADER = re.compile(r"\s*\[")
_TOML_HEADER_END = re.compile(r"\s*\]")


class Syntax(StrEnum):
    """In which files words are strings without quotes."""

    PLAIN = "plain"
    YAML = "yaml"
    TOML = "toml"


def syntax_of(file_name: str) -> Syntax:
    """By the end of the name."""
    lowered = file_name.lower()
    if lowered.endswith((".yaml", ".yml")):
        return Syntax.YAML
    return Syntax.TOML if lowered.endswith(".toml") else Syntax.PLAIN


def is_quoted(text: str, start: int, end: int, syntax: Syntax = Syntax.PLAIN) -> bool:
    """Whether ``text[start:end]`` is a whole quoted string, all of what stands between two tags, or a key or value."""
    return _between_quotes(text, start, end) or _between_tags(text, start, end) or _bare(text, start, end, syntax)


def _between_quotes(text: str, start: int, end: int) -> bool:
    closing = _QUOTES.get(text[start - 1 : start])
    if closing is None:
        return False
    # In a string within a string the quotes are escaped: "{\"status\": \"Done\"}".
    return text.startswith(closing, end) or text.startswith("\\" + closing, end)


def _between_tags(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _REACH) : start].rstrip()
    after = text[end : end + _REACH].lstrip()
    return before.endswith(">") and after.startswith("<")


def _bare(text: str, start: int, end: int, syntax: Syntax) -> bool:
    if syntax is Syntax.PLAIN:
        return False
    before = _line_before(text, start)
    after = _line_after(text, end)
    if _COMMENT.search(before):
        return False
    if syntax is Syntax.YAML:
        opened = _YAML_BEFORE.search(before) or _YAML_ITEM.search(before)
        return bool(opened) and _YAML_AFTER.match(after) is not None
    if not _TOML_BEFORE.search(before):
        return False
    in_header = _TOML_HEADER.match(before) is not None and _TOML_HEADER_END.match(after) is not None
    return in_header or _TOML_AFTER.match(after) is not None


def _line_before(text: str, start: int) -> str:
    return re.split(r"[\r\n]", text[max(0, start - _REACH) : start])[-1]


def _line_after(text: str, end: int) -> str:
    return re.split(r"[\r\n]", text[end : end + _REACH], maxsplit=1)[0]
