"""Relations and their mirrors, in every move: made, turned, pointed elsewhere, removed; and rollups over them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from typing import Any

from reconciler.twin import checks, ids, repository, richtext
from reconciler.twin.errors import UNDEFINED, invalid, misfit
from reconciler.twin.records import DataSource, JsonObject, Property
from reconciler.twin.schema import rewrite
from reconciler.twin.session import Session

KINDS = ("single_property", "dual_property")
ROLLUP_FUNCTIONS = (
    "count", "count_values", "empty", "not_empty", "unique", "show_unique", "percent_empty", "percent_not_empty",
    "sum", "average", "median", "min", "max", "range", "earliest_date", "latest_date", "date_range", "checked",
    "unchecked", "percent_checked", "percent_unchecked", "count_per_group", "percent_per_group", "show_original",
)  # fmt: skip


def configure(session: Session, source: DataSource, prop: Property, body: Any, path: str) -> DataSource:
    """``source`` with the relation ``prop`` set up as asked. Mirrors in other data sources are written at once.

    ``prop`` stands in ``source`` already; its config is empty when it is new.
    """
    given = checks.obj(body, path)
    target_id = given.get("data_source_id", prop.config.get("data_source_id"))
    if target_id is None and "database_id" in given:
        target_id = _only_source(session, checks.uuid(given["database_id"], f"{path}.database_id"))
    target_id = checks.uuid(target_id if target_id is not None else UNDEFINED, f"{path}.data_source_id")
    kind = checks.kind(given, KINDS) or prop.config.get("kind")
    kind = checks.one_of(kind if kind is not None else "single_property", f"{path}.type", KINDS)
    if target_id != source.id:
        session.the_source(target_id)
    before = prop.config
    if before and before["data_source_id"] != target_id:
        source = release(session, source, prop)
        _forget_edges(session, source, prop)
    elif before and before["kind"] == "dual_property" and kind == "single_property":
        source = release(session, source, prop)
    elif before and before["kind"] == kind:
        return source
    if kind == "single_property":
        return _with(source, replace(prop, config={"data_source_id": target_id, "kind": kind}))
    wanted = checks.obj(given.get("dual_property") or {}, f"{path}.dual_property").get("synced_property_name")
    if wanted is not None and session.assume.harsh("synced-name-given"):
        raise misfit(f"{path}.dual_property.synced_property_name", "not present", wanted)
    return _dual(session, source, prop, target_id)


def _only_source(session: Session, database_id: str) -> str:
    session.the_database(database_id)
    sources = repository.sources_of(session.store, database_id)
    if len(sources) != 1:
        raise invalid("Databases with multiple data sources are not supported in this API version.")
    return sources[0].id


def _dual(session: Session, source: DataSource, prop: Property, target_id: str) -> DataSource:
    to_itself = target_id == source.id
    if to_itself and session.assume.harsh("dual-to-itself"):
        return _with(source, replace(prop, config={"data_source_id": target_id, "kind": "single_property"}))
    target = source if to_itself else session.the_source(target_id)
    wanted = f"Related to {richtext.plain(source.title) or 'New database'} ({prop.name})"
    mirror = Property(
        id=ids.property_id(target.properties),
        name=free({other.name for other in target.properties.values()}, wanted),
        type="relation",
        config={"data_source_id": source.id, "kind": "dual_property", "synced": prop.id},
    )
    changed = replace(prop, config={"data_source_id": target_id, "kind": "dual_property", "synced": mirror.id})
    if to_itself:
        source = _with(_with(source, changed), mirror)
    else:
        session.save_source(session.edited(_with(target, mirror)))
        source = _with(source, changed)
    _fill_mirror(session, source, changed, mirror)
    return source


def _fill_mirror(session: Session, source: DataSource, prop: Property, mirror: Property) -> None:
    """Edges that are there already show on the new other side."""
    inverse: dict[str, list[str]] = {}
    for row in repository.rows_of(session.store, source.id):
        for other in row.values.get(prop.id) or ():
            inverse.setdefault(other, []).append(row.id)
    for page_id, page in repository.pages(session.store, inverse).items():
        rewrite.values(session, page, {**page.values, mirror.id: inverse[page_id]})


def _forget_edges(session: Session, source: DataSource, prop: Property) -> None:
    """What was related before does not show while the relation points elsewhere; it is kept, or gone for good."""
    held = any(row.values.get(prop.id) for row in repository.rows_of(session.store, source.id))
    if held and session.assume.harsh("retarget-edges"):
        drop_values(session, source.id, {prop.id})


def drop_values(session: Session, source_id: str, property_ids: set[str]) -> None:
    """Rows lose all values of these properties."""
    for row in repository.rows_of(session.store, source_id):
        if row.values.keys() & property_ids:
            kept = {key: value for key, value in row.values.items() if key not in property_ids}
            rewrite.values(session, row, kept)


def release(session: Session, source: DataSource, prop: Property) -> DataSource:
    """The other side of a two-way relation becomes an ordinary relation that stays (recorded)."""
    if prop.config.get("kind") != "dual_property":
        return source
    target = source if prop.config["data_source_id"] == source.id else session.source(prop.config["data_source_id"])
    mirror = target.properties.get(prop.config["synced"]) if target is not None else None
    if target is None or mirror is None:
        return source
    alone = replace(mirror, config={"data_source_id": source.id, "kind": "single_property"})
    if target is source:
        return _with(source, alone)
    session.save_source(session.edited(_with(target, alone)))
    return source


def removed(session: Session, source: DataSource, prop: Property) -> DataSource:
    """What becomes of the other side when one side of a two-way relation is deleted."""
    if prop.config.get("kind") != "dual_property":
        return source
    mirror_id, target_id = prop.config["synced"], prop.config["data_source_id"]
    target = source if target_id == source.id else session.source(target_id)
    if target is None or mirror_id not in target.properties or not session.assume.harsh("dual-deleted"):
        return release(session, source, prop)
    drop_values(session, target_id, {mirror_id})
    left = replace(target, properties={k: p for k, p in target.properties.items() if k != mirror_id})
    if target_id == source.id:
        return left
    session.save_source(session.edited(left))
    return source


def rollup_config(session: Session, source: DataSource, body: Any, path: str, before: JsonObject | None) -> JsonObject:
    """A rollup's settings, by ids. The relation may be of the same request."""
    given = checks.obj(body, path)
    old = before or {}
    relation = _named(source, given, "relation_property", path, old.get("relation"))
    if relation.type != "relation":
        raise invalid(f"{relation.name} is expected to be relation.")
    target_id = relation.config["data_source_id"]
    target = source if target_id == source.id else session.the_source(target_id)
    rolled = _named(target, given, "rollup_property", path, old.get("rolled"))
    function = given.get("function", old.get("function", UNDEFINED))
    function = checks.one_of(function, f"{path}.function", ROLLUP_FUNCTIONS)
    return {"relation": relation.id, "rolled": rolled.id, "function": function}


def _named(source: DataSource, given: JsonObject, key: str, path: str, before: str | None) -> Property:
    reference = given.get(f"{key}_id", given.get(f"{key}_name"))
    if reference is None:
        if before is not None and before in source.properties:
            return source.properties[before]
        raise misfit(f"{path}.{key}_name", "defined", UNDEFINED)
    found = source.named(reference) if isinstance(reference, str) else None
    if found is None:
        raise invalid(f"Could not find property with name or id: {reference}")
    return found


def _with(source: DataSource, prop: Property) -> DataSource:
    return replace(source, properties={**source.properties, prop.id: prop})


def free(names: Container[str], wanted: str) -> str:
    """The name wanted, or with the first number that makes it free."""
    name, n = wanted, 0
    while name in names:
        n += 1
        name = f"{wanted} {n}"
    return name
