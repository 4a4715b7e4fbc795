"""Hypothesis strategies for what the model holds: ids, texts, canonical values and configurations of every type.

Values are canonical (``reconciler.model.properties.base``): reading what was written gives the same value.
"""

from __future__ import annotations

import datetime as dt
import string
import unicodedata
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from reconciler.model.condition import After, AnyOf, Before, Condition, Empty, Equals, Glob, Not, Scalar, normal
from reconciler.model.live import Config, Value
from reconciler.model.properties import text as rich

COLORS = ("default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
WRITABLE = (
    "title", "rich_text", "number", "select", "multi_select", "status", "date", "people", "files", "checkbox", "url",
    "email", "phone_number", "relation", "place",
)  # fmt: skip
COMPUTED = (
    "formula", "rollup", "created_time", "created_by", "last_edited_time", "last_edited_by", "unique_id", "button",
    "verification",
)  # fmt: skip
TYPES = (*WRITABLE, *COMPUTED)

_FRAGMENTS = (
    "a", "B", "WT-5.1", "done", " ", "  ", "\t", "\n", "\u00a0", ".", "*", "?", "[a]", "]", "!", "-", ";", "`", "K",
    "/", '"', "\\", "\u00e9", "e\u0301", "\u212a", "\u037e", "\u00df", "\u0130", "\u4e2d", "\U0001f9ed",
    "\U0001f468\u200d\U0001f469",
)  # fmt: skip
"""What is hard in text: marks that compose, look-alikes that NFC replaces, blanks, wildcards, surrogate pairs."""

letters = st.text(string.ascii_letters + string.digits, min_size=1, max_size=8)
object_ids = st.uuids().map(str)
property_ids = st.text([chr(code) for code in range(0x3A, 0x7F)], min_size=4, max_size=4)
"""Decoded ids as Notion makes them."""


def texts(*, min_size: int = 0, max_size: int = 8) -> st.SearchStrategy[str]:
    """Text of so many fragments, most of them hard."""
    fragment = st.sampled_from(_FRAGMENTS) | st.sampled_from(_FRAGMENTS) | st.characters(codec="utf-8")
    return st.lists(fragment, min_size=min_size, max_size=max_size).map("".join)


def option_names() -> st.SearchStrategy[str]:
    """Names that Notion allows for an option: no comma, not blank, no blanks at the ends."""
    cleaned = texts(min_size=1, max_size=5).map(lambda text: text.replace(",", "").strip())
    return cleaned.filter(lambda text: bool(normal(text)))


@st.composite
def option_lists(draw: st.DrawFn, *, max_size: int = 6) -> list[dict[str, str]]:
    """Options as a configuration holds them, unique without case."""
    unique = st.lists(option_names(), max_size=max_size, unique_by=lambda name: normal(name).casefold())
    return [
        {
            "id": draw(object_ids),
            "name": name,
            "color": draw(st.sampled_from(COLORS)),
            "description": draw(st.sampled_from(["", "what it means"])),
        }
        for name in draw(unique)
    ]


@st.composite
def _status_configs(draw: st.DrawFn) -> dict[str, Any]:
    options = draw(option_lists().filter(bool))
    groups: dict[str, list[str]] = {"To-do": [], "In progress": [], "Complete": []}
    for option in options:
        groups[draw(st.sampled_from(sorted(groups)))].append(option["id"])
    listed = [{"id": draw(object_ids), "name": name, "option_ids": ids} for name, ids in groups.items()]
    return {"options": options, "groups": listed}


def configs(type_name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Canonical configurations of a type."""
    match type_name:
        case "number":
            return st.fixed_dictionaries(
                {"format": st.sampled_from(["number", "percent", "euro", "number_with_commas"])}
            )
        case "select" | "multi_select":
            return st.fixed_dictionaries({"options": option_lists()})
        case "status":
            return _status_configs()
        case "relation":
            mirror = st.none() | st.fixed_dictionaries({"id": property_ids, "name": letters})
            return st.fixed_dictionaries({"data_source_id": object_ids, "database_id": object_ids, "mirror": mirror})
        case "rollup":
            ids = {f"{side}_property_id": property_ids for side in ("relation", "rollup")}
            names = {f"{side}_property_name": letters for side in ("relation", "rollup")}
            return st.fixed_dictionaries(
                {"function": st.sampled_from(["count", "sum", "show_original"]), **ids, **names}
            )
        case "formula":
            return st.fixed_dictionaries({"expression": letters.map(lambda name: f'prop("{name}") + 1')})
        case "unique_id":
            return st.fixed_dictionaries({"prefix": st.none() | letters})
        case _:
            return st.just({})


def dates() -> st.SearchStrategy[dict[str, str]]:
    """Canonical dates as Notion answers them: days, or times by the minute with an offset."""
    days = st.dates(dt.date(1990, 1, 1), dt.date(2040, 12, 31)).map(lambda day: day.isoformat())

    def pair(moments: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
        return st.fixed_dictionaries({"start": moments}, optional={"end": moments})

    return pair(days) | pair(times())


def times() -> st.SearchStrategy[str]:
    """Times as Notion answers them, by the minute, with an offset."""
    zones = st.sampled_from([dt.timezone(dt.timedelta(hours=hours)) for hours in (-11, -5, 0, 1, 9, 14)])
    moments = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2040, 12, 31), timezones=zones)
    return moments.map(lambda moment: moment.replace(second=0, microsecond=0).isoformat(timespec="milliseconds"))


@st.composite
def _formats(draw: st.DrawFn) -> dict[str, Any]:
    flags = draw(st.sets(st.sampled_from(["bold", "italic", "strikethrough", "underline", "code"]), max_size=2))
    run: dict[str, Any] = dict.fromkeys(sorted(flags), True)
    color = draw(st.sampled_from([None, None, "red", "blue_background"]))
    return {**run, "color": color} if color else run


def mentions() -> st.SearchStrategy[dict[str, Any]]:
    """Canonical mentions that a client may write."""
    kinds = [
        st.builds(
            lambda kind, one: {"type": kind, kind: {"id": one}},
            st.sampled_from(["user", "page", "database"]),
            object_ids,
        ),
        dates().map(lambda date: {"type": "date", "date": date}),
        st.just(
            {
                "type": "template_mention",
                "template_mention": {"type": "template_mention_date", "template_mention_date": "today"},
            }
        ),
        object_ids.map(lambda one: {"type": "custom_emoji", "custom_emoji": {"id": one, "name": "wombat"}}),
    ]
    return st.one_of(kinds)


@st.composite
def _runs(draw: st.DrawFn) -> dict[str, Any]:
    style = draw(_formats())
    match draw(st.sampled_from(["text", "text", "text", "link", "mention", "equation"])):
        case "mention":
            return {"mention": draw(mentions()), "text": draw(letters), **style}
        case "equation":
            expression = draw(letters)
            return {"equation": expression, "text": expression, **style}
        case "link":
            return {"text": draw(texts(min_size=1)), "link": f"https://example.org/{draw(letters)}", **style}
        case _:
            return {"text": draw(texts(min_size=1)), **style}


def rich_texts(*, max_size: int = 4) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Canonical rich text."""
    return st.lists(_runs(), max_size=max_size).map(rich.joined)


def _people() -> st.SearchStrategy[dict[str, Any]]:
    known = {"name": letters, "email": letters.map(lambda name: f"{name}@example.org")}
    person = st.fixed_dictionaries({"id": object_ids}, optional=known)
    return person | object_ids.map(lambda one: {"id": one, "object": "group"})


def _files() -> st.SearchStrategy[dict[str, Any]]:
    return letters.map(lambda name: {"name": name, "url": f"https://example.org/{name}"})


def _names(config: Config) -> list[str]:
    return [option["name"] for option in config.get("options", ())]


def _number() -> st.SearchStrategy[int | float]:
    floats = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
    return st.integers(-(2**53), 2**53) | floats


def _results() -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        (texts(min_size=1) | st.none()).map(lambda text: {"type": "string", "string": text}),
        (st.none() | _number()).map(lambda number: {"type": "number", "number": number}),
        st.booleans().map(lambda flag: {"type": "boolean", "boolean": flag}),
        (st.none() | dates()).map(lambda date: {"type": "date", "date": date}),
    )


def values(type_name: str, config: Config | None = None) -> st.SearchStrategy[Value]:  # noqa: C901
    """Canonical values of a type, the empty one among them; options are those of ``config``."""
    names = _names(config or {})
    match type_name:
        case "title" | "rich_text":
            return rich_texts()
        case "number":
            return st.none() | _number()
        case "select":
            return st.none() | st.sampled_from(names) if names else st.none()
        case "status":
            return st.sampled_from(names) if names else st.none()
        case "multi_select":
            return st.lists(st.sampled_from(names), unique=True, max_size=5) if names else st.just([])
        case "date":
            return st.none() | dates()
        case "people":
            return st.lists(_people(), max_size=3, unique_by=lambda one: str(one["id"]))
        case "files":
            return st.lists(_files() | letters.map(lambda name: {"name": name, "hosted": True}), max_size=3)
        case "checkbox":
            return st.booleans()
        case "url" | "email" | "phone_number":
            return st.none() | texts(min_size=1)
        case "relation":
            return st.lists(object_ids, max_size=30, unique=True)
        case "place":
            optional = dict.fromkeys(("name", "address", "aws_place_id", "google_place_id"), letters)
            point = {"lat": st.floats(-89.5, 89.5).filter(_fraction), "lon": st.floats(-179.5, 179.5).filter(_fraction)}
            return st.none() | st.fixed_dictionaries(point, optional=optional)
        case "formula":
            return _results()
        case "rollup":
            return _results().filter(lambda result: result["type"] in ("number", "date")) | _rolled_up()
        case "created_time" | "last_edited_time":
            return times()
        case "created_by" | "last_edited_by":
            return _people()
        case "unique_id":
            return st.fixed_dictionaries(
                {"prefix": st.just((config or {}).get("prefix")), "number": st.integers(1, 999)}
            )
        case "verification":
            return st.none() | st.just({"state": "unverified"})
        case _:
            return st.none()


def writable_values(type_name: str, config: Config | None = None) -> st.SearchStrategy[Value]:
    """Canonical values that a client can write: no files that Notion keeps."""
    found = values(type_name, config)
    return found.map(lambda files: [file for file in files if "url" in file]) if type_name == "files" else found


def _fraction(number: float) -> bool:
    return not number.is_integer()


def _rolled_up() -> st.SearchStrategy[dict[str, Any]]:
    kinds = ("title", "number", "date", "checkbox", "url", "relation")
    item = st.sampled_from(kinds).flatmap(lambda kind: values(kind).map(lambda value: {"type": kind, kind: value}))
    return st.lists(item, max_size=4).map(lambda items: {"type": "array", "function": "show_original", "array": items})


def _moments() -> st.SearchStrategy[dt.date | dt.datetime]:
    span = (dt.datetime(1990, 1, 1), dt.datetime(2040, 12, 31))
    zones = st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=9)), dt.timezone(dt.timedelta(hours=-11))])
    return st.dates(span[0].date(), span[1].date()) | st.datetimes(*span) | st.datetimes(*span, timezones=zones)


def _globs(pool: Sequence[str]) -> st.SearchStrategy[str]:
    piece = st.sampled_from(["*", "?", "[a-z]", "[!x]", "[]a]", "[", *pool]) | texts(max_size=3)
    return st.lists(piece, min_size=1, max_size=4).map("".join)


def conditions(pool: Sequence[Scalar] = ()) -> st.SearchStrategy[Condition]:
    """Conditions of every form; what they ask for is often taken from ``pool`` or near it, so that some are met."""
    words = [word for word in pool if isinstance(word, str)]
    near: list[Scalar] = [
        *pool,
        *(unicodedata.normalize("NFD", word) for word in words),
        *(f" {word} " for word in words),
    ]
    scalars = texts(max_size=3) | st.integers(-5, 5) | st.booleans() | _moments()
    scalar = st.sampled_from(near) | scalars if near else scalars
    moment_pool = [each for each in pool if isinstance(each, dt.date)]
    moments = st.sampled_from(moment_pool) | _moments() if moment_pool else _moments()
    atoms = st.one_of(
        scalar.map(Equals), _globs(words).map(Glob), st.just(Empty()), moments.map(Before), moments.map(After)
    )
    return st.recursive(
        atoms,
        lambda inner: st.lists(inner, max_size=3).map(lambda each: AnyOf(tuple(each))) | inner.map(Not),
        max_leaves=4,
    )
