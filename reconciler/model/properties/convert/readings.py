"""Values of each type as texts, and text as people see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from reconciler.model.live import Value
from reconciler.model.properties import common, unique_id
from reconciler.model.properties import date as date_type
from reconciler.model.properties import text as rich
from reconciler.model.properties.convert.base import Context


@dataclass(frozen=True)
class Reading:
    """A value as texts, one for each thing it holds; ``exact`` is False where they say less than the value."""

    parts: tuple[str, ...]
    exact: bool = True


def is_plain(runs: list[dict[str, Any]]) -> bool:
    """Whether rich text is no more than its text; a link to the address that it shows adds nothing."""
    return all(set(run) == {"text"} or run == {"text": run.get("text"), "link": run.get("text")} for run in runs)


def of_runs(value: Value, context: Context) -> Reading:
    """Rich text without its formatting."""
    del context
    return Reading((rich.plain(value),), is_plain(value))


def of_string(value: Value, context: Context) -> Reading:
    """A string as it stands: url, email, phone_number, select, status."""
    del context
    return Reading((value,))


def of_strings(value: Value, context: Context) -> Reading:
    """The names of a multi_select."""
    del context
    return Reading(tuple(value))


def of_number(value: Value, context: Context) -> Reading:
    """A number with a point before its decimals."""
    del context
    return Reading((common.number_text(value),))


def of_checkbox(value: Value, context: Context) -> Reading:
    """Yes or No, as Notion's exports say it."""
    del context
    return Reading(("Yes" if value else "No",))


def of_date(value: Value, context: Context) -> Reading:
    """``2025-07-23``, ``2025-07-23 10:00+00:00``, with an arrow to its end; a zone is told by its offset alone."""
    del context
    return Reading((date_type.spoken(value),), "time_zone" not in value)


def of_people(value: Value, context: Context) -> Reading:
    """E-mail address, else name, else id; exact where that tells the same person again."""
    known = [_person(each, context) for each in value]
    return Reading(tuple(text for text, _ in known), all(exact for _, exact in known))


def _person(person: Mapping[str, Any], context: Context) -> tuple[str, bool]:
    names = [known for known, each in context.people.items() if each == person["id"]]
    addresses = [each for each in names if "@" in each]
    told = [person.get("email"), *addresses, person.get("name"), *names]
    text = str(next(filter(None, told), person["id"]))
    return text, context.people.get(text) == person["id"] and "," not in text


def of_relation(value: Value, context: Context) -> Reading:
    """The names of the rows; their ids are lost."""
    return Reading(tuple(common.named(context.names, each) for each in value), exact=False)


def of_files(value: Value, context: Context) -> Reading:
    """The addresses of external files; of one that Notion keeps only the name is left."""
    del context
    parts = tuple(each["url"] if "url" in each else each["name"] for each in value)
    return Reading(parts, all("url" in each and each["name"] == each["url"] for each in value))


def of_unique_id(value: Value, context: Context) -> Reading:
    """``TASK-3``."""
    del context
    return Reading((unique_id.PROPERTY.text(value),))


def of_verification(value: Value, context: Context) -> Reading:
    """The state; who verified and until when is lost."""
    del context
    return Reading((str(value["state"]),), exact=set(value) == {"state"})


READINGS: Final[Mapping[str, Callable[[Value, Context], Reading]]] = MappingProxyType(
    {
        "rich_text": of_runs,
        "number": of_number,
        "select": of_string,
        "multi_select": of_strings,
        "status": of_string,
        "date": of_date,
        "people": of_people,
        "files": of_files,
        "checkbox": of_checkbox,
        "url": of_string,
        "email": of_string,
        "phone_number": of_string,
        "relation": of_relation,
        "unique_id": of_unique_id,
        "verification": of_verification,
    }
)
"""Each takes a value that is not empty and never raises."""
