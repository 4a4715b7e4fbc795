"""Databases: the containers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.twin import blocks, checks, containers, data_sources, files, ids, repository, richtext
from reconciler.twin.errors import UNDEFINED, archived, misfit
from reconciler.twin.records import Database, JsonObject
from reconciler.twin.request import Request
from reconciler.twin.session import OLD_VERSION, Session, parent_answer, parent_of
from reconciler.twin.times import millis

UNTITLED = "New database"
DATABASE_TYPES = ("tasks", "projects", "skills")
_CREATE_KEYS = (
    "parent", "title", "description", "is_inline", "initial_data_source", "icon", "cover", "database_type",
)  # fmt: skip
_UPDATE_KEYS = ("parent", "title", "description", "is_inline", "icon", "cover", "in_trash", "is_locked")


def answer(session: Session, database: Database) -> JsonObject:
    """A database object. Its properties are its data sources'."""
    kind, parent_id = parent_of(database.parent)
    sources = [s for s in repository.sources_of(session.store, database.id) if not s.in_trash]
    shown: JsonObject = {
        "object": "database",
        "id": database.id,
        "title": richtext.answer(session, database.title or richtext.of(UNTITLED)),
        "description": richtext.answer(session, database.description),
        "parent": parent_answer(kind, parent_id),
        "is_inline": database.is_inline,
        "in_trash": session.buried("database_id", database.id),
        "is_locked": database.is_locked,
        "created_time": millis(database.created),
        "last_edited_time": millis(database.edited),
        "data_sources": [{"id": s.id, "name": richtext.plain(s.title) or UNTITLED} for s in sources],
        "icon": files.answer(session, database.icon),
        "cover": files.answer(session, database.cover),
        "url": url(database),
        "public_url": None,
    }
    if database.database_type is not None:
        shown["database_type"] = database.database_type
    if session.version == OLD_VERSION:
        shown["archived"] = shown["in_trash"]
    return shown


def url(database: Database) -> str:
    return f"https://app.notion.com/p/{ids.bare(database.id)}"


def retrieve(session: Session, request: Request) -> JsonObject:
    database_id = request.uuid("database_id")
    session.need("read")
    return answer(session, session.the_database(database_id))


def create(session: Session, request: Request) -> JsonObject:
    body = request.body
    checks.known_keys(body, "body", _CREATE_KEYS)
    parent = checks.obj(body.get("parent", UNDEFINED), "body.parent")
    initial = checks.obj(body.get("initial_data_source", {}), "body.initial_data_source")
    session.need("insert")
    title = richtext.read(session, body.get("title", []), "body.title")
    database = Database(
        id=ids.database_id(),
        parent=containers.parent(session, parent),
        title=title,
        description=richtext.read(session, body.get("description", []), "body.description"),
        icon=files.read_icon(session, body.get("icon"), "body.icon"),
        cover=files.read_cover(session, body.get("cover"), "body.cover"),
        is_inline=checks.boolean(body.get("is_inline", False), "body.is_inline"),
        is_locked=False,
        in_trash=False,
        created=session.now,
        edited=session.now,
        created_by=session.actor.bot_id,
        edited_by=session.actor.bot_id,
        database_type=_database_type(body.get("database_type")),
    )
    containers.store(session, database)
    properties = initial.get("properties", UNDEFINED)
    if properties is UNDEFINED:
        properties = _default_schema(session)
    data_sources.add(
        session, database, title, properties, "body.initial_data_source.properties", source_id=ids.database_id()
    )
    return answer(session, database)


def _database_type(given: Any) -> str | None:
    return None if given is None else checks.one_of(given, "body.database_type", DATABASE_TYPES)


def _default_schema(session: Session) -> JsonObject:
    title: JsonObject = {"Name": {"title": {}}}
    return {**title, "Tags": {"multi_select": {}}} if session.assume.harsh("default-schema") else title


def update(session: Session, request: Request) -> JsonObject:
    database_id = request.uuid("database_id")
    body = session.in_new_words(request.body)
    checks.known_keys(body, "body", _UPDATE_KEYS)
    session.need("update")
    database = session.the_database(database_id)
    if body.get("in_trash") is not None:
        trash = checks.boolean(body["in_trash"], "body.in_trash")
        if trash != database.in_trash:
            database = set_trash(session, database, trash=trash)
    if database.in_trash and body.keys() - {"in_trash"}:
        raise archived()
    changes = _changes(session, body)
    if "title" in changes:
        _title_sources(session, database, changes["title"])
        changes["edited"] = session.now
    database = session.save_database(replace(database, **changes, edited_by=session.actor.bot_id))
    if "parent" in body:
        database = _moved(session, database, checks.obj(body["parent"], "body.parent"))
    return answer(session, database)


def _changes(session: Session, body: JsonObject) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for key in ("title", "description"):
        if key in body:
            changes[key] = richtext.read(session, body[key], f"body.{key}")
    if "icon" in body:
        changes["icon"] = files.read_icon(session, body["icon"], "body.icon")
    if "cover" in body:
        changes["cover"] = files.read_cover(session, body["cover"], "body.cover")
    for flag in ("is_inline", "is_locked"):
        if body.get(flag) is not None:
            changes[flag] = checks.boolean(body[flag], f"body.{flag}")
    return changes


def _title_sources(session: Session, database: Database, title: list[JsonObject]) -> None:
    sources = repository.sources_of(session.store, database.id)
    if len(sources) != 1 or sources[0].title == title or session.assume.harsh("database-title-to-source"):
        return
    session.save_source(session.edited(replace(sources[0], title=title)))


def _moved(session: Session, database: Database, parent: JsonObject) -> Database:
    above = containers.parent(session, parent)
    kind, parent_id = parent_of(above)
    if session.lies_in(kind, parent_id, database.id):
        raise misfit(f"body.parent.{kind}", "a place outside of the database that is moved", parent_id)
    database = session.save_database(replace(database, parent=above))
    blocks.save_place(session, database.id, kind, parent_id, "child_database")
    return database


def set_trash(session: Session, database: Database, *, trash: bool) -> Database:
    """Into the trash or back. Its rows keep their own state."""
    database = session.save_database(replace(database, in_trash=trash, edited_by=session.actor.bot_id))
    place = repository.block(session.store, database.id)
    if place is not None:
        repository.save_block(session.store, replace(place, in_trash=trash, edited=session.now))
    session.touch(*parent_of(database.parent))
    return database
