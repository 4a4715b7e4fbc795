"""A case: a directory with a live workspace, a desired state, and what must be there afterwards.

``live.toml`` (`tests.live`), ``state.toml`` (the language; ``[workspace]`` may be left out), ``apply.toml`` (optional:
flags), ``after.toml`` (what is checked afterwards), ``plan.txt`` (the rendered plan, a snapshot). A directory ``then``
goes on from there: ``edit.toml`` says what people did meanwhile, ``state.toml`` a new desired state, if there is one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.memory.entry import Entry
from reconciler.model import properties
from reconciler.notion import shapes
from reconciler.twin import Twin, dump
from tests.live import Words, known

WORKSPACE = '\n[workspace]\nname = "Case"\narchive = "archive"\n'
ARCHIVE = "archive"
_FILES = {"live.toml", "state.toml", "edit.toml", "apply.toml", "after.toml", "plan.txt", "then"}
_FLAGS = {"allow", "only", "except", "notion", "error", "refused", "forget", "adopt", "unsettled", "unproved"}
_TABLE = {"description", "icon", "in_trash", "locked", "properties", "rows", "count", "absent"}
_PROPERTY = {"type", "options", "colors", "groups", "format", "prefix", "expression", "description", "to", "two_way",
             "function", "relation", "property"}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """One round of a case: its directory and the state that holds in it."""

    directory: Path
    state_file: Path

    def words(self, name: str) -> Words:
        """One of the case's files; empty where there is none."""
        path = self.directory / f"{name}.toml"
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def flags(self) -> Words:
        """``apply.toml``."""
        words = self.words("apply")
        known(words, _FLAGS, "apply.toml")
        return words

    def state(self, workdir: Path) -> State:
        """The desired state, read as a user's is."""
        directory = workdir / "state"
        directory.mkdir(exist_ok=True)
        said = self.state_file.read_text(encoding="utf-8")
        if not any(line.startswith("[workspace]") for line in said.splitlines()):
            said += WORKSPACE
        (directory / "state.toml").write_text(said, encoding="utf-8")
        return load(directory, env={}, base=directory)


def stages(case: Path) -> Iterator[Stage]:
    """The rounds of a case, in order."""
    directory, state_file = case, case / "state.toml"
    while directory.is_dir():
        known(dict.fromkeys(path.name for path in directory.iterdir()), _FILES, str(directory))
        own = directory / "state.toml"
        state_file = own if own.exists() else state_file
        yield Stage(directory, state_file)
        directory = directory / "then"


def check_after(words: Words, twin: Twin, kept: list[Entry]) -> None:
    """Asserts everything that ``after.toml`` mentions."""
    known(words, ("databases", "gone", "archive"), "after.toml")
    tables = {table["title"]: table for table in dump(twin)["databases"] if not table["in_trash"]}
    trashed = {table["title"]: table for table in dump(twin)["databases"] if table["in_trash"]}
    for name in words.get("gone", ()):
        assert not _there(name, tables), f"{name} is still there"
    for title, said in words.get("databases", {}).items():
        known(said, _TABLE, title)
        found = trashed if said.get("in_trash") else tables
        assert title in found, f"no database {title!r} among {sorted(found)}"
        _check_table(title, said, found[title], twin)
    for address, count in words.get("archive", {}).items():
        values = sum(len(entry.values) for entry in kept if entry.address == address)
        entries = {entry.address for entry in kept}
        assert (address in entries) == (count is not False), f"{address} in {sorted(entries)}"
        assert count is False or values == count, f"{address}: {values} values in the archive"


def _there(name: str, tables: Mapping[str, Any]) -> bool:
    """Whether ``title``, ``title.property`` or ``title.property[option]`` is in the workspace."""
    for title, table in tables.items():
        if name == title:
            return True
        for prop, body in table["properties"].items():
            if name == f"{title}.{prop}":
                return True
            if any(name == f"{title}.{prop}[{o['name']}]" for o in body["config"].get("options", ())):
                return True
    return False


def _check_table(title: str, said: Words, table: Mapping[str, Any], twin: Twin) -> None:
    if "description" in said:
        assert table["description"] == said["description"]
    if "icon" in said:
        assert (table["icon"] or {}).get("emoji") == (said["icon"] or None)
    if "locked" in said:
        assert table["is_locked"] == said["locked"]
    live = [row for row in table["rows"] if not row["in_trash"]]
    if "count" in said:
        assert len(live) == said["count"], f"{title} has {len(live)} rows"
    for name, wanted in said.get("properties", {}).items():
        assert name in table["properties"], f"{title} has no {name!r}, only {sorted(table['properties'])}"
        _check_property(f"{title}.{name}", wanted, table["properties"][name], twin)
    for name in said.get("absent", ()):
        assert name not in {row["title"] for row in live}
    for name, wanted in said.get("rows", {}).items():
        bare, _, number = name.partition("#")
        rows = [row for row in live if row["title"] == bare]
        assert rows, f"{title} has no row {bare!r}, only {sorted(row['title'] for row in live)}"
        _check_row(f"{title} / {name}", wanted, rows[int(number or 1) - 1], table, twin)


def _check_property(where: str, said: Any, found: Mapping[str, Any], twin: Twin) -> None:
    words = {"type": said} if isinstance(said, str) else said
    known(words, _PROPERTY, where)
    config = found["config"]
    titles = {table["data_source_id"]: table["title"] for table in dump(twin)["databases"]}
    shown = {
        "type": found["type"],
        "description": found["description"] or "",
        "options": [option["name"] for option in config.get("options", ())],
        "colors": {option["name"]: option["color"] for option in config.get("options", ())},
        "groups": {
            option["name"]: group["name"]
            for group in config.get("groups", ())
            for option in config["options"]
            if option["id"] in group["option_ids"]
        },
        "format": config.get("format"),
        "prefix": config.get("prefix"),
        "expression": config.get("expression"),
        "to": titles.get(config.get("data_source_id", "")),
        "two_way": config.get("dual_property", {}).get("synced_property_name"),
        "function": config.get("function"),
        "relation": config.get("relation_property_name"),
        "property": config.get("rollup_property_name"),
    }
    for word, value in words.items():
        assert shown[word] == (value if value is not False else None), f"{where}: {word}"


def _check_row(where: str, said: Words, row: Mapping[str, Any], table: Mapping[str, Any], twin: Twin) -> None:
    page = twin.call("GET", f"pages/{row['id']}")
    values = shapes.page_values(page)
    for name, wanted in said.items():
        if name == "$content":
            assert _content(row) == wanted, f"{where}: content"
            continue
        kind = table["properties"][name]["type"]
        shown = _shown(kind, name, row, values, page, twin)
        assert shown == wanted, f"{where}: {name} is {shown!r}"


def _content(row: Mapping[str, Any]) -> list[str]:
    lines = []
    for block in row["content"]:
        runs = block[block["type"]].get("rich_text", ())
        lines.append("".join(run["plain_text"] for run in runs))
    return lines


def _shown(
    kind: str, name: str, row: Mapping[str, Any], values: Mapping[str, Any], page: Mapping[str, Any], twin: Twin
) -> Any:
    """A value as ``after.toml`` says it."""
    if kind == "relation":
        titles = {r["id"]: r["title"] for table in dump(twin)["databases"] for r in table["rows"]}
        return sorted(titles[target] for target in row["values"][name])
    canonical = next(each.value for each in values.values() if each.entry is page["properties"][name])
    match kind:
        case "people":
            return sorted(one.get("email", one["id"]) for one in canonical)
        case "files":
            return [file.get("url", file["name"]) for file in canonical]
        case "multi_select" | "number" | "checkbox":
            return canonical if canonical is not None else ""
        case "rich_text" | "title" if any(run.keys() - {"text"} for run in canonical):
            return canonical
        case "date" if canonical:
            return " → ".join(canonical[word] for word in ("start", "end") if word in canonical)
    return properties.of(kind).text(canonical)
