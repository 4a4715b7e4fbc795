"""Which type a column had: from its cells alone, and only where the type gives every cell back.

A type is chosen when *all* cells that are not empty fit it, in the order relation, checkbox, date, number, url, e-mail,
phone, select, multi_select; what could be two things is text. The guarantee, tested with arbitrary tables: every value
reads as its cell again, but for the spelling of dates and of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.twin.export import cells

MAX_OPTIONS = 100
"""Options of one property (https://developers.notion.com/reference/request-limits)."""
MAX_OPTION_LENGTH = 50
"""Longer values that repeat are sentences somebody copied, not options."""

MAX_NAMED = 20
"""Rows up to which a column's name may stand in for values that repeat."""

_ID_NAME = re.compile(r"(?:^|.*[\s_-])(?i:id)|.*[a-z0-9](?:Id|ID)", re.DOTALL)
_OPTION_NAME = re.compile(
    r"(?:.*[\s_-])?(?i:status|stage|priority|severity|category|type)|.*[a-z](?:Status|Stage|Priority|Severity|Category|Type)",
    re.DOTALL,
)
_KEY_LIKE = re.compile(r"[A-Za-z]{1,10}-[A-Za-z]{0,6}\d+(?:[.-]\d+)*")


@dataclass(frozen=True)
class Column:
    """A column with its type: ``config`` is the body of the property's configuration, ``values`` what to write into
    each row (the body under the type's name), None for an empty cell. Relations have ``links`` instead of values."""

    name: str
    type: str
    config: dict[str, Any] = field(default_factory=dict)
    values: tuple[Any, ...] = ()
    links: tuple[tuple[cells.Link, ...], ...] = ()
    note: str = ""


def infer(name: str, column: Sequence[str]) -> Column:
    """The column's type from its cells; the first that fits, else text."""
    filled = [cell for cell in column if cell]
    if filled:
        if found := relation(name, column):
            return found
        for attempt in (_checkbox, _date, _number, _plain, _select, _multi_select):
            if made := attempt(name, column, filled):
                return made
    return text(name, column, note=_nearly_relation(filled))


def text(name: str, column: Sequence[str], *, note: str = "") -> Column:
    """The column as text, every character kept."""
    return Column(name, "rich_text", {}, tuple(cell or None for cell in column), note=note)


def relation(name: str, column: Sequence[str]) -> Column | None:
    """The column as a relation, if every cell that is not empty is made of links alone."""
    links: list[tuple[cells.Link, ...]] = []
    for cell in column:
        found = cells.links(cell) if cell else ()
        if found is None:
            return None
        links.append(found)
    return Column(name, "relation", links=tuple(links)) if any(links) else None


def _nearly_relation(filled: list[str]) -> str:
    """What to say of a column some of whose cells are links: people would expect a relation there."""
    linked = sum(1 for cell in filled if cells.links(cell) is not None)
    return f"{linked} of {len(filled)} cells are links to pages, the others are not; loaded as text" if linked else ""


def as_type(name: str, type_: str, column: Sequence[str]) -> Column | None:
    """The column as ``type_`` because a person says so: no vocabulary is asked for, only that every cell fits."""
    filled = [cell for cell in column if cell]
    match type_:
        case "rich_text":
            return text(name, column)
        case "relation":
            return relation(name, column)
        case "checkbox":
            return _checkbox_or_empty(name, column)
        case "date":
            return _date(name, column, filled)
        case "number":
            return _number(name, column, filled) or _loose_number(name, column)
        case "url" | "email" | "phone_number":
            return _plain_as(name, type_, column)
        case "select" | "status":
            return _options_column(name, type_, column, filled) if _are_options(filled) else None
        case "multi_select":
            tokens = [token for cell in filled for token in cell.split(", ")]
            whole = all(_distinct(cell.split(", ")) for cell in filled)
            return _options_column(name, type_, column, tokens) if whole and _are_options(tokens) else None
    return None


def _checkbox(name: str, column: Sequence[str], _filled: list[str]) -> Column | None:
    return _checkbox_or_empty(name, column) if all(cell in ("Yes", "No") for cell in column) else None


def _checkbox_or_empty(name: str, column: Sequence[str]) -> Column | None:
    if not all(cell in ("Yes", "No", "") for cell in column):
        return None
    return Column(name, "checkbox", {}, tuple(cell == "Yes" for cell in column))


def _date(name: str, column: Sequence[str], filled: list[str]) -> Column | None:
    orders = {cells.day_order(cell) for cell in filled} - {None}
    order: cells.DayOrder | None = None
    if orders:
        sure = orders - {"either"}
        if len(sure) != 1:
            return None
        order = "day" if "day" in sure else "month"
    values = [cells.date(cell, order) if cell else None for cell in column]
    if any(cell and value is None for cell, value in zip(column, values, strict=True)):
        return None
    return Column(name, "date", {}, tuple(values))


def _number(name: str, column: Sequence[str], filled: list[str]) -> Column | None:
    """A column of one format: one sign, separators everywhere or nowhere, decimals as a number would show them.

    "1.10" beside "1.9" is a version, not a number: shown as numbers both would read differently.
    """
    numbers = [cells.number(cell) for cell in filled]
    found = [n for n in numbers if n is not None]
    formats = {n.format for n in found}
    separators = {n.commas for n in found} - {None}
    if len(found) != len(numbers) or len(formats) != 1 or len(separators) > 1:
        return None
    style = formats.pop()
    fixed = len({n.places for n in found}) == 1
    shortest = all(not n.places or not cell.rstrip("%").endswith("0") for n, cell in zip(found, filled, strict=True))
    money = style not in ("number", "percent") and {n.places for n in found} <= {0, 2}
    if not (fixed or shortest or money):
        return None
    if style == "number" and True in separators:
        style = "number_with_commas"
    return _numbers(name, style, column)


def _loose_number(name: str, column: Sequence[str]) -> Column | None:
    return None if any(cell and cells.number(cell) is None for cell in column) else _numbers(name, "number", column)


def _numbers(name: str, style: str, column: Sequence[str]) -> Column:
    numbers = [cells.number(cell) if cell else None for cell in column]
    return Column(name, "number", {"format": style}, tuple(None if n is None else n.value for n in numbers))


def _plain(name: str, column: Sequence[str], _filled: list[str]) -> Column | None:
    for type_ in ("url", "email", "phone_number"):
        if made := _plain_as(name, type_, column):
            return made
    return None


def _plain_as(name: str, type_: str, column: Sequence[str]) -> Column | None:
    fits = {"url": cells.is_url, "email": cells.is_email, "phone_number": cells.is_phone}[type_]
    if not all(fits(cell) for cell in column if cell):
        return None
    return Column(name, type_, {}, tuple(cell or None for cell in column))


def _select(name: str, column: Sequence[str], filled: list[str]) -> Column | None:
    """Few short values that repeat; never identifiers, which repeat too where rows refer to others by key.

    A column called "status" and the like holds options also where a small table shows each of them once.
    """
    named = _OPTION_NAME.fullmatch(name) is not None and 1 < len(filled) <= MAX_NAMED
    if not (_repeats(filled) or named) or not _are_options(filled) or _identifies(name, filled):
        return None
    return _options_column(name, "select", column, filled)


def _multi_select(name: str, column: Sequence[str], filled: list[str]) -> Column | None:
    split = [cell.split(", ") for cell in filled]
    tokens = [token for cell in split for token in cell]
    vocabulary = _repeats(tokens) and _are_options(tokens) and all(_distinct(cell) for cell in split)
    if not vocabulary or len(tokens) == len(filled) or _identifies(name, tokens):
        return None
    return _options_column(name, "multi_select", column, tokens)


def _identifies(name: str, values: list[str]) -> bool:
    distinct = set(values)
    return _ID_NAME.fullmatch(name) is not None or 2 * sum(1 for value in distinct if _KEY_LIKE.fullmatch(value)) > len(
        distinct
    )


def _repeats(values: list[str]) -> bool:
    distinct = len(set(values))
    return distinct < len(values) and distinct <= max(2, 2 * len(values) // 3)


def _distinct(values: list[str]) -> bool:
    return len(set(values)) == len(values)


def _are_options(values: Iterable[str]) -> bool:
    """Whether Notion takes all of these as options of one property and gives them back as they are.

    Option names have no commas and are unique without case; blanks at the ends and line breaks would not survive.
    """
    distinct = set(values)
    return (
        len(distinct) <= MAX_OPTIONS
        and len({value.casefold() for value in distinct}) == len(distinct)
        and all(_is_option(value) for value in distinct)
    )


def _is_option(value: str) -> bool:
    return (
        0 < len(value) <= MAX_OPTION_LENGTH
        and value == value.strip()
        and "," not in value
        and all(char.isprintable() or char in "\u200d\ufe0f" for char in value)
    )


def _options_column(name: str, type_: str, column: Sequence[str], names: list[str]) -> Column:
    options = [{"name": value} for value in dict.fromkeys(names)]
    values: tuple[Any, ...]
    if type_ == "multi_select":
        values = tuple([{"name": token} for token in cell.split(", ")] if cell else None for cell in column)
    else:
        values = tuple({"name": cell} if cell else None for cell in column)
    return Column(name, type_, {"options": options}, values)
