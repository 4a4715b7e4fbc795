"""A snapshot's answers into the store, one after the other; then what they point at and do not tell of."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.twin import birth, hosting, repository, richtext
from reconciler.twin.records import Database, DataSource, JsonObject, Page, Property, User
from reconciler.twin.snapshot import objects, values
from reconciler.twin.snapshot.lines import Answered, Header
from reconciler.twin.store import Store

_ITEMS = re.compile(r"pages/([^/]+)/properties/([^/]+)")
_TEMPLATES = re.compile(r"data_sources/[^/]+/templates")
_FILE = re.compile(r'"file":\{"key":("(?:[^"\\]|\\.)*")\}')
_WITH_FILES = (
    """SELECT vals FROM pages WHERE instr(vals, '"file":{"key":')""",
    """SELECT data FROM blocks WHERE instr(data, '"file":{"key":')""",
)
_WORKSPACE: JsonObject = {"type": "workspace", "workspace": True}
_COMPUTED_BY_SOURCE = ("formula", "rollup")


@dataclass(slots=True, kw_only=True)
class Loader:
    """Takes answers into an empty store. Rows come in the order of the answers, which is that of their creation.

    ``_partial`` are the properties that were read of rows that were not read whole, by page id.
    """

    store: Store
    sources: dict[str, DataSource] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=dict)
    files: int = 0
    """Files that Notion hosts, of which no bytes are known."""
    _answered: set[str] = field(default_factory=set)
    _whole: set[str] = field(default_factory=set)
    _partial: dict[str, set[str]] = field(default_factory=dict)
    _templates: set[str] = field(default_factory=set)
    _positions: dict[str, int] = field(default_factory=dict)
    _titles: dict[str, str] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)
    _users: set[str] = field(default_factory=set)
    _known: frozenset[str] = frozenset()
    """Data sources that were answered: nothing is added to them."""

    @property
    def databases_answered(self) -> int:
        """How many data sources the answers told of."""
        return len(self._known)

    @property
    def rows_answered(self) -> int:
        """How many pages the answers told of."""
        return len(self._partial)

    @property
    def blocks_answered(self) -> int:
        """How many blocks the answers told of."""
        return sum(self._positions.values())

    def load(self, header: Header, answers: Iterable[Answered]) -> None:
        """Everything that the answers tell, under the header's parent page; of files that Notion hosts, empty ones."""
        for answered in answers:
            self._take(answered)
        self._known = frozenset(self.sources)
        self._root(header)
        self._sources_pointed_at()
        self._places_without_object()
        self._rows_pointed_at()
        self._unread()
        self._identity(header)
        self._blank_files()

    # -- answers ---------------------------------------------------------------------------------------------------

    def _take(self, answered: Answered) -> None:
        found = answered.answer
        items = _ITEMS.fullmatch(answered.path)
        if items is not None:
            self._items(items.group(1), answered)
            return
        if _TEMPLATES.fullmatch(answered.path):
            self._templates |= {str(each["id"]) for each in found.get("templates") or ()}
            return
        if found.get("object") != "list":
            self._object(found, answered)
            return
        listed = answered.path == "users"
        whole = not answered.query.get("filter_properties")
        for each in found.get("results") or ():
            if not isinstance(each, dict):
                continue
            if each.get("object") == "page":
                self._page(each, whole=whole)
            elif each.get("object") == "user":
                self._user(each, listed=listed)
            else:
                self._object(each, answered)

    def _object(self, found: JsonObject, answered: Answered) -> None:
        match found.get("object"):
            case "database":
                self._database(objects.database(found))
            case "data_source":
                self._source(found)
            case "page":
                self._page(found, whole=not answered.query.get("filter_properties"))
            case "block":
                self._block(found)
            case "view" if "type" in found:
                repository.save_view(self.store, objects.view(found))
            case "comment":
                made = objects.comment(found)
                if self.store.one("SELECT 1 FROM comments WHERE id = ?", made.id) is None:
                    repository.save_comment(self.store, made)
            case "user":
                self._user(found, listed=False)

    def _user(self, found: JsonObject, *, listed: bool) -> None:
        made = objects.user(found, listed=listed)
        if made is not None and (listed or made.id not in self._users):
            self._users.add(made.id)
            repository.save_user(self.store, made)

    def _database(self, made: Database) -> None:
        self._answered.add(made.id)
        self.databases[made.id] = made
        repository.save_database(self.store, made)

    def _source(self, found: JsonObject) -> None:
        database = objects.database_of(found)
        if database.id in self._answered:
            database = self.databases[database.id]
        else:
            self.databases[database.id] = database
            repository.save_database(self.store, database)
        source = objects.data_source(found, database)
        self.sources[source.id] = source
        repository.save_source(self.store, source)

    def _block(self, found: JsonObject) -> None:
        parent = found.get("parent") or {}
        parent_id = str(parent.get(parent.get("type")) or "")
        kind = str(found.get("type"))
        if repository.block(self.store, str(found["id"])) is not None:
            return
        if kind in ("child_page", "child_database"):
            self._titles[str(found["id"])] = str((found.get(kind) or {}).get("title") or "")
            self._places[str(found["id"])] = kind
        self._positions[parent_id] = self._positions.get(parent_id, 0) + 1
        self._mentioned(found.get(kind))
        repository.save_block(self.store, objects.block(found, position=self._positions[parent_id]))

    # -- pages -----------------------------------------------------------------------------------------------------

    def _page(self, found: JsonObject, *, whole: bool) -> None:
        """A page, with the values that this answer tells; what earlier ones told stays."""
        parent = found.get("parent") or {}
        kind = str(parent.get("type") or "workspace")
        page_id = str(found["id"])
        before = repository.page(self.store, page_id)
        source = str(parent["data_source_id"]) if kind == "data_source_id" else None
        entries = [entry for entry in (found.get("properties") or {}).values() if isinstance(entry, dict)]
        told = {self._key(entry): self._value(source, entry) for entry in entries}
        if whole:
            self._whole.add(page_id)
        self._partial.setdefault(page_id, set()).update(told)
        self._mentioned(entries)
        page = Page(
            id=page_id,
            seq=before.seq if before is not None else 0,
            parent_kind=kind,
            parent_id="" if kind == "workspace" else str(parent.get(kind) or ""),
            source=source,
            in_trash=found.get("in_trash") is True,
            created=objects.ms(found.get("created_time")),
            edited=objects.ms(found.get("last_edited_time")),
            created_by=objects.who(found.get("created_by")),
            edited_by=objects.who(found.get("last_edited_by")),
            values={**(before.values if before is not None else {}), **_kept(told)},
            icon=values.file(found.get("icon")),
            cover=values.file(found.get("cover")),
            is_locked=found.get("is_locked") is True,
            is_archived=found.get("is_archived") is True,
            template=page_id in self._templates,
        )
        repository.save_page(self.store, page)

    def _key(self, entry: JsonObject) -> str:
        return "title" if entry.get("type") == "title" else str(entry.get("id"))

    def _value(self, source_id: str | None, entry: JsonObject) -> Any:
        source = self.sources.get(source_id or "")
        prop = source.properties.get(str(entry.get("id"))) if source is not None else None
        settings = None
        if prop is not None and prop.type in _COMPUTED_BY_SOURCE:
            settings = prop.config["expression"] if prop.type == "formula" else prop.config
        if prop is not None and prop.type == "unique_id" and source is not None:
            self._counted(source, prop, (entry.get("unique_id") or {}).get("number"))
        return values.stored(entry, settings)

    def _counted(self, source: DataSource, prop: Property, number: Any) -> None:
        if isinstance(number, int) and number >= prop.config["next"]:
            changed = replace(prop, config={**prop.config, "next": number + 1})
            self.sources[source.id] = replace(source, properties={**source.properties, prop.id: changed})

    def _items(self, page_id: str, answered: Answered) -> None:
        """The rest of a value that a page answer cut: the property endpoint's list, page after page."""
        body = answered.answer.get("property_item") or {}
        page = repository.page(self.store, page_id)
        if page is None or answered.answer.get("object") != "list":
            return
        key, kind = ("title" if body.get("type") == "title" else str(body.get("id"))), str(body.get("type"))
        results = [each for each in answered.answer.get("results") or () if isinstance(each, dict)]
        if kind == "rollup":
            self._rolled(page, key, body)
            return
        items = [values.item(kind, each[kind]) for each in results if isinstance(each.get(kind), dict)]
        self._mentioned(results)
        held = [*(page.values.get(key) or []), *items] if answered.query.get("start_cursor") else items
        repository.save_page(self.store, replace(page, values={**page.values, key: held}))

    def _rolled(self, page: Page, key: str, body: JsonObject) -> None:
        kept = page.values.get(key)
        said = body.get("rollup")
        if isinstance(kept, dict) and isinstance(said, dict) and said.get("type") != "array":
            repository.save_page(self.store, replace(page, values={**page.values, key: {**kept, "read": said}}))

    def _mentioned(self, found: Any) -> None:
        """Users that stand in values and texts, wherever they do."""
        waiting = [found]
        while waiting:
            each = waiting.pop()
            if isinstance(each, list):
                waiting += each
            elif isinstance(each, dict):
                if each.get("object") == "user":
                    self._user(each, listed=False)
                else:
                    waiting += [value for value in each.values() if isinstance(value, dict | list)]

    # -- what is pointed at ----------------------------------------------------------------------------------------

    def _root(self, header: Header) -> None:
        """The parent page, if no answer told of it."""
        if header.parent_id and repository.page(self.store, header.parent_id) is None:
            self._bare_page(header.parent_id, "workspace", "", None, birth.ROOT_TITLE)

    def _bare_page(self, page_id: str, kind: str, parent_id: str, source: str | None, title: str) -> None:
        unread = tuple(self.sources[source].properties) if source is not None else ()
        page = Page(
            id=page_id,
            seq=0,
            parent_kind=kind,
            parent_id=parent_id,
            source=source,
            in_trash=False,
            created=0,
            edited=0,
            created_by="",
            edited_by="",
            values={"title": richtext.of(title)} if title else {},
            unread=unread,
        )
        repository.save_page(self.store, page)

    def _sources_pointed_at(self) -> None:
        """Data sources that only relations name: known by id, with the mirrors that lie in them."""
        for source in list(self.sources.values()):
            repository.save_source(self.store, source)
            for prop in source.properties.values():
                if prop.type == "relation":
                    self._target(source, prop)

    def _target(self, source: DataSource, prop: Property) -> None:
        target_id = str(prop.config["data_source_id"])
        target = self.sources.get(target_id)
        if target is None:
            database = objects.bare_database(str(uuid.uuid4()), _WORKSPACE, "")
            repository.save_database(self.store, database)
            target = objects.bare_source(target_id, database)
        mirror = prop.config.get("synced")
        if mirror and mirror not in target.properties and target_id not in self._known:
            config = {"data_source_id": source.id, "kind": "dual_property", "synced": prop.id}
            made = Property(id=mirror, name=f"Related to {prop.name}", type="relation", config=config)
            target = replace(target, properties={**target.properties, mirror: made})
        if self.sources.get(target_id) is not target:
            self.sources[target_id] = target
            repository.save_source(self.store, target)

    def _places_without_object(self) -> None:
        """Child pages and databases that are listed and were not looked into: they have a title, and no more."""
        for object_id, kind in self._places.items():
            place = repository.block(self.store, object_id)
            if place is None:
                continue
            title = self._titles[object_id]
            if kind == "child_page" and repository.page(self.store, object_id) is None:
                self._bare_page(object_id, place.parent_kind, place.parent_id, None, title)
            if kind == "child_database" and repository.database(self.store, object_id) is None:
                parent = {"type": place.parent_kind, place.parent_kind: place.parent_id}
                repository.save_database(self.store, objects.bare_database(object_id, parent, title))

    def _rows_pointed_at(self) -> None:
        """Rows that edges lead to and no answer told of: there by id, in the data source that the relation names."""
        for source in list(self.sources.values()):
            relations = [prop for prop in source.properties.values() if prop.type == "relation"]
            if not relations:
                continue
            wanted: dict[str, str] = {}
            for page in repository.rows_of(self.store, source.id):
                for prop in relations:
                    wanted |= dict.fromkeys(page.values.get(prop.id) or (), str(prop.config["data_source_id"]))
            for page_id in wanted.keys() - repository.pages(self.store, wanted).keys():
                self._bare_page(page_id, "data_source_id", wanted[page_id], wanted[page_id], "")

    def _unread(self) -> None:
        """What was not read of rows that were read in part."""
        for page_id, told in self._partial.items():
            page = None if page_id in self._whole else repository.page(self.store, page_id)
            source = self.sources.get(page.source or "") if page is not None else None
            if page is None or source is None or page.template:
                continue
            unread = tuple(key for key in source.properties if key not in told)
            if unread:
                repository.save_page(self.store, replace(page, unread=unread))

    def _blank_files(self) -> None:
        held = (text for query in _WITH_FILES for (text,) in self.store.all(query))
        keys = {json.loads(found) for text in held for found in _FILE.findall(text)}
        self.files = len(keys)
        for key in keys:
            repository.save_file(self.store, key, hosting.type_of(key) or hosting.NO_TYPE, b"")

    def _identity(self, header: Header) -> None:
        """Who the workspace is, and the bot that the snapshot was read by."""
        bot_id = header.bot_id or str(uuid.uuid4())
        listed = bot_id in self._users
        birth.settle(
            self.store,
            workspace_id=header.workspace_id or str(uuid.uuid4()),
            workspace_name=header.workspace_name,
            root_page_id=header.parent_id,
            bot=User(id=bot_id, name=header.bot_name or birth.BOT_NAME, kind="bot", listed=listed),
        )


def _kept(told: JsonObject) -> JsonObject:
    return {key: value for key, value in told.items() if value is not None}
