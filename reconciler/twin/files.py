"""Files, icons and covers. Hosted files get a fresh signed url, good for an hour, whenever they are answered."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from reconciler.twin import checks, hosting
from reconciler.twin.checks import JsonObject
from reconciler.twin.errors import UNDEFINED, misfit
from reconciler.twin.session import Session

_NATIVE_ICON = re.compile(r"https://www\.notion\.so/icons/([a-z0-9-]+)_([a-z]+)\.svg")
MAX_URL = 2000
MAX_NAME = 100


def read(session: Session, value: Any, path: str) -> JsonObject:
    """A file in stored form: ``external`` by url, or ``hosted`` by the twin's own key."""
    body = checks.obj(value, path)
    kind = checks.kind(body, ("external", "file_upload", "file"))
    if kind == "external":
        inner = checks.obj(body.get("external", UNDEFINED), f"{path}.external")
        url = checks.string(inner.get("url", UNDEFINED), f"{path}.external.url", limit=MAX_URL)
        return {"type": "external", "external": {"url": url}}
    if kind == "file_upload":
        inner = checks.obj(body.get("file_upload", UNDEFINED), f"{path}.file_upload")
        upload = checks.uuid(inner.get("id", UNDEFINED), f"{path}.file_upload.id")
        return hosting.attach(session, upload)
    if kind == "file":
        inner = checks.obj(body.get("file", UNDEFINED), f"{path}.file")
        url = checks.string(inner.get("url", UNDEFINED), f"{path}.file.url", limit=MAX_URL)
        return hosting.stored(_key(url, f"{path}.file.url"))
    raise checks.union(path, ("external", "file_upload", "file"))


def answer(session: Session, stored: JsonObject | None) -> JsonObject | None:
    if stored is None or stored["type"] != "file":
        return stored
    return {**stored, "file": hosting.answer(session, stored["file"]["key"])}


def read_named(session: Session, value: Any, path: str) -> JsonObject:
    """A file of a files property, with its name."""
    stored = read(session, value, path)
    name = value.get("name")
    if name is None:
        if stored["type"] == "external":
            raise misfit(f"{path}.name", "defined", UNDEFINED)
        return {"name": name_in(stored["file"]["key"]), **stored}
    return {"name": checks.string(name, f"{path}.name", limit=MAX_NAME), **stored}


def answer_named(session: Session, stored: JsonObject) -> JsonObject:
    answered = answer(session, {key: value for key, value in stored.items() if key != "name"})
    return {"name": stored["name"], **(answered or {})}


def name_in(url: str) -> str:
    """The last part of a url's path."""
    return unquote(_key(url, "body").rstrip("/").rsplit("/", 1)[-1])


def _key(url: str, path: str) -> str:
    try:
        return hosting.key_of(url)
    except ValueError:
        raise misfit(path, "a valid url", url) from None


def custom_emoji(value: Any, path: str) -> JsonObject:
    """An emoji of the workspace's own, by id. The twin has none: name and url are what the client says."""
    body = checks.obj(value, path)
    said = {key: checks.string(body.get(key, ""), f"{path}.{key}") for key in ("name", "url")}
    return {"id": checks.uuid(body.get("id", UNDEFINED), f"{path}.id"), **said}


def read_icon(session: Session, value: Any, path: str) -> JsonObject | None:
    """An icon in stored form; urls of Notion's own icons become named icons (recorded)."""
    if value is None:
        return None
    body = checks.obj(value, path, null=True)
    kind = checks.kind(body, ("emoji", "custom_emoji", "icon"))
    if kind == "emoji":
        return {"type": "emoji", "emoji": checks.string(body.get("emoji", UNDEFINED), f"{path}.emoji", limit=100)}
    if kind == "custom_emoji":
        emoji = custom_emoji(body.get("custom_emoji", UNDEFINED), f"{path}.custom_emoji")
        return {"type": "custom_emoji", "custom_emoji": emoji}
    if kind == "icon":
        inner = checks.obj(body.get("icon", UNDEFINED), f"{path}.icon")
        name = checks.string(inner.get("name", UNDEFINED), f"{path}.icon.name")
        return {"type": "icon", "icon": {"name": name, "color": str(inner.get("color") or "gray")}}
    stored = read(session, value, path)
    if stored["type"] == "external":
        native = _NATIVE_ICON.fullmatch(stored["external"]["url"])
        if native is not None:
            return {"type": "icon", "icon": {"name": native.group(1), "color": native.group(2)}}
    return stored


def read_cover(session: Session, value: Any, path: str) -> JsonObject | None:
    return None if value is None else read(session, value, path)
