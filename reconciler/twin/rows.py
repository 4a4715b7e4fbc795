"""Rows: values written by name or id, mirrors kept in step, moves between data sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from reconciler.twin import blocks, checks, repository
from reconciler.twin.errors import invalid, misfit
from reconciler.twin.records import DataSource, JsonObject, Page, Property
from reconciler.twin.schema import options
from reconciler.twin.session import Session
from reconciler.twin.values import TYPES, Writer, status

_BESIDE_VALUE = ("id", "type", "name", "has_more")


def create(session: Session, page: Page, given: Any) -> Page:
    """Store a new row: defaults, numbers, what the client sends."""
    source = _source(session, page)
    named = {prop.id for prop in map(source.named, checks.obj(given, "body.properties")) if prop is not None}
    page = replace(page, values=_defaults(session, source, named))
    page = repository.save_page(session.store, page)
    session.recent.row_made(page.id)
    return _write(session, page, given)


def update(session: Session, page: Page, given: Any) -> Page:
    """Store changed values; those not named stay."""
    return _write(session, page, given)


def _source(session: Session, page: Page) -> DataSource:
    source = session.source(page.source or "")
    if source is None:
        raise session.absent("data_source", page.source or "")
    return source


def _defaults(session: Session, source: DataSource, given: Collection[str] = ()) -> JsonObject:
    """What a new row has without being told. ``given`` are the ids of properties that it is told."""
    values: JsonObject = {}
    for prop in list(source.properties.values()):
        if prop.type == "unique_id":
            number = prop.config["next"]
            values[prop.id] = number
            counted = replace(prop, config={**prop.config, "next": number + 1})
            source = replace(source, properties={**source.properties, prop.id: counted})
            session.save_source(source)
        elif prop.type == "status" and prop.id not in given:
            values[prop.id] = status.first_or_none(session, prop)
    return values


def _write(session: Session, page: Page, given: Any) -> Page:
    source = _source(session, page)
    body = checks.obj(given, "body.properties")
    matched = _matched(source, body)
    writer = Writer(session=session, source=source)
    values = dict(page.values)
    for key, prop, value in matched:
        read = TYPES[prop.type].read
        if read is None:
            continue
        values[prop.id] = read(writer, prop, value, f"body.properties.{key}.{prop.type}")
    if writer.source is not source:
        session.save_source(session.edited(writer.source))
    unread = tuple(key for key in page.unread if key not in {prop.id for _, prop, _ in matched})
    after = repository.save_page(session.store, replace(page, values=values, unread=unread))
    for _, prop, _ in matched:
        if prop.config.get("kind") == "dual_property":
            _mirror(session, page, prop, page.values.get(prop.id) or [], values[prop.id])
    return repository.page(session.store, after.id) or after


def _matched(source: DataSource, body: JsonObject) -> list[tuple[str, Property, Any]]:
    """Each value with its property. All that do not fit the schema are named in one message."""
    found: list[tuple[str, Property, Any]] = []
    nulls: list[str] = []
    problems: list[str] = []
    for key, entry in body.items():
        prop = source.named(key)
        if prop is None:
            problems.append(f"{key} is not a property that exists.")
        elif entry is None:
            nulls.append(key)
        elif prop.type == "title" and isinstance(entry, list):
            found.append((key, prop, entry))
        else:
            value = _value(key, prop, entry, problems)
            found.append((key, prop, value))
    if nulls:
        lines = "\n".join(f'Invalid property value for: "{key}".' for key in nulls)
        raise invalid(f"Body Validation Failed. Fix the following:\n{lines}")
    if problems:
        raise invalid(" ".join(problems))
    return found


def _value(key: str, prop: Property, entry: Any, problems: list[str]) -> Any:
    given: Mapping[str, Any] = checks.obj(entry, f"body.properties.{key}")
    kinds = [name for name in given if name not in _BESIDE_VALUE]
    if prop.type == "button":
        return None
    if prop.type not in given:
        known = [name for name in kinds if name in TYPES]
        if not known:
            raise checks.union(f"body.properties.{key}", [name for name, kind in TYPES.items() if kind.read])
        problems.append(f"{prop.name} is expected to be {prop.type}.")
        return None
    if TYPES[prop.type].read is None:
        raise misfit(f"body.properties.{key}.{prop.type}", "not present", given[prop.type])
    return given[prop.type]


def _mirror(session: Session, page: Page, prop: Property, before: list[str], after: list[str]) -> None:
    """The other side of a two-way relation follows."""
    mirror = prop.config["synced"]
    session.recent.written(page.id, prop.id)
    gone, new = [i for i in before if i not in after], [i for i in after if i not in before]
    for other_id, other in repository.pages(session.store, [*gone, *new]).items():
        edges = [edge for edge in other.values.get(mirror) or [] if edge != page.id]
        if other_id in new:
            edges.append(page.id)
        session.recent.mirrored(other_id, mirror, list(other.values.get(mirror) or []))
        other = replace(other, values={**other.values, mirror: edges})
        if session.assume.harsh("mirror-touches-row"):  # asked whatever the clock says: a proof hangs on none
            other = replace(other, edited=session.now, edited_by=session.actor.bot_id)
        repository.save_page(session.store, other)


# -- moves ---------------------------------------------------------------------------------------------------------


def move(session: Session, page: Page, kind: str, parent_id: str) -> Page:
    """Give a page another parent. Its id, title and content stay; other values where the new schema has a place."""
    if (kind, parent_id) == (page.parent_kind, page.parent_id):
        return page
    leaving = _source(session, page) if page.source is not None else None
    if leaving is not None:
        _leave(session, page, leaving)
    title = page.values.get("title", [])
    moved = replace(
        page,
        parent_kind=kind,
        parent_id=parent_id,
        source=parent_id if kind == "data_source_id" else None,
        edited=session.now,
        edited_by=session.actor.bot_id,
        values={"title": title},
        unread=(),
    )
    if kind == "page_id":
        blocks.save_place(session, page.id, kind, parent_id, "child_page")
        session.touch(kind, parent_id)
        return repository.save_page(session.store, moved)
    blocks.forget_place(session, page.id)
    entering = _source(session, moved)
    moved = replace(moved, values={"title": title, **_defaults(session, entering)})
    repository.save_page(session.store, moved)
    if leaving is None:
        return moved
    entering_changed, carried = _carried(session, page, leaving, entering)
    if not carried or session.assume.harsh("moved-row-values"):
        return moved
    if entering_changed is not entering:
        session.save_source(session.edited(entering_changed))
    return write_stored(session, moved, carried)


def _leave(session: Session, page: Page, source: DataSource) -> None:
    """Edges of two-way relations end where the row was."""
    for prop in source.properties.values():
        if prop.config.get("kind") == "dual_property":
            _mirror(session, page, prop, page.values.get(prop.id) or [], [])


def _carried(session: Session, page: Page, old: DataSource, new: DataSource) -> tuple[DataSource, JsonObject]:
    """Values under properties of the same name and type, options by name; and ``new`` with the options they need."""
    values: JsonObject = {}
    writer = Writer(session=session, source=new)
    for prop in old.properties.values():
        match = next((p for p in new.properties.values() if (p.name, p.type) == (prop.name, prop.type)), None)
        value = page.values.get(prop.id)
        if match is None or value is None or TYPES[prop.type].read is None or prop.type == "title":
            continue
        if prop.type == "relation" and prop.config["data_source_id"] != match.config["data_source_id"]:
            continue
        if "options" in prop.config:
            value = _options_by_name(writer, prop, match, value)
        if value is not None:
            values[match.id] = value
    return writer.source, values


def _options_by_name(writer: Writer, old: Property, new: Property, value: Any) -> Any:
    names = {option["id"]: option["name"] for option in old.config["options"]}
    many = isinstance(value, list)
    given = [{"name": names[option]} for option in (value if many else [value]) if option in names]
    if new.type == "status":
        given = [item for item in given if options.find(new.config["options"], item)]
    if not many and not given:
        return None
    read = TYPES[new.type].read
    return read(writer, new, given if many else given[0], "body.properties") if read else None


def write_stored(session: Session, page: Page, values: JsonObject) -> Page:
    """Store values that are in stored form already; mirrors follow."""
    after = repository.save_page(session.store, replace(page, values={**page.values, **values}))
    source = _source(session, page)
    for property_id, value in values.items():
        prop = source.properties[property_id]
        if prop.config.get("kind") == "dual_property":
            _mirror(session, page, prop, [], value)
    return repository.page(session.store, after.id) or after
