"""Questions to Notion: which rows of a database are read, and why, gathered from all rules into one filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.model import properties
from reconciler.model.condition import AnyOf, Empty, Equals, Not
from reconciler.model.limits import FILTER_ITEMS
from reconciler.model.live import LiveDatabase, LiveProperty
from reconciler.model.properties.base import EVERYTHING, NOTHING, Filter
from reconciler.planning.match import DatabaseMatch
from reconciler.planning.sieve import Judge, TextOf, anyhow, name_by, text_in

Texts = Mapping[str, set[str] | None]
"""Texts that are looked up in one database, by field name ("" is the field that names rows); None for all rows."""
Lookups = Mapping[tuple[str, str], set[str] | None]
"""The same of several databases, by (database key, field name); ("", "") are people."""


@dataclass(frozen=True)
class Question:
    """What to ask one data source: ``filter`` None asks for all rows, ``property_ids`` None for all properties.

    ``texts`` are those that it looks up besides. Of the answer those rows are kept that meet ``keeps``, and those that
    are like others in one of ``shared``; every row where ``keeps`` is None.
    """

    filter: dict[str, Any] | None
    property_ids: tuple[str, ...] | None
    content: bool = False
    texts: Texts = field(default_factory=dict)
    keeps: Judge | None = None
    shared: tuple[TextOf, ...] = ()

    def tells(self, texts: Texts, property_ids: Sequence[str]) -> bool:
        """Whether its answer holds every row that bears one of the texts, with these properties."""
        if self.property_ids is not None and not set(property_ids) <= set(self.property_ids):
            return False
        return self.filter is None or all(
            sought is not None and sought <= (self.texts.get(name) or set()) for name, sought in texts.items()
        )


@dataclass
class Asking:
    """The reasons to read rows of one database, gathered."""

    filters: list[Filter] = field(default_factory=list)
    properties: set[str] = field(default_factory=set)
    all_properties: bool = False
    content: bool = False
    judges: list[Judge | None] = field(default_factory=list)
    unique: dict[str, LiveProperty] = field(default_factory=dict)

    def add(self, narrowed: Filter, *touched: LiveProperty, keeps: Judge | None = None) -> None:
        """One more reason: rows within ``narrowed``, of which the properties ``touched`` are needed.

        ``keeps`` says which of them; None says that the reason needs every row that is read.
        """
        if narrowed == NOTHING:
            return
        self.filters.append(narrowed)
        self.properties.update(p.id for p in touched)
        self.judges.append(keeps)

    def add_unique(self, prop: LiveProperty) -> None:
        """One more reason: the rows that hold the same in a property as others do."""
        self.add(holding(prop), prop, keeps=lambda _: False)
        self.unique[prop.id] = prop

    def add_everything(self, *, content: bool) -> None:
        """All rows with all properties are needed, and their page content too if ``content``."""
        self.filters.append(EVERYTHING)
        self.judges.append(None)
        self.all_properties = True
        self.content = self.content or content

    def question(self, pair: DatabaseMatch) -> Question | None:
        """The one question that answers every reason; None when there is none."""
        live = pair.live
        if live is None or not self.filters:
            return None
        if self.all_properties:
            return Question(filter=None, property_ids=None, content=self.content)
        naming = [live.title_property.id]
        key = pair.fields.get(pair.desired.key_field or "")
        if key is not None:
            naming.append(key.id)
        wanted = tuple(sorted({*self.properties, *naming}))
        judges = [judge for judge in self.judges if judge is not None]
        return Question(
            filter=joined_filter(self.filters),
            property_ids=wanted,
            keeps=anyhow(judges) if len(judges) == len(self.judges) else None,
            shared=(name_by(key), *(text_in(prop) for prop in self.unique.values() if prop != key)),
        )


def joined_filter(filters: list[Filter]) -> dict[str, Any] | None:
    """One filter that is as wide as all of them together, within Notion's two levels and 100 conditions."""
    if any(f == EVERYTHING for f in filters):
        return None
    flat: list[dict[str, Any]] = []
    for narrowed in filters:
        if isinstance(narrowed, dict):
            flat.extend(narrowed["or"] if set(narrowed) == {"or"} else [narrowed])
    unique = list({repr(f): f for f in flat}.values())
    if len(unique) > FILTER_ITEMS:
        return None
    return unique[0] if len(unique) == 1 else {"or": unique}


def joined(question: Question | None, pair: DatabaseMatch, texts: Texts) -> Question | None:
    """The question that looks up the texts as well; as it was where that would make it ask for every row."""
    live = pair.live
    props = {name: looked_up_in(pair, live, name) for name in texts} if live is not None else {}
    if live is None or not any(props.values()):
        return question
    filters = [sought(prop, texts[name]) for name, prop in props.items() if prop is not None]
    alone = joined_filter(filters)
    ids = {prop.id for prop in props.values() if prop is not None} | {key_of(pair, live).id, live.title_property.id}
    if question is None:
        return Question(filter=alone, property_ids=tuple(sorted(ids)), texts=texts)
    both = joined_filter([question.filter or EVERYTHING, *filters])
    if both is None and question.filter is not None and alone is not None:
        return question
    asked = None if question.property_ids is None else tuple(sorted({*question.property_ids, *ids}))
    return replace(question, filter=both, property_ids=asked, texts=texts, keeps=None)


def key_of(pair: DatabaseMatch, live: LiveDatabase) -> LiveProperty:
    """The property that names rows: the declared key where it is live, else the title."""
    return pair.fields.get(pair.desired.key_field or "") or live.title_property


def looked_up_in(pair: DatabaseMatch, live: LiveDatabase, name: str) -> LiveProperty | None:
    """The property in which texts for the field are looked up; "" is the one that names rows."""
    return (pair.fields.get(name) or live.by_name(name)) if name else key_of(pair, live)


def sought(prop: LiveProperty, texts: set[str] | None) -> Filter:
    """The filter for the rows that bear one of the texts; None is every row."""
    return EVERYTHING if texts is None else keyed(prop, texts)


def holding(prop: LiveProperty) -> Filter:
    """The filter for rows that hold something of the property."""
    return properties.of(prop.type).filter(prop.id, Not(Empty()), prop.config)


def narrowed(prop: LiveProperty) -> dict[str, Any] | None:
    """The same as Notion takes it; None where it cannot narrow it."""
    asked = holding(prop)
    return asked if isinstance(asked, dict) else None


def keyed(key: LiveProperty, keys: set[str]) -> Filter:
    """The filter for the rows that bear one of the keys."""
    return properties.of(key.type).filter(key.id, AnyOf(tuple(Equals(k) for k in sorted(keys))), key.config)
