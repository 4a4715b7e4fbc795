"""Block types: what a client may send for each, and the answered form (orders of keys as recorded)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from reconciler.twin import checks, files, richtext
from reconciler.twin.errors import UNDEFINED, invalid, misfit
from reconciler.twin.records import JsonObject
from reconciler.twin.session import Session

Read = Callable[[Session, Any, str], Any]
"""Checks one field's value and gives its stored form. UNDEFINED means that it was not sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A block to be stored, with what is nested in it."""

    type: str
    body: JsonObject
    children: tuple[Parsed, ...] = ()


def count(block: Parsed) -> int:
    return 1 + sum(map(count, block.children))


# -- fields --------------------------------------------------------------------------------------------------------


def _rich_text(session: Session, value: Any, path: str) -> Any:
    return richtext.read(session, value, path)


def _caption(session: Session, value: Any, path: str) -> Any:
    return [] if value is UNDEFINED else richtext.read(session, value, path)


def _color(_: Session, value: Any, path: str) -> Any:
    return "default" if value is UNDEFINED else checks.one_of(value, path, richtext.COLORS)


def _flag(_: Session, value: Any, path: str) -> Any:
    return False if value is UNDEFINED else checks.boolean(value, path)


def _text(_: Session, value: Any, path: str) -> Any:
    return checks.string(value, path)


def _width(_: Session, value: Any, path: str) -> Any:
    width = checks.number(value, path)
    if width != int(width) or width < 1:
        raise misfit(path, "an integer ≥ `1`", value)
    return int(width)


def _ratio(_: Session, value: Any, path: str) -> Any:
    return None if value is UNDEFINED else checks.number(value, path)


def _icon(session: Session, value: Any, path: str) -> Any:
    return None if value is UNDEFINED else files.read_icon(session, value, path)


def _synced_from(_: Session, value: Any, path: str) -> Any:
    if value is None or value is UNDEFINED:
        return None
    inner = checks.obj(value, path, null=True)
    return {"type": "block_id", "block_id": checks.uuid(inner.get("block_id", UNDEFINED), f"{path}.block_id")}


def _cells(session: Session, value: Any, path: str) -> Any:
    return [richtext.read(session, cell, f"{path}[{n}]") for n, cell in enumerate(checks.array(value, path))]


_TEXT: dict[str, Read] = {"rich_text": _rich_text, "color": _color}
_HEADING: dict[str, Read] = {"rich_text": _rich_text, "is_toggleable": _flag, "color": _color}
_LINK: dict[str, Read] = {"caption": _caption, "url": _text}

TYPES: dict[str, dict[str, Read]] = {
    "paragraph": {"rich_text": _rich_text, "icon": _icon, "color": _color},
    "heading_1": _HEADING,
    "heading_2": _HEADING,
    "heading_3": _HEADING,
    "heading_4": _HEADING,
    "bulleted_list_item": _TEXT,
    "numbered_list_item": _TEXT,
    "quote": _TEXT,
    "toggle": _TEXT,
    "template": {"rich_text": _rich_text},
    "to_do": {"rich_text": _rich_text, "checked": _flag, "color": _color},
    "callout": {"rich_text": _rich_text, "icon": _icon, "color": _color},
    "code": {"caption": _caption, "rich_text": _rich_text, "language": _text},
    "equation": {"expression": _text},
    "divider": {},
    "breadcrumb": {},
    "table_of_contents": {"color": _color},
    "bookmark": _LINK,
    "embed": _LINK,
    "column_list": {},
    "column": {"width_ratio": _ratio},
    "tab": {},
    "table": {"table_width": _width, "has_column_header": _flag, "has_row_header": _flag},
    "table_row": {"cells": _cells},
    "synced_block": {"synced_from": _synced_from},
    "link_to_page": {},
    "image": {},
    "video": {},
    "pdf": {},
    "audio": {},
    "file": {},
}
"""Fields by type, in answered order. Files and links to pages are read as a whole."""
_FILES = ("image", "video", "pdf", "audio", "file")
_OPTIONAL = ("width_ratio",)
"""Fields that are left out of the answer while they have no value."""
_LINK_TARGETS = ("page_id", "database_id", "comment_id")


# -- reading -------------------------------------------------------------------------------------------------------


def read(session: Session, value: Any, path: str, depth: int) -> Parsed:
    """A block that a client wants to add. ``depth`` is how many levels it may have, itself among them."""
    given = checks.obj(value, path)
    kind = checks.kind(given, TYPES)
    if kind not in TYPES or kind not in given:
        raise checks.union(path, TYPES)
    body = checks.obj(given[kind], f"{path}.{kind}")
    nested = body.get("children", given.get("children"))
    at = f"{path}.{kind}.children"
    items = [] if nested is None else checks.array(nested, at)
    if items and depth <= 1:
        raise misfit(at, "not present", items)
    children = tuple(read(session, item, f"{at}[{n}]", depth - 1) for n, item in enumerate(items))
    _check_shape(kind, children, path)
    return Parsed(type=kind, body=_read_body(session, kind, body, f"{path}.{kind}"), children=children)


def _check_shape(kind: str, children: tuple[Parsed, ...], path: str) -> None:
    needed = {"table": "table_row", "column_list": "column"}.get(kind)
    if needed is None:
        return
    if not children:
        raise misfit(f"{path}.{kind}.children", "defined", UNDEFINED)
    if any(child.type != needed for child in children):
        raise invalid(f"body failed validation: {path}.{kind}.children should be blocks of type {needed}.")


def _read_body(session: Session, kind: str, body: JsonObject, path: str) -> JsonObject:
    if kind in _FILES:
        return _read_file(session, kind, body, path)
    if kind == "link_to_page":
        target = checks.kind(body, _LINK_TARGETS)
        if target not in _LINK_TARGETS:
            raise checks.union(path, _LINK_TARGETS)
        return {"type": target, target: checks.uuid(body.get(target, UNDEFINED), f"{path}.{target}")}
    return {name: field(session, body.get(name, UNDEFINED), f"{path}.{name}") for name, field in TYPES[kind].items()}


def _read_file(session: Session, kind: str, body: JsonObject, path: str) -> JsonObject:
    stored = {"caption": _caption(session, body.get("caption", UNDEFINED), f"{path}.caption")}
    stored.update(files.read(session, body, path))
    if kind == "file":
        name = body.get("name")
        stored["name"] = _file_name(stored, name, f"{path}.name")
    return stored


def update(session: Session, kind: str, before: JsonObject, value: Any, path: str) -> JsonObject:
    """The stored body with the fields sent replaced."""
    given = checks.obj(value, path)
    if kind in _FILES:
        if given.keys().isdisjoint(("external", "file", "file_upload")):
            return {**before, **_partial_file(session, before, given, path)}
        kept: JsonObject = {name: before[name] for name in ("caption", "name") if name in before}
        return _read_file(session, kind, {**kept, **given}, path)
    if kind == "link_to_page":
        return _read_body(session, kind, given, path)
    changed = dict(before)
    for name, field in TYPES[kind].items():
        if name in given:
            changed[name] = field(session, given[name], f"{path}.{name}")
    return changed


def _file_name(stored: JsonObject, name: Any, path: str) -> str:
    """The name given, with the file's own suffix if it has none (recorded), or the file's own name."""
    target = stored[stored["type"]]
    own = files.name_in(str(target.get("url") or target.get("key") or ""))
    if name is None:
        return own
    given = checks.string(name, path)
    suffix = PurePosixPath(own).suffix
    return given if PurePosixPath(given).suffix else given + suffix


def _partial_file(session: Session, before: JsonObject, given: JsonObject, path: str) -> JsonObject:
    changed: JsonObject = {}
    if "caption" in given:
        changed["caption"] = richtext.read(session, given["caption"], f"{path}.caption")
    if "name" in given:
        changed["name"] = _file_name(before, given["name"], f"{path}.name")
    return changed


# -- answering -----------------------------------------------------------------------------------------------------


def answer(session: Session, kind: str, body: JsonObject) -> JsonObject:
    if kind in _FILES:
        shown = files.answer(session, {k: v for k, v in body.items() if k not in ("caption", "name")}) or {}
        named = {"name": body["name"]} if "name" in body else {}
        return {"caption": richtext.answer(session, body["caption"]), **shown, **named}
    answered: JsonObject = {}
    for name, value in body.items():
        if value is None and name in _OPTIONAL:
            continue
        if name in ("rich_text", "caption"):
            value = richtext.answer(session, value)
        elif name == "cells":
            value = [richtext.answer(session, cell) for cell in value]
        elif name == "icon":
            value = files.answer(session, value)
        answered[name] = value
    return answered
