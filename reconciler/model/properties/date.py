"""date: ``{"start"}`` with ``end`` and ``time_zone`` only when set, as Notion answers them; or None."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from reconciler.model.condition import After, Before, Condition, Equals, Scalar
from reconciler.model.live import Config, Value
from reconciler.model.properties import common, moments
from reconciler.model.properties.base import Filter, Lookup
from reconciler.model.properties.filters import both, leaf, narrow, presence_fails, presence_holds

_DAY = dt.timedelta(days=1)
_MINUTE = dt.timedelta(minutes=1)


def equals(value: Value, scalar: Scalar) -> bool | None:
    """Whether a date is exactly a state file's date or time, without an end; None where that is neither."""
    if not isinstance(scalar, dt.date):
        return None
    return bool(value) and moments.same(value, {"start": moments.written(scalar)})


def seen(value: Value) -> common.Seen:
    """A date as a condition sees it."""
    return common.Seen(
        texts=(spoken(value),) if value else (),
        empty=not value,
        start=moments.start(value) if value else None,
        equals=lambda scalar: equals(value, scalar),
    )


def spoken(value: Value) -> str:
    """A date as people read it: ``2026-09-15``, ``2026-09-15 10:00+00:00``, with an arrow to its end."""
    if not value:
        return ""
    zone = value.get("time_zone")
    return " → ".join(moments.spoken(value[part], zone) for part in ("start", "end") if part in value)


def filter_moment(kind: str, property_id: str, condition: Condition) -> Filter:
    """The filter of a date, created_time or last_edited_time.

    In which zone Notion reads a day without time is nowhere said, and a stored time may lie in any: a day is widened
    by two days (fourteen hours each way for both), a time by one for the days it is compared with.
    """

    def holds(plain: Condition) -> Filter:
        match plain:
            case Before(limit):
                margin = _DAY if isinstance(limit, dt.datetime) else 2 * _DAY
                return leaf(property_id, kind, "on_or_before", moments.shifted(limit, margin))
            case After(limit):
                margin = _DAY if isinstance(limit, dt.datetime) else 2 * _DAY
                return leaf(property_id, kind, "on_or_after", moments.shifted(limit, -margin))
            case Equals(wanted) if isinstance(wanted, dt.date):
                margin = _MINUTE if isinstance(wanted, dt.datetime) else _DAY
                return both(
                    [
                        leaf(property_id, kind, "on_or_after", moments.shifted(wanted, -margin)),
                        leaf(property_id, kind, "on_or_before", moments.shifted(wanted, margin)),
                    ]
                )
            case _:
                return presence_holds(property_id, kind, plain)

    return narrow(condition, holds=holds, fails=lambda plain: presence_fails(property_id, kind, plain))


def _clock(text: str, zone: str) -> str:
    """A start or end as the zone's clock tells it: beside ``time_zone`` Notion refuses an offset."""
    moment = moments.parse(text, zone)
    if not isinstance(moment, dt.datetime):
        return text
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="milliseconds")


class Date:
    """Meets `PropertyType`."""

    name: ClassVar[str] = "date"
    creatable: ClassVar[bool] = True
    writable: ClassVar[bool] = True
    nothing: ClassVar[Value] = None

    config = staticmethod(common.no_config)
    truncated = staticmethod(common.never)
    same = staticmethod(moments.same)
    empty = staticmethod(common.is_nothing)

    def schema(self, config: Config) -> dict[str, Any]:
        del config
        return {"date": {}}

    def value(self, wire: Mapping[str, Any]) -> Value:
        return moments.canonical(wire.get("date"))

    def wire(self, value: Value) -> dict[str, Any]:
        if not value:
            return {"date": None}
        zone = value.get("time_zone")
        body: dict[str, Any] = {"start": value["start"], "end": value.get("end")}
        if zone:
            body["time_zone"] = zone
            if moments.known_zone(zone):
                body |= {part: _clock(value[part], zone) for part in ("start", "end") if value.get(part)}
        return {"date": body}

    def text(self, value: Value, names: Lookup | None = None) -> str:
        del names
        return spoken(value)

    def literal(self, scalar: Any, lookup: Lookup) -> Value:
        """A TOML date is a day, a TOML date-time a time (UTC where it has no offset); ISO text is taken as well."""
        del lookup
        moment = moments.parse(scalar) if isinstance(scalar, str) else scalar
        if scalar == "":
            return None
        if not isinstance(moment, dt.date):
            raise ValueError(f"{scalar!r} is not a date")
        return {"start": moments.written(moment)}

    def filter(self, property_id: str, condition: Condition, config: Config) -> Filter:
        del config
        return filter_moment("date", property_id, condition)

    def meets(self, value: Value, condition: Condition, names: Lookup | None = None) -> bool:
        del names
        return common.judge(condition, seen(value))


PROPERTY = Date()
