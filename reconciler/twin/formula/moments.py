"""Dates inside formulas."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.twin import times

_SECONDS = {
    "weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1, "milliseconds": 0.001,
}  # fmt: skip
_MONTHS = {"years": 12, "quarters": 3, "months": 1}
_DAY_UNITS = ("weeks", "days")


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or a span. ``day``: it has no time of day."""

    start: datetime
    end: datetime | None
    day: bool


def of(value: dict[str, Any]) -> Moment | None:
    start = times.moment(value["start"])
    if start is None:
        return None
    end = times.moment(value["end"]) if value.get("end") else None
    return Moment(start, end, times.is_date(value["start"]))


def as_date(moment: Moment) -> dict[str, Any]:
    """As a date value shows it."""
    end = None if moment.end is None else _text(moment.end, day=moment.day)
    return {"start": _text(moment.start, day=moment.day), "end": end, "time_zone": None}


def _text(value: datetime, *, day: bool) -> str:
    if day:
        return value.date().isoformat()
    return value.replace(second=0, microsecond=0).isoformat(timespec="milliseconds")


def unit_of(name: Any) -> str:
    """The unit in its plural. ValueError for another."""
    plural = f"{str(name).removesuffix('s')}s"
    if plural not in _SECONDS and plural not in _MONTHS:
        raise ValueError(plural)
    return plural


def shifted(moment: Moment, amount: float, unit: str) -> Moment:
    """Later by so much, or earlier for a negative amount. Hours and less give a day a time of day."""
    if unit in _MONTHS:
        return replace(moment, start=times.add_months(moment.start, int(amount) * _MONTHS[unit]), end=None)
    start = moment.start + timedelta(seconds=amount * _SECONDS[unit])
    return Moment(start, None, moment.day and unit in _DAY_UNITS)


def between(later: Moment, earlier: Moment, unit: str) -> int:
    """Whole units from ``earlier`` to ``later``, cut toward zero."""
    if unit not in _MONTHS:
        return math.trunc((later.start - earlier.start).total_seconds() / _SECONDS[unit])
    first, last = sorted((earlier.start, later.start))
    months = (last.year - first.year) * 12 + last.month - first.month
    if times.add_months(first, months) > last:
        months -= 1
    whole = months // _MONTHS[unit]
    return whole if later.start >= earlier.start else -whole


def from_ms(value: float) -> Moment:
    return Moment(datetime.fromtimestamp(value / 1000, UTC), None, day=False)
