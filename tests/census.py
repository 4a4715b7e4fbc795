"""Counting everything in a twin: what `reconciler.proof.census` compares, read whole.

The workspace is read through the twin's API by a connection that may see everything, in canonical form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from reconciler.memory import codec
from reconciler.memory.entry import Entry
from reconciler.memory.schema import MEMORY_KINDS
from reconciler.notion import shapes
from reconciler.proof.census import Everything, Held, Table
from reconciler.twin import Twin, dump


def everything(twin: Twin, *, archive: str) -> Everything:
    """All of a twin but the database titled ``archive``."""
    seer = twin.admin.token(name="census")
    found = Everything()
    for database in dump(twin)["databases"]:
        if database["title"] == archive:
            continue
        source = database["data_source_id"]
        words = {word: database[word] for word in ("title", "description", "icon", "is_locked", "in_trash")}
        schema = {}
        for name, prop in database["properties"].items():
            schema[unquote(prop["id"])] = (name, prop["type"], _config(prop), prop["description"] or "")
            synced = prop["config"].get("dual_property", {}).get("synced_property_id")
            if synced:
                found.mirrors[unquote(prop["id"])] = unquote(synced)
        found.tables[source] = Table(title=database["title"], words=words, schema=schema)
        for row in database["rows"]:
            _row(twin, seer, database, row, found)
    return found


def _config(prop: Mapping[str, Any]) -> str:
    """A configuration as text; what Notion itself keeps in step with other properties' names is left out."""
    config = dict(prop["config"])
    match prop["type"]:
        case "formula":
            return ""
        case "rollup":
            config = {word: config[word] for word in config if not word.endswith("_name")}
        case "relation":
            config = {
                "to": config["data_source_id"],
                "synced": config.get("dual_property", {}).get("synced_property_id"),
            }
    return json.dumps(config, sort_keys=True)


def _row(twin: Twin, seer: str, database: Mapping[str, Any], row: Mapping[str, Any], found: Everything) -> None:
    page = twin.call("GET", f"pages/{row['id']}", token=seer)
    canonical = shapes.page_values(page)
    found.rows[row["id"]] = database["data_source_id"]
    found.content[row["id"]] = json.dumps(row["content"], sort_keys=True) if row["content"] else ""
    for name, prop in database["properties"].items():
        property_id = unquote(prop["id"])
        said = f"{database['title']} / {row['title']} / {name}"
        if prop["type"] == "relation":
            value: Any = row["values"][name]
        elif property_id in canonical:
            value = canonical[property_id].value
        else:
            continue
        found.values[(row["id"], property_id)] = Held(type=prop["type"], value=value, said=said)


def entries(twin: Twin, *, archive: str) -> list[Entry]:
    """Every archive entry in the twin, decoded, which checks its digest."""
    found = []
    for database in dump(twin)["databases"]:
        if database["title"] != archive or database["in_trash"]:
            continue
        for page in listed(twin, "POST", f"data_sources/{database['data_source_id']}/query"):
            kind = (page["properties"]["kind"]["select"] or {}).get("name")
            if kind not in MEMORY_KINDS:
                blocks = list(listed(twin, "GET", f"blocks/{page['id']}/children"))
                found.append(codec.decode(page["properties"], blocks))
    return found


def listed(twin: Twin, method: str, path: str, body: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    """All of a list that the twin answers page by page; ``body`` goes with a POST."""
    cursor: str | None = None
    while True:
        asked: dict[str, Any] = {**(body or {}), **({"start_cursor": cursor} if cursor else {})}
        answer = twin.call(method, path, asked) if method == "POST" else twin.call(method, path, query=asked)
        yield from answer["results"]
        cursor = answer["next_cursor"]
        if not answer["has_more"]:
            return
