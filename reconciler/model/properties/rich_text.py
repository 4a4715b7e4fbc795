"""rich_text: text with formatting, links, mentions and equations (``text``)."""

from __future__ import annotations

from reconciler.model.properties.families import TextType

PROPERTY = TextType("rich_text", creatable=True)
