"""Questions to Notion: which rows of a database are read, and why, gathered from all rules into one filter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reconciler.model import properties
from reconciler.model.condition import AnyOf, Empty, Equals, Not
from reconciler.model.limits import FILTER_ITEMS
from reconciler.model.live import LiveProperty
from reconciler.model.properties.base import EVERYTHING, NOTHING, Filter
from reconciler.planning.match import DatabaseMatch


@dataclass(frozen=True)
class Question:
    """What to ask one data source: ``filter`` None asks for all rows, ``property_ids`` None for all properties."""

    filter: dict[str, Any] | None
    property_ids: tuple[str, ...] | None
    content: bool = False


@dataclass
class Asking:
    """The reasons to read rows of one database, gathered."""

    filters: list[Filter] = field(default_factory=list)
    properties: set[str] = field(default_factory=set)
    all_properties: bool = False
    content: bool = False

    def add(self, narrowed: Filter, *touched: LiveProperty) -> None:
        """One more reason: rows within ``narrowed``, of which the properties ``touched`` are needed."""
        if narrowed == NOTHING:
            return
        self.filters.append(narrowed)
        self.properties.update(p.id for p in touched)

    def add_everything(self, *, content: bool) -> None:
        """All rows with all properties are needed, and their page content too if ``content``."""
        self.filters.append(EVERYTHING)
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
        return Question(filter=joined_filter(self.filters), property_ids=wanted)


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


def holding(prop: LiveProperty) -> Filter:
    """The filter for rows that hold something of the property."""
    return properties.of(prop.type).filter(prop.id, Not(Empty()), prop.config)


def keyed(key: LiveProperty, keys: set[str]) -> Filter:
    """The filter for the rows that bear one of the keys."""
    return properties.of(key.type).filter(key.id, AnyOf(tuple(Equals(k) for k in sorted(keys))), key.config)
