"""Notion's answers in our own shapes: data sources, rows, titles. Pure, and tolerant of what Notion adds or omits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.model import properties
from reconciler.model.live import LiveDatabase, LiveProperty, LiveRow, Value
from reconciler.model.properties import common, text

UNTITLED = "New database"
"""What Notion calls a database whose title is empty."""


class PageValue(NamedTuple):
    """A property of a page answer: its type, its canonical value, and the entry as answered."""

    type: str
    value: Value
    entry: Mapping[str, Any]


def plain(rich_text: object) -> str:
    """The text of an answered title or description."""
    return text.plain(text.runs(rich_text))


def _icon(raw: object) -> str | None:
    """The emoji or the external image of an icon, None without one, "custom" for what cannot be given back."""
    icon = common.fields(raw)
    match icon.get("type"):
        case None:
            return None
        case "emoji":
            return str(icon.get("emoji") or "custom")
        case "external":
            return str(common.fields(icon.get("external")).get("url") or "custom")
        case _:
            return "custom"


def _property(name: str, entry: Mapping[str, Any]) -> LiveProperty:
    kind = str(entry.get("type") or "")
    return LiveProperty(
        id=common.decoded(str(entry.get("id") or "")),
        name=str(entry.get("name") or name),
        type=kind,
        config=properties.of(kind).config(entry),
        description=str(entry.get("description") or ""),
    )


def columns(page: Mapping[str, Any]) -> tuple[LiveProperty, ...]:
    """The properties that a page answer has values of, without their configurations, which only a schema tells."""
    entries = {str(name): common.fields(entry) for name, entry in common.fields(page.get("properties")).items()}
    return tuple(
        LiveProperty(
            id=common.decoded(str(entry.get("id") or "")), name=name, type=str(entry.get("type") or ""), config={}
        )
        for name, entry in entries.items()
    )


def _why_unsupported(parent: Mapping[str, Any], found: tuple[LiveProperty, ...]) -> str:
    if parent.get("type") == "data_source_id" or (parent.get("data_source_id") and not parent.get("database_id")):
        return "it is synced from another data source"
    if any(prop.type == "verification" for prop in found):
        return "it is a wiki"
    if not any(prop.type == "title" for prop in found):
        return "its properties cannot be seen"
    return ""


def data_source(answer: Mapping[str, Any], *, database_id: str = "") -> LiveDatabase:
    """A data source answer as a live database; the id of its database comes with it, or is given.

    Prevents: an untitled database is "New database" where the database is asked and has no title where its data source
    is asked.
    """
    parent = common.fields(answer.get("parent"))
    above = common.fields(answer.get("database_parent"))
    entries = common.fields(answer.get("properties")).items()
    found = tuple(_property(str(name), common.fields(entry)) for name, entry in entries)
    return LiveDatabase(
        id=common.dashed(database_id or str(parent.get("database_id") or "")),
        data_source_id=common.dashed(str(answer.get("id") or "")),
        title=plain(answer.get("title")) or UNTITLED,
        description=plain(answer.get("description")),
        icon=_icon(answer.get("icon")),
        url=str(answer.get("url") or ""),
        parent=common.dashed(str(above.get("page_id") or "")),
        in_trash=answer.get("in_trash") is True,
        properties=found,
        unsupported=_why_unsupported(parent, found),
        last_edited_time=str(answer.get("last_edited_time") or ""),
        last_edited_by=common.dashed(str(common.fields(answer.get("last_edited_by")).get("id") or "")),
    )


def database(answer: Mapping[str, Any], *, data_source_id: str = "", unsupported: str = "") -> LiveDatabase:
    """A database answer, without the schema of its data source; without that, why it cannot be used must be said."""
    parent = common.fields(answer.get("parent"))
    return LiveDatabase(
        id=common.dashed(str(answer.get("id") or "")),
        data_source_id=common.dashed(data_source_id),
        title=plain(answer.get("title")) or UNTITLED,
        description=plain(answer.get("description")),
        icon=_icon(answer.get("icon")),
        url=str(answer.get("url") or ""),
        parent=common.dashed(str(parent.get("page_id") or "")),
        in_trash=answer.get("in_trash") is True,
        unsupported=unsupported,
        locked=answer.get("is_locked") is True,
        created_time=str(answer.get("created_time") or ""),
    )


def page_values(page: Mapping[str, Any]) -> dict[str, PageValue]:
    """Every property of a page answer by decoded id."""
    found: dict[str, PageValue] = {}
    for entry in common.fields(page.get("properties")).values():
        body = common.fields(entry)
        kind = str(body.get("type") or "")
        found[common.decoded(str(body.get("id") or ""))] = PageValue(kind, properties.of(kind).value(body), body)
    return found


def title(page: Mapping[str, Any]) -> str:
    """The plain text of a page's title; "" where it has none or it was not asked for."""
    for entry in common.fields(page.get("properties")).values():
        if common.fields(entry).get("type") == "title":
            return plain(entry.get("title"))
    return ""


def row(page: Mapping[str, Any], values: Mapping[str, Value]) -> LiveRow:
    """A page answer as a row with these values; the id of a title property is "title" in every data source."""
    return LiveRow(
        id=common.dashed(str(page.get("id") or "")),
        values=values,
        title=text.plain(values["title"]) if "title" in values else title(page),
        url=str(page.get("url") or ""),
        last_edited_time=str(page.get("last_edited_time") or ""),
        last_edited_by=common.dashed(str(common.fields(page.get("last_edited_by")).get("id") or "")),
    )


def whole(entry: Mapping[str, Any], items: list[Mapping[str, Any]], last: Mapping[str, Any]) -> Mapping[str, Any]:
    """A property entry as a page would answer it in full, from all items of the property endpoint.

    ``last`` is the endpoint's last answer: a rollup's own result stands there, beside the items.
    """
    kind = str(entry.get("type") or "")
    match kind:
        case "title" | "rich_text" | "people" | "relation":
            return {**entry, kind: [item[kind] for item in items if item.get(kind)], "has_more": False}
        case "rollup":
            result = common.fields(common.fields(last.get("property_item")).get("rollup"))
            if result.get("type") != "array":
                return {**entry, "rollup": {**common.fields(entry.get("rollup")), **result}}
            return {**entry, "rollup": {**result, "array": items}}
        case _:
            return {**entry, kind: last.get(kind)}
