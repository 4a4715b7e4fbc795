"""Moments as Notion's filters take them: its times are cut to the minute, and no clock is quite another's."""

from __future__ import annotations

from datetime import datetime, timedelta

CLOCK_SLACK = timedelta(minutes=2)
"""How far our clock and Notion's may differ; its times are cut to the minute besides."""


def since(moment: datetime) -> dict[str, str]:
    """The condition on a time that whatever happened after ``moment`` meets, and perhaps some of what did before."""
    return {"on_or_after": (moment - CLOCK_SLACK).strftime("%Y-%m-%dT%H:%M:00.000Z")}
