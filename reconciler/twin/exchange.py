"""A request as it comes from outside, before anything is checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MAX_BODY = 500 * 1024
"""Bytes that a request's body may have."""
MAX_FORM = 20 * 1024 * 1024 + 64 * 1024
"""Bytes that a form with a part of a file may have."""
ORIGIN = "http://127.0.0.1"
"""Stands for the twin's own address where no request came over HTTP."""
_SENDING = re.compile(r"/v1/file_uploads/[^/]+/send/?")


def max_body(path: str) -> int:
    """Bytes that the body of a request to this path may have."""
    return MAX_FORM if _SENDING.fullmatch(path) else MAX_BODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request that came in, for tests that count."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request as it comes from outside; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes
    origin: str = ORIGIN
    """Scheme and host of the request."""
