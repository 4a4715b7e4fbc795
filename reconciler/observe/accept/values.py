"""Values of rows, taken into the rules that declare them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.live import LiveProperty, Value
from reconciler.observe.accept.draft import Draft, Refusal
from reconciler.observe.drift.differences import Gap
from reconciler.observe.drift.values import ValueDifference, rule_at
from reconciler.observe.evidence import Evidence


def take(draft: Draft, found: Sequence[ValueDifference], evidence: Evidence) -> None:
    """The rule says of one field what all of ``found`` hold. Raises `Refusal` where that is not one thing to say."""
    first = found[0]
    if evidence.hides(first.database):
        raise Refusal(
            "its database is declared sensitive, so no value of it is written to a file", "set it by hand, or apply"
        )
    if first.now is Gap.ABSENT or first.property is None:
        raise Refusal("its row is not there", "take the rule out of the files, or apply to make the row again")
    kind, name, _ = addresses.parse(first.address)
    said = [_said(one.property, one.value, evidence) for one in found if one.property is not None]
    if any(each != said[0] for each in said):
        raise Refusal(
            f"its rows hold {len({repr(each) for each in said})} different values, and a rule sets one",
            "make a rule of its own for each, or apply to take them back",
        )
    rule = rule_at(evidence.state, first.address)
    if rule is None or name is None:
        raise Refusal("the files do not have the rule any more", "wtstate drift")
    draft.tables[kind][name]["set"][first.field] = said[0]


def _said(prop: LiveProperty, value: Value, evidence: Evidence) -> Any:
    """A value as ``set`` says it. Raises `Refusal` for what it cannot say."""
    kind = properties.of(prop.type)
    if kind.empty(value):
        return ""
    match prop.type:
        case "number" | "checkbox":
            return value
        case "multi_select":
            return list(value)
        case "date":
            return _date(value)
        case "people":
            return [_known(str(each.get("email") or ""), "a person without an e-mail address") for each in value]
        case "relation":
            return [_known(_key(page, evidence.reading.names.get), "a row whose key is not known") for page in value]
        case "title" | "rich_text" | "select" | "status" | "url" | "email" | "phone_number":
            return kind.text(value)
    raise Refusal(f"a {prop.type} value cannot be said in `set`", "apply to take it back, or take the field out of it")


def _key(page: str, names: Callable[[str], str | None]) -> str:
    return names(page) or ""


def _known(text: str, what: str) -> str:
    if not text:
        raise Refusal(f"it holds {what}", "set it by hand: e-mail addresses, or keys of rows")
    return text


def _date(value: Value) -> Any:
    if value.get("end") or value.get("time_zone"):
        raise Refusal("a range of dates, or one with a time zone, cannot be said in `set`", "apply to take it back")
    start = str(value["start"])
    return dt.datetime.fromisoformat(start) if "T" in start else dt.date.fromisoformat(start)
