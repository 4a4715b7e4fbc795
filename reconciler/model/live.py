"""The live workspace, as read: everything in canonical form, nothing of the wire.

Values and configurations are plain JSON data in the form that ``reconciler.model.properties`` defines for their type,
so they can be compared, archived and shown without knowing where they came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Value = Any
"""A property value in canonical form: JSON data, see ``reconciler.model.properties``."""
Config = Mapping[str, Any]
"""A property's configuration in canonical form: JSON data, see ``reconciler.model.properties``."""


@dataclass(frozen=True)
class LiveProperty:
    """A property of a live data source. ``id`` is decoded (never percent-encoded); ``description`` is "" when unset."""

    id: str
    name: str
    type: str
    config: Config
    description: str = ""


@dataclass(frozen=True)
class LiveDatabase:
    """A live database with its one data source.

    ``unsupported`` says why it cannot be changed ("" when it can): several data sources, synced, linked, a wiki.
    ``parent`` is the id of the page it lies in, "" when unknown. ``icon`` is an emoji or the url of an external
    image, None without one, "custom" for one that the API cannot give back.
    """

    id: str
    data_source_id: str
    title: str
    description: str = ""
    icon: str | None = None
    url: str = ""
    parent: str = ""
    in_trash: bool = False
    properties: tuple[LiveProperty, ...] = ()
    unsupported: str = ""
    locked: bool | None = None
    """Whether the app keeps people from changing it; None where only its data source was asked, which does not say."""
    created_time: str = field(default="", compare=False)
    """When the database was made, as Notion says it; "" where only its data source was asked."""
    last_edited_time: str = field(default="", compare=False)
    last_edited_by: str = field(default="", compare=False)
    """When its data source was last edited, to the minute, and by whom (an id); they are no part of what it is."""

    def by_name(self, name: str) -> LiveProperty | None:
        """The property of exactly that name."""
        return next((p for p in self.properties if p.name == name), None)

    def by_id(self, property_id: str) -> LiveProperty | None:
        """The property of that (decoded) id."""
        return next((p for p in self.properties if p.id == property_id), None)

    @property
    def title_property(self) -> LiveProperty:
        """The one property of type ``title``; each data source has one."""
        return next(p for p in self.properties if p.type == "title")


@dataclass(frozen=True, slots=True)
class LiveRow:
    """A row (page) of a data source. ``values`` is keyed by property id and complete for the properties asked for."""

    id: str
    values: Mapping[str, Value]
    title: str = ""
    url: str = ""
    last_edited_time: str = ""
    last_edited_by: str = ""


@dataclass(frozen=True)
class Rows:
    """The answer to one question about a data source's rows; ``incomplete`` says what is missing ("" when nothing).

    ``let_go`` counts the rows of the answer that nobody needs, and which are not in ``rows``.
    """

    rows: tuple[LiveRow, ...] = ()
    incomplete: str = ""
    let_go: int = 0


@dataclass(frozen=True)
class Person:
    """A person or bot of the workspace, as far as the token may know them."""

    id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Workspace:
    """Whom the token speaks for. ``parent_title`` is the title of the parent page, as far as it could be read.

    ``upload_limit`` is the largest file in bytes that the workspace takes, 0 where Notion does not say.
    """

    id: str
    name: str
    bot_id: str
    bot_name: str
    parent_id: str = ""
    parent_title: str = ""
    upload_limit: int = 0
    people: tuple[Person, ...] = field(default=())
