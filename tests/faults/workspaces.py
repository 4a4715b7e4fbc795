"""Workspaces that are broken off in tests of faults, and what is compared of them afterwards."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from reconciler import api
from reconciler.desired.state import State
from reconciler.twin import Twin, dump, open_twin

ARCHIVE = "wt-merged-data-archive"


def content(path: Path) -> tuple[str, int]:
    """Everything but the archive, without times and ids that Notion gives; how many archives there are."""
    with open_twin(path) as twin:
        return content_of(twin)


def content_of(twin: Twin) -> tuple[str, int]:
    """The same of a twin that is open."""
    databases = [database for database in dump(twin)["databases"] if not database["in_trash"]]
    kept = [_plain(database) for database in databases if database["title"] != ARCHIVE]
    return json.dumps(kept, sort_keys=True), sum(1 for d in databases if d["title"] == ARCHIVE)


def _plain(database: dict[str, Any]) -> dict[str, Any]:
    rows = sorted(
        json.dumps({word: row[word] for word in ("id", "title", "values", "in_trash", "content")}, sort_keys=True)
        for row in database["rows"]
    )
    names = {name: prop["type"] for name, prop in database["properties"].items()}
    options = {name: _options(prop) for name, prop in database["properties"].items()}
    return {"title": database["title"], "description": database["description"], "rows": rows, "properties": names,
            "options": options}  # fmt: skip


def _options(prop: dict[str, Any]) -> list[str]:
    config = prop.get(prop["type"]) or prop.get("config") or {}
    return [option["name"] for option in config.get("options", ())] if isinstance(config, dict) else []


def retyped(tmp_path: Path) -> tuple[Path, State]:
    """A small workspace and a state that changes the types of two of its fields, folding on the way."""
    path, state = tmp_path / "small.sqlite", tmp_path / "state"
    with open_twin(path) as twin:
        columns: dict[str, dict[str, dict[str, str]]] = {
            "Name": {"title": {}},
            "n": {"rich_text": {}},
            "s": {"rich_text": {}},
        }
        made = twin.call(
            "POST",
            "databases",
            {
                "parent": {"type": "page_id", "page_id": twin.root_page_id},
                "title": [{"text": {"content": "A"}}],
                "initial_data_source": {"properties": columns},
            },
        )
        parent = {"data_source_id": made["data_sources"][0]["id"]}
        for number, text in enumerate(("12 €", "1,5", "7", "x", "3.5")):
            values = {"Name": f"r{number}", "n": text, "s": "Done" if number % 2 else "Open"}
            kinds = {"Name": "title", "n": "rich_text", "s": "rich_text"}
            body = {name: {kinds[name]: [{"text": {"content": value}}]} for name, value in values.items()}
            twin.call("POST", "pages", {"parent": parent, "properties": body})
    state.mkdir()
    (state / "state.toml").write_text(
        f"""
[workspace]
name = "small"
archive = "{ARCHIVE}"
[databases.A.fields]
Name = "title"
n = "number"
s = {{ type = "select", options = ["Open", {{ name = "Complete", was = ["Done"] }}] }}
""",
        encoding="utf-8",
    )
    return path, api.load(state, env={})


FORMULAS = """
[workspace]
name = "formulas"
archive = "{archive}"
[databases.A.fields]
Name = "title"
n = "number"
"""


def computed(tmp_path: Path, *, bound: bool, was: bool) -> tuple[Path, State]:
    """A workspace in which a field becomes a number that is computed today, and the state that says so.

    ``bound``: an earlier run has bound the computed field; ``was``: it has another name today.
    """
    path, state = tmp_path / "computed.sqlite", tmp_path / "state"
    name = "old" if was else "n"
    with open_twin(path) as twin:
        columns: dict[str, Any] = {"Name": {"title": {}}, name: {"formula": {"expression": 'length(prop("Name"))'}}}
        body = {
            "parent": {"type": "page_id", "page_id": twin.root_page_id},
            "title": [{"text": {"content": "A"}}],
            "initial_data_source": {"properties": columns},
        }
        parent = {"data_source_id": twin.call("POST", "databases", body)["data_sources"][0]["id"]}
        for text in ("a", "bb", "ccc"):
            values = {"Name": {"title": [{"text": {"content": text}}]}}
            twin.call("POST", "pages", {"parent": parent, "properties": values})
    state.mkdir()
    said = FORMULAS.format(archive=ARCHIVE)
    if bound:
        first = said.replace('n = "number"', f"{name} = {{ type = 'formula', expression = 'length(prop(\"Name\"))' }}")
        (state / "state.toml").write_text(first, encoding="utf-8")
        target = api.Target(kind="twin", twin_path=path)
        outcome = asyncio.run(_apply(target, api.load(state, env={})))
        assert outcome.after.empty
    field = '{ type = "number", was = ["old"] }' if was else '"number"'
    (state / "state.toml").write_text(said.replace('n = "number"', f"n = {field}"), encoding="utf-8")
    return path, api.load(state, env={})


async def _apply(target: api.Target, state: State) -> api.Outcome:
    async with api.connect(target, state, read_only=False) as session:
        return await session.apply(await session.plan())
