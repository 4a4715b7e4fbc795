"""Times. Inside the twin a time is a whole number of milliseconds since 1970, UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def to_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def minute(ms: int) -> str:
    """As pages, blocks, data sources and comments show it: cut to the minute, with ``Z``."""
    return f"{from_ms(ms).strftime('%Y-%m-%dT%H:%M')}:00.000Z"


def millis(ms: int) -> str:
    """As databases and views show it: milliseconds, with ``+00:00``."""
    return from_ms(ms).isoformat(timespec="milliseconds")


def is_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None


def moment(text: str) -> datetime | None:
    """A date or date-time of ISO 8601 as a moment; what has no zone is UTC. None if it is neither."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def stored(text: str, zone: str | None) -> str | None:
    """A date value's start or end as Notion keeps it: dates as they are, date-times cut to the minute with an offset.

    None if ``text`` is no date or ``zone`` no zone of the tz database.
    """
    try:
        if is_date(text):
            return datetime.fromisoformat(text).date().isoformat()
        parsed = datetime.fromisoformat(text)
        if zone is not None:
            place = ZoneInfo(zone)
            parsed = parsed.replace(tzinfo=place) if parsed.tzinfo is None else parsed.astimezone(place)
    except (ValueError, ZoneInfoNotFoundError, OverflowError, OSError):
        return None
    parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return parsed.replace(second=0, microsecond=0).isoformat(timespec="milliseconds")


def add_months(moment: datetime, months: int) -> datetime:
    """The same day of another month, or that month's last day."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment + timedelta(days=30 * months)
