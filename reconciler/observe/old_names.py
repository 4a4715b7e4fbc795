"""The names that the desired state has left behind, and what is said in their place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from reconciler.desired.state import Database, Drop, Field, Merge, State
from reconciler.model import address

Kind = Literal["database", "field", "option"]


@dataclass(frozen=True)
class OldName:
    """A name that code should no longer say: ``new`` is said instead, None where the thing was dropped.

    ``address`` is where the state says so. ``also`` holds the addresses of other things of this kind that bear the old
    name today: whoever reads the code must say which is meant.
    """

    old: str
    new: str | None
    address: str
    kind: Kind
    also: tuple[str, ...] = ()

    def sort_key(self) -> tuple[str, str, str, str]:
        """Orders names by text, then kind, new name and address: the same on every machine."""
        return (self.old, self.kind, self.new or "", self.address)

    @property
    def ordinary(self) -> bool:
        """Whether text says this word without meaning the name: such a name counts only where it is quoted.

        That is a single word of letters in one case or with a first capital ("Phase", "done", "TODO"), or anything
        without a letter. A word that the new name shows to be several ("phaseid", now "phaseId") is none.
        """
        if not any(char.isalpha() for char in self.old):
            return True
        if not all(char.isalpha() or unicodedata.combining(char) for char in self.old):
            return False
        if self.new is not None and _compound(self.new) and _bare(self.new) == _bare(self.old):
            return False
        return not _inner_capital(self.old)


def same_text(text: str) -> str:
    """The form in which two spellings of one text are equal: composed, without blanks at the ends."""
    return unicodedata.normalize("NFC", text).strip()


def old_names(state: State) -> tuple[OldName, ...]:
    """Every old name in ``state``, sorted: former, absorbed, merged and dropped ones; none that is its own new name."""
    current = _current(state)
    found = {replace(name, old=same_text(name.old)) for name in _all(state)}
    kept = (name for name in found if name.old and name.old != (None if name.new is None else same_text(name.new)))
    return tuple(sorted((_with_also(name, current) for name in kept), key=OldName.sort_key))


def current_names(state: State) -> frozenset[str]:
    """Every name that the state gives to something today: titles, fields, options."""
    return frozenset(text for _, text, _ in _current(state))


def _inner_capital(text: str) -> bool:
    return not text.isupper() and any(char.isupper() for char in text[1:])


def _compound(text: str) -> bool:
    return _inner_capital(text) or not all(char.isalpha() for char in text)


def _bare(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _all(state: State) -> Iterator[OldName]:
    merged = {merge.from_key: merge for merge in state.merges.values() if merge.from_key is not None}
    for database in state.databases.values():
        merge = merged.get(database.key)
        if merge is None:
            of = address.of_database(database.key)
            yield from (OldName(old, database.title, of, "database") for old in database.was)
        for field in database.fields.values():
            yield from _of_field(field)
    for merge in state.merges.values():
        yield from _of_merge(merge, state)
    for drop in state.drops.values():
        yield _of_drop(drop, state)


def _of_field(field: Field) -> Iterator[OldName]:
    of = address.of_field(field.database, field.name)
    yield from (OldName(old, field.name, of, "field") for old in (*field.was, *field.absorbs))
    for option in field.options or ():
        at = address.of_option(field.database, field.name, option.name)
        yield from (OldName(old, option.name, at, "option") for old in option.was)


def _of_merge(merge: Merge, state: State) -> Iterator[OldName]:
    """The titles that the source has and had; its fields are not named: they often bear everyday words."""
    of = address.of_rule("merges", merge.name)
    into = state.databases[merge.into].title
    source = state.databases.get(merge.from_key or "")
    titles: Iterable[str] = (source.title, *source.was) if source is not None else (merge.from_title or "",)
    yield from (OldName(title, into, of, "database") for title in titles)


def _of_drop(drop: Drop, state: State) -> OldName:
    of = address.of_rule("drops", drop.name)
    key, field, option = drop.what
    if option is not None:
        return OldName(option, None, of, "option")
    if field is not None:
        return OldName(field, None, of, "field")
    database: Database | None = state.databases.get(key)
    return OldName(key if database is None else database.title, None, of, "database")


def _current(state: State) -> tuple[tuple[Kind, str, str], ...]:
    """(kind, name, address) of everything that is declared and stays."""
    sources = {merge.from_key for merge in state.merges.values()}
    gone = {drop.what for drop in state.drops.values()}
    found: list[tuple[Kind, str, str]] = []
    for database in state.databases.values():
        if database.key in sources or (database.key, None, None) in gone:
            continue
        found.append(("database", same_text(database.title), address.of_database(database.key)))
        for field in database.fields.values():
            of = address.of_field(database.key, field.name)
            found.append(("field", same_text(field.name), of))
            for option in field.options or ():
                at = address.of_option(database.key, field.name, option.name)
                found.append(("option", same_text(option.name), at))
    return tuple(found)


def _with_also(name: OldName, current: Iterable[tuple[Kind, str, str]]) -> OldName:
    also = sorted(of for kind, text, of in current if kind == name.kind and text == name.old and of != name.address)
    return replace(name, also=tuple(also))
