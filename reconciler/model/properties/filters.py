"""Putting filters together so that the whole is never narrower than the condition.

Notion allows two levels of ``and`` and ``or`` and a hundred items in each; the caller puts one ``or`` around
everything, so a filter made here is one comparison or one group of comparisons, never a group of groups.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.model.condition import After, AnyOf, Before, Condition, Empty, Not
from reconciler.model.limits import FILTER_ITEMS
from reconciler.model.properties.base import EVERYTHING, NOTHING, Filter
from reconciler.model.properties.common import encoded, holds_of_blank

Atom = Callable[[Condition], Filter]


def leaf(property_id: str, kind: str, operator: str, operand: Any) -> Filter:
    """One comparison: ``{"property": id, "select": {"equals": "Done"}}``."""
    return {"property": encoded(property_id), kind: {operator: operand}}


def is_empty(property_id: str, kind: str) -> Filter:
    """The field is empty, as Notion sees it."""
    return leaf(property_id, kind, "is_empty", True)


def is_not_empty(property_id: str, kind: str) -> Filter:
    """The field is not empty, as Notion sees it."""
    return leaf(property_id, kind, "is_not_empty", True)


def _group(word: str, items: list[dict[str, Any]]) -> Filter:
    return items[0] if len(items) == 1 else {word: items}


def either(filters: list[Filter]) -> Filter:
    """A filter that lets through what any of the filters lets through; wider where an ``and`` would nest too deep."""
    items: list[dict[str, Any]] = []
    for each in filters:
        if each == NOTHING:
            continue
        if not isinstance(each, dict):
            return EVERYTHING
        items += each["or"] if "or" in each else each["and"][:1] if "and" in each else [each]
    if not items:
        return NOTHING
    return _group("or", items) if len(items) <= FILTER_ITEMS else EVERYTHING


def both(filters: list[Filter]) -> Filter:
    """A filter that lets through at least what all of the filters let through."""
    if NOTHING in filters:
        return NOTHING
    narrow = [each for each in filters if isinstance(each, dict)]
    items = [item for each in narrow if "or" not in each for item in each.get("and", [each])]
    if items:
        return _group("and", items[:FILTER_ITEMS])
    return narrow[0] if narrow else EVERYTHING


def narrow(condition: Condition, *, holds: Atom, fails: Atom) -> Filter:
    """The filter of a condition, from two of its type: where a plain condition holds, and where it does not."""
    match condition:
        case AnyOf(conditions):
            return either([narrow(each, holds=holds, fails=fails) for each in conditions])
        case Not(AnyOf(conditions)):
            return both([narrow(Not(each), holds=holds, fails=fails) for each in conditions])
        case Not(Not(inner)):
            return narrow(inner, holds=holds, fails=fails)
        case Not(inner):
            return fails(inner)
        case _:
            return holds(condition)


def presence_holds(property_id: str, kind: str, condition: Condition) -> Filter:
    """Where a plain condition holds, for a type of which Notion can only be asked whether it is empty."""
    if isinstance(condition, Empty):
        return is_empty(property_id, kind)
    if isinstance(condition, Before | After):
        return NOTHING
    return EVERYTHING if holds_of_blank(condition) else is_not_empty(property_id, kind)


def presence_fails(property_id: str, kind: str, condition: Condition) -> Filter:
    """Where a plain condition does not hold: never of an empty field if it holds of empty fields."""
    return is_not_empty(property_id, kind) if holds_of_blank(condition) else EVERYTHING


def presence(property_id: str, kind: str, condition: Condition) -> Filter:
    """The filter for a type of which Notion can only be asked whether it is empty (people, relation, files)."""
    return narrow(
        condition,
        holds=lambda plain: presence_holds(property_id, kind, plain),
        fails=lambda plain: presence_fails(property_id, kind, plain),
    )
