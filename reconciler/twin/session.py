"""One request's view of the workspace: who asks, in which version, when, and what that token may see."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from reconciler.twin import ids, repository
from reconciler.twin.assumptions import Readings
from reconciler.twin.errors import TwinError, missing, restricted
from reconciler.twin.exchange import ORIGIN
from reconciler.twin.recent import Recent
from reconciler.twin.records import Actor, Block, Database, DataSource, JsonObject, Page, User, Workspace
from reconciler.twin.store import Store

OLD_VERSION = "2025-09-03"
NEW_VERSION = "2026-03-11"


@dataclass(slots=True, kw_only=True)
class Session:
    """Reads are cached for the length of the request; writes go to the store and the cache."""

    store: Store
    actor: Actor
    version: str
    now: int
    workspace: Workspace
    assume: Readings
    recent: Recent
    search_lag: int = 0
    origin: str = ORIGIN
    """Scheme and host under which the twin was asked, for urls that lead back to it."""
    _sources: dict[str, DataSource | None] = field(default_factory=dict)
    _databases: dict[str, Database | None] = field(default_factory=dict)
    _users: dict[str, User | None] = field(default_factory=dict)
    _hidden: frozenset[str] | None = None
    _buried: dict[tuple[str, str], bool] = field(default_factory=dict)

    # -- what may be done, and seen ------------------------------------------------------------------------------

    def need(self, capability: str) -> None:
        if capability not in self.actor.capabilities:
            raise restricted()

    def absent(self, noun: str, object_id: str) -> TwinError:
        return missing(noun, object_id, self.actor.bot_id, self.actor.name)

    @property
    def hidden(self) -> frozenset[str]:
        if self._hidden is None:
            self._hidden = repository.hidden(self.store, self.actor.bot_id)
        return self._hidden

    def sees(self, kind: str, object_id: str) -> bool:
        """Whether the object, and all it lies in, is shared with the token. ``kind`` as in ``parent.type``."""
        while self.hidden and kind != "workspace":
            if object_id in self.hidden:
                return False
            above = self._above(kind, object_id)
            if above is None:
                return False
            kind, object_id = above
        return True

    def buried(self, kind: str, object_id: str) -> bool:
        """Whether what lies in this parent is in the trash with it, or with what the parent lies in (recorded)."""
        key = (kind, object_id)
        if key not in self._buried:
            above = self._above(kind, object_id)
            self._buried[key] = self._binned(kind, object_id) or (above is not None and self.buried(*above))
        return self._buried[key]

    def lies_in(self, kind: str, object_id: str, outer: str) -> bool:
        """Whether the object is the outer one or lies in it, at whatever depth."""
        place: tuple[str, str] | None = (kind, object_id)
        while place is not None and place[0] != "workspace":
            if place[1] == outer:
                return True
            place = self._above(*place)
        return False

    def _binned(self, kind: str, object_id: str) -> bool:
        match kind:
            case "page_id":
                page = repository.page(self.store, object_id)
                return page is not None and page.in_trash
            case "block_id":
                block = repository.block(self.store, object_id)
                return block is not None and block.in_trash
            case "data_source_id":
                source = self.source(object_id)
                return source is not None and source.in_trash
            case "database_id":
                database = self.database(object_id)
                return database is not None and database.in_trash
            case _:
                return False

    def _above(self, kind: str, object_id: str) -> tuple[str, str] | None:
        if kind == "data_source_id":
            source = self.source(object_id)
            return None if source is None else ("database_id", source.database_id)
        if kind == "database_id":
            database = self.database(object_id)
            return None if database is None else parent_of(database.parent)
        page = repository.page(self.store, object_id)
        if page is not None:
            return page.parent_kind, page.parent_id
        block = repository.block(self.store, object_id)
        return None if block is None else (block.parent_kind, block.parent_id)

    # -- records, whether the token sees them or not -------------------------------------------------------------

    def source(self, source_id: str) -> DataSource | None:
        if source_id not in self._sources:
            self._sources[source_id] = repository.data_source(self.store, source_id)
        return self._sources[source_id]

    def database(self, database_id: str) -> Database | None:
        if database_id not in self._databases:
            self._databases[database_id] = repository.database(self.store, database_id)
        return self._databases[database_id]

    def user(self, user_id: str) -> User | None:
        if user_id not in self._users:
            self._users[user_id] = repository.user(self.store, user_id)
        return self._users[user_id]

    def trashed(self, source: DataSource) -> bool:
        """A data source is in the trash by itself or with its database."""
        return source.in_trash or self.buried("database_id", source.database_id)

    def reachable(self, source_id: str) -> DataSource | None:
        """The data source if a relation to it is shown: it exists, is not in the trash, and is shared."""
        source = self.source(source_id)
        if source is None or self.trashed(source) or not self.sees("data_source_id", source_id):
            return None
        return source

    # -- records that the request names: 404 unless the token sees them ------------------------------------------

    def the_page(self, page_id: str) -> Page:
        page = repository.page(self.store, page_id)
        if page is None or not self.sees("page_id", page_id):
            raise self.absent("page", page_id)
        return page

    def the_database(self, database_id: str) -> Database:
        database = self.database(database_id)
        if database is None or not self.sees("database_id", database_id):
            raise self.absent("database", database_id)
        return database

    def the_source(self, source_id: str, *, noun: str = "data_source") -> DataSource:
        source = self.source(source_id)
        if source is None or not self.sees("data_source_id", source_id):
            raise self.absent(noun, source_id)
        return source

    def the_block(self, block_id: str) -> Block:
        block = repository.block(self.store, block_id)
        if block is None or not self.sees(block.parent_kind, block.parent_id) or block_id in self.hidden:
            raise self.absent("block", block_id)
        return block

    def forget(self) -> None:
        """Writes were undone: nothing that is cached holds any more."""
        self._sources.clear()
        self._databases.clear()
        self._buried.clear()

    def forget_trash(self) -> None:
        """Something went into the trash or came back: what was known of it does not hold any more."""
        self._buried.clear()

    # -- writing -------------------------------------------------------------------------------------------------

    def save_source(self, source: DataSource) -> DataSource:
        repository.save_source(self.store, source)
        self._sources[source.id] = source
        self._buried.clear()
        return source

    def save_database(self, database: Database) -> Database:
        repository.save_database(self.store, database)
        self._databases[database.id] = database
        self._buried.clear()
        return database

    def edited(self, source: DataSource) -> DataSource:
        """The data source as edited now, by this token. Not saved yet."""
        return replace(source, edited=self.now, edited_by=self.actor.bot_id)

    def touch(self, kind: str, object_id: str) -> None:
        """Something inside the page changed: its last_edited_time moves."""
        if kind != "page_id":
            return
        page = repository.page(self.store, object_id)
        if page is not None:
            repository.save_page(self.store, replace(page, edited=self.now, edited_by=self.actor.bot_id))

    def in_new_words(self, body: JsonObject) -> JsonObject:
        """A body in which ``archived``, the old version's word for ``in_trash``, is put in the new one's."""
        if self.version != OLD_VERSION or "archived" not in body:
            return body
        rest = {key: value for key, value in body.items() if key != "archived"}
        return {"in_trash": body["archived"], **rest}

    def new_object_id(self) -> str:
        return ids.object_id(self.workspace.id)


def parent_of(parent: JsonObject) -> tuple[str, str]:
    kind = str(parent["type"])
    return kind, "" if kind == "workspace" else str(parent[kind])


def parent_answer(kind: str, object_id: str) -> JsonObject:
    return {"type": "workspace", "workspace": True} if kind == "workspace" else {"type": kind, kind: object_id}


def partial_user(user_id: str) -> JsonObject:
    return {"object": "user", "id": user_id}
