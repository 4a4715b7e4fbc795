"""Options of select, multi_select and status: configurations, names, and filters that use the live spelling.

An option is ``{"id", "name", "color", "description"}``; ``id`` only where Notion gave one, ``description`` is "" when
unset, and a new option of a status may carry ``group``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.condition import Condition, Empty, normal
from reconciler.model.limits import FILTER_ITEMS
from reconciler.model.live import Config, Value
from reconciler.model.properties.base import EVERYTHING, Filter, Lookup
from reconciler.model.properties.common import Seen, entries, fields, holds_of_blank, judge, spoken
from reconciler.model.properties.filters import both, either, is_empty, is_not_empty, leaf, narrow


def config(kind: str, wire: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a schema entry.

    Prevents: an unset description is answered as null and left out of requests; a color that a request leaves out is
    answered as "default". Option ids are opaque, some are old codes, none is percent-encoded.
    """
    return {
        "options": [
            {
                "id": str(option.get("id") or ""),
                "name": str(option.get("name") or ""),
                "color": str(option.get("color") or "default"),
                "description": str(option.get("description") or ""),
            }
            for option in entries(fields(wire.get(kind)).get("options"))
        ]
    }


def request(option: Mapping[str, Any]) -> dict[str, Any]:
    """An option as a schema request takes it: an existing one by id and name, without the color that stays as it is.

    A description of None is taken away; one that is empty is not spoken of.
    """
    body: dict[str, Any] = {}
    if option.get("id"):
        body["id"] = option["id"]
    body["name"] = option["name"]
    if not option.get("id") and option.get("color"):
        body["color"] = option["color"]
    if option.get("description", "") != "":
        body["description"] = option["description"]
    if option.get("group"):
        body["group"] = option["group"]
    return body


def schema(kind: str, configuration: Config) -> dict[str, Any]:
    """The body entry with the whole list: Notion replaces the options by what it is sent. None declared: ``{}``."""
    if "options" not in configuration:
        return {kind: {}}
    return {kind: {"options": [request(option) for option in configuration["options"]]}}


def name(raw: object) -> str | None:
    """The name of the option that a page answers.

    Prevents: a page answers id and color beside the name and no description; only the name says which option it is.
    """
    found = fields(raw).get("name")
    return str(found) if found else None


def checked(text: str) -> str:
    """An option's name as a state file may say it; `ValueError` for one that Notion refuses."""
    if "," in text:
        raise ValueError(f"{text!r} has a comma: Notion allows none in the name of an option")
    return text


def literal(scalar: Any, lookup: Lookup) -> Value:
    """The name of an option; "" clears."""
    del lookup
    if isinstance(scalar, list | dict) or scalar is None:
        raise ValueError(f"{scalar!r} is not the name of an option")
    return checked(normal(spoken(scalar))) or None


def same(left: Value, right: Value) -> bool:
    """Whether two names name one option.

    Prevents: a name typed in decomposed Unicode or with a blank at its end is shown like the declared one.
    """
    return left == right or normal(left or "") == normal(right or "")


def text(value: Value, names: Lookup | None = None) -> str:
    """The name of the option."""
    del names
    return value or ""


def meets(value: Value, condition: Condition, names: Lookup | None = None) -> bool:
    """The judge for one option."""
    del names
    return judge(condition, Seen(texts=(value,) if value else (), empty=not value))


def _names(configuration: Config) -> list[str]:
    return [option["name"] for option in configuration.get("options", ())]


def filter_one(kind: str, property_id: str, condition: Condition, configuration: Config) -> Filter:
    """The filter of a select or status: every option there is, and no option, judged one by one.

    ``does_not_equal`` matches rows without an option as well (recorded), as a condition that is not met does.
    """
    live = _names(configuration)
    met = [each for each in live if meets(each, condition)]
    if not meets(None, condition):
        return either([leaf(property_id, kind, "equals", each) for each in met])
    if len(met) == len(live):
        return EVERYTHING
    if len(met) + 1 < len(live) - len(met) or not met:
        return either([is_empty(property_id, kind), *(leaf(property_id, kind, "equals", each) for each in met)])
    missed = [each for each in live if each not in met]
    return both([leaf(property_id, kind, "does_not_equal", each) for each in missed[:FILTER_ITEMS]])


def filter_many(kind: str, property_id: str, condition: Condition, configuration: Config) -> Filter:
    """The filter of a multi_select: a condition holds when it holds of one of the options, or of none where empty."""
    live = _names(configuration)

    def met(plain: Condition) -> list[str]:
        return [each for each in live if judge(plain, Seen(texts=(each,), empty=False))]

    def holds(plain: Condition) -> Filter:
        if isinstance(plain, Empty):
            return is_empty(property_id, kind)
        parts = [leaf(property_id, kind, "contains", each) for each in met(plain)]
        if holds_of_blank(plain):
            parts.append(is_empty(property_id, kind))
        return either(parts)

    def fails(plain: Condition) -> Filter:
        parts = [leaf(property_id, kind, "does_not_contain", each) for each in met(plain)]
        if holds_of_blank(plain):
            parts.append(is_not_empty(property_id, kind))
        return both(parts)

    return narrow(condition, holds=holds, fails=fails)
