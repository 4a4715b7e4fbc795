"""rollup: computed over related rows when read; at most 25 of them, as Notion says of its own (documented).

What a snapshot says holds where not all related rows were read.
"""

from __future__ import annotations

from typing import Any

from reconciler.twin import rollups
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType, as_read


def answer(reader: Reader, prop: Property, page: Page, stored: Any) -> Any:
    read = as_read(stored, prop.config)
    if read is not None and not rollups.complete(reader, prop, page):
        return read
    return rollups.answer(reader, prop, page)


def plain(reader: Reader, prop: Property, page: Page, stored: Any) -> Any:
    return answer(reader, prop, page, stored)


TYPE = ValueType(name="rollup", conditions="rollup", answer=answer, plain=plain, listed=True)
