"""The schema of one database, compared word by word: as last applied, as it is live, as the files say. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from reconciler.memory.applied import OWN, Words, option_of, option_word, words_of
from reconciler.memory.memory import Binding
from reconciler.model import address as addresses
from reconciler.observe.drift.report import Side
from reconciler.planning.declared_words import declared_words
from reconciler.planning.match import DatabaseMatch, Matched

FIELD, OPTION = "field", "option"
"""The words under which a whole field or option is told: that it is there, and what it is."""
ORDER = "order of options"
_PLAIN = ("name", "type", "description")
_UNDECLARED = ("name", "type")
"""What is compared of a field that the files do not speak of."""
_ONLY_DECLARED = frozenset({"mirror", "relation", "property", "function"})
"""Words that Notion itself changes along with something else: told where the files speak of them."""


class Gap(Enum):
    """What stands where a side has no word."""

    ABSENT = "absent"
    """The thing is not there."""
    UNSAID = "unsaid"
    """The files do not speak of it."""
    UNKNOWN = "unknown"
    """What was applied is not remembered."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One word that is not the same on the three sides.

    ``of`` is the field's id ("" for the database's own words), ``option`` the option's id ("" for what is about
    none); ``was``, ``now`` and ``declared`` are JSON data or a `Gap`.
    """

    database: str
    address: str
    of: str
    word: str
    was: Any
    now: Any
    declared: Any
    side: Side
    option: str = ""


def side_of(was: Any, now: Any, declared: Any) -> Side | None:
    """Who changed it; None where the files and what is live agree, also in that there is none of it, and where nobody
    changed what the files do not speak of."""
    if declared is not Gap.UNSAID and declared == now:
        return None
    if was is Gap.UNKNOWN:
        return Side.UNKNOWN if declared is not Gap.UNSAID else None
    if declared is Gap.UNSAID:
        return Side.PEOPLE if was != now and now is not Gap.ABSENT else None
    if was == now:
        return Side.FILES
    return Side.PEOPLE if declared == was else Side.BOTH


def differences(pair: DatabaseMatch, matched: Matched, binding: Binding | None) -> Iterator[Difference]:
    """Every word of a live database and its fields that is not the same on all sides, the files' fields first.

    Where nothing of the database was ever applied, all that differs is the files'.
    """
    if pair.live is None:
        return
    live = words_of(pair.live)
    before: Words | None = {**live} if binding is None else binding.applied
    declared = declared_words(pair, matched, binding)
    blocked = {prop.id for name in pair.blocked if (prop := pair.fields.get(name)) is not None}
    blocked |= {each for each, _ in hidden(pair, matched, binding)}
    for name in pair.blocked:
        blocked.add(binding.fields.get(name, "-") if binding else "-")
        blocked |= {prop.id for prop in pair.live.properties if prop.name in (name, *pair.desired.fields[name].was)}
    ids = [OWN, *(i for i in declared if i != OWN), *(i for i in live if i not in declared)]
    ids += [i for i in before or () if i not in live and i not in declared]
    for each in ids:
        if each not in blocked:
            sides = _Sides(
                database=pair.desired.key,
                of=each,
                was=None if before is None else before.get(each),
                now=live.get(each),
                declared=declared.get(each),
                known=before is not None,
            )
            yield from sides.told()
    bound = binding.fields if binding else {}
    for name in pair.desired.fields:
        if pair.fields.get(name) is None and name not in pair.blocked and name not in bound:
            yield Difference(
                database=pair.desired.key, address=addresses.of_field(pair.desired.key, name), of="", word=FIELD,
                was=Gap.ABSENT, now=Gap.ABSENT, declared=pair.desired.fields[name].type, side=Side.FILES,
            )  # fmt: skip


def hidden(pair: DatabaseMatch, matched: Matched, binding: Binding | None) -> list[tuple[str, str]]:
    """(id, name) of relations that were there and may be there still: Notion leaves out those whose target it hides."""
    if pair.live is None or binding is None or binding.applied is None:
        return []
    seen = {other.live.data_source_id for other in matched.databases.values() if other.live is not None}
    return [
        (each, str(was.get("name")))
        for each, was in binding.applied.items()
        if was.get("type") == "relation" and pair.live.by_id(each) is None and was.get("to") not in seen
    ]


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """One field, or the database's own words, on its three sides; None where a side has nothing of it."""

    database: str
    of: str
    was: Mapping[str, Any] | None
    now: Mapping[str, Any] | None
    declared: Mapping[str, Any] | None
    known: bool
    """Whether what was last applied is remembered."""

    @property
    def address(self) -> str:
        if self.of == OWN:
            return addresses.of_database(self.database)
        named = self.declared or self.now or self.was or {}
        return addresses.of_field(self.database, str(named.get("name", "")))

    def told(self) -> Iterator[Difference]:
        """The words that differ; one difference for a field that came or went."""
        if self.now is None:
            was = self.was["type"] if self.was else Gap.UNKNOWN
            said = self.declared["type"] if self.declared else Gap.UNSAID
            yield from self._word(FIELD, was, Gap.ABSENT, said)
        elif self.was is None and self.known and self.declared is None:
            yield from self._word(FIELD, Gap.ABSENT, self.now["type"], Gap.UNSAID)
        else:
            yield from self._words(self.now)
            if self.declared is not None and "order" in self.declared:
                yield from self._options(self.now, self.declared)

    def _words(self, now: Mapping[str, Any]) -> Iterator[Difference]:
        was, said = self.was or {}, self.declared or {}
        words = [w for w in dict.fromkeys((*said, *now, *was)) if option_of(w) is None and w != "order"]
        same_type = self.was is None or was.get("type") == now.get("type")
        for word in words:
            if self.declared is None and word not in _UNDECLARED:
                continue
            if word not in said and (word in _ONLY_DECLARED or (self.was is None and self.known)):
                continue
            if self.of != OWN and word not in _PLAIN and not same_type and word not in said:
                continue
            yield from self._word(word, self._before(was, word), now.get(word, Gap.ABSENT), said.get(word, Gap.UNSAID))

    def _before(self, was: Mapping[str, Any], word: str) -> Any:
        if not self.known:
            return Gap.UNKNOWN
        return was.get(word, Gap.ABSENT)

    def _options(self, now: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[Difference]:
        """Options that came, went, or are called or coloured otherwise; then their order."""
        was = self.was or {}
        if now.get("type") != said.get("type"):
            return
        found = [pair for word in (*said, *now, *was) if (pair := option_of(word)) is not None]
        for each in dict.fromkeys(option for option, _ in found):
            yield from self._option(each, was, now, said)
        yield from self._order(was, now, said)

    def _option(
        self, each: str, was: Mapping[str, Any], now: Mapping[str, Any], said: Mapping[str, Any]
    ) -> Iterator[Difference]:
        called = option_word(each, "name")
        name = str(said.get(called) or was.get(called) or now.get(called))
        before, there = self._before(was, called), now.get(called, Gap.ABSENT)
        if there is Gap.ABSENT or before is Gap.ABSENT:
            yield from self._word(OPTION, before, there, said.get(called, Gap.UNSAID), option=each, name=name)
            if there is Gap.ABSENT or said.get(called) != there:
                return
        for word in ("name", "color", "description", "group"):
            key = option_word(each, word)
            if key in said or (before is not Gap.ABSENT and (key in now or key in was)):
                sides = (self._before(was, key), now.get(key, Gap.ABSENT), said.get(key, Gap.UNSAID))
                yield from self._word(word, *sides, option=each, name=name)

    def _order(self, was: Mapping[str, Any], now: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[Difference]:
        """The order of those options that are on all sides."""
        orders = [now.get("order", ()), said["order"], *([was.get("order", ())] if "order" in was else [])]
        everywhere = set.intersection(*map(set, orders))
        live, declared = ([each for each in order if each in everywhere] for order in orders[:2])
        before = [each for each in was.get("order", ()) if each in everywhere] if "order" in was else Gap.UNKNOWN
        names = {each: now.get(option_word(each, "name")) for each in everywhere}
        shown = [[names[i] for i in order] if isinstance(order, list) else order for order in (before, live, declared)]
        yield from self._word(ORDER, *shown)

    def _word(
        self, word: str, was: Any, now: Any, declared: Any, *, option: str = "", name: str = ""
    ) -> Iterator[Difference]:
        side = side_of(was, now, declared)
        if side is None:
            return
        address = f"{self.address}[{name}]" if option else self.address
        yield Difference(
            database=self.database, address=address, of=self.of, word=word, was=was, now=now,
            declared=declared, side=side, option=option,
        )  # fmt: skip
