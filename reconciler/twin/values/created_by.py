"""created_by: kept by Notion."""

from __future__ import annotations

from typing import Any

from reconciler.twin import users
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType


def answer(reader: Reader, _: Property, page: Page, __: Any) -> Any:
    return users.answer(reader.session, page.created_by)


def plain(_: Reader, __: Property, page: Page, ___: Any) -> list[str]:
    return [page.created_by]


TYPE = ValueType(name="created_by", conditions="people", answer=answer, plain=plain)
