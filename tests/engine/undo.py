"""Undoing: a batch is restored, and the workspace is held against what it was, by value and by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from reconciler.desired.state import State
from reconciler.model import properties
from reconciler.notion import shapes
from reconciler.planning.plan import Plan
from reconciler.render.text import plan_text
from reconciler.twin import Twin, dump
from tests.engine.sessions import empty, session, writes

Picture = dict[str, Any]


def picture(twin: Twin, *, archive: str) -> Picture:
    """A workspace without its archive and without what is in the trash: names, words, lists, values, edges, content.

    Ids of properties and options are no part of it, since what is made again gets new ones.
    """
    seer = twin.admin.token(name="undo")
    everything = dump(twin)["databases"]
    tables = [t for t in everything if t["title"] != archive and not t["in_trash"]]
    titles = {t["data_source_id"]: t["title"] for t in everything}
    trashed = frozenset(row["id"] for t in everything for row in t["rows"] if row["in_trash"])
    return {table["data_source_id"]: _table(twin, seer, table, titles, trashed) for table in tables}


def _table(
    twin: Twin, seer: str, table: Mapping[str, Any], titles: Mapping[str, str], trashed: frozenset[str]
) -> Picture:
    words = {word: table[word] for word in ("title", "description", "icon", "is_locked")}
    schema = {
        name: [prop["type"], prop["description"] or "", _config(prop, titles)]
        for name, prop in table["properties"].items()
    }
    rows = {row["id"]: _row(twin, seer, table, row, trashed) for row in table["rows"] if not row["in_trash"]}
    return {"words": words, "schema": schema, "rows": rows}


def _config(prop: Mapping[str, Any], titles: Mapping[str, str]) -> Any:
    config = prop["config"]
    match prop["type"]:
        case "select" | "multi_select" | "status":
            groups = {i: g["name"] for g in config.get("groups", ()) for i in g["option_ids"]}
            return [
                [o["name"], o.get("color"), o.get("description") or "", groups.get(o["id"])] for o in config["options"]
            ]
        case "relation":
            return [titles.get(config["data_source_id"]), config.get("dual_property", {}).get("synced_property_name")]
        case "rollup":
            return [config["function"], config["relation_property_name"], config["rollup_property_name"]]
        case "formula":
            return config["expression"]
    return {word: value for word, value in config.items() if not word.endswith("_id")}


def _row(twin: Twin, seer: str, table: Mapping[str, Any], row: Mapping[str, Any], trashed: frozenset[str]) -> Picture:
    canonical = shapes.page_values(twin.call("GET", f"pages/{row['id']}", token=seer))
    values = {}
    for name, prop in table["properties"].items():
        if not properties.of(prop["type"]).writable:
            continue
        value = row["values"][name] if prop["type"] == "relation" else canonical[unquote(prop["id"])].value
        values[name] = sorted(set(value) - trashed) if prop["type"] == "relation" else value
    return {"values": values, "content": json.dumps(row["content"], sort_keys=True) if row["content"] else ""}


def differences(before: Picture, after: Picture, at: str = "") -> list[str]:
    """Where two pictures differ, for people; [] when nowhere."""
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        found = [f"{at}/{key} came" for key in after.keys() - before.keys()]
        found += [f"{at}/{key} is gone" for key in before.keys() - after.keys()]
        for key in before.keys() & after.keys():
            found += differences(before[key], after[key], f"{at}/{key}")
        return sorted(found)
    return [f"{at}: {before!r} is now {after!r}"]


async def restore(
    twin: Twin, state: State, *asked: str, on_twin: bool = True, exact: bool = True, **flags: Any
) -> Plan:
    """Restores, and asserts what holds of every restore: its cost, and that a second one plans nothing.

    ``exact`` False: what a killed run left, such as its lease, may cost more.
    """
    async with session(twin, state, read_only=False, on_twin=on_twin) as writing:
        plan = await writing.plan_restore(asked, **flags)
        assert plan.empty or plan.proof is not None
        outcome = await writing.apply(plan)
    text = plan_text(plan, width=110, limit_rows=30).plain
    assert not outcome.refused, f"{outcome.refused}\n{text}"
    least, most = plan.cost.requests, plan.cost.requests + plan.cost.perhaps
    assert not exact or least <= outcome.requests <= most, f"{outcome.requests} sent, {least} to {most} planned\n{text}"
    async with session(twin, state, read_only=True, on_twin=on_twin) as reading:
        before = writes(twin)
        second = await reading.plan_restore(asked, **flags)
        assert empty(second), "a second restore:\n" + plan_text(second, width=110, limit_rows=30).plain
        assert writes(twin) == before
    return plan
