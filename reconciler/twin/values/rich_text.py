"""rich_text: text with formatting."""

from __future__ import annotations

from reconciler.twin.values import title
from reconciler.twin.values.base import ValueType

TYPE = ValueType(
    name="rich_text",
    conditions="text",
    read=title.read,
    answer=title.answer,
    plain=title.plain,
    empty=(),
    listed=True,
)
