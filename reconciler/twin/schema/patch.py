"""The one meaning of ``properties`` in a schema write: a merge by name or id (recorded and documented)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from reconciler.twin import checks, formula, ids, repository
from reconciler.twin.errors import TwinError, invalid, misfit
from reconciler.twin.records import DataSource, JsonObject, Property
from reconciler.twin.schema import config, options, relations, retype, rewrite
from reconciler.twin.session import Session

MAX_PROPERTIES = 500
MAX_DESCRIPTION = 280
MAX_SCHEMA = 50 * 1024
"""Bytes that the settings of all properties may take together (documented as 50 KB)."""
_NOT_TYPES = ("id", "name", "description", "type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key of the request: ``before`` is the property it names, ``type`` and ``body`` the settings if it has any."""

    key: str
    path: str
    before: Property | None
    value: JsonObject
    type: str | None
    body: Any


def create(session: Session, source: DataSource, given: Any, path: str) -> DataSource:
    """A new data source's columns. ``source`` has none yet; exactly one title must be among them."""
    entries = [_entry(session, source, key, value, path) for key, value in checks.obj(given, path).items()]
    titles = [entry for entry in entries if entry.type == "title"]
    if len(titles) != 1:
        raise invalid("Title is not provided." if not titles else "Only one title property is allowed.")
    return _applied(session, source, entries)


def update(session: Session, source: DataSource, given: Any, path: str) -> DataSource:
    """``source`` with the changes asked. Values of rows and mirrors elsewhere are written; ``source`` itself is not."""
    deleted: list[Property] = []
    entries: list[Entry] = []
    for key, value in checks.obj(given, path).items():
        if value is None:
            deleted.extend(_deletable(session, source, key))
        else:
            entries.append(_entry(session, source, key, value, path))
    for prop in deleted:
        source = relations.removed(session, source, prop)
        source = replace(source, properties={k: p for k, p in source.properties.items() if k != prop.id})
    if deleted:
        relations.drop_values(session, source.id, {prop.id for prop in deleted})
    return _applied(session, source, entries)


def _deletable(session: Session, source: DataSource, key: str) -> list[Property]:
    """The property to delete; none where the request is ignored."""
    prop = source.named(key)
    if prop is None:
        raise invalid(f"{key} is not a property that exists.")
    if prop.type == "title":
        if session.assume.harsh("title-deleted"):
            return []
        raise invalid("Cannot delete title property.")
    for other in source.properties.values():
        used = prop.id in formula.used(other) or prop.id in (other.config.get("relation"), other.config.get("rolled"))
        if used and session.assume.harsh("used-property-deleted"):
            raise invalid(f"Cannot delete {prop.name}: {other.name} uses it.")
    return [prop]


def _entry(session: Session, source: DataSource, key: str, value: Any, path: str) -> Entry:
    at = f"{path}.{key}"
    body = checks.obj(value, at)
    found = source.named(key)
    wanted = body.get("type")
    if wanted is None:
        wanted = next((name for name in body if name not in _NOT_TYPES), None)
    refused = wanted in config.UNLISTED and (found is None or found.type != wanted)
    if refused and session.assume.harsh("unlisted-types"):
        raise checks.union(at, config.CREATABLE)
    if wanted is not None and (not isinstance(wanted, str) or wanted not in (*config.CREATABLE, *config.UNLISTED)):
        if found is None or wanted != found.type:
            raise checks.union(at, config.CREATABLE)
        wanted = None
    if wanted is not None and wanted not in body:
        if found is None or wanted != found.type:
            raise misfit(f"{at}.{wanted}", "defined", None) if found is None else checks.union(at, (wanted,))
        wanted = None
    if found is None and wanted is None:
        if body.keys() & {"name"}:
            raise invalid(f"{key} is not a property that exists.")
        raise checks.union(at, config.CREATABLE)
    return Entry(key=key, path=at, before=found, value=body, type=wanted, body=body.get(wanted) if wanted else None)


def _applied(session: Session, source: DataSource, entries: list[Entry]) -> DataSource:
    source, places = _placed(session, source, entries)
    rank = {name: n for n, name in enumerate(config.DEPENDENT, start=1)}
    order = sorted(range(len(entries)), key=lambda n: rank.get(entries[n].type or "", 0))
    for n in order:
        source = _configured(session, source, entries[n], source.properties[places[n]])
    _check_size(source)
    return source


def _placed(session: Session, source: DataSource, entries: list[Entry]) -> tuple[DataSource, list[str]]:
    """Every property of the request in its place under its new name and description, not yet set up."""
    properties = dict(source.properties)
    places: list[str] = []
    for entry in entries:
        name = entry.value.get("name", entry.before.name if entry.before else entry.key)
        checks.string(name, f"{entry.path}.name")
        if not name:
            raise invalid("Property name cannot be empty.")
        prop = entry.before or Property(
            id="title" if entry.type == "title" else ids.property_id(properties), name=name, type=entry.type or ""
        )
        if entry.before is None and prop.id in properties:
            raise invalid("Only one title property is allowed.")
        if prop.type == "title" and name != prop.name and session.assume.harsh("title-renamed"):
            raise invalid("Cannot rename title property.")
        described = _description(session, entry, prop)
        prop = replace(properties.get(prop.id, prop), name=name, description=described)
        properties[prop.id] = prop
        places.append(prop.id)
        twice = _name_taken_twice(properties)
        if twice is not None and session.assume.harsh("rename-swap"):
            raise _taken(twice)
    twice = _name_taken_twice(properties)
    if twice is not None:
        if not session.assume.harsh("name-taken"):
            raise _taken(twice)
        properties = _renumbered(properties, set(places))
    return replace(source, properties=properties), places


def _description(session: Session, entry: Entry, prop: Property) -> str | None:
    if "description" not in entry.value:
        return prop.description
    given, text = entry.value["description"], None
    if given is not None:
        text = checks.string(given, f"{entry.path}.description", limit=MAX_DESCRIPTION)
        if not text:
            raise invalid(f"body failed validation: {entry.path}.description.length should be ≥ `1`, instead was `0`.")
    if entry.before is not None and text != prop.description and session.assume.harsh("description-patched"):
        return prop.description
    return text


def _name_taken_twice(properties: dict[str, Property]) -> str | None:
    seen: set[str] = set()
    for prop in properties.values():
        if prop.name in seen:
            return prop.name
        seen.add(prop.name)
    return None


def _renumbered(properties: dict[str, Property], changed: set[str]) -> dict[str, Property]:
    """Properties of the request whose name is taken get the next free one."""
    names = {prop.name for key, prop in properties.items() if key not in changed}
    result = dict(properties)
    for key in properties:
        if key in changed:
            result[key] = replace(properties[key], name=relations.free(names, properties[key].name))
            names.add(result[key].name)
    return result


def _taken(name: str) -> TwinError:
    return invalid(f"Property with name {name} already exists.")


def _check_size(source: DataSource) -> None:
    if len(source.properties) > MAX_PROPERTIES:
        raise invalid(f"Data source has too many properties: the limit is {MAX_PROPERTIES}.")
    sizes = {prop.id: len(json.dumps(prop.config, ensure_ascii=False).encode()) for prop in source.properties.values()}
    if sum(sizes.values()) > MAX_SCHEMA:
        largest = source.properties[max(sizes, key=lambda key: sizes[key])]
        raise invalid(
            f"The schema of the data source is too large: {sum(sizes.values())} bytes, the limit is {MAX_SCHEMA}. "
            f"The largest property is {largest.name} ({largest.id}) with {sizes[largest.id]} bytes."
        )


def _configured(session: Session, source: DataSource, entry: Entry, prop: Property) -> DataSource:
    if entry.type is None:
        return source
    path = f"{entry.path}.{entry.type}"
    retyped = entry.before if entry.before is not None and entry.before.type != entry.type else None
    old = prop.config if entry.before is not None and retyped is None else None
    taken: dict[str, Any] = {}
    if retyped is not None:
        source, prop, taken = retype.begin(session, source, prop, entry.type)
    match entry.type:
        case "relation":
            source = relations.configure(session, source, prop, entry.body, path)
        case "rollup":
            rolled = relations.rollup_config(session, source, entry.body, path, old)
            source = _with(source, replace(prop, config=rolled))
        case "formula":
            source = _with(source, replace(prop, config=config.formula_config(source, entry.body, path, old)))
        case _:
            settings = config.configure(session, entry.type, old, entry.body, path)
            source = _with(source, replace(prop, config=settings))
    if entry.type == "unique_id" and old is None:
        return _numbered(session, source, source.properties[prop.id])
    if retyped is not None:
        return retype.finish(session, source, retyped, source.properties[prop.id], taken)
    if old is not None and "options" in old:
        _forget_removed_options(session, source.properties[prop.id], old, source.id)
    return source


def _numbered(session: Session, source: DataSource, prop: Property) -> DataSource:
    """A new unique_id counts the rows that are there."""
    number = prop.config["next"]
    for row in repository.rows_of(session.store, source.id):
        rewrite.values(session, row, {**row.values, prop.id: number})
        number += 1
    return _with(source, replace(prop, config={**prop.config, "next": number}))


def _forget_removed_options(session: Session, prop: Property, old: JsonObject, source_id: str) -> None:
    """Rows lose the value of an option that is gone."""
    gone = {option["id"] for option in old["options"]} - {option["id"] for option in prop.config["options"]}
    if not gone:
        return
    default = options.default_status(prop) if prop.type == "status" else None
    for row in repository.rows_of(session.store, source_id):
        value = row.values.get(prop.id)
        if isinstance(value, list):
            kept: Any = [option for option in value if option not in gone]
            if kept and kept != value and session.assume.harsh("option-removed"):
                kept = []
        elif value in gone:
            kept = default if default is not None and not session.assume.harsh("status-removed") else None
        else:
            kept = value
        if kept != value:
            rewrite.values(session, row, {**row.values, prop.id: kept})


def _with(source: DataSource, prop: Property) -> DataSource:
    return replace(source, properties={**source.properties, prop.id: prop})
