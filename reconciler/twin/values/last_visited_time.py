"""last_visited_time: when somebody last looked at the row; the API takes the type and says nothing of values."""

from __future__ import annotations

from typing import Any

from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType


def nothing(_: Reader, __: Property, ___: Page, ____: Any) -> None:
    return None


TYPE = ValueType(name="last_visited_time", conditions="files", answer=nothing, plain=nothing)
