"""Relations as Notion exports and pastes them: ``Title (url)``, several joined by ", "."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from reconciler.model.properties.common import dashed, is_object_id

_BRACKETED = re.compile(r"(?:\A|(?<= ))\((\S+)\)(?=, |\Z)")
_ID_AT_END = re.compile(r"(?:\A|[^0-9a-f])([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")
_HOSTS = ("notion.so", "notion.com", "notion.site")


@dataclass(frozen=True)
class Link:
    """One link: the row's title as it was shown ("" for none) and its page id, dashed."""

    title: str
    page: str


def parse(text: str) -> tuple[Link, ...]:
    """The links of a text, in order: only if all of it is links, or one bare address of a page; () otherwise.

    A title may hold anything but an address in brackets: with one in it, the text is prose.
    """
    bare = page_of(text)
    if bare:
        return (Link("", bare),)
    found: list[Link] = []
    start = 0
    for match in _BRACKETED.finditer(text):
        page = page_of(match[1])
        if not page:
            if "://" in match[1]:
                return ()
            continue
        found.append(Link(text[start : max(match.start() - 1, start)], page))
        start = match.end() + len(", ")
    return tuple(found) if found and start == len(text) + len(", ") else ()


def page_of(address: str) -> str:
    """The page id in one of Notion's addresses, or in a path to an exported page; "" for anything else.

    An address that opens a page beside its database (``?p=…``) names that page.
    """
    if any(char.isspace() for char in address):
        return ""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    path = unquote(parts.path)
    if parts.scheme:
        known = any(host == each or host.endswith(f".{each}") for each in _HOSTS)
        if parts.scheme not in ("http", "https") or not known:
            return ""
        beside = parse_qs(parts.query).get("p", [""])[0]
        if is_object_id(beside):
            return dashed(beside)
    elif path.endswith(".md"):
        path = path.removesuffix(".md")
    else:
        return ""
    match = _ID_AT_END.search(path.rstrip("/"))
    return dashed(match[1]) if match else ""
