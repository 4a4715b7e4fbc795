"""A snapshot without the values of databases that are declared sensitive: digests of texts, nothing of all else. Pure.

Digests are keyed with a random key that is kept nowhere: within one snapshot equal texts are equal, and nobody can try
out which text it was. Schemas, ids, authors and times stay, so that the twin opens it.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.properties import common
from reconciler.notion import standin
from reconciler.notion.ids import Ids

_ITEMS = re.compile(r"pages/([^/]+)/properties/([^/]+)")
_TEMPLATES = re.compile(r"data_sources/([^/]+)/templates")
_HOLDERS = ("page", "block", "database", "data_source")
_STAYS = ("created_time", "created_by", "last_edited_time", "last_edited_by", "button")
_TEXTS = ("title", "rich_text")
_STRINGS = ("url", "email", "phone_number")
_LISTS = ("multi_select", "people", "files", "relation")
_COMPUTED = ("formula", "rollup")
_STRUCTURE = ("divider", "column_list", "column", "table", "table_of_contents", "breadcrumb")
"""Kinds of blocks that hold no words of their own."""
_SETTINGS = ("color", "is_toggleable", "language")


@dataclass
class Hiding:
    """What is to be hidden: all that lies in ``sources``, which are ids of data sources.

    ``entries`` says of a page, by its answer, whether it is an archive's entry that is to be hidden; of those the
    columns ``told`` stay.
    """

    sources: AbstractSet[str]
    entries: Callable[[Mapping[str, Any]], bool]
    told: AbstractSet[str] = frozenset()
    _ids: Ids = field(default_factory=Ids)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def learn(self, answered: Iterable[Mapping[str, Any]]) -> None:
        """Goes through all answers once: what lies in what is hidden is hidden, at every depth."""
        for source in self.sources:
            self._ids.add(source)
        for each in answered:
            for found in _objects(each["answer"]):
                if found.get("object") in _HOLDERS and (self._inside(found) or self._entry(found)):
                    self._ids.add(str(found.get("id")))

    def _inside(self, found: Mapping[str, Any]) -> bool:
        return any(each in self._ids for each in common.fields(found.get("parent")).values())

    def _entry(self, found: Mapping[str, Any]) -> bool:
        return found.get("object") == "page" and self.entries(found)

    def hidden(self, answered: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """The answers without what is to be hidden. Call `learn` first."""
        for each in answered:
            path, answer = str(each["request"]["path"]).strip("/"), each["answer"]
            items, templates = _ITEMS.fullmatch(path), _TEMPLATES.fullmatch(path)
            if items is not None:
                item = common.fields(answer.get("property_item")) or answer
                if items.group(1) in self._ids or item.get("type") in _COMPUTED:
                    continue
            if templates is not None and templates.group(1) in self._ids:
                named = [{**one, "name": self._digest(one.get("name"))} for one in answer.get("templates") or ()]
                answer = {**answer, "templates": named}
            if answer.get("object") == "list":
                answer = {**answer, "results": [self._object(one) for one in answer.get("results") or ()]}
            else:
                answer = self._object(answer)
            yield {**each, "answer": answer}

    def _object(self, found: Any) -> Any:
        if not isinstance(found, dict):
            return found
        inside = found.get("id") in self._ids
        match found.get("object"):
            case "page":
                return self._page(found) if inside else self._mentions({**found, "properties": self._open(found)})
            case "block" if inside:
                return self._block(found)
            case "comment" if self._inside(found):
                kept = {key: value for key, value in found.items() if key not in ("attachments", "display_name")}
                return {**kept, "rich_text": self._text(found.get("rich_text"))}
            case "view" if found.get("data_source_id") in self._ids:
                return {**found, "filter": None, "quick_filters": None}
            case "database" | "data_source" if inside and self._inside(found):
                bare: dict[str, Any] = {"icon": None, "cover": None, "description": [], "url": ""}
                return {**found, **bare, "title": self._text(found.get("title"))}
            case _:
                return self._mentions(found)

    # -- pages and their values ------------------------------------------------------------------------------------

    def _page(self, page: Mapping[str, Any]) -> dict[str, Any]:
        """A page with its ids, times and authors; an archive's one with the columns that say what it is."""
        told = self.told if self.entries(page) else frozenset[str]()
        properties = common.fields(page.get("properties"))
        values = {name: e if name in told else self._value(common.fields(e)) for name, e in properties.items()}
        bare = {"icon": None, "cover": None, "url": standin.address(page.get("id")), "public_url": None}
        return {**page, **bare, "properties": values}

    def _open(self, page: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a page that is not hidden: what is computed may show what is."""
        properties = common.fields(page.get("properties"))
        return {n: self._value(e) if common.fields(e).get("type") in _COMPUTED else e for n, e in properties.items()}

    def _value(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        kind = str(entry.get("type"))
        value = entry.get(kind)
        plain: dict[str, Any] = {"id": entry.get("id"), "type": kind}
        if kind in _STAYS:
            return dict(entry)
        if kind in _TEXTS:
            return {**plain, kind: self._text(value)}
        if kind in _STRINGS:
            return {**plain, kind: self._digest(value) if value else None}
        if kind in _LISTS:
            return {**plain, kind: [], **({"has_more": False} if kind == "relation" else {})}
        if kind in _COMPUTED:
            of = str(common.fields(value).get("type"))
            told: dict[str, Any] = {"type": of, of: [] if of == "array" else None}
            return {**plain, kind: {**told, "function": common.fields(value).get("function")} if of else told}
        if kind == "unique_id":
            return {**plain, kind: {"prefix": common.fields(value).get("prefix"), "number": None}}
        return {**plain, kind: False if kind == "checkbox" else None}

    # -- texts -----------------------------------------------------------------------------------------------------

    def _digest(self, value: Any) -> str:
        data = json.dumps(value, sort_keys=True).encode("ascii")
        return f"digest-{hmac.digest(self._key, data, 'sha256').hex()[:32]}"

    def _text(self, runs: Any) -> list[dict[str, Any]]:
        """Rich text as one run: the digest of its words."""
        words = standin.words(runs)
        return [standin.run(self._digest(words))] if words else []

    def _block(self, block: Mapping[str, Any]) -> dict[str, Any]:
        kind = str(block.get("type"))
        body = common.fields(block.get(kind))
        rest = {key: value for key, value in block.items() if key != kind}
        if kind in ("child_page", "child_database"):
            return {**rest, kind: {"title": self._digest(body.get("title"))}}
        if kind == "table_row":
            return {**rest, kind: {"cells": [self._text(cell) for cell in body.get("cells") or ()]}}
        if kind in _STRUCTURE:
            return {**rest, kind: dict(body)}
        if "rich_text" not in body:
            return {**rest, "type": "unsupported", "unsupported": {}}
        settings = {key: body[key] for key in _SETTINGS if key in body}
        checked = {"checked": False} if "checked" in body else {}
        empty: dict[str, Any] = {key: value for key, value in (("caption", []), ("icon", None)) if key in body}
        return {**rest, kind: {"rich_text": self._text(body["rich_text"]), **settings, **checked, **empty}}

    def _mentions(self, found: Any) -> Any:
        """The same with other words for each mention of a page that is hidden: Notion shows its title there."""
        if isinstance(found, list):
            return [self._mentions(each) for each in found]
        if not isinstance(found, dict):
            return found
        mention = common.fields(found.get("mention"))
        to = common.fields(mention.get(str(mention.get("type")))).get("id")
        if found.get("type") == "mention" and to in self._ids:
            return {**found, "plain_text": self._digest(found.get("plain_text")), "href": None}
        return {key: self._mentions(value) for key, value in found.items()}


def _objects(answer: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The objects in an answer: those of a list, or itself."""
    return common.entries(answer.get("results")) if answer.get("object") == "list" else (answer,)
