"""Views: settings of how a data source is shown. The twin keeps them and draws nothing."""

from __future__ import annotations

from dataclasses import replace

from reconciler.twin import checks, ids, query, repository, times, view_config
from reconciler.twin.conditions import Asked
from reconciler.twin.errors import UNDEFINED, invalid, misfit
from reconciler.twin.pagination import page_of_list
from reconciler.twin.records import DataSource, JsonObject, View
from reconciler.twin.request import Request
from reconciler.twin.session import Session, partial_user
from reconciler.twin.times import millis

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
    kind = checks.one_of(body.get("type", UNDEFINED), "body.type", view_config.TYPES)
    session.need("insert")
    source = session.the_source(source_id)
    if "database_id" not in body:
        raise checks.union("body", ("database_id",))
    database_id = checks.uuid(body["database_id"], "body.database_id")
    session.the_database(database_id)
    return answer(
        add(session, database_id, source.id, name=name, kind=kind, settings=_settings(session, source, body, kind, {}))
    )


def update(session: Session, request: Request) -> JsonObject:
    view_id = request.uuid("view_id")
    checks.known_keys(request.body, "body", ("name", *_SETTINGS))
    session.need("update")
    view = _the_view(session, view_id)
    name = checks.string(request.body.get("name", view.name), "body.name")
    settings = _settings(session, session.the_source(view.source), request.body, view.type, view.settings)
    view = replace(view, name=name, settings=settings, edited=session.now, edited_by=session.actor.bot_id)
    repository.save_view(session.store, view)
    return answer(view)


def _settings(session: Session, source: DataSource, body: JsonObject, kind: str, before: JsonObject) -> JsonObject:
    """The settings after a request. Null clears one; filters and sorts are held against the data source."""
    settings = dict(before)
    asked = Asked(now=times.from_ms(session.now), bot_id=session.actor.bot_id)
    for key in _SETTINGS:
        value = body.get(key)
        if key in body:
            settings[key] = value
        if value is None:
            continue
        match key:
            case "filter":
                query.row_test(source, value, "body.filter", asked)
            case "sorts":
                query.sorts_of(source, value)
                settings[key] = [_sort(item) for item in value]
            case "quick_filters":
                for name, condition in checks.obj(value, "body.quick_filters").items():
                    path = f"body.quick_filters.{name}"
                    query.row_test(source, {**checks.obj(condition, path), "property": name}, path, asked)
            case _:
                view_config.checked(value, kind, source)
    return settings


def _sort(item: JsonObject) -> JsonObject:
    word = "timestamp" if item.get("timestamp") is not None else "property"
    return {word: item[word], "direction": item.get("direction", "ascending")}


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
