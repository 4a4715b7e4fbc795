"""A formula's value. What is not computed comes out as unsupported, as Notion's own may."""

from __future__ import annotations

from typing import Any

from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader


def value_of(reader: Reader, prop: Property, page: Page) -> Any:
    return UNSUPPORTED


def answered(value: Any) -> Any:
    return {"type": "unsupported", "unsupported": {}}


UNSUPPORTED = object()
