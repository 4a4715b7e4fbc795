"""What can be done about a difference: the next step, in one line."""

from __future__ import annotations

import shlex

from reconciler.observe.drift.differences import Difference, Gap
from reconciler.observe.drift.report import Side
from reconciler.observe.drift.values import ValueDifference
from reconciler.planning.match import DatabaseMatch


def _accept(address: str) -> str:
    return f"wtstate accept {shlex.quote(address)}"


def schema_step(one: Difference, pair: DatabaseMatch) -> str:
    """The next step for a word of the schema; "" where its part of the report says it."""
    if one.side is Side.FILES:
        by_hand = one.word == "color" and one.option
        return "set it in Notion: the API cannot recolour an option" if by_hand else ""
    if one.declared is Gap.UNSAID:
        return _undeclared(one, pair)
    return f"{_accept(one.address)}; or {_back(one)}"


def _undeclared(one: Difference, pair: DatabaseMatch) -> str:
    """For what the files do not speak of: a word of a declared thing, or a thing of its own."""
    if one.word in ("name", "type") and not one.option:
        return "nothing to do: the files do not speak of it"
    fate = "archives and drops it" if pair.desired.undeclared == "archive" else "leaves it as it is"
    return f"{_accept(one.address)} declares it; apply {fate}"


def _back(one: Difference) -> str:
    """What undoes it."""
    match one.word:
        case "color" if one.option:
            return "set it back in Notion: the API cannot recolour an option"
        case "name" if one.option:
            return "rename it back in Notion: apply would add a second option, and rows keep this one"
        case "field" | "option" if one.now is Gap.ABSENT:
            return "apply makes it again, without the values that rows had"
        case "type":
            return "apply converts it back"
    return "apply takes it back"


def value_step(one: ValueDifference) -> str:
    """The next step for a value that a rule declares; "" where its part of the report says it."""
    if one.side in (Side.FILES, Side.SETTLED):
        return ""
    if one.now is Gap.ABSENT:
        return "apply makes the row again; or take its rule out of the files"
    return f"{_accept(one.address)}; or apply takes it back"
