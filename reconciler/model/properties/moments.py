"""Dates and times as Notion answers them: what is the same moment, what lies before, what a state file's date is.

A date without a time is a day and never the same as its midnight. Times are compared by the minute: Notion keeps no
seconds. A time without an offset is read as UTC, as Notion reads it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

Moment = dt.date | dt.datetime


def canonical(raw: object) -> dict[str, str] | None:
    """A date value: ``start``, with ``end`` and ``time_zone`` only when set.

    Prevents: Notion answers ``end: null`` and ``time_zone: null`` where a written value leaves them out.
    """
    if not isinstance(raw, Mapping) or not isinstance(raw.get("start"), str):
        return None
    return {key: raw[key] for key in ("start", "end", "time_zone") if isinstance(raw.get(key), str) and raw[key]}


def _zone(name: str | None) -> dt.tzinfo:
    try:
        return ZoneInfo(name) if name else dt.UTC
    except (LookupError, ValueError, OSError):
        return dt.UTC


def known_zone(name: str) -> bool:
    """Whether the name is a time zone of this machine's database."""
    return _zone(name) is not dt.UTC


def parse(text: str, zone: str | None = None) -> Moment | None:
    """A day, or an aware time without seconds; None for text that is neither."""
    try:
        if len(text) <= len("2026-09-15"):
            return dt.date.fromisoformat(text)
        moment = dt.datetime.fromisoformat(text).replace(second=0, microsecond=0)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=_zone(zone))


def _instant(moment: Moment) -> Moment:
    """A time in UTC, a day as it is; comparable with `==` across offsets."""
    if not isinstance(moment, dt.datetime):
        return moment
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        return moment.replace(tzinfo=dt.UTC)


def point(text: str | None, zone: str | None = None) -> Moment | str | None:
    """What a text names: a day, a minute in UTC, or the text itself where it is neither; compared with ``==``.

    Prevents: ``2026-09-15T10:00:00Z`` is answered as ``2026-09-15T10:00:00.000+00:00``, seconds are cut off, and a
    time written with a zone comes back with an offset and without the zone.
    """
    moment = parse(text, zone) if text else None
    return text if moment is None else _instant(moment)


def points(value: Any) -> tuple[Moment | str | None, ...]:
    """What makes a canonical date the date it is: start and end; the zone only as far as it moves them."""
    zone = value.get("time_zone")
    return (point(value.get("start"), zone), point(value.get("end"), zone))


def same(left: Any, right: Any) -> bool:
    """Whether two canonical dates (or None) are the same."""
    if left == right or not left or not right:
        return left == right or (not left and not right)
    return points(left) == points(right)


def written(moment: Moment) -> str:
    """A state file's date or time as Notion would answer it: minutes, milliseconds, an offset."""
    if not isinstance(moment, dt.datetime):
        return moment.isoformat()
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return aware.replace(second=0, microsecond=0).isoformat(timespec="milliseconds")


def spoken(text: str, zone: str | None = None) -> str:
    """A day or time as people read it: ``2026-09-15`` or ``2026-09-15 10:00+00:00``."""
    moment = parse(text, zone)
    if not isinstance(moment, dt.datetime):
        return text
    return moment.isoformat(sep=" ", timespec="minutes")


def start(value: Mapping[str, str]) -> str:
    """The start of a canonical date with its offset in it."""
    moment = parse(value["start"], value.get("time_zone"))
    return written(moment) if moment is not None else value["start"]


def side(text: str, limit: Moment) -> int | None:
    """-1, 0 or 1: on which side of ``limit`` a day or time lies; None where the text is neither.

    Against a day, a time counts as the day it names in its own offset. Against a time, a day counts as its midnight
    in UTC.
    """
    moment = parse(text)
    if moment is None:
        return None
    if isinstance(limit, dt.datetime):
        mark = _instant(parse(written(limit)) or limit)
        if not isinstance(moment, dt.datetime):
            moment = dt.datetime(moment.year, moment.month, moment.day, tzinfo=dt.UTC)
        here = _instant(moment)
    else:
        mark = limit
        here = moment.date() if isinstance(moment, dt.datetime) else moment
    return (here > mark) - (here < mark)


def shifted(moment: Moment, delta: dt.timedelta) -> str:
    """A date or time moved by ``delta`` as a filter takes it, held inside the calendar; times in UTC."""
    if not isinstance(moment, dt.datetime):
        try:
            return (moment + delta).isoformat()
        except OverflowError:
            return (dt.date.max if delta > dt.timedelta(0) else dt.date.min).isoformat()
    mark = _instant(parse(written(moment)) or moment)
    try:
        return (mark + delta).isoformat()
    except OverflowError:
        return mark.isoformat()
