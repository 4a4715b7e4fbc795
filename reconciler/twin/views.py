"""Views: settings of how a data source is shown. The twin keeps them and draws nothing."""

from __future__ import annotations

from dataclasses import replace

from reconciler.twin import checks, ids, repository
from reconciler.twin.errors import UNDEFINED, invalid, misfit
from reconciler.twin.pagination import page_of_list
from reconciler.twin.records import JsonObject, View
from reconciler.twin.request import Request
from reconciler.twin.session import Session, partial_user
from reconciler.twin.times import millis

TYPES = ("table", "board", "list", "calendar", "timeline", "gallery", "form", "chart", "map", "dashboard")
_CREATE_KEYS = (
    "data_source_id", "name", "type", "database_id", "view_id", "create_database", "filter", "sorts", "quick_filters",
    "configuration", "position", "placement",
)  # fmt: skip
_SETTINGS = ("filter", "sorts", "quick_filters", "configuration")


def add(
    session: Session, database_id: str, source_id: str, *, name: str, kind: str, settings: JsonObject | None = None
) -> View:
    view = View(
        id=session.new_object_id(),
        database_id=database_id,
        source=source_id,
        name=name,
        type=kind,
        created=session.now,
        edited=session.now,
        created_by=session.actor.bot_id,
        edited_by=session.actor.bot_id,
        settings=settings or {},
    )
    repository.save_view(session.store, view)
    return view


def answer(view: View) -> JsonObject:
    return {
        "object": "view",
        "id": view.id,
        "parent": {"type": "database_id", "database_id": view.database_id},
        "data_source_id": view.source,
        "name": view.name,
        "type": view.type,
        "created_time": millis(view.created),
        "created_by": partial_user(view.created_by),
        "last_edited_time": millis(view.edited),
        "last_edited_by": partial_user(view.edited_by),
        "url": f"https://app.notion.com/p/{ids.bare(view.database_id)}?v={ids.bare(view.id)}",
        "filter": view.settings.get("filter"),
        "sorts": view.settings.get("sorts") or [],
        "quick_filters": view.settings.get("quick_filters"),
        "configuration": view.settings.get("configuration") or {"type": view.type},
    }


def retrieve(session: Session, request: Request) -> JsonObject:
    view_id = request.uuid("view_id")
    session.need("read")
    return answer(_the_view(session, view_id))


def _the_view(session: Session, view_id: str) -> View:
    view = repository.view(session.store, view_id)
    if view is None or not session.sees("database_id", view.database_id):
        raise session.absent("view", view_id)
    return view


def create(session: Session, request: Request) -> JsonObject:
    body = request.body
    checks.known_keys(body, "body", _CREATE_KEYS)
    source_id = checks.uuid(body.get("data_source_id", UNDEFINED), "body.data_source_id")
    name = checks.string(body.get("name", UNDEFINED), "body.name")
    kind = checks.one_of(body.get("type", UNDEFINED), "body.type", TYPES)
    session.need("insert")
    source = session.the_source(source_id)
    if "database_id" not in body:
        raise checks.union("body", ("database_id",))
    database_id = checks.uuid(body["database_id"], "body.database_id")
    session.the_database(database_id)
    return answer(add(session, database_id, source.id, name=name, kind=kind, settings=_settings(body, kind, {})))


def update(session: Session, request: Request) -> JsonObject:
    view_id = request.uuid("view_id")
    checks.known_keys(request.body, "body", ("name", *_SETTINGS))
    session.need("update")
    view = _the_view(session, view_id)
    name = checks.string(request.body.get("name", view.name), "body.name")
    settings = _settings(request.body, view.type, view.settings)
    view = replace(view, name=name, settings=settings, edited=session.now, edited_by=session.actor.bot_id)
    repository.save_view(session.store, view)
    return answer(view)


def _settings(body: JsonObject, kind: str, before: JsonObject) -> JsonObject:
    settings = dict(before)
    for key in _SETTINGS:
        if key not in body:
            continue
        value = body[key]
        if value is not None:
            value = checks.array(value, f"body.{key}") if key == "sorts" else checks.obj(value, f"body.{key}")
        if key == "configuration" and value is not None and value.get("type", kind) != kind:
            raise misfit("body.configuration.type", f'`"{kind}"`', value["type"])
        settings[key] = value
    return settings


def delete(session: Session, request: Request) -> JsonObject:
    view_id = request.uuid("view_id")
    session.need("update")
    view = _the_view(session, view_id)
    if len(repository.views(session.store, database_id=view.database_id)) == 1:
        raise invalid("Cannot delete the last view of a database.")
    repository.delete_view(session.store, view_id)
    parent = {"type": "database_id", "database_id": view.database_id}
    return {"object": "view", "id": view.id, "parent": parent, "type": view.type}


def list_all(session: Session, request: Request) -> JsonObject:
    session.need("read")
    wanted = {key: request.query[key][-1] for key in ("database_id", "data_source_id") if key in request.query}
    if not wanted:
        raise misfit("query.database_id", "defined", UNDEFINED)
    found = [
        view
        for view in repository.views(
            session.store,
            database_id=_query_id(wanted, "database_id"),
            source=_query_id(wanted, "data_source_id"),
        )
        if session.sees("database_id", view.database_id)
    ]
    if "database_id" in wanted:
        session.the_database(_query_id(wanted, "database_id") or "")
    return page_of_list(
        found,
        request,
        kind="view",
        key=lambda view: str(view.id),
        render=lambda view: {"object": "view", "id": view.id},
    )


def _query_id(wanted: dict[str, str], key: str) -> str | None:
    return checks.uuid(wanted[key], f"query.{key}") if key in wanted else None
