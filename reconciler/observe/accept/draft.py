"""What the files say, as plain TOML data, to be changed before it is written: words, names, and who refers to them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model import address as addresses
from reconciler.planning.diff import formula

Tables = dict[str, dict[str, Any]]
"""Kinds of tables (``databases``, ``corrections`` …) by name: what all files say together."""


class Refusal(Exception):  # noqa: N818
    """Why something cannot be taken into the files, and what to do instead."""

    def __init__(self, what: str, then: str) -> None:
        super().__init__(what)
        self.what, self.next = what, then


@dataclass
class Draft:
    """The files' tables, being changed. ``renames`` are keys that are called otherwise, in the order to do them:
    (path as it is by then, new name). ``awaited`` are fields that are still to be renamed: the new name by (database
    key, name)."""

    tables: Tables
    renames: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    awaited: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, tables: Mapping[str, Any]) -> Draft:
        """A draft that says what the files say."""
        return cls(copy.deepcopy(dict(tables)))

    def database(self, key: str) -> dict[str, Any]:
        """The table of a database."""
        found: dict[str, Any] = self.tables["databases"][key]
        return found

    def fields(self, key: str) -> dict[str, Any]:
        """The fields of a database; made where it declares none."""
        found: dict[str, Any] = self.database(key).setdefault("fields", {})
        return found

    def field(self, key: str, name: str) -> dict[str, Any]:
        """A field in its long form, to be changed in place."""
        fields = self.fields(key)
        if isinstance(fields[name], str):
            fields[name] = {"type": fields[name]}
        long: dict[str, Any] = fields[name]
        return long

    def shorten(self, original: Mapping[str, Any]) -> None:
        """Fields in their short form where they were and still only say their type."""
        for key, table in self.tables.get("databases", {}).items():
            before = original.get("databases", {}).get(key, {}).get("fields", {})
            for name, said in table.get("fields", {}).items():
                if isinstance(said, dict) and set(said) == {"type"} and isinstance(before.get(name), str):
                    table["fields"][name] = said["type"]

    def rename_key(self, path: tuple[str, ...], new: str) -> None:
        """A key gets another name, in its place."""
        table: dict[str, Any] = self.tables
        for part in path[:-1]:
            table = table[part]
        items = [(new if key == path[-1] else key, value) for key, value in table.items()]
        table.clear()
        table.update(items)
        self.renames.append((path, new))

    def rename_field(self, key: str, old: str, new: str) -> None:
        """A field gets another name, there and wherever the files speak of it. Raises `Refusal`."""
        if new in self.fields(key):
            raise Refusal(f"the files declare another field {new!r}", "rename one of the two in Notion")
        shared = [n for n, r in self.tables.get("corrections", {}).items() if _speaks(r, old) and key in _in(r)]
        for name in shared:
            beside = [other for other in _in(self.tables["corrections"][name]) if other != key]
            if any(old in self.fields(other) and self.awaited.get((other, old)) != new for other in beside):
                address = addresses.of_rule("corrections", name)
                raise Refusal(
                    f"{address} speaks of {old!r} in several databases, and not all of them call it {new!r} now",
                    "accept it in all of them at once, make two corrections of it, or rename it back in Notion",
                )
        self.awaited.pop((key, old), None)
        self.rename_key(("databases", key, "fields", old), new)
        for change in (*self._in_fields(key, old, new), *self._in_rules(key, old, new)):
            change()

    def _in_fields(self, key: str, old: str, new: str) -> Iterator[Callable[[], None]]:
        """What databases and their fields say of a field that is renamed."""
        if self.database(key).get("key") == old:
            yield _setter(self.database(key), "key", new)
        for name, said in self.fields(key).items():
            if not isinstance(said, dict):
                continue
            if said.get("relation") == old and said.get("type") == "rollup":
                yield _setter(said, "relation", new)
            if isinstance(said.get("link"), dict) and said["link"].get("from") == old:
                yield _setter(said["link"], "from", new)
            if said.get("type") == "formula" and old in formula.references(str(said.get("expression", ""))):
                yield _setter(self.field(key, name), "expression", formula.renamed(said["expression"], {old: new}))
        yield from self._from_elsewhere(key, old, new)

    def _from_elsewhere(self, key: str, old: str, new: str) -> Iterator[Callable[[], None]]:
        for other, table in self.tables.get("databases", {}).items():
            for said in table.get("fields", {}).values():
                if not isinstance(said, dict):
                    continue
                if said.get("mirror_of") == addresses.of_field(key, old):
                    yield _setter(said, "mirror_of", addresses.of_field(key, new))
                for word in ("two_way", "match"):
                    if said.get("to") == key and said.get(word) == old:
                        yield _setter(said, word, new)
                if said.get("to") == key and isinstance(said.get("link"), dict) and said["link"].get("to") == old:
                    yield _setter(said["link"], "to", new)
                rolls = said.get("type") == "rollup" and said.get("property") == old
                if rolls and self._leads_to(other, str(said.get("relation"))) == key:
                    yield _setter(said, "property", new)

    def _leads_to(self, key: str, relation: str) -> str:
        """The database that a relation of the files leads to."""
        said = self.fields(key).get(relation)
        if not isinstance(said, dict):
            return ""
        return str(said.get("to") or addresses.parse(said.get("mirror_of") or "x")[0])

    def _in_rules(self, key: str, old: str, new: str) -> Iterator[Callable[[], None]]:
        """What rules say of a field that is renamed."""
        for kind, words in (("corrections", ("set", "where", "expect")), ("rows", ("set",)), ("checks", ("where",))):
            for name, rule in self.tables.get(kind, {}).items():
                for word in words:
                    if key in _in(rule) and old in rule.get(word, {}) and not self._awaits(rule, old):
                        yield self._renamer((kind, name, word, old), new)
                if kind == "checks" and key in _in(rule) and rule.get("unique") == old:
                    yield _setter(rule, "unique", new)
        for name, rule in self.tables.get("merges", {}).items():
            if rule.get("into") == key:
                yield from (_setter(rule["fields"], k, new) for k, v in rule.get("fields", {}).items() if v == old)
                if rule.get("match") == old:
                    yield _setter(rule, "match", new)
            if rule.get("from") == key and old in rule.get("fields", {}):
                yield self._renamer(("merges", name, "fields", old), new)
        for rule in self.tables.get("drops", {}).values():
            database, dropped, option = addresses.parse(str(rule.get("what")))
            if (database, dropped) == (key, old):
                what = addresses.of_option(key, new, option) if option else addresses.of_field(key, new)
                yield _setter(rule, "what", what)

    def _awaits(self, rule: Mapping[str, Any], name: str) -> bool:
        """Whether a rule of several databases is to follow only once the field is renamed in the rest of them."""
        return any((other, name) in self.awaited for other in _in(rule))

    def _renamer(self, path: tuple[str, ...], new: str) -> Callable[[], None]:
        return lambda: self.rename_key(path, new)


def was(table: dict[str, Any], old: str, new: str) -> None:
    """A renamed thing's ``was``: its name of before joins it, its name of now leaves it."""
    former = [name for name in table.get("was", []) if name != new]
    if old not in former:
        former.append(old)
    table["was"] = former


def _in(rule: Mapping[str, Any]) -> tuple[str, ...]:
    named = rule.get("in", ())
    return (named,) if isinstance(named, str) else tuple(named)


def _speaks(rule: Mapping[str, Any], name: str) -> bool:
    return any(name in rule.get(word, {}) for word in ("set", "where", "expect"))


def _setter(table: dict[str, Any], word: str, value: Any) -> Callable[[], None]:
    return lambda: table.__setitem__(word, value)
