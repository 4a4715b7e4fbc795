"""Views: settings of how a data source is shown. The twin keeps them and draws nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.twin import checks, containers, ids, query, repository, view_config
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
_PLACES = ("database_id", "view_id", "create_database")
_SETTINGS = ("filter", "sorts", "quick_filters", "configuration")


def add(
    session: Session,
    database_id: str,
    source_id: str,
    *,
    name: str,
    kind: str,
    settings: JsonObject | None = None,
    order: float | None = None,
    dashboard: str | None = None,
) -> View:
    """A new view, the last of its database unless told where."""
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
        order=_end(session, database_id) if order is None else order,
        dashboard=dashboard,
    )
    repository.save_view(session.store, view)
    return view


def _end(session: Session, database_id: str) -> float:
    return max((view.order for view in repository.views(session.store, database_id=database_id)), default=0.0) + 1


def answer(view: View) -> JsonObject:
    shown: JsonObject = {
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
        "configuration": view.settings.get("configuration") or _unset(view.type),
    }
    return shown if view.dashboard is None else {**shown, "dashboard_view_id": view.dashboard}


def _unset(kind: str) -> JsonObject:
    return {"type": kind, "rows": []} if kind == "dashboard" else {"type": kind}


def retrieve(session: Session, request: Request) -> JsonObject:
    view_id = request.uuid("view_id")
    session.need("read")
    return answer(the_view(session, view_id))


def the_view(session: Session, view_id: str) -> View:
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
    place = [key for key in _PLACES if body.get(key) is not None]
    if not place:
        raise checks.union("body", _PLACES)
    if len(place) > 1:
        raise misfit(f"body.{place[1]}", "not present", body[place[1]])
    for key, belongs in (("position", "database_id"), ("placement", "view_id")):
        if body.get(key) is not None and place[0] != belongs:
            raise misfit(f"body.{key}", "not present", body[key])
    settings = _settings(session, source, body, kind, {})
    match place[0]:
        case "database_id":
            database_id = checks.uuid(body["database_id"], "body.database_id")
            session.the_database(database_id)
            order = _order(session, database_id, body.get("position"))
            made = add(session, database_id, source.id, name=name, kind=kind, settings=settings, order=order)
        case "view_id":
            made = _widget(session, source, body, name=name, kind=kind, settings=settings)
        case _:
            database_id = containers.linked(session, body["create_database"], "body.create_database")
            made = add(session, database_id, source.id, name=name, kind=kind, settings=settings)
    return answer(made)


def _order(session: Session, database_id: str, given: Any) -> float:
    """The place that a new view gets among those of its database."""
    tabs = repository.views(session.store, database_id=database_id)
    if given is None:
        return _end(session, database_id)
    body = checks.obj(given, "body.position")
    kind = checks.one_of(body.get("type", UNDEFINED), "body.position.type", ("start", "end", "after_view"))
    if kind == "start":
        return min((view.order for view in tabs), default=1.0) - 1
    if kind == "end":
        return _end(session, database_id)
    view_id = checks.uuid(body.get("view_id", UNDEFINED), "body.position.view_id")
    orders = [view.order for view in tabs]
    before = next((view.order for view in tabs if view.id == view_id), None)
    if before is None:
        raise session.absent("view", view_id)
    return (before + min((order for order in orders if order > before), default=before + 2)) / 2


def _widget(
    session: Session, source: DataSource, body: JsonObject, *, name: str, kind: str, settings: JsonObject
) -> View:
    """A view inside a dashboard, in a row of its own or beside others."""
    dashboard = the_view(session, checks.uuid(body["view_id"], "body.view_id"))
    if dashboard.type != "dashboard" or kind == "dashboard":
        raise misfit("body.view_id", "the id of a dashboard, for a view of another type", body["view_id"])
    rows = [dict(row) for row in (dashboard.settings.get("configuration") or _unset("dashboard"))["rows"]]
    at, new_row = _placed(body.get("placement"), len(rows))
    made = add(
        session, dashboard.database_id, source.id, name=name, kind=kind, settings=settings, dashboard=dashboard.id
    )
    widget = {"id": session.new_object_id(), "view_id": made.id}
    if new_row:
        rows.insert(at, {"id": session.new_object_id(), "widgets": [widget]})
    else:
        rows[at] = {**rows[at], "widgets": [*rows[at]["widgets"], widget]}
    _save_rows(session, dashboard, rows)
    return made


def _placed(given: Any, rows: int) -> tuple[int, bool]:
    """The index of the row, and whether it is a new one."""
    if given is None:
        return rows, True
    body = checks.obj(given, "body.placement")
    kind = checks.one_of(body.get("type", UNDEFINED), "body.placement.type", ("new_row", "existing_row"))
    if kind == "new_row" and body.get("row_index") is None:
        return rows, True
    index = checks.number(body.get("row_index", UNDEFINED), "body.placement.row_index")
    last = rows if kind == "new_row" else rows - 1
    if index != int(index) or not 0 <= index <= last:
        raise misfit("body.placement.row_index", f"an integer from `0` to `{last}`", index)
    return int(index), kind == "new_row"


def _save_rows(session: Session, dashboard: View, rows: list[JsonObject]) -> None:
    configuration = {"type": "dashboard", "rows": rows}
    changed = {**dashboard.settings, "configuration": configuration}
    repository.save_view(session.store, replace(dashboard, settings=changed, edited=session.now))


def update(session: Session, request: Request) -> JsonObject:
    view_id = request.uuid("view_id")
    checks.known_keys(request.body, "body", ("name", *_SETTINGS))
    session.need("update")
    view = the_view(session, view_id)
    name = checks.string(request.body.get("name", view.name), "body.name")
    for n, sort in enumerate(checks.array(request.body.get("sorts") or [], "body.sorts")):
        checks.string(checks.obj(sort, f"body.sorts[{n}]").get("property", UNDEFINED), f"body.sorts[{n}].property")
    settings = _settings(session, session.the_source(view.source), request.body, view.type, view.settings)
    view = replace(view, name=name, settings=settings, edited=session.now, edited_by=session.actor.bot_id)
    repository.save_view(session.store, view)
    return answer(view)


def _settings(session: Session, source: DataSource, body: JsonObject, kind: str, before: JsonObject) -> JsonObject:
    """The settings after a request. Null clears one; filters and sorts are held against the data source."""
    settings = dict(before)
    asked = Asked.by(session)
    for key in _SETTINGS:
        value = body.get(key)
        if key in body:
            settings[key] = value
        if value is None:
            continue
        match key:
            case "filter":
                query.row_test(source, value, "body.filter", asked)
                _check_options(source, value, "body.filter")
            case "sorts":
                query.sorts_of(source, value)
                settings[key] = [_sort(item) for item in value]
            case "quick_filters":
                settings[key] = _merged(before.get(key), checks.obj(value, "body.quick_filters"))
                for name, condition in settings[key].items():
                    path = f"body.quick_filters.{name}"
                    query.row_test(source, {**checks.obj(condition, path), "property": name}, path, asked)
            case _:
                settings[key] = view_config.checked(value, kind, source)
    return settings


def _merged(before: JsonObject | None, given: JsonObject) -> JsonObject:
    """Quick filters by property; null takes one away."""
    return {name: condition for name, condition in {**(before or {}), **given}.items() if condition is not None}


def _check_options(source: DataSource, body: JsonObject, path: str) -> None:
    """A view's filter may only name options that there are; of a status its groups, too (documented)."""
    for word in ("and", "or"):
        for n, item in enumerate(body.get(word) or []):
            _check_options(source, item, f"{path}.{word}[{n}]")
    prop = source.named(str(body.get("property")))
    if prop is None or "options" not in prop.config or not isinstance(body.get(prop.type), dict):
        return
    known = [option["name"] for option in prop.config["options"]]
    known += [group["name"] for group in prop.config.get("groups", [])]
    for operator, value in body[prop.type].items():
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and name not in known:
                raise misfit(f"{path}.{prop.type}.{operator}", checks.choices(known or ["an option"]), name)


def _sort(item: JsonObject) -> JsonObject:
    word = "timestamp" if item.get("timestamp") is not None else "property"
    return {word: item[word], "direction": item.get("direction", "ascending")}


def delete(session: Session, request: Request) -> JsonObject:
    view_id = request.uuid("view_id")
    session.need("update")
    view = the_view(session, view_id)
    there = repository.views(session.store, database_id=view.database_id)
    if view.dashboard is None and sum(other.dashboard is None for other in there) == 1:
        raise invalid("Cannot delete the last view of a database.")
    for other in there:
        if other.dashboard == view_id:
            repository.delete_view(session.store, other.id)
        if other.id == view.dashboard:
            rows = _without(other.settings["configuration"]["rows"], view_id)
            _save_rows(session, other, rows)
    repository.delete_view(session.store, view_id)
    parent = {"type": "database_id", "database_id": view.database_id}
    return {"object": "view", "id": view.id, "parent": parent, "type": view.type}


def _without(rows: list[JsonObject], view_id: str) -> list[JsonObject]:
    """A dashboard's rows without a widget; a row that is then empty goes."""
    left = [{**row, "widgets": [w for w in row["widgets"] if w["view_id"] != view_id]} for row in rows]
    return [row for row in left if row["widgets"]]


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
