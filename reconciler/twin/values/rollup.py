"""rollup: computed over related rows when read; at most 25 of them, as Notion says of its own (documented)."""

from __future__ import annotations

from typing import Any

from reconciler.twin import rollups
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType


def answer(reader: Reader, prop: Property, page: Page, _: Any) -> Any:
    return rollups.answer(reader, prop, page)


def plain(reader: Reader, prop: Property, page: Page, _: Any) -> Any:
    return rollups.answer(reader, prop, page)


TYPE = ValueType(name="rollup", conditions="rollup", answer=answer, plain=plain, listed=True)
