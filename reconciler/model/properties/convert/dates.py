"""Dates and times as people write them.

Only what reads one way: ``01/02/2025`` is no date, ``23/02/2025`` and ``05/05/2025`` are. A time without a zone is UTC,
as Notion reads it.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from reconciler.model.live import Value
from reconciler.model.properties import moments

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NUMBERS = {name[:length]: n for n, name in enumerate(_MONTHS, 1) for length in (3, len(name))} | {"sept": 9}

_CLOCK = r"(?P<clock>[0-9]{1,2}:[0-9]{2}.*)"
_AFTER = rf"(?:(?:[ \u00a0\u202f]|, | at ){_CLOCK})?"
_YEAR_FIRST = re.compile(rf"(?P<y>[0-9]{{4}})(?P<s>[-/])(?P<m>[0-9]{{1,2}})(?P=s)(?P<d>[0-9]{{1,2}})(?:[T ]{_CLOCK})?")
_MONTH_FIRST = re.compile(rf"@?(?P<m>[A-Za-z]{{3,9}})\.? (?P<d>[0-9]{{1,2}}),? (?P<y>[0-9]{{4}}){_AFTER}")
_DAY_FIRST = re.compile(rf"@?(?P<d>[0-9]{{1,2}})\.? (?P<m>[A-Za-z]{{3,9}})\.?,? (?P<y>[0-9]{{4}}){_AFTER}")
_SLASHED = re.compile(rf"(?P<a>[0-9]{{1,2}})/(?P<b>[0-9]{{1,2}})/(?P<y>[0-9]{{4}}){_AFTER}")
_TIME = re.compile(
    r"(?P<h>[0-9]{1,2}):(?P<min>[0-9]{2})(?::(?P<sec>[0-9]{2}(?:\.[0-9]{1,9})?))?"
    r"(?:[ \u00a0\u202f]?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?: ?\(?(?:(?P<utc>Z|UTC|GMT)|(?:UTC|GMT)?(?P<sign>[+-])(?P<oh>[0-9]{1,2})(?::?(?P<om>[0-9]{2}))?)\)?)?"
)


@dataclass(frozen=True)
class Found:
    """A date in canonical form; ``exact`` is False where seconds were cut off, which Notion does not keep."""

    value: Value
    exact: bool


class NotADateError(ValueError):
    """The text is no date, or could be two; the message says which."""


def parse(text: str) -> Found:
    """The date, time or range (``start → end``) that a text writes. Raises `NotADateError`."""
    first, arrow, last = (part.strip() for part in text.partition("→"))
    start, exact = _moment(first)
    if not arrow:
        return Found({"start": moments.written(start)}, exact)
    end, end_exact = _end(last, start)
    if isinstance(start, dt.datetime) is not isinstance(end, dt.datetime):
        raise NotADateError("has a time on one side only")
    if _instant(end) < _instant(start):
        raise NotADateError("ends before it starts")
    return Found({"start": moments.written(start), "end": moments.written(end)}, exact and end_exact)


def _end(text: str, start: moments.Moment) -> tuple[moments.Moment, bool]:
    """An end, which may be a clock time of the day of the start."""
    if isinstance(start, dt.datetime) and _TIME.fullmatch(text):
        clock, exact = _clock(text, start.tzinfo or dt.UTC)
        return _aware(start.date(), clock), exact
    return _moment(text)


def _instant(moment: moments.Moment) -> dt.datetime:
    if isinstance(moment, dt.datetime):
        return moment.astimezone(dt.UTC)
    return dt.datetime(moment.year, moment.month, moment.day, tzinfo=dt.UTC)


def _moment(text: str) -> tuple[moments.Moment, bool]:
    for pattern in (_YEAR_FIRST, _MONTH_FIRST, _DAY_FIRST, _SLASHED):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        day = _slashed(match) if pattern is _SLASHED else _day(match["y"], match["m"], match["d"])
        if match["clock"] is None:
            return day, True
        clock, exact = _clock(match["clock"], dt.UTC)
        return _aware(day, clock), exact
    raise NotADateError("is not a date")


def _day(year: str, month: str, day: str) -> dt.date:
    number = int(month) if month.isdigit() else _NUMBERS.get(month.lower(), 0)
    try:
        return dt.date(int(year), number, int(day))
    except ValueError:
        raise NotADateError("is not a date") from None


def _slashed(match: re.Match[str]) -> dt.date:
    first, second = int(match["a"]), int(match["b"])
    if first != second and first <= 12 and second <= 12:
        raise NotADateError("could be two dates: day and month are not told apart")
    month, day = (second, first) if first > 12 else (first, second)
    return _day(match["y"], str(month), str(day))


def _clock(text: str, zone: dt.tzinfo) -> tuple[dt.time, bool]:
    match = _TIME.fullmatch(text)
    if match is None:
        raise NotADateError("is not a date")
    hour = int(match["h"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0) if 1 <= hour <= 12 else 24
    if match["utc"]:
        zone = dt.UTC
    try:
        if match["sign"]:
            offset = dt.timedelta(hours=int(match["oh"]), minutes=int(match["om"] or 0))
            zone = dt.timezone(offset if match["sign"] == "+" else -offset)
        seconds = float(match["sec"] or 0)
        return dt.time(hour, int(match["min"]), min(int(seconds), 60), tzinfo=zone).replace(second=0), seconds == 0
    except ValueError:
        raise NotADateError("is not a date") from None


def _aware(day: dt.date, clock: dt.time) -> dt.datetime:
    moment = dt.datetime.combine(day, clock)
    try:
        moment.astimezone(dt.UTC)
    except OverflowError:
        raise NotADateError("is not a date") from None
    return moment
