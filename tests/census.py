"""Counting everything in a twin by value: what was there is in its place or in the archive, and nothing else moved.

The workspace is read through the twin's API by a connection that may see everything, in canonical form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from reconciler.memory import codec
from reconciler.memory.entry import Entry
from reconciler.memory.schema import MEMORY_KINDS
from reconciler.model import properties
from reconciler.notion import shapes
from reconciler.planning.effects import PropertyChange
from reconciler.planning.plan import Plan
from reconciler.planning.steps import kinds
from reconciler.twin import Twin, dump

Place = tuple[str, str]
"""A page id and a decoded property id."""


@dataclass(frozen=True)
class Held:
    """One value: its property's type and name, canonical form, and where it is for people."""

    type: str
    value: Any
    said: str

    @property
    def kept(self) -> bool:
        """Whether there is something to keep."""
        return not properties.of(self.type).empty(self.value)


@dataclass(frozen=True)
class Table:
    """A data source: ``words`` of its database, ``schema`` (name, type, config, description) by property id."""

    title: str
    words: Mapping[str, Any]
    schema: Mapping[str, tuple[str, str, str, str]]


@dataclass(frozen=True)
class Everything:
    """A workspace without its archive. ``rows`` give each page's data source id; ``mirrors`` pair properties."""

    tables: dict[str, Table] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    values: dict[Place, Held] = field(default_factory=dict)
    content: dict[str, str] = field(default_factory=dict)
    mirrors: dict[str, str] = field(default_factory=dict)


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


def lost(before: Everything, after: Everything, kept: list[Entry]) -> list[str]:
    """What was there and is neither in its place nor in the archive, for people; [] when nothing is lost."""
    archived: dict[Place, list[tuple[str, Any]]] = {}
    content: dict[str, Any] = {}
    for entry in kept:
        content.update(entry.content)
        for value in entry.values:
            archived.setdefault((value.row, value.property_id), []).append((value.type, value.old))
    missing = [held.said for place, held in before.values.items() if not _safe(place, held, before, after, archived)]
    for page, blocks in before.content.items():
        if blocks and not after.content.get(page, "").startswith(blocks[:-1]):
            missing.append(f"the content of {page}")
        gone = after.tables[after.rows[page]].words["in_trash"] if page in after.rows else True
        if blocks and gone and not before.tables[before.rows[page]].words["in_trash"] and not content.get(page):
            missing.append(f"the content of {page}, which went with its database")
    return missing


def _safe(
    place: Place, held: Held, before: Everything, after: Everything, archived: Mapping[Place, list[tuple[str, Any]]]
) -> bool:
    kind = properties.of(held.type)
    page, _ = place
    now = after.values.get(place)
    source = after.rows.get(page, "")
    trashed = source in after.tables and after.tables[source].words["in_trash"] and source in before.tables
    gone = trashed and not before.tables[source].words["in_trash"]
    if not held.kept or held.type == "button":
        return True
    if (
        now is not None
        and not gone
        and (now.type == held.type and (not kind.writable or kind.same(now.value, held.value)))
    ):
        return True
    if any(of == held.type and properties.of(of).same(old, held.value) for of, old in archived.get(place, ())):
        return True
    if held.type != "relation":
        return False
    return all(_edge_safe(place, edge, before, now, archived) for edge in held.value)


def _edge_safe(
    place: Place, edge: str, before: Everything, now: Held | None, archived: Mapping[Place, list[tuple[str, Any]]]
) -> bool:
    """Whether an edge is in its place, or in the archive from either of its sides."""
    page, property_id = place
    if now is not None and now.type == "relation" and edge in now.value:
        return True
    mirror = before.mirrors.get(property_id, "")
    sides = [(place, edge), ((edge, mirror), page)]
    return any(to in old for side, to in sides for of, old in archived.get(side, ()) if of == "relation")


def strays(before: Everything, after: Everything, plan: Plan, keys: Mapping[str, str]) -> list[str]:
    """What changed although the plan's steps do not touch it; ``keys`` gives data source ids by database key."""
    touched = _Touched.of(plan, keys)
    return [*_stray_tables(before, after, touched), *_stray_rows(before, after, touched)]


@dataclass
class _Touched:
    """What a plan's steps may change."""

    written: set[Place] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    created: int = 0
    properties: set[str] = field(default_factory=set)
    names: set[tuple[str, str]] = field(default_factory=set)
    words: set[tuple[str, str]] = field(default_factory=set)
    made: int = 0
    mirrors: bool = False

    @classmethod
    def of(cls, plan: Plan, keys: Mapping[str, str]) -> _Touched:
        """What the steps of the plan touch."""
        touched = cls()
        for step in plan.steps:
            touched._step(step, keys)
        return touched

    def _step(self, step: Any, keys: Mapping[str, str]) -> None:
        match step:
            case kinds.WriteRow():
                self.written |= {(step.row, write.property) for write in step.writes}
            case kinds.Move():
                self.moved.add(step.move.row)
            case kinds.CreateRow():
                self.created += 1
            case kinds.AppendLine():
                self.told.add(step.line.row)
            case kinds.CreateDatabase():
                self.made += 1
            case kinds.PatchDatabase():
                self.words.add((keys[step.database], "description"))
            case kinds.Mark():
                self.words |= {(keys[step.database], word) for word in ("title", "description", "is_locked")}
            case kinds.Trash():
                self.words.add((keys[step.database], "in_trash"))
            case kinds.PatchMirror():
                self.mirrors = True
            case kinds.PatchSchema():
                self._schema(step, keys)

    def _schema(self, step: kinds.PatchSchema, keys: Mapping[str, str]) -> None:
        source = keys.get(step.database, "")
        self.words |= {(source, word) for word, new in (("title", step.title), ("icon", step.icon)) if new is not None}
        self.properties |= {written.property_id for written in step.options}
        for change in step.changes:
            self._change(change, source)

    def _change(self, change: PropertyChange, source: str) -> None:
        if change.property_id:
            self.properties.add(change.property_id)
        else:
            self.names.add((source, change.field))
        self.mirrors = self.mirrors or change.type == "relation" or change.remove or change.retypes


def _stray_tables(before: Everything, after: Everything, touched: _Touched) -> Iterator[str]:
    if len(after.tables) != len(before.tables) + touched.made:
        yield f"{len(after.tables) - len(before.tables)} databases came, {touched.made} were planned"
    for source, table in before.tables.items():
        now = after.tables[source]
        for word, value in table.words.items():
            if now.words[word] != value and (source, word) not in touched.words:
                yield f"{table.title}: {word} {value!r} became {now.words[word]!r}"
        for property_id in sorted(table.schema.keys() | now.schema.keys()):
            yield from _stray_property(source, property_id, table, now, touched)


def _stray_property(source: str, property_id: str, table: Table, now: Table, touched: _Touched) -> Iterator[str]:
    was, new = table.schema.get(property_id), now.schema.get(property_id)
    if was == new or property_id in touched.properties:
        return
    if touched.mirrors and "relation" in ((was or ("", ""))[1], (new or ("", ""))[1]):
        return
    if was is None and new is not None and (source, new[0]) in touched.names:
        return
    yield f"{table.title}: property {was} became {new}"


def _stray_rows(before: Everything, after: Everything, touched: _Touched) -> Iterator[str]:
    fresh = after.rows.keys() - before.rows.keys()
    if len(fresh) != touched.created:
        yield f"{len(fresh)} rows came, {touched.created} were planned"
    for page in before.rows.keys() - after.rows.keys():
        yield f"the row {page} is gone"
    edges = _written_edges(after, touched)
    for place, held in after.values.items():
        page, property_id = place
        was = before.values.get(place)
        kind = properties.of(held.type)
        name = after.tables[after.rows[page]].schema[property_id][0]
        if page in fresh or page in touched.moved or not kind.writable or place in touched.written:
            continue
        old = was.value if was is not None and was.type == held.type else kind.nothing
        if (page, name) in touched.written or kind.same(old, held.value):
            continue
        mirror = before.mirrors.get(property_id) or after.mirrors.get(property_id)
        if held.type == "relation" and set(old) ^ set(held.value) <= edges.get(place, set()) | touched.moved:
            continue
        if held.type == "relation" and mirror is not None and touched.mirrors and was is None:
            continue
        yield f"{held.said}: {old!r} became {held.value!r}"
    for page, blocks in before.content.items():
        if after.content.get(page) != blocks and page not in touched.told:
            yield f"the content of {page} changed"


def _written_edges(after: Everything, touched: _Touched) -> dict[Place, set[str]]:
    """For each place of a mirror: the rows whose own side was written, so that their edges here may come and go."""
    found: dict[Place, set[str]] = {}
    back = {mirror: owner for owner, mirror in after.mirrors.items()}
    for place, held in after.values.items():
        owner = back.get(place[1])
        if held.type == "relation" and owner is not None:
            found[place] = {page for page, property_id in touched.written if property_id == owner}
            name_of = {s.schema[owner][0] for s in after.tables.values() if owner in s.schema}
            found[place] |= {page for page, name in touched.written if name in name_of}
    return found
