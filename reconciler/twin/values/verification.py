"""verification: made in Notion's own interface only; a page that has it can be verified and unverified."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks, richtext, times, users
from reconciler.twin.errors import UNDEFINED
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType, Writer

EMPTY: dict[str, Any] = {"state": "unverified", "verified_by": None, "date": None}


def read(writer: Writer, _: Property, value: Any, path: str) -> Any:
    body = checks.obj(value, path)
    if checks.one_of(body.get("state", UNDEFINED), f"{path}.state", ("verified", "unverified")) == "unverified":
        return None
    date = body.get("date")
    return {
        "state": "verified",
        "verified_by": writer.session.actor.bot_id,
        "date": None if date is None else richtext.date_value(date, f"{path}.date"),
    }


def answer(reader: Reader, _: Property, __: Page, stored: Any) -> Any:
    if stored is None:
        return EMPTY
    person = stored["verified_by"]
    known = users.answer(reader.session, person) if isinstance(person, str) else person
    return {**stored, "state": _state(reader, stored), "verified_by": known}


def plain(reader: Reader, _: Property, __: Page, stored: Any) -> str | None:
    return None if stored is None or stored["state"] == "unverified" else _state(reader, stored)


def _state(reader: Reader, stored: Any) -> str:
    """``expired`` from the end of its date on."""
    end = times.moment(str((stored["date"] or {}).get("end")))
    over = stored["state"] == "verified" and end is not None and times.to_ms(end) <= reader.session.now
    return "expired" if over else str(stored["state"])


TYPE = ValueType(name="verification", conditions="verification", read=read, answer=answer, plain=plain)
