"""button: made in Notion's own interface only; the API shows it and ignores it in writes."""

from __future__ import annotations

from typing import Any

from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType


def answer(_: Reader, __: Property, ___: Page, stored: Any) -> Any:
    return stored or EMPTY


def plain(_: Reader, __: Property, ___: Page, ____: Any) -> None:
    return None


EMPTY: dict[str, Any] = {}
TYPE = ValueType(name="button", conditions="button", answer=answer, plain=plain)
