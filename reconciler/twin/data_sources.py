"""Data sources: the tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.twin import checks, files, ids, repository, richtext, values, views
from reconciler.twin.errors import UNDEFINED, TwinError, archived, misfit
from reconciler.twin.pages import shown_properties
from reconciler.twin.records import Database, DataSource, JsonObject
from reconciler.twin.request import Request
from reconciler.twin.schema import config, patch
from reconciler.twin.session import OLD_VERSION, Session, parent_answer, parent_of, partial_user
from reconciler.twin.times import minute

_CREATE_KEYS = ("parent", "properties", "title", "icon")
_UPDATE_KEYS = ("title", "icon", "properties", "in_trash", "parent")


def answer(session: Session, source: DataSource) -> JsonObject:
    """A data source object. Relations whose target is in the trash or not shared are left out (documented)."""
    database = session.database(source.database_id)
    if database is None:
        raise session.absent("database", source.database_id)
    reader = values.reader(session)
    shown: JsonObject = {
        "object": "data_source",
        "id": source.id,
        "cover": files.answer(session, database.cover),
        "icon": files.answer(session, source.icon or database.icon),
        "created_time": minute(source.created),
        "created_by": partial_user(source.created_by),
        "last_edited_by": partial_user(source.edited_by),
        "last_edited_time": minute(source.edited),
        "title": richtext.answer(session, source.title),
        "description": richtext.answer(session, database.description),
        "is_inline": database.is_inline,
        "properties": {p.name: config.answer(session, source, p) for p in shown_properties(reader, source)},
        "parent": {"type": "database_id", "database_id": source.database_id},
        "database_parent": parent_answer(*parent_of(database.parent)),
        "url": f"https://app.notion.com/p/{ids.bare(database.id)}",
        "public_url": None,
        "in_trash": session.trashed(source),
    }
    if database.database_type is not None:
        shown["database_type"] = database.database_type
    if session.version == OLD_VERSION:
        shown["archived"] = shown["in_trash"]
    return shown


def retrieve(session: Session, request: Request) -> JsonObject:
    source_id = request.uuid("data_source_id")
    session.need("read")
    return answer(session, session.the_source(source_id))


def create(session: Session, request: Request) -> JsonObject:
    body = request.body
    checks.known_keys(body, "body", _CREATE_KEYS)
    parent = checks.obj(body.get("parent", UNDEFINED), "body.parent")
    database_id = checks.uuid(parent.get("database_id", UNDEFINED), "body.parent.database_id")
    properties = checks.obj(body.get("properties", UNDEFINED), "body.properties")
    session.need("insert")
    database = session.the_database(database_id)
    if database.in_trash:
        raise archived()
    title = richtext.read(session, body.get("title", []), "body.title")
    source = add(session, database, title, properties, "body.properties", source_id=session.new_object_id())
    if body.get("icon") is not None:
        source = session.save_source(replace(source, icon=files.read_icon(session, body["icon"], "body.icon")))
    return answer(session, source)


def add(
    session: Session, database: Database, title: list[JsonObject], properties: Any, path: str, *, source_id: str
) -> DataSource:
    """A new data source of a database, with a table view."""
    source = DataSource(
        id=source_id,
        database_id=database.id,
        title=title,
        icon=None,
        in_trash=False,
        created=session.now,
        edited=session.now,
        created_by=session.actor.bot_id,
        edited_by=session.actor.bot_id,
        properties={},
    )
    session.save_source(source)  # so that its own relations find it
    source = session.save_source(patch.create(session, source, properties, path))
    views.add(session, database.id, source.id, name="Default view", kind="table")
    return source


def update(session: Session, request: Request) -> JsonObject:
    source_id = request.uuid("data_source_id")
    body = session.in_new_words(request.body)
    checks.known_keys(body, "body", _UPDATE_KEYS)
    session.need("update")
    source = session.the_source(source_id)
    if body.get("in_trash") is not None:
        trash = checks.boolean(body["in_trash"], "body.in_trash")
        source = session.save_source(session.edited(replace(source, in_trash=trash)))
        if trash:
            _emptied(session, source.database_id, "last-source-trashed")
    if session.trashed(source) and body.keys() - {"in_trash"}:
        raise archived()
    if "title" in body:
        source = _titled(session, source, richtext.read(session, body["title"], "body.title"))
    if "icon" in body:
        source = session.save_source(replace(source, icon=files.read_icon(session, body["icon"], "body.icon")))
    if body.get("properties"):
        source = _patched(session, source, body["properties"])
    if "parent" in body:
        source = _moved(session, source, checks.obj(body["parent"], "body.parent"))
    return answer(session, source)


def _patched(session: Session, source: DataSource, given: Any) -> DataSource:
    try:
        with session.store.attempt():
            return session.save_source(session.edited(patch.update(session, source, given, "body.properties")))
    except TwinError as refused:
        session.forget()
        if not refused.message.startswith("body failed validation"):
            asked = set(session.assume.asked)
            if _done_in_part(session, source, given):
                refused.keeps = session.assume.harsh("atomic-patch")
                asked.add("atomic-patch")
            if not refused.keeps:  # what the trial asked did not matter
                session.assume.asked.intersection_update(asked)
        raise


def _done_in_part(session: Session, source: DataSource, given: JsonObject) -> bool:
    """Do what comes before the first entry that is refused; whether that is anything. Kept only if the caller says."""
    current = source
    for key, value in given.items():
        part = _attempted(session, current, key, value)
        if part is None:
            break
        current = part
    return current is not source


def _attempted(session: Session, source: DataSource, key: str, value: Any) -> DataSource | None:
    """One entry of a schema write by itself; None if it is refused."""
    try:
        with session.store.attempt():
            return session.save_source(session.edited(patch.update(session, source, {key: value}, "body.properties")))
    except TwinError:
        session.forget()
        return None


def _titled(session: Session, source: DataSource, title: list[JsonObject]) -> DataSource:
    """A single-source database shares the title, and then its own last_edited_time moves (recorded)."""
    source = session.save_source(session.edited(replace(source, title=title)))
    database = session.database(source.database_id)
    if database is not None and len(repository.sources_of(session.store, database.id)) == 1:
        session.save_database(replace(database, title=title, edited=session.now))
    return source


def _moved(session: Session, source: DataSource, parent: JsonObject) -> DataSource:
    database_id = checks.uuid(parent.get("database_id", UNDEFINED), "body.parent.database_id")
    database = session.the_database(database_id)
    if database.in_trash:
        raise archived()
    if session.lies_in("database_id", database_id, source.id):
        raise misfit("body.parent.database_id", "a database outside of the data source that is moved", database_id)
    left = source.database_id
    source = session.save_source(session.edited(replace(source, database_id=database_id)))
    _emptied(session, left, "last-source-moved")
    views.add(session, database_id, source.id, name="Default view", kind="table")
    return source


def _emptied(session: Session, database_id: str, gap: str) -> None:
    """What becomes of a database that has no live data source left."""
    database = session.database(database_id)
    live = any(not source.in_trash for source in repository.sources_of(session.store, database_id))
    if database is None or database.in_trash or live or not session.assume.harsh(gap):
        return
    session.save_database(replace(database, in_trash=True))
    place = repository.block(session.store, database_id)
    if place is not None:
        repository.save_block(session.store, replace(place, in_trash=True, edited=session.now))
