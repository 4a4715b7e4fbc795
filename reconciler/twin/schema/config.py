"""A property's settings: from what a client sends to the twin's form, and from there to the answer."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks, formula, ids, repository
from reconciler.twin.errors import UNDEFINED, invalid, misfit
from reconciler.twin.records import DataSource, JsonObject, Property
from reconciler.twin.schema import options
from reconciler.twin.session import Session

NUMBER_FORMATS = (
    "number", "number_with_commas", "percent", "dollar", "australian_dollar", "canadian_dollar", "singapore_dollar",
    "euro", "pound", "yen", "ruble", "rupee", "won", "yuan", "real", "lira", "rupiah", "franc", "hong_kong_dollar",
    "new_zealand_dollar", "krona", "norwegian_krone", "mexican_peso", "rand", "new_taiwan_dollar", "danish_krone",
    "zloty", "baht", "forint", "koruna", "shekel", "chilean_peso", "philippine_peso", "dirham", "colombian_peso",
    "riyal", "ringgit", "leu", "argentine_peso", "uruguayan_peso", "peruvian_sol", "vietnamese_dong",
    "pakistani_rupee", "nigerian_naira", "bitcoin",
)  # fmt: skip
CREATABLE = (
    "title", "rich_text", "number", "select", "multi_select", "status", "date", "people", "files", "checkbox", "url",
    "email", "phone_number", "formula", "relation", "rollup", "created_time", "created_by", "last_edited_time",
    "last_edited_by", "unique_id", "place", "button",
)  # fmt: skip
"""Types that a client may make."""
UNLISTED = ("location", "last_visited_time")
"""Types that requests may have and answers, by the SDK's types, do not."""
DEPENDENT = ("relation", "rollup", "formula")
"""Types whose settings name other properties; a request's others come first, then these in this order."""
MAX_EXPRESSION = 2000 * 5
MAX_PREFIX = 20


def configure(session: Session, prop_type: str, before: JsonObject | None, body: Any, path: str) -> JsonObject:
    """Settings of the independent types. ``before`` is None for a new property or another type than before."""
    given = checks.obj(body, path)
    match prop_type:
        case "number":
            wanted = given.get("format")
            if wanted is None:
                return before or {"format": "number"}
            return {"format": checks.one_of(wanted, f"{path}.format", NUMBER_FORMATS)}
        case "select" | "multi_select":
            if "options" not in given:
                return before or {"options": []}
            old = before["options"] if before else None
            return {"options": options.configure(old, given["options"], f"{path}.options", session.assume)}
        case "status":
            if before is None:
                return options.new_status(given, path, session.assume)
            if "options" not in given:
                return before
            return options.status_with(before, given["options"], f"{path}.options", session.assume)
        case "unique_id":
            return _unique_id(session, before, given, path)
        case _:
            return {}


def _has_prefix(session: Session, prefix: str) -> bool:
    """Whether some unique id has the prefix."""
    everywhere = (prop for source in repository.all_sources(session.store) for prop in source.properties.values())
    return any(prop.type == "unique_id" and prop.config.get("prefix") == prefix for prop in everywhere)


def _unique_id(session: Session, before: JsonObject | None, given: JsonObject, path: str) -> JsonObject:
    old = before or {"prefix": None, "next": 1}
    if "prefix" not in given:
        return old
    prefix = given["prefix"]
    if prefix is not None:
        prefix = checks.string(prefix, f"{path}.prefix", limit=MAX_PREFIX, null=True)
        if not prefix.isalnum() or not prefix[0].isalpha():
            raise misfit(f"{path}.prefix", "letters and digits, beginning with a letter", prefix)
        if prefix != old["prefix"] and _has_prefix(session, prefix) and session.assume.harsh("prefix-taken"):
            raise invalid(f"The prefix {prefix} is used by another property.")
    return {**old, "prefix": prefix}


def formula_config(source: DataSource, body: Any, path: str, before: JsonObject | None) -> JsonObject:
    """A formula's settings: its text with names replaced by ids. 400 for what does not parse or names nothing."""
    given = checks.obj(body, path)
    if "expression" not in given and before is not None:
        return before
    text = checks.string(given.get("expression", UNDEFINED), f"{path}.expression", limit=MAX_EXPRESSION)
    return {"expression": formula.compiled(source, text)}


def answer(session: Session, source: DataSource, prop: Property) -> JsonObject:
    """A property as a data source shows it."""
    return {
        "id": prop.id,
        "name": prop.name,
        "description": prop.description,
        "type": prop.type,
        prop.type: _settings(session, source, prop),
    }


def _settings(session: Session, source: DataSource, prop: Property) -> JsonObject:
    config = prop.config
    match prop.type:
        case "number" | "select" | "multi_select" | "status":
            return config
        case "unique_id":
            return {"prefix": config["prefix"]}
        case "formula":
            return {"expression": formula.shown(source, config["expression"])}
        case "relation":
            return _relation(session, config)
        case "rollup":
            return _rollup(session, source, config)
        case _:
            return {}


def _relation(session: Session, config: JsonObject) -> JsonObject:
    target = session.source(config["data_source_id"])
    shown: JsonObject = {
        "database_id": target.database_id if target is not None else None,
        "data_source_id": config["data_source_id"],
        "type": config["kind"],
        config["kind"]: {},
    }
    if config["kind"] == "dual_property":
        synced = target.properties.get(config["synced"]) if target is not None else None
        shown["dual_property"] = {
            "synced_property_name": synced.name if synced is not None else "",
            "synced_property_id": config["synced"],
        }
    return shown


def _rollup(session: Session, source: DataSource, config: JsonObject) -> JsonObject:
    relation = source.properties.get(config["relation"])
    target = session.source(relation.config["data_source_id"]) if relation and relation.type == "relation" else None
    rolled = target.properties.get(config["rolled"]) if target is not None else None
    return {
        "rollup_property_name": rolled.name if rolled is not None else "",
        "relation_property_name": relation.name if relation is not None else "",
        "rollup_property_id": ids.decode(config["rolled"]),
        "relation_property_id": ids.decode(config["relation"]),
        "function": config["function"],
    }
