"""The schema as last applied: what the memory keeps of a database, word by word, to tell later who changed what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.live import LiveDatabase, LiveProperty

Words = Mapping[str, Mapping[str, Any]]
"""JSON data by property id and word; the id "" stands for the database's own words.

Words of every property are ``name``, ``type`` and ``description``; then those of its type: ``format``, ``prefix``,
``expression``; ``function``, ``relation`` and ``property`` of a rollup (ids); ``to`` and ``mirror`` of a relation (the
ids of its data source and of its other side). Options are ``option/ID/WORD`` with the words ``name``, ``color``,
``description``, ``group``, and ``order`` lists their ids.
"""

OWN = ""
"""The id under which a database's own words stand: ``title``, ``description``, ``icon``."""
_OPTION = "option/"


def words_of(live: LiveDatabase) -> Words:
    """All that is kept of a live database."""
    own = {"title": live.title, "description": live.description, "icon": live.icon or ""}
    return {OWN: own, **{prop.id: dict(_words(prop)) for prop in live.properties}}


def _words(prop: LiveProperty) -> Iterator[tuple[str, Any]]:
    yield from (("name", prop.name), ("type", prop.type), ("description", prop.description))
    config = prop.config
    match prop.type:
        case "number":
            yield "format", config.get("format") or ""
        case "unique_id":
            yield "prefix", config.get("prefix") or ""
        case "formula":
            yield "expression", config.get("expression") or ""
        case "rollup":
            yield "function", config.get("function")
            yield "relation", config.get("relation_property_id")
            yield "property", config.get("rollup_property_id")
        case "relation":
            yield "to", config.get("data_source_id")
            yield "mirror", (config.get("mirror") or {}).get("id") or ""
        case "select" | "multi_select" | "status":
            yield from _options(config)


def _options(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    groups = {found: group["name"] for group in config.get("groups", ()) for found in group.get("option_ids", ())}
    options = config.get("options", ())
    for option in options:
        each = option["id"]
        yield option_word(each, "name"), option["name"]
        yield option_word(each, "color"), option.get("color") or "default"
        yield option_word(each, "description"), option.get("description") or ""
        if groups:
            yield option_word(each, "group"), groups.get(each, "")
    yield "order", [option["id"] for option in options]


def option_word(option_id: str, word: str) -> str:
    """The word of an option, as `Words` names it."""
    return f"{_OPTION}{option_id}/{word}"


def option_of(word: str) -> tuple[str, str] | None:
    """The (option id, word) that a word is about; None for a word that is about no option."""
    if not word.startswith(_OPTION):
        return None
    found, _, own = word.removeprefix(_OPTION).rpartition("/")
    return found, own


def carried(before: Words | None, live: Words, declared: Words) -> Words:
    """What is kept after an apply: what is live, save where that is not as ``declared`` and it was known ``before``.

    What an apply left undone, because it was out of its scope or refused, was not applied by it: there the earlier word
    stays, and so does what somebody took away. Otherwise an apply of something else would hide what people changed.
    """
    if before is None:
        return live
    kept: dict[str, Mapping[str, Any]] = {}
    for each in (*live, *(found for found in before if found not in live and found in declared)):
        now, was, said = live.get(each, {}), before.get(each, {}), declared.get(each, {})
        stays = {word for word in was if word in said and said[word] != now.get(word)}
        kept[each] = {**now, **{word: was[word] for word in stays}}
    return kept
