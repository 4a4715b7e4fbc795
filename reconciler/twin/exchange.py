"""A request as it comes from outside, before anything is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MAX_BODY = 500 * 1024
"""Bytes that a request's body may have."""


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
