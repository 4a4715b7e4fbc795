"""A property that changes its type. Notion publishes no table; every cell here is an assumption and a switch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reconciler.twin import ids, repository, richtext, times
from reconciler.twin.errors import invalid
from reconciler.twin.records import DataSource, Property
from reconciler.twin.schema import options, relations, rewrite
from reconciler.twin.session import Session

FIXED = ("title", "place", "button", "verification", "location", "last_visited_time")
"""Types that nothing turns into and that turn into nothing (documented for title and place)."""
COMPUTED = (
    "formula", "rollup", "created_time", "created_by", "last_edited_time", "last_edited_by", "unique_id",
)  # fmt: skip

TextReader = Callable[[Session, Property, str], tuple[Property, Any]]


def begin(
    session: Session, source: DataSource, prop: Property, new_type: str
) -> tuple[DataSource, Property, dict[str, Any]]:
    """The property as one of the new type without settings, and the values, taken from the rows, by row.

    A two-way relation lets go of its other side.
    """
    if prop.type in FIXED or new_type in FIXED:
        raise invalid(f'Cannot change the type of property "{prop.name}" from {prop.type} to {new_type}.')
    if prop.type == "relation":
        source = relations.release(session, source, prop)
    changed = replace(prop, type=new_type, config={})
    if session.assume.harsh("retyped-id"):
        changed = replace(changed, id=ids.property_id(source.properties))
    rows = repository.rows_of(session.store, source.id)
    taken = {row.id: row.values[prop.id] for row in rows if prop.id in row.values}
    relations.drop_values(session, source.id, {prop.id})
    others = {key: other for key, other in source.properties.items() if key != prop.id}
    return replace(source, properties={**others, changed.id: changed}), changed, taken


def finish(session: Session, source: DataSource, before: Property, prop: Property, taken: dict[str, Any]) -> DataSource:
    """Rows get their values in the new type: read again as text and kept where they fit, or lost."""
    if prop.type in COMPUTED:
        return source
    kept: dict[str, Any] = {}
    changed = prop
    for page_id, stored in taken.items():
        changed, value = converted(session, before, changed, stored)
        if value is not None:
            kept[page_id] = value
    if not kept or session.assume.harsh(f"retype-{before.type}-{prop.type}"):
        return source
    for page_id, row in repository.pages(session.store, kept).items():
        rewrite.values(session, row, {**row.values, prop.id: kept[page_id]})
    return replace(source, properties={**source.properties, prop.id: changed})


def converted(session: Session, before: Property, prop: Property, stored: Any) -> tuple[Property, Any]:
    """One stored value of ``before`` as one of ``prop`` (None where it does not fit), and ``prop`` with new options."""
    if stored is None:
        return prop, None
    if (before.type, prop.type) in (("rich_text", "title"), ("title", "rich_text")):
        return prop, stored
    text = _as_text(session, before, stored)
    reader = _READERS.get(prop.type)
    return (prop, None) if not text or reader is None else reader(session, prop, text)


def _as_text(session: Session, before: Property, stored: Any) -> str:
    match before.type:
        case "title" | "rich_text":
            return richtext.plain(stored)
        case "number":
            return f"{stored:g}" if isinstance(stored, float) and stored == int(stored) else str(stored)
        case "select" | "status":
            return _option_name(before, stored)
        case "multi_select":
            return ", ".join(filter(None, (_option_name(before, option) for option in stored)))
        case "date":
            return str(stored["start"]) if stored["end"] is None else f"{stored['start']} → {stored['end']}"
        case "checkbox":
            return "Yes" if stored else "No"
        case "people":
            people = (session.user(user_id) for user_id in stored)
            return ", ".join(person.name for person in people if person is not None)
        case "files":
            return ", ".join(str(item["name"]) for item in stored)
        case "relation":
            return ", ".join(richtext.title_of(session, page_id) for page_id in stored)
        case "url" | "email" | "phone_number":
            return str(stored)
        case _:
            return ""


def _option_name(prop: Property, option_id: str) -> str:
    named = (option["name"] for option in prop.config["options"] if option["id"] == option_id)
    return str(next(named, ""))


def _rich_text(_: Session, prop: Property, text: str) -> tuple[Property, Any]:
    return prop, richtext.of(text)


def _string(_: Session, prop: Property, text: str) -> tuple[Property, Any]:
    return prop, text


def _number(_: Session, prop: Property, text: str) -> tuple[Property, Any]:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return prop, None
    if value != value or value in (float("inf"), float("-inf")):
        return prop, None
    return prop, int(value) if value == int(value) else value


def _checkbox(_: Session, prop: Property, text: str) -> tuple[Property, Any]:
    return prop, text.strip().casefold() in ("yes", "true", "1", "✓")


def _date(_: Session, prop: Property, text: str) -> tuple[Property, Any]:
    kept = times.stored(text.split(" → ")[0].strip(), None)
    return prop, None if kept is None else {"start": kept, "end": None, "time_zone": None}


def _option(_: Session, prop: Property, text: str) -> tuple[Property, Any]:
    return _chosen(prop, text.strip().replace(",", " ")[: options.MAX_NAME])


def _options(_: Session, prop: Property, text: str) -> tuple[Property, Any]:
    chosen: list[str] = []
    for name in filter(None, (part.strip()[: options.MAX_NAME] for part in text.split(","))):
        prop, option_id = _chosen(prop, name)
        chosen.append(option_id)
    return prop, list(dict.fromkeys(chosen))


def _status(_: Session, prop: Property, text: str) -> tuple[Property, Any]:
    found = options.find(prop.config["options"], {"name": text.strip()})
    return prop, None if found is None else found["id"]


def _people(session: Session, prop: Property, text: str) -> tuple[Property, Any]:
    wanted = {part.strip() for part in text.split(",")}
    everyone = repository.all_users(session.store)
    return prop, [user.id for user in everyone if {user.name, user.email} & wanted]


def _nothing(_: Session, prop: Property, __: str) -> tuple[Property, Any]:
    return prop, None


def _chosen(prop: Property, name: str) -> tuple[Property, str]:
    found = options.find(prop.config["options"], {"name": name})
    if found is not None:
        return prop, str(found["id"])
    option = options.new({"name": name}, "body.properties")
    return replace(prop, config={**prop.config, "options": [*prop.config["options"], option]}), str(option["id"])


_READERS: dict[str, TextReader] = {
    "rich_text": _rich_text,
    "url": _string,
    "email": _string,
    "phone_number": _string,
    "number": _number,
    "checkbox": _checkbox,
    "date": _date,
    "select": _option,
    "multi_select": _options,
    "status": _status,
    "people": _people,
    "files": _nothing,
    "relation": _nothing,
}
