"""last_edited_time: when the row was last changed, by the minute; a time as Notion answers it."""

from __future__ import annotations

from reconciler.model.properties.families import StampType

PROPERTY = StampType("last_edited_time")
