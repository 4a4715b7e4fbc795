"""What Notion makes of what is written to it, told from its reference and recordings; shares nothing with the code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

PLAIN = {
    "bold": False, "italic": False, "strikethrough": False, "underline": False, "code": False, "color": "default",
}  # fmt: skip


def answered_time(text: str, zone: str | None = None) -> str:
    """A written start or end as answered: minutes, milliseconds, an offset."""
    if "T" not in text:
        return text
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone) if zone else dt.UTC)
    return moment.replace(second=0, microsecond=0).isoformat(timespec="milliseconds")


def answered_date(sent: Mapping[str, Any]) -> dict[str, Any]:
    """A written date as answered: the zone never comes back."""
    zone = sent.get("time_zone")
    end = sent.get("end")
    return {
        "start": answered_time(sent["start"], zone),
        "end": answered_time(end, zone) if end else None,
        "time_zone": None,
    }


def answered_element(sent: Mapping[str, Any]) -> dict[str, Any]:
    """A written element of rich text as answered, everything filled in."""
    kind = sent["type"]
    annotations = {**PLAIN, **sent.get("annotations", {})}
    if kind == "text":
        link = sent["text"].get("link")
        content = sent["text"]["content"]
        assert len(content.encode("utf-16-le")) // 2 <= 2000, "Notion refuses longer text"
        body: dict[str, Any] = {"content": content, "link": link}
        return {
            "type": kind, "text": body, "annotations": annotations, "plain_text": content,
            "href": link["url"] if link else None,
        }  # fmt: skip
    if kind == "equation":
        shown = sent["equation"]["expression"]
        return {"type": kind, kind: sent[kind], "annotations": annotations, "plain_text": shown, "href": None}
    return {
        "type": kind, kind: _answered_mention(sent["mention"]), "annotations": annotations, "plain_text": "@Anonymous",
        "href": None,
    }  # fmt: skip


def _answered_mention(sent: Mapping[str, Any]) -> dict[str, Any]:
    kind = sent["type"]
    match kind:
        case "user":
            user = {"object": "user", "id": sent["user"]["id"], "name": "Renamed", "avatar_url": None, "type": "person"}
            return {"type": kind, kind: {**user, "person": {"email": "renamed@example.org"}}}
        case "date":
            return {"type": kind, kind: answered_date(sent["date"])}
        case "custom_emoji":
            return {"type": kind, kind: {**sent[kind], "url": "https://example.org/emoji.png"}}
        case _:
            return dict(sent)


def _answered_option(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": "0b6a7d1e-0000-4000-8000-000000000001", "name": sent["name"], "color": "gray"}


def answered(kind: str, property_id: str, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The property entry of a page answer after ``sent`` was written."""
    body = sent[kind]
    entry: dict[str, Any] = {"id": property_id, "type": kind}
    match kind:
        case "title" | "rich_text":
            body = [answered_element(each) for each in body]
        case "select" | "status" if body:
            body = _answered_option(body)
        case "multi_select":
            body = [_answered_option(each) for each in body]
        case "date" if body:
            body = answered_date(body)
        case "people":
            body = [{**each, "name": None} if each["object"] == "group" else each for each in body]
        case "relation":
            entry["has_more"] = False
        case "place" if body:
            body = {**dict.fromkeys(("name", "address", "aws_place_id", "google_place_id")), **body}
        case "number" if body is not None:
            body = float(body)
    return {**entry, kind: body}
