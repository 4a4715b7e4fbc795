"""Rich text: from what a client sends to what Notion answers."""

from __future__ import annotations

import json
from typing import Any

from reconciler.twin import checks, files, ids, users
from reconciler.twin.checks import JsonObject
from reconciler.twin.errors import UNDEFINED, misfit
from reconciler.twin.session import Session
from reconciler.twin.times import stored

_FLAGS = ("bold", "italic", "strikethrough", "underline", "code")
_BASE_COLORS = ("default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
COLORS = (*_BASE_COLORS, *(f"{color}_background" for color in _BASE_COLORS))
"""Colours of text and blocks."""
MAX_EQUATION = 1000
_MENTIONED = ("user", "date", "page", "database", "template_mention", "custom_emoji")
_TEMPLATED = {"template_mention_date": ("today", "now"), "template_mention_user": ("me",)}


def read(session: Session, value: Any, path: str) -> list[JsonObject]:
    """The stored form, which is the answered form but for names that are looked up when answering."""
    items = checks.array(value, path)
    return [_item(session, item, f"{path}[{n}]") for n, item in enumerate(items)]


def answer(session: Session, stored_text: list[JsonObject]) -> list[JsonObject]:
    """Rich text with users in full and the present titles of what is mentioned."""
    if all(item["type"] != "mention" for item in stored_text):
        return stored_text
    return [_answered_mention(session, item) if item["type"] == "mention" else item for item in stored_text]


def plain(stored_text: list[JsonObject]) -> str:
    return "".join(str(item["plain_text"]) for item in stored_text)


def of(text: str) -> list[JsonObject]:
    """Unformatted rich text, cut into elements that Notion takes (2,000 UTF-16 units)."""
    return [_rich("text", {"content": part, "link": None}, part, None, _annotations({}, "")) for part in pieces(text)]


def pieces(text: str, limit: int = checks.MAX_TEXT) -> list[str]:
    """The text in parts of at most ``limit`` UTF-16 units, none of which splits a character."""
    parts: list[str] = []
    part: list[str] = []
    length = 0
    for char in text:
        width = 2 if ord(char) > 0xFFFF else 1
        if length + width > limit:
            parts.append("".join(part))
            part, length = [], 0
        part.append(char)
        length += width
    return [*parts, "".join(part)] if part else parts


def _item(session: Session, value: Any, path: str) -> JsonObject:
    item = checks.obj(value, path)
    kind = checks.kind(item, ("text", "mention", "equation"))
    if kind is None or item.get(kind) is None:
        if kind in ("text", "mention", "equation"):
            raise misfit(f"{path}.{kind}", "defined", UNDEFINED)
        raise checks.union(path, ("text", "mention", "equation"))
    annotations = _annotations(item.get("annotations") or {}, f"{path}.annotations")
    if kind == "text":
        return _text(item["text"], f"{path}.text", annotations)
    if kind == "equation":
        body = checks.obj(item["equation"], f"{path}.equation")
        expression = checks.string(body.get("expression", UNDEFINED), f"{path}.equation.expression", limit=MAX_EQUATION)
        return _rich("equation", {"expression": expression}, expression, None, annotations)
    if kind == "mention":
        return _mention(session, item, path, annotations)
    raise checks.union(path, ("text", "mention", "equation"))


def _text(value: Any, path: str, annotations: JsonObject) -> JsonObject:
    body = checks.obj(value, path)
    content = checks.string(body.get("content", UNDEFINED), f"{path}.content")
    link = body.get("link")
    href = None
    if link is not None:
        href = checks.string(checks.obj(link, f"{path}.link").get("url", UNDEFINED), f"{path}.link.url")
    return _rich("text", {"content": content, "link": {"url": href} if href else None}, content, href, annotations)


def _mention(session: Session, item: JsonObject, path: str, annotations: JsonObject) -> JsonObject:
    body = checks.obj(item["mention"], f"{path}.mention")
    at = f"{path}.mention"
    kind = checks.kind(body, _MENTIONED)
    if kind in ("user", "page", "database", "data_source"):
        target = checks.obj(body.get(kind, UNDEFINED), f"{at}.{kind}")
        target_id = checks.uuid(target.get("id", UNDEFINED), f"{at}.{kind}.id")
        href = None if kind == "user" else f"https://app.notion.com/p/{ids.bare(target_id)}"
        label = _label(session, kind, target_id) or str(item.get("plain_text") or "Untitled")
        return _rich("mention", {"type": kind, kind: {"id": target_id}}, label, href, annotations)
    if kind == "date":
        date = date_value(body.get("date"), f"{at}.date")
        label = date["start"] if date["end"] is None else f"{date['start']} → {date['end']}"
        return _rich("mention", {"type": "date", "date": date}, label, None, annotations)
    if kind == "custom_emoji":
        emoji = files.custom_emoji(body.get(kind, UNDEFINED), f"{at}.{kind}")
        return _rich("mention", {"type": kind, kind: emoji}, f":{emoji['name']}:", None, annotations)
    if kind in ("link_preview", "link_mention", "template_mention"):
        target = _plain_mention(kind, checks.obj(body.get(kind, UNDEFINED), f"{at}.{kind}"), f"{at}.{kind}")
        url = target.get("url" if kind == "link_preview" else "href")
        return _rich("mention", {"type": kind, kind: target}, str(url or kind), url, annotations)
    raise checks.union(at, _MENTIONED)


def _plain_mention(kind: str, body: JsonObject, path: str) -> JsonObject:
    """A mention that is kept as it comes, checked."""
    match kind:
        case "template_mention":
            which = checks.kind(body, _TEMPLATED)
            if which not in _TEMPLATED:
                raise checks.union(path, _TEMPLATED)
            return {
                "type": which,
                which: checks.one_of(body.get(which, UNDEFINED), f"{path}.{which}", _TEMPLATED[which]),
            }
        case _:
            key = "url" if kind == "link_preview" else "href"
            return {key: checks.string(body.get(key, UNDEFINED), f"{path}.{key}")}


def date_value(value: Any, path: str) -> JsonObject:
    """A date as Notion keeps it: minute-truncated, with an offset, ``time_zone`` always null."""
    body = checks.obj(value, path)
    zone = body.get("time_zone")
    if zone is not None:
        checks.string(zone, f"{path}.time_zone")
    ends: dict[str, str | None] = {"start": None, "end": None}
    for key in ends:
        given = body.get(key, UNDEFINED if key == "start" else None)
        if given is None and key == "end":
            continue
        text = checks.string(given, f"{path}.{key}")
        kept = stored(text, zone)
        if kept is None:
            raise misfit(f"{path}.{key}", "a valid ISO 8601 date string", text)
        ends[key] = kept
    return {**ends, "time_zone": None}


def _label(session: Session, kind: str, target_id: str) -> str:
    if kind == "user":
        user = session.user(target_id)
        return f"@{user.name}" if user is not None else "@Anonymous"
    return title_of(session, target_id)


def title_of(session: Session, object_id: str) -> str:
    """The title of a page, database or data source, ``""`` where there is none."""
    database = session.database(object_id)
    if database is not None:
        return plain(database.title)
    source = session.source(object_id)
    if source is not None:
        return plain(source.title)
    row = session.store.one("SELECT json_extract(vals, '$.title') FROM pages WHERE id = ?", object_id)
    if row is None or row[0] is None:
        return ""
    return plain(json.loads(row[0]))


def _answered_mention(session: Session, item: JsonObject) -> JsonObject:
    mention = item["mention"]
    kind = mention["type"]
    if kind == "user":
        return {**item, "mention": {"type": "user", "user": users.answer(session, mention["user"]["id"])}}
    return item


def _annotations(given: Any, path: str) -> JsonObject:
    body = checks.obj(given, path)
    flags: JsonObject = {}
    for flag in _FLAGS:
        value = body.get(flag)
        flags[flag] = False if value is None else checks.boolean(value, f"{path}.{flag}")
    color = body.get("color")
    flags["color"] = "default" if color is None else checks.one_of(color, f"{path}.color", COLORS)
    return flags


def _rich(kind: str, body: JsonObject, plain_text: str, href: str | None, annotations: JsonObject) -> JsonObject:
    return {"type": kind, kind: body, "annotations": annotations, "plain_text": plain_text, "href": href}
