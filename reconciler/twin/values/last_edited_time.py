"""last_edited_time: kept by Notion, cut to the minute."""

from __future__ import annotations

from typing import Any

from reconciler.twin.records import Page, Property
from reconciler.twin.times import minute
from reconciler.twin.values.base import Reader, ValueType


def answer(_: Reader, __: Property, page: Page, ___: Any) -> str:
    return minute(page.edited)


def plain(_: Reader, __: Property, page: Page, ___: Any) -> dict[str, Any]:
    return {"start": minute(page.edited), "end": None}


TYPE = ValueType(name="last_edited_time", conditions="date", answer=answer, plain=plain)
