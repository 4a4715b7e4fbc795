"""How a record is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from reconciler.twin.store import dumps


def plain(record: Any, *, without: Iterable[str] = ()) -> str:
    """The record as JSON, field by field."""
    return dumps({f.name: getattr(record, f.name) for f in fields(record) if f.name not in without})
