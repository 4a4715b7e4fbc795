"""Answers without people's words: what was typed into rows becomes digests, everything else stays as it was answered.

Names of databases, properties and options are the schema, and stay; so do numbers, dates, checks, chosen options and
edges, which say nothing by themselves. Equal words have equal digests, and empty stays empty.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from reconciler.model.properties import common
from reconciler.notion import standin

_ITEMS = re.compile(r"pages/([^/]+)/properties/(.+)")
_TEXTS = ("title", "rich_text", "caption")
_WORDS = ("url", "email", "phone_number", "string", "markdown", "public_url")
_CHARACTERS = 12
_PLACES = ("child_database", "child_page")

Answered = Mapping[str, Any]


def digested(
    answered: Iterable[Answered], *, archives: AbstractSet[str], kept: AbstractSet[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    """Recorded answers, digested with a key that is drawn anew for each call and kept nowhere, so that no list of
    guesses can be held against them.

    ``archives`` are the data sources whose pages stay whole, for they are the memory; ``kept`` the properties whose
    words stay, as pairs of the ids of data source and property.
    """
    key = secrets.token_bytes(32)
    hidden = _Hidden(lambda word: "~" + hmac.new(key, word.encode(), hashlib.sha256).hexdigest()[:_CHARACTERS])
    sources: dict[str, str] = {}
    for each in answered:
        yield {**each, "answer": _answer(each, hidden, sources, archives, kept)}


def _answer(
    each: Answered,
    hidden: _Hidden,
    sources: dict[str, str],
    archives: AbstractSet[str],
    kept: AbstractSet[tuple[str, str]],
) -> Any:
    path, answer = str(each["request"]["path"]), each["answer"]
    if items := _ITEMS.fullmatch(path):
        source = sources.get(items[1], "")
        whole = source in archives or (source, common.decoded(items[2])) in kept
        return answer if whole else hidden.walk(answer)
    if answer.get("object") == "list":
        found = answer.get("results") or []
        return {**answer, "results": [_object(one, hidden, sources, archives, kept) for one in found]}
    return _object(answer, hidden, sources, archives, kept)


def _object(
    found: Any,
    hidden: _Hidden,
    sources: dict[str, str],
    archives: AbstractSet[str],
    kept: AbstractSet[tuple[str, str]],
) -> Any:
    """One object of an answer: rows, content and people lose their words, schemas do not."""
    match found.get("object"):
        case "page":
            source = str((found.get("parent") or {}).get("data_source_id") or "")
            sources[str(found["id"])] = source
            if source in archives:
                return found
            values = {
                name: entry if (source, common.decoded(str(entry.get("id")))) in kept else hidden.walk(entry)
                for name, entry in (found.get("properties") or {}).items()
            }
            return {**found, "properties": values, "url": standin.address(found["id"]), "icon": None, "cover": None}
        case "block":
            parent = str((found.get("parent") or {}).get("page_id") or "")
            stays = found.get("type") in _PLACES or sources.get(parent, "") in archives
            return found if stays else hidden.walk(found)
        case "user" if found.get("type") != "bot":
            return hidden.walk(found)
        case "database" | "data_source" | "view" | "user":
            return found
    return hidden.walk(found)


class _Hidden:
    """Words of a tree of JSON data, hidden wherever they stand."""

    def __init__(self, digest: Callable[[str], str]) -> None:
        self._digest = digest

    def walk(self, found: Any) -> Any:
        """The same tree; words are digests."""
        if isinstance(found, list):
            return [self.walk(each) for each in found]
        if not isinstance(found, dict):
            return found
        if found.get("object") == "user":
            return {word: value for word, value in found.items() if word in ("object", "id", "type")}
        if isinstance(found.get("annotations"), dict):
            return standin.run(self._digest(str(found.get("plain_text", ""))))
        return {word: self._word(word, value, found) for word, value in found.items()}

    def _word(self, word: str, value: Any, around: Mapping[str, Any]) -> Any:
        if word in _TEXTS and isinstance(value, list):
            text = standin.words(value)
            return [standin.run(self._digest(text))] if text else []
        if word in _WORDS and isinstance(value, str) and value:
            return f"https://digest.invalid/{self._digest(value)}" if word == "url" else self._digest(value)
        if word == "name" and isinstance(value, str) and around.get("type") in ("file", "external", "file_upload"):
            return self._digest(value)
        return self.walk(value)
