"""unique_id: a number that Notion gives, with the property's prefix."""

from __future__ import annotations

from typing import Any

from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType, as_is


def answer(_: Reader, prop: Property, __: Page, stored: Any) -> Any:
    return {"prefix": prop.config.get("prefix"), "number": stored}


TYPE = ValueType(name="unique_id", conditions="number", answer=answer, plain=as_is)
