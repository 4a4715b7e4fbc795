"""Differences of a schema, taken into the files word by word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.desired.writing.tables import Found, Known, tables
from reconciler.memory.applied import Words, option_word, words_of
from reconciler.model import address as addresses
from reconciler.model.live import LiveDatabase, LiveProperty
from reconciler.observe.accept.draft import Draft, Refusal, was
from reconciler.observe.drift.differences import FIELD, OPTION, ORDER, Difference, Gap
from reconciler.planning.diff import formula
from reconciler.planning.match import DatabaseMatch, Matched

_KEPT = ("was", "description", "absorbs")
"""Words of a field that stay when its type changes."""


@dataclass(frozen=True)
class Taking:
    """The files being changed, beside what is live."""

    draft: Draft
    matched: Matched

    def take(self, one: Difference) -> None:
        """The files say of this word what is live. Raises `Refusal` where they cannot."""
        if one.of == "":
            self._own(one)
        elif one.word == FIELD:
            self._whole(one)
        elif one.declared is Gap.UNSAID and not self._is_declared(one):
            raise Refusal("the files do not speak of it", "nothing to do; accept what came new, if anything did")
        elif one.option:
            self._option(one)
        else:
            self._word(one)

    def _pair(self, one: Difference) -> tuple[DatabaseMatch, LiveDatabase]:
        pair = self.matched.databases[one.database]
        if pair.live is None:
            raise Refusal("its database is not there", "wtstate plan says why")
        return pair, pair.live

    def _prop(self, one: Difference) -> LiveProperty:
        prop = self._pair(one)[1].by_id(one.of)
        if prop is None:
            raise Refusal("it is not there any more", "accept the field itself, to take it out of the files")
        return prop

    def _name(self, one: Difference) -> str:
        """The declared name of the field, as the files call it by now."""
        live = self._prop(one).name
        declared = next(
            (n for n, p in self.matched.databases[one.database].fields.items() if p is not None and p.id == one.of), ""
        )
        fields = self.draft.fields(one.database)
        return declared if declared in fields else live

    def _is_declared(self, one: Difference) -> bool:
        return any(p is not None and p.id == one.of for p in self.matched.databases[one.database].fields.values())

    def _own(self, one: Difference) -> None:
        """A word of the database itself."""
        table = self.draft.database(one.database)
        if one.word == "icon" and one.now == "custom":
            raise Refusal("its icon is one that the API cannot give back", "take `icon` out of the files by hand")
        if one.word == "title":
            self._title(one, table)
        elif one.now in ("", Gap.ABSENT) and one.word == "icon":
            table.pop("icon", None)
        else:
            table[one.word] = one.now

    def _title(self, one: Difference, table: dict[str, Any]) -> None:
        """Its title, without what all titles of an environment begin with."""
        before = str(table.get("title", one.database))
        prefix = self.matched.databases[one.database].desired.title.removesuffix(before)
        if not str(one.now).startswith(prefix):
            raise Refusal(f"in this environment titles begin with {prefix!r}", "rename it in Notion, or apply")
        title = str(one.now).removeprefix(prefix)
        was(table, before, title)
        table["title"] = title

    def _whole(self, one: Difference) -> None:
        """A field that came or went."""
        fields = self.draft.fields(one.database)
        name = addresses.parse(one.address)[1] or ""
        if one.now is not Gap.ABSENT:
            fields[self._prop(one).name] = self._declared(one)
        elif name not in fields:
            raise Refusal("the files do not speak of it", "nothing to do")
        else:
            del fields[name]

    def _declared(self, one: Difference) -> Any:
        """What the files say of a live field, as a pull writes it."""
        pair, live = self._pair(one)
        prop = self._prop(one)
        matched = {p.id for p in pair.fields.values() if p is not None}
        names = {p.id: name for name, p in pair.fields.items() if p is not None}
        here = tuple(replace(p, name=names.get(p.id, p.name)) for p in live.properties if p.id in matched | {prop.id})
        known = {
            other.live.data_source_id: Known(key, frozenset(other.desired.fields))
            for key, other in self.matched.databases.items()
            if other.live is not None
        }
        said = tables([Found(one.database, replace(live, properties=here))], known)
        words = said.databases[one.database]["fields"].get(names.get(prop.id, prop.name))
        if words is None:
            address = addresses.of_field(one.database, names.get(prop.id, prop.name))
            why = next((left.why for left in said.left_out if left.address == address), "it cannot be declared")
            raise Refusal(why, "declare by hand what it needs, then accept it")
        return words

    def _word(self, one: Difference) -> None:
        name = self._name(one)
        words = self.draft.field(one.database, name)
        match one.word:
            case "name":
                if words.get("type") != "title":
                    was(words, name, str(one.now))
                self.draft.rename_field(one.database, name, str(one.now))
            case "type":
                told = self._declared(one)
                long = {"type": told} if isinstance(told, str) else told
                stay = {word: words[word] for word in _KEPT if word in words}
                words.clear()
                words.update({**long, **stay})
            case "to":
                words["to"] = self._key(str(one.now))
            case "mirror":
                self._mirror(one, words)
            case "relation" | "property":
                words[one.word] = self._called(str(one.now))
            case "expression":
                names = {p.name: n for n, p in self._pair(one)[0].fields.items() if p is not None}
                words["expression"] = formula.renamed(str(one.now), names)
            case word if word == ORDER:
                self._order(one, words)
            case word if one.now in ("", Gap.ABSENT) and word != "description":
                words.pop(word, None)
            case word:
                words[word] = one.now

    def _key(self, source: str) -> str:
        key = self.matched.key_of(source)
        if key is None:
            raise Refusal("it leads to a database that the files do not name", "wtstate pull writes that one first")
        return key

    def _mirror(self, one: Difference, words: dict[str, Any]) -> None:
        """A two-way relation that people made one-way."""
        if one.now not in ("", Gap.ABSENT):
            raise Refusal("its other side is another field now", "say in `two_way` which one it is to be")
        other, target = words.pop("two_way", ""), str(words.get("to"))
        mine = addresses.of_field(one.database, self._name(one))
        there = self.draft.fields(target).get(other)
        if not isinstance(there, dict) or there.get("mirror_of") != mine:
            return
        live = self.matched.databases[target].fields.get(other)
        if live is None:
            del self.draft.fields(target)[other]
        else:
            stay = {word: there[word] for word in _KEPT if word in there}
            self.draft.fields(target)[other] = {"type": "relation", "to": one.database, **stay}

    def _called(self, found: str) -> str:
        """The declared name of a property that a rollup goes by."""
        for pair in self.matched.databases.values():
            for name, prop in pair.fields.items():
                if prop is not None and prop.id == found:
                    return name
        raise Refusal("it goes by a field that the files do not declare", "declare that one first")

    # -- options -----------------------------------------------------------------------------------------------------

    def _live(self, one: Difference) -> Words:
        return words_of(self._pair(one)[1])

    def _option(self, one: Difference) -> None:
        words = self.draft.field(one.database, self._name(one))
        options: list[Any] = words.setdefault("options", [])
        live = self._live(one)[one.of]
        if one.word == OPTION and one.now is not Gap.ABSENT:
            self._added(one, options, live)
            return
        place = _place(options, one, live)
        if one.word == OPTION:
            del options[place]
            return
        option = {"name": options[place]} if isinstance(options[place], str) else options[place]
        if one.word == "name":
            was(option, str(option["name"]), str(one.now))
            option["name"] = one.now
        elif one.now in ("", Gap.ABSENT) and one.word == "group":
            option.pop("group", None)
        else:
            option[one.word] = one.now
        options[place] = option

    def _added(self, one: Difference, options: list[Any], live: Mapping[str, Any]) -> None:
        """An option that came new, after the declared one that it stands behind."""
        told = {"name": str(one.now)}
        for word in ("color", "group", "description"):
            said = live.get(option_word(one.option, word))
            if said and not (word == "color" and said == "default"):
                told[word] = said
        order: list[str] = list(live.get("order", ()))
        before = order[: order.index(one.option)]
        names = [_named(option) for option in options]
        places = [names.index(n) for o in before if (n := live.get(option_word(o, "name"))) in names]
        plain = set(told) == {"name"} and any(isinstance(option, str) for option in options)
        options.insert(max(places, default=-1) + 1, told["name"] if plain else told)

    def _order(self, one: Difference, words: dict[str, Any]) -> None:
        order = {str(name): place for place, name in enumerate(one.now)}
        options: list[Any] = words["options"]
        sortable = [option for option in options if _named(option) in order]
        chosen = iter(sorted(sortable, key=lambda option: order[_named(option)]))
        words["options"] = [next(chosen) if _named(option) in order else option for option in options]


def _named(option: Any) -> str:
    return str(option["name"] if isinstance(option, dict) else option)


def _place(options: list[Any], one: Difference, live: Mapping[str, Any]) -> int:
    """Where the option stands in the files: under its declared name, or the one that it got by now."""
    names = [_named(option) for option in options]
    address = one.address[one.address.index("[") + 1 : -1] if "[" in one.address else ""
    for name in (address, str(live.get(option_word(one.option, "name"), ""))):
        if name in names:
            return names.index(name)
    raise Refusal("the files do not declare the option", "accept it as a new one")
