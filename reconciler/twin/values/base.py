"""What a property type is to the twin: one ValueType a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.twin import repository
from reconciler.twin.errors import misfit
from reconciler.twin.records import DataSource, JsonObject, Page, Property
from reconciler.twin.session import Session

MAX_REFERENCES = 25
"""As many related pages a page shows; the rest is at the property endpoint."""


@dataclass(slots=True, kw_only=True)
class Writer:
    """Takes values for rows of one data source. ``source`` changes when a write makes an option."""

    session: Session
    source: DataSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueType:
    """How a type's values are written, answered and compared.

    ``read`` checks what a client sends and gives the stored form; None where clients may not write.
    ``answer`` gives what stands under the type's key in a page. ``plain`` gives the Python value that filters, sorts,
    formulas and dumps work on; ``conditions`` names the family of filter operators that applies to it.
    ``empty`` is the stored form of a row that was never written. ``listed`` types come as a list from the property
    endpoint, one item for each that ``answer`` holds.
    """

    name: str
    conditions: str
    answer: Callable[[Reader, Property, Page, Any], Any]
    plain: Callable[[Reader, Property, Page, Any], Any]
    read: Callable[[Writer, Property, Any, str], Any] | None = None
    empty: Any = None
    listed: bool = False


@dataclass(slots=True, kw_only=True)
class Reader:
    """Renders rows of one request; looks each related page up once."""

    session: Session
    types: Mapping[str, ValueType]
    pages: dict[str, Page | None] = field(default_factory=dict)
    depth: int = 0
    """How many computed properties deep the present one is; a formula of formulas ends somewhere."""

    def page(self, page_id: str) -> Page | None:
        if page_id not in self.pages:
            self.pages[page_id] = repository.page(self.session.store, page_id)
        return self.pages[page_id]

    def preload(self, page_ids: set[str]) -> None:
        wanted = page_ids - self.pages.keys()
        if wanted:
            found = repository.pages(self.session.store, wanted)
            self.pages.update({page_id: found.get(page_id) for page_id in wanted})

    def edges(self, prop: Property, page: Page) -> list[str]:
        """The related pages that are shown: not in the trash, in the data source the relation points to."""
        target = prop.config.get("data_source_id")
        ids: list[str] = page.values.get(prop.id) or []
        before = self.session.recent.edges_before(page.id, prop.id)
        if before is not None and before != ids and self.session.assume.harsh("mirror-lag"):
            ids = before
        self.preload(set(ids))
        shown = []
        for page_id in ids:
            other = self.pages[page_id]
            if other is not None and not other.in_trash and other.source == target:
                shown.append(page_id)
        return shown

    def stored(self, prop: Property, page: Page) -> Any:
        """What the row keeps for the property, or the type's empty value."""
        value = page.values.get(prop.id)
        if value is None:
            empty = self.types[prop.type].empty
            return [] if empty == () else empty
        return value

    def plain(self, prop: Property, page: Page) -> Any:
        """The Python value that filters, sorts, formulas and dumps work on."""
        return self.types[prop.type].plain(self, prop, page, self.stored(prop, page))

    def answer(self, prop: Property, page: Page) -> JsonObject:
        """A row's value as a page shows it."""
        value = self.types[prop.type].answer(self, prop, page, self.stored(prop, page))
        shown: JsonObject = {"id": prop.id, "type": prop.type, prop.type: value}
        if prop.type == "relation":
            shown["has_more"] = len(value) == MAX_REFERENCES and len(self.edges(prop, page)) > MAX_REFERENCES
        return shown

    def shows(self, prop: Property) -> bool:
        """A relation whose target is in the trash or not shared is left out of every answer (documented)."""
        return prop.type != "relation" or self.session.reachable(prop.config["data_source_id"]) is not None


def as_read(stored: Any, settings: Any) -> Any:
    """What a snapshot says a computed property came to, where the twin cannot compute it, having not all that it needs.

    ``stored`` keeps it with the ``settings`` that it holds for: after they change it is not known any more.
    """
    known = isinstance(stored, dict) and stored.get("settings") == settings
    return stored["read"] if known else None


def as_is(_: Reader, __: Property, ___: Page, stored: Any) -> Any:
    return stored


def option_of(prop: Property, option_id: str | None) -> JsonObject | None:
    options: list[JsonObject] = prop.config.get("options", [])
    return next((option for option in options if option["id"] == option_id), None)


def option_answer(option: JsonObject) -> JsonObject:
    return {"id": option["id"], "name": option["name"], "color": option["color"]}


def null_or(value: Any, path: str, rule: str, *types: type) -> Any:
    """The value if it is null or of one of the types (a bool is no number)."""
    if value is not None and (not isinstance(value, types) or (isinstance(value, bool) and bool not in types)):
        raise misfit(path, f"{rule} or `null`", value)
    return value
