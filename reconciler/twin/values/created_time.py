"""created_time: kept by Notion, cut to the minute."""

from __future__ import annotations

from typing import Any

from reconciler.twin.records import Page, Property
from reconciler.twin.times import minute
from reconciler.twin.values.base import Reader, ValueType


def answer(_: Reader, __: Property, page: Page, ___: Any) -> str:
    return minute(page.created)


def plain(_: Reader, __: Property, page: Page, ___: Any) -> dict[str, Any]:
    return {"start": minute(page.created), "end": None}


TYPE = ValueType(name="created_time", conditions="date", answer=answer, plain=plain)
