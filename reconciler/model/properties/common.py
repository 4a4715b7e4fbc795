"""What all property types share: ids, blanks, the judge of conditions, and what a read-only type answers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Never
from urllib.parse import quote, unquote

from reconciler.model.condition import After, AnyOf, Before, Condition, Empty, Equals, Glob, Not, Scalar, normal
from reconciler.model.limits import ARRAY_ITEMS
from reconciler.model.live import Config, Value
from reconciler.model.properties import moments
from reconciler.model.properties.base import EVERYTHING, Filter, Lookup

_HEX = re.compile(r"[0-9a-f]{32}")
_OBJECT = (dict, Mapping)
"""What an object of an answer is; a dict first, which is known at once."""
_DASHED = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@lru_cache(maxsize=4096)
def decoded(property_id: str) -> str:
    """A property id as it is, never percent-encoded.

    Prevents: a schema answers ``%3AJ%7B%3A`` where a rollup's inner ids say ``:J{:``; read as two properties, the
    rollup would look re-pointed. Ids never hold a percent sign, so decoding twice does no harm.
    """
    return unquote(property_id)


def encoded(property_id: str) -> str:
    """A property id as Notion answers it and takes it in paths, keys and filters: encoded like encodeURIComponent."""
    return quote(decoded(property_id), safe="")


def dashed(object_id: str) -> str:
    """An id of a page, user or data source in the dashed form that Notion answers; other text stays as it is.

    Prevents: ids are taken dashed or as 32 hex digits; an edge written the short way would read back as another one.
    """
    if _DASHED.fullmatch(object_id):
        return object_id
    digits = object_id.replace("-", "").lower()
    if not _HEX.fullmatch(digits):
        return object_id
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def packed(object_id: str) -> bytes | str:
    """An id in the least room: its 16 bytes, however it is written; other text stays as it is."""
    digits = object_id.replace("-", "").lower()
    return bytes.fromhex(digits) if _HEX.fullmatch(digits) else object_id


def is_object_id(text: str) -> bool:
    """Whether the text has the form of an id of a page or user."""
    return _HEX.fullmatch(text.replace("-", "").lower()) is not None


def entries(raw: object) -> list[Mapping[str, Any]]:
    """The objects of a list answered by Notion; [] for anything else, so that no answer can crash a reader."""
    return [item for item in raw if isinstance(item, _OBJECT)] if isinstance(raw, list) else []


def fields(raw: object) -> Mapping[str, Any]:
    """An object answered by Notion, or an empty one for anything else."""
    return raw if isinstance(raw, _OBJECT) else {}


def at_most(items: list[Any], what: str) -> list[Any]:
    """The items of one array of a request. Raises `ValueError` naming ``what`` where Notion's limit is passed."""
    if len(items) > ARRAY_ITEMS:
        raise ValueError(f"{len(items)} {what}: Notion takes {ARRAY_ITEMS} in one value")
    return items


def number_text(number: int | float) -> str:
    """A number as people read it: no fraction where there is none."""
    return str(number)


def spoken(scalar: Scalar) -> str:
    """What a state file says, as the text of a field would show it."""
    if isinstance(scalar, str):
        return scalar
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    if isinstance(scalar, dt.date):
        return moments.spoken(moments.written(scalar))
    return number_text(scalar)


@dataclass(frozen=True)
class Seen:
    """A value as a condition sees it.

    ``texts`` are its texts, one for each of its values (none is seen as one empty text); ``start`` is the start of a
    date as Notion answers it; ``equals`` compares what is not text (it answers None for what it does not know).
    """

    texts: tuple[str, ...]
    empty: bool
    start: str | None = None
    equals: Callable[[Scalar], bool | None] = lambda _: None

    def is_exactly(self, scalar: Scalar) -> bool:
        """Whether one of the values is ``scalar``; text after `normal`."""
        answer = self.equals(scalar)
        if answer is not None:
            return answer
        wanted = normal(spoken(scalar))
        return any(normal(text) == wanted for text in self.texts or ("",))


def judge(condition: Condition, seen: Seen) -> bool:
    """Whether what is seen meets the condition, as ``reconciler.model.condition`` defines it."""
    match condition:
        case Equals(scalar):
            return seen.is_exactly(scalar)
        case Glob():
            return any(condition.matches(text) for text in seen.texts or ("",))
        case AnyOf(conditions):
            return any(judge(each, seen) for each in conditions)
        case Not(inner):
            return not judge(inner, seen)
        case Empty():
            return seen.empty
        case Before(limit):
            return seen.start is not None and moments.side(seen.start, limit) == -1
        case After(limit):
            return seen.start is not None and moments.side(seen.start, limit) == 1


def holds_of_blank(condition: Condition) -> bool:
    """Whether an empty field, or one whose only text is blank, meets the condition."""
    return judge(condition, Seen(texts=(), empty=True))


def no_config(_wire: Mapping[str, Any]) -> Config:
    """The configuration of a type that has none."""
    return {}


def never(_wire: Mapping[str, Any]) -> bool:
    """Of a value that a page answer always holds in full."""
    return False


def equal(left: Value, right: Value) -> bool:
    """Whether two values are the same JSON."""
    return bool(left == right)


def is_nothing(value: Value) -> bool:
    """Whether there is no value: None, no text, an empty list or object."""
    return value is None or value in ("", [], {})


def unfiltered(_property_id: str, _condition: Condition, _config: Config) -> Filter:
    """The filter of a type that Notion cannot be asked about safely."""
    return EVERYTHING


def not_writable(_value: Value) -> dict[str, Any]:
    """The write entry of a type that Notion fills in itself: there is none."""
    raise ValueError("Notion fills this field in itself: it cannot be written")


def not_settable(_scalar: object, _lookup: Lookup) -> Never:
    """The value of a type that Notion fills in itself: nobody can set one."""
    raise ValueError("Notion fills this field in itself: it cannot be set")


def named(names: Lookup | None, object_id: str) -> str:
    """What people read for an id: its name where ``names`` knows one, else the id."""
    if names is None:
        return object_id
    try:
        return names(object_id)
    except LookupError:
        return object_id


def unique(items: list[str]) -> list[str]:
    """The items in order, each once."""
    return list(dict.fromkeys(items))


def texts(scalar: object, what: str) -> list[str]:
    """The texts of a state file's string or list of strings, without blanks at the ends; "" and [] give none."""
    items: list[str] = []
    for item in scalar if isinstance(scalar, list) else [scalar]:
        if not isinstance(item, str):
            raise ValueError(f"{scalar!r} is not {what}")
        items.append(normal(item))
    return unique([item for item in items if item])
