"""formula: computed when read."""

from __future__ import annotations

from typing import Any

from reconciler.twin.formula import evaluate
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType


def answer(reader: Reader, prop: Property, page: Page, _: Any) -> Any:
    return evaluate.answered(evaluate.computed(reader, prop, page))


def plain(reader: Reader, prop: Property, page: Page, _: Any) -> Any:
    return evaluate.plain(evaluate.computed(reader, prop, page))


TYPE = ValueType(name="formula", conditions="formula", answer=answer, plain=plain)
