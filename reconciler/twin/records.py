"""What the twin keeps. Records are values: a change makes a new one, and the store writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A column. ``id`` is the encoded form; ``config`` is the twin's own form of the type's settings."""

    id: str
    name: str
    type: str
    description: str | None = None
    config: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    id: str
    parent: JsonObject
    title: list[JsonObject]
    description: list[JsonObject]
    icon: JsonObject | None
    cover: JsonObject | None
    is_inline: bool
    is_locked: bool
    in_trash: bool
    created: int
    edited: int
    created_by: str
    edited_by: str
    database_type: str | None = None
    """What it was made as, if that was said: tasks, projects or skills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """A table. ``properties`` by encoded id, in order of creation."""

    id: str
    database_id: str
    title: list[JsonObject]
    icon: JsonObject | None
    in_trash: bool
    created: int
    edited: int
    created_by: str
    edited_by: str
    properties: dict[str, Property]

    def named(self, key: str) -> Property | None:
        """The property with this name, or with this id in either form; a name wins over an id."""
        for prop in self.properties.values():
            if prop.name == key:
                return prop
        if key in self.properties:
            return self.properties[key]
        for prop in self.properties.values():
            if unquote(prop.id) == key:
                return prop
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page; a row when ``source`` is set. ``values`` by encoded property id, in stored form.

    ``unread`` are properties of which a snapshot does not tell: no filter finds the row by them, and no query that asks
    for them answers it. A ``template`` is in no query at all.
    """

    id: str
    seq: int
    parent_kind: str
    parent_id: str
    source: str | None
    in_trash: bool
    created: int
    edited: int
    created_by: str
    edited_by: str
    values: JsonObject
    icon: JsonObject | None = None
    cover: JsonObject | None = None
    is_locked: bool = False
    is_archived: bool = False
    template: bool = False
    default_template: bool = False
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block. Child pages and child databases have one too, with their id, which holds their place only."""

    id: str
    parent_kind: str
    parent_id: str
    position: int
    type: str
    body: JsonObject
    in_trash: bool
    created: int
    edited: int
    created_by: str
    edited_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: str
    name: str
    kind: str
    """``person`` or ``bot``."""
    email: str | None = None
    listed: bool = True
    """False for whom a snapshot knows from values alone: the token might not list them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who a token speaks for, and what it may do: any of birth.CAPABILITIES."""

    bot_id: str
    name: str
    capabilities: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    id: str
    name: str
    root_page_id: str
    secret: str = field(repr=False)
    """Signs the urls of hosted files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    id: str
    database_id: str
    source: str
    name: str
    type: str
    created: int
    edited: int
    created_by: str
    edited_by: str
    settings: JsonObject
    order: float = 0.0
    """Its place among the database's views."""
    dashboard: str | None = None
    """The dashboard whose widget it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    id: str
    parent: JsonObject
    discussion_id: str
    created: int
    edited: int
    created_by: str
    rich_text: list[JsonObject]
    display_name: JsonObject | None = None
    """What the client chose to be called; None for its own name."""
    attachments: list[JsonObject] = field(default_factory=list)
    """Hosted files, each with its ``category``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file upload. ``parts`` only for one in several parts; ``key`` once the file is whole."""

    id: str
    mode: str
    status: str
    """``pending``, ``uploaded`` or ``failed``; that it expired is seen by the clock."""
    filename: str | None
    content_type: str | None
    content_length: int | None
    parts: int | None
    key: str | None
    created: int
    edited: int
    expires: int | None
    """None once it was attached."""
    created_by: str
