"""Ids as Notion makes and reads them (kinds and alphabets as in recorded traffic)."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Container
from urllib.parse import quote, unquote

_HEX = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_VERSIONS = "345678"
_VARIANTS = "89ab"
_NIL = "0" * 32
_PROPERTY_ALPHABET = "".join(chr(code) for code in range(0x3A, 0x7F))


def database_id() -> str:
    """A uuid of version 4, as databases and their first data sources have."""
    return str(uuid.uuid4())


def object_id(workspace_id: str) -> str:
    """A uuid of version 8 that begins as all of one workspace do: pages, blocks, comments, later data sources."""
    tail = secrets.token_hex(9)
    variant = secrets.choice(_VARIANTS)
    return f"{workspace_id[:8]}-{workspace_id[9:13]}-81{tail[:2]}-{variant}{tail[2:5]}-{tail[5:17]}"


def property_id(taken: Container[str]) -> str:
    """A new property id in its encoded form (four characters of 0x3A-0x7E, percent-encoded)."""
    while True:
        encoded = encode("".join(secrets.choice(_PROPERTY_ALPHABET) for _ in range(4)))
        if encoded not in taken:
            return encoded


def encode(decoded: str) -> str:
    return quote(decoded, safe="")


def decode(encoded: str) -> str:
    return unquote(encoded)


def order(encoded: str) -> tuple[int, bytes]:
    """The key by which Notion orders ``properties``: decoded id, shorter first, then bytes."""
    raw = decode(encoded).encode()
    return len(raw), raw


def parse(text: object) -> str | None:
    """The dashed, lower-case form of an id, or None. Old versions and wrong variants are refused, the nil uuid not."""
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        return None
    raw = text.replace("-", "").lower()
    if raw != _NIL and (raw[12] not in _VERSIONS or raw[16] not in _VARIANTS):
        return None
    return dashed(raw)


def dashed(raw: str) -> str:
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"


def bare(dashed_id: str) -> str:
    return dashed_id.replace("-", "")
