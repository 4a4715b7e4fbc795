"""From a value as Notion answers it to the form in which the twin keeps it: the inverse of each type's ``answer``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.twin import hosting, richtext
from reconciler.twin.records import JsonObject

COMPUTED = ("formula", "rollup")
"""Types whose answers are kept beside what the twin computes itself."""


def text(value: Any) -> list[JsonObject]:
    """Rich text; users in mentions by id, as the twin keeps them."""
    return [_run(item) for item in value or () if isinstance(item, dict)]


def _run(item: JsonObject) -> JsonObject:
    kind = str(item.get("type") or "text")
    kept = {**item, "type": kind, "plain_text": str(item.get("plain_text") or ""), "href": item.get("href")}
    mention = item.get("mention")
    if kind == "mention" and isinstance(mention, dict) and mention.get("type") == "user":
        kept["mention"] = {"type": "user", "user": {"id": (mention.get("user") or {}).get("id")}}
    return kept


def file(value: Any) -> JsonObject | None:
    """A file, icon or cover; one that Notion hosts by its path, which stays when its url dies."""
    if not isinstance(value, dict):
        return None
    hosted = value.get("file")
    if value.get("type") != "file" or not isinstance(hosted, dict):
        return value
    return {**value, **hosting.stored(_key(str(hosted.get("url") or "")))}


def _key(url: str) -> str:
    try:
        return hosting.key_of(url)
    except ValueError:
        return url


def _option(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else None


def _ids(value: Any) -> list[str]:
    return [str(item["id"]) for item in value or () if isinstance(item, dict) and item.get("id")]


def _files(value: Any) -> list[Any]:
    return [{"name": str(item.get("name") or ""), **(file(item) or {})} for item in value or ()]


def _number(value: Any) -> Any:
    return value.get("number") if isinstance(value, dict) else None


def _as_is(value: Any) -> Any:
    return value


_KEPT: dict[str, Callable[[Any], Any]] = {
    "title": text,
    "rich_text": text,
    "select": _option,
    "status": _option,
    "multi_select": _ids,
    "people": _ids,
    "relation": _ids,
    "files": _files,
    "unique_id": _number,
}
_OF_THE_PAGE = ("created_time", "created_by", "last_edited_time", "last_edited_by")


def stored(entry: JsonObject, settings: Any) -> Any:
    """What the twin keeps of a property as a page answers it; ``settings`` are what a computed one is computed by."""
    kind = str(entry.get("type") or "")
    if kind in _OF_THE_PAGE:
        return None
    if kind in COMPUTED:
        return None if settings is None else {"settings": settings, "read": entry.get(kind)}
    return _KEPT.get(kind, _as_is)(entry.get(kind))


def item(kind: str, value: Any) -> Any:
    """One item of the property endpoint, as an item of the stored list."""
    match kind:
        case "title" | "rich_text":
            return _run(value)
        case _:
            return value.get("id")


def plain(value: Any) -> str:
    """The text of an answered title."""
    return richtext.plain(text(value))
