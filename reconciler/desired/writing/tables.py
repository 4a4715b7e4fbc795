"""Live databases as tables of the state language: what, read again, plans to nothing. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from reconciler.desired.check_fields import names_in
from reconciler.desired.check_names import same
from reconciler.desired.fields import BY_TYPE
from reconciler.desired.words import Color, Group, NumberFormat, RollupFunction
from reconciler.model import address as addresses
from reconciler.model.limits import OPTIONS, PROPERTY_DESCRIPTION, utf16_length
from reconciler.model.live import LiveDatabase, LiveProperty

_TWINS = "another field's name differs from it by case or blanks alone; rename one in Notion, and pull again"
Name = tuple[str, str]
"""(database key, field)"""


@dataclass(frozen=True)
class Found:
    """A live database and the key it gets; ``bind`` says it by url, where its title cannot."""

    key: str
    live: LiveDatabase
    bind: bool = False


@dataclass(frozen=True)
class Known:
    """A database that other files declare: its key, and the fields that they declare.

    ``pairs`` are its two-way relations, by name: the (database key, field) on the other side, and whether that is the
    owner.
    """

    key: str
    fields: frozenset[str]
    pairs: Mapping[str, tuple[Name, bool]] = field(default_factory=dict)


@dataclass(frozen=True)
class LeftOut:
    """What of a live database the language cannot say, by address, and why."""

    address: str
    why: str


@dataclass(frozen=True)
class Tables:
    """The tables of each database by key, in order, and what is not in them."""

    databases: Mapping[str, dict[str, Any]]
    left_out: tuple[LeftOut, ...]


def tables(found: Sequence[Found], known: Mapping[str, Known]) -> Tables:
    """Tables for the databases ``found``; ``known`` are those that other files declare, by data source id."""
    work = _Work(tuple(found), known)
    return work.run()


@dataclass
class _Work:
    found: tuple[Found, ...]
    known: Mapping[str, Known]
    left_out: list[LeftOut] = field(default_factory=list)

    def run(self) -> Tables:
        fields = {each.key: dict(self._fields(each)) for each in self.found}
        self._without_missing(fields)
        words = {each.key: {**_words(each), "fields": fields[each.key]} for each in self.found}
        return Tables(words, tuple(sorted(self.left_out, key=lambda one: one.address)))

    def _fields(self, one: Found) -> Iterator[tuple[str, Any]]:
        """The fields of a database, its title first, then by name: Notion's order is nobody's choice."""
        names = Counter(same(prop.name) for prop in one.live.properties)
        ordered = sorted(one.live.properties, key=lambda p: (p.type != "title", p.name.casefold(), p.name))
        for prop in ordered:
            words = self._field(one, prop)
            if isinstance(words, str):
                self._leave(one.key, prop.name, words)
            elif not prop.name.strip():
                self._leave(one.key, prop.name, "its name is empty; name it in Notion, and pull again")
            elif names[same(prop.name)] > 1:
                self._leave(one.key, prop.name, _TWINS)
            else:
                yield prop.name, _short(words)

    def _leave(self, key: str, name: str, why: str) -> None:
        self.left_out.append(LeftOut(addresses.of_field(key, name), why))

    def _field(self, one: Found, prop: LiveProperty) -> dict[str, Any] | str:
        """A field's table, or why there is none."""
        described = {"description": prop.description} if _fits(prop.description) else {}
        if prop.type not in BY_TYPE:
            return f"the type {prop.type!r} is not known"
        own: dict[str, Any] | str = {}
        match prop.type:
            case "number":
                own = _number(prop)
            case "select" | "multi_select" | "status":
                own = self._options(one, prop)
            case "formula":
                own = _formula(prop)
            case "unique_id":
                own = {"prefix": prop.config["prefix"]} if prop.config.get("prefix") else {}
            case "relation":
                own = self._relation(one, prop)
            case "rollup":
                own = _rollup(prop)
        if isinstance(own, str):
            return own
        kind = {} if "mirror_of" in own else {"type": prop.type}
        return {**kind, **own, **described}

    def _options(self, one: Found, prop: LiveProperty) -> dict[str, Any]:
        options = list(prop.config.get("options", ()))
        names = [same(option["name"]) for option in options]
        why = ""
        if len(options) > OPTIONS:
            why = f"it has {len(options)} options, and a state declares {OPTIONS} at most"
        elif len(set(names)) < len(names) or not all(names) or any("," in option["name"] for option in options):
            why = "its options have names that Notion would not take again"
        if why:
            self._leave(one.key, prop.name, f"{why}; the field is declared without them")
        if why or not options:
            return {}
        groups = {
            option_id: group["name"] for group in prop.config.get("groups", ()) for option_id in group["option_ids"]
        }
        told = [_option(option, groups.get(option["id"])) for option in options]
        plain = all(set(each) == {"name"} for each in told)
        return {"options": [each["name"] for each in told] if plain else told}

    def _relation(self, one: Found, prop: LiveProperty) -> dict[str, Any] | str:
        source = str(prop.config.get("data_source_id"))
        mirror = prop.config.get("mirror") or {}
        if source in self.known:
            return _beside((one.key, prop.name), self.known[source], str(mirror.get("name") or ""))
        target = next((each for each in self.found if each.live.data_source_id == source), None)
        if target is None:
            return "it links to a database that is not in the state"
        other = target.live.by_id(str(mirror.get("id", "")))
        if other is None or (target.key, other.id) == (one.key, prop.id):
            return {"to": target.key}
        if (one.key, prop.name) < (target.key, other.name):
            return {"to": target.key, "two_way": other.name}
        return {"mirror_of": addresses.of_field(target.key, other.name)}

    def _without_missing(self, fields: dict[str, dict[str, Any]]) -> None:
        """Takes out formulas and rollups that need what is not declared, until none is left that does."""
        while gone := [
            (key, name, needed)
            for key, own in fields.items()
            for name, words in own.items()
            for needed in self._needs(key, words, fields)
        ]:
            for key, name, needed in gone:
                if fields[key].pop(name, None) is not None:
                    self._leave(key, name, f"it needs {needed}, which is not in the state")

    def _needs(self, key: str, words: Any, fields: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
        """What a field needs and lacks, by address."""
        if isinstance(words, str):
            return
        for name in names_in(words.get("expression", "")):
            if name not in fields[key]:
                yield addresses.of_field(key, name)
        if "mirror_of" in words:
            database, owner, _ = addresses.parse(words["mirror_of"])
            if database in fields and owner not in fields[database]:
                yield words["mirror_of"]
        if "two_way" in words and words["two_way"] not in fields.get(words["to"], {words["two_way"]: ""}):
            yield addresses.of_field(words["to"], words["two_way"])
        if words.get("type") != "rollup":
            return
        relation = fields[key].get(words["relation"])
        if relation is None:
            yield addresses.of_field(key, words["relation"])
            return
        target = relation.get("to") or addresses.parse(relation.get("mirror_of", "x"))[0]
        declared = fields.get(target) or next((k.fields for k in self.known.values() if k.key == target), frozenset())
        if words["property"] not in declared:
            yield addresses.of_field(target, words["property"])


def _beside(mine: Name, known: Known, other: str) -> dict[str, Any]:
    """A relation to a database that other files declare, in one pair with what they say of its other side."""
    there, owned_by_me = known.pairs.get(other, (None, False))
    if there == mine and not owned_by_me:
        return {"mirror_of": addresses.of_field(known.key, other)}
    if (there == mine or other not in known.fields) and other:
        return {"to": known.key, "two_way": other}
    return {"to": known.key}


def _words(one: Found) -> dict[str, Any]:
    """A database's own words."""
    live = one.live
    words: dict[str, Any] = {}
    if live.title != one.key:
        words["title"] = live.title
    if one.bind:
        words["bind"] = live.url or live.id
    if live.description:
        words["description"] = live.description
    if live.icon and live.icon != "custom":
        words["icon"] = live.icon
    return words


def _short(words: dict[str, Any]) -> Any:
    """A field that only has a type is written as its type."""
    needs_more = words.get("type") in ("formula", "relation", "rollup")
    return words["type"] if set(words) == {"type"} and not needs_more else words


def _fits(description: str) -> bool:
    return bool(description) and utf16_length(description) <= PROPERTY_DESCRIPTION


def _number(prop: LiveProperty) -> dict[str, Any]:
    shown = prop.config.get("format")
    return {"format": shown} if shown != "number" and shown in get_args(NumberFormat) else {}


def _option(option: Mapping[str, Any], group: str | None) -> dict[str, Any]:
    """An option's words; its colour where somebody chose one."""
    told: dict[str, Any] = {"name": option["name"]}
    if option.get("color") in get_args(Color) and option["color"] != "default":
        told["color"] = option["color"]
    if group in get_args(Group):
        told["group"] = group
    if _fits(option.get("description") or ""):
        told["description"] = option["description"]
    return told


def _formula(prop: LiveProperty) -> dict[str, Any] | str:
    expression = str(prop.config.get("expression") or "")
    return {"expression": expression} if expression.strip() else "Notion does not say its formula"


def _rollup(prop: LiveProperty) -> dict[str, Any] | str:
    config = prop.config
    names = {
        "relation": config.get("relation_property_name"),
        "property": config.get("rollup_property_name"),
        "function": config.get("function"),
    }
    if not all(names.values()) or names["function"] not in get_args(RollupFunction):
        return "Notion does not say what it rolls up, or how"
    return names
