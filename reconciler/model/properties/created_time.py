"""created_time: when the row was made, by the minute; a time as Notion answers it."""

from __future__ import annotations

from reconciler.model.properties.families import StampType

PROPERTY = StampType("created_time")
