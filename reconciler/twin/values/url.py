"""url: a string or null."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType, Writer, as_is

MAX_LENGTH = 2000


def read(_: Writer, __: Property, value: Any, path: str) -> str | None:
    return None if value is None else checks.string(value, path, limit=MAX_LENGTH, null=True)


def plain(_: Reader, __: Property, ___: Page, stored: Any) -> str:
    return stored or ""


TYPE = ValueType(name="url", conditions="text", read=read, answer=as_is, plain=plain)
