"""Options of select, multi_select and status: matched by id or name, replaced whole, unique without case, no commas."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.twin import checks
from reconciler.twin.assumptions import Readings
from reconciler.twin.errors import invalid
from reconciler.twin.records import DataSource, JsonObject, Property

COLORS = ("default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
MAX_OPTIONS = 100
MAX_NAME = 100
GROUPS = (("To-do", "gray"), ("In progress", "blue"), ("Complete", "green"))
_STATUS_DEFAULTS = (
    ("Not started", "default", "To-do"),
    ("In progress", "blue", "In progress"),
    ("Done", "green", "Complete"),
)


def find(options: list[JsonObject], given: Mapping[str, Any]) -> JsonObject | None:
    """The option meant, by id first, then by name without case."""
    if given.get("id") is not None:
        found = next((option for option in options if option["id"] == given["id"]), None)
        if found is not None or given.get("name") is None:
            return found
    folded = str(given.get("name")).casefold()
    exact = next((option for option in options if option["name"] == given.get("name")), None)
    return exact or next((option for option in options if option["name"].casefold() == folded), None)


def add(
    source: DataSource, prop: Property, given: Mapping[str, Any], path: str, assume: Readings
) -> tuple[DataSource, str]:
    """The data source with one more option, as a page write makes it, and the option's id."""
    option = new(given, path)
    before = prop.config["options"]
    if len(before) >= MAX_OPTIONS and assume.harsh("options-over-100"):
        raise invalid(f"{prop.name} has the most options that a property may have: {MAX_OPTIONS}.")
    if given.get("color") is None and assume.harsh("new-option-color"):
        option["color"] = COLORS[1 + len(before) % (len(COLORS) - 1)]
    options = [*before, option]
    changed = replace(prop, config={**prop.config, "options": options})
    return replace(source, properties={**source.properties, prop.id: changed}), option["id"]


def configure(before: list[JsonObject] | None, given: Any, path: str, assume: Readings) -> list[JsonObject]:
    """The new list of options for a schema write; ``before`` is None for a new property.

    The list replaces: what is left out is gone. Options named by id or by name alone keep id and colour.
    """
    items = checks.array(given, path, limit=MAX_OPTIONS)
    result: list[JsonObject] = []
    for n, item in enumerate(items):
        body = checks.obj(item, f"{path}[{n}]")
        old = find(before, body) if before else None
        result.append(new(body, f"{path}[{n}]") if old is None else _kept(old, body, f"{path}[{n}]", assume))
    seen: set[str] = set()
    for option in result:
        if option["name"].casefold() in seen:
            raise invalid(f"Duplicate option name: {option['name']}. Option names must be unique.")
        seen.add(option["name"].casefold())
    return result


def new(body: Mapping[str, Any], path: str) -> JsonObject:
    """One more option, as a client asks for it."""
    if not isinstance(body.get("name"), str) or not body["name"]:
        raise checks.union(path, ("name",), body.get("name"))
    name = checks.string(body["name"], f"{path}.name", limit=MAX_NAME)
    if "," in name:
        raise invalid(f"Invalid select option, commas not allowed: {name}")
    color = body.get("color") or "default"
    return {
        "id": str(uuid.uuid4()),
        "name": name,
        "color": checks.one_of(color, f"{path}.color", COLORS),
        "description": _description(body, path, None),
    }


def _kept(old: JsonObject, body: Mapping[str, Any], path: str, assume: Readings) -> JsonObject:
    color, name = body.get("color"), body.get("name")
    if color is not None:
        checks.one_of(color, f"{path}.color", COLORS)
    if name is not None:
        checks.string(name, f"{path}.name", limit=MAX_NAME)
    differs = (color is not None and color != old["color"]) or (name is not None and name != old["name"])
    if differs and assume.harsh("option-mismatch"):
        raise invalid(f"Cannot update color or name of select option: {old['name']}")
    description = _description(body, path, old["description"])
    if description != old["description"] and assume.harsh("option-description"):
        return old
    return {**old, "description": description}


def _description(body: Mapping[str, Any], path: str, before: str | None) -> str | None:
    if "description" not in body or body["description"] is None:
        return None if "description" in body else before
    return checks.string(body["description"], f"{path}.description", limit=280)


# -- status --------------------------------------------------------------------------------------------------------


def new_status(given: JsonObject, path: str, assume: Readings) -> JsonObject:
    """The configuration of a new status property: Notion's three options, or those given."""
    groups = [{"id": str(uuid.uuid4()), "name": name, "color": color, "option_ids": []} for name, color in GROUPS]
    if "options" not in given:
        options = [new({"name": name, "color": color}, path) for name, color, _ in _STATUS_DEFAULTS]
        for option, group in zip(options, groups, strict=True):
            group["option_ids"] = [option["id"]]
        return {"options": options, "groups": groups}
    return status_with({"options": [], "groups": groups}, given["options"], f"{path}.options", assume)


def status_with(before: JsonObject, given: Any, path: str, assume: Readings) -> JsonObject:
    """A status configuration with its options replaced; each goes to the group named, stays, or goes to the first."""
    options = configure(before["options"], given, path, assume)
    was = {option_id: group["name"] for group in before["groups"] for option_id in group["option_ids"]}
    member: dict[str, str] = {}
    for n, (option, item) in enumerate(zip(options, given, strict=True)):
        group = item.get("group")
        if group is not None:
            checks.one_of(group, f"{path}[{n}].group", [name for name, _ in GROUPS])
        member[option["id"]] = group or was.get(option["id"]) or GROUPS[0][0]
    groups = [
        {**group, "option_ids": [o["id"] for o in options if member[o["id"]] == group["name"]]}
        for group in before["groups"]
    ]
    after = {"options": options, "groups": groups}
    if before["options"] and after != before and assume.harsh("status-patched"):
        raise invalid("The options of a status cannot be changed through the API.")
    return after


def default_status(prop: Property) -> str | None:
    """The option that a row without a status has: the first of the first group that has one."""
    for group in prop.config["groups"]:
        if group["option_ids"]:
            return str(group["option_ids"][0])
    return None
