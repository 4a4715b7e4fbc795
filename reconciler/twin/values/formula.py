"""formula: computed when read; what a snapshot says where the twin cannot compute it, or lacks what it needs."""

from __future__ import annotations

from typing import Any

from reconciler.twin.formula import evaluate
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType, as_read


def answer(reader: Reader, prop: Property, page: Page, stored: Any) -> Any:
    read = as_read(stored, prop.config["expression"])
    if read is not None and page.unread:
        return read
    found = evaluate.computed(reader, prop, page)
    return evaluate.answered(found) if read is None or found.kind is not None else read


def plain(reader: Reader, prop: Property, page: Page, stored: Any) -> Any:
    shown = answer(reader, prop, page, stored)
    return None if shown["type"] == "unsupported" else shown[shown["type"]]


TYPE = ValueType(name="formula", conditions="formula", answer=answer, plain=plain)
