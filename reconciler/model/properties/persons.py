"""People as Notion answers them, for people, created_by and last_edited_by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.condition import Condition, Scalar, normal
from reconciler.model.live import Value
from reconciler.model.properties.base import Lookup
from reconciler.model.properties.common import Seen, dashed, fields, judge, named

Person = dict[str, Any]


def person(raw: Mapping[str, Any]) -> Person:
    """``{"id"}`` with ``name`` and ``email`` only when known; groups have ``"object": "group"``.

    Prevents: what a token may know of a person depends on its capabilities, and an answer may hold the whole user or
    only the id; avatars change on their own.
    """
    found: Person = {"id": dashed(str(raw.get("id") or ""))}
    if raw.get("object") == "group":
        found["object"] = "group"
    if isinstance(raw.get("name"), str) and raw["name"]:
        found["name"] = raw["name"]
    email = fields(raw.get("person")).get("email")
    if isinstance(email, str) and email:
        found["email"] = email
    return found


def one(kind: str, wire: Mapping[str, Any]) -> Value:
    """The person of created_by or last_edited_by, None where Notion says nobody."""
    raw = fields(wire.get(kind))
    return person(raw) if raw.get("id") else None


def label(value: Mapping[str, Any], names: Lookup | None = None) -> str:
    """A person as people read them: the name, else the e-mail address, else what ``names`` knows, else the id."""
    return str(value.get("name") or value.get("email") or named(names, value["id"]))


def _known(value: Mapping[str, Any], names: Lookup | None) -> list[str]:
    return [
        str(each) for each in (value.get("email"), value.get("name"), named(names, value["id"]), value["id"]) if each
    ]


def meets(people: list[Person], condition: Condition, names: Lookup | None) -> bool:
    """The judge: a person is named by e-mail address (its case does not count), name or id."""
    known = [text for each in people for text in _known(each, names)]

    def equals(scalar: Scalar) -> bool | None:
        if not isinstance(scalar, str) or "@" not in scalar:
            return None
        return any(normal(text).casefold() == normal(scalar).casefold() for text in known)

    return judge(condition, Seen(texts=tuple(known), empty=not people, equals=equals))


def same(left: Value, right: Value) -> bool:
    """Whether two people are one: by id, whatever else is known of them."""
    return (left or {}).get("id") == (right or {}).get("id")
