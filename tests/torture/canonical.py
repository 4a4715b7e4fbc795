"""A workspace in one form that two runs of the same migration share, whatever ids Notion gave to what they made."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from reconciler.memory import memory as memories
from reconciler.memory.entry import Entry
from reconciler.memory.memory import Memory
from reconciler.model import properties
from reconciler.notion import shapes
from reconciler.twin import Twin, dump
from tests import census

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Picture:
    """What a run left: the workspace beside its archive, the archive's values, the memory, and what is there twice.

    ``workspace`` and ``memory`` are text that is equal for equal workspaces; ``archived`` counts each archived value.
    """

    workspace: str
    archived: Counter[str]
    memory: str
    archives: int
    open_batches: int
    doubled: tuple[str, ...]

    def differs(self, other: Picture) -> list[str]:
        """In what the two are not the same, for people."""
        found = []
        if self.workspace != other.workspace:
            found.append(f"the workspace differs: {_first(self.workspace, other.workspace)}")
        if set(self.archived) != set(other.archived):
            extra = sorted(set(self.archived) ^ set(other.archived))
            found.append(f"the archive differs in {len(extra)} values: {extra[0]}")
        if self.memory != other.memory:
            found.append(f"the memory differs: {_first(self.memory, other.memory)}")
        if self.archives != other.archives:
            found.append(f"{self.archives} archives")
        if self.open_batches:
            found.append(f"{self.open_batches} batches are open")
        return found + [f"doubled: {what}" for what in self.doubled[:3]]


def _first(one: str, other: str) -> str:
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"…{one[max(0, at - 120) : at + 80]!r} ≠ …{other[max(0, at - 40) : at + 80]!r}"


def picture(twin: Twin, *, archive: str, born: frozenset[str]) -> Picture:
    """The twin's workspace as it is now; ``born`` are the ids that were there at the start (see `ids_in`)."""
    databases = dump(twin)["databases"]
    names = _Names(databases, born)
    kept = [names.database(d) for d in databases if d["title"] != archive]
    archives = [d for d in databases if d["title"] == archive and not d["in_trash"]]
    entries = census.entries(twin, archive=archive)
    values = Counter(said for entry in entries for said in names.archived(entry))
    memory = _memory(twin, archives[0]["data_source_id"]) if archives else Memory()
    doubled = [said for said, times in values.items() if times > 1]
    return Picture(
        workspace=json.dumps(sorted(kept, key=lambda d: json.dumps(d, sort_keys=True)), sort_keys=True, indent=0),
        archived=values,
        memory=names.memory(memory),
        archives=len(archives),
        open_batches=sum(1 for batch in memory.batches.values() if batch.status == "open"),
        doubled=tuple(doubled),
    )


def ids_in(twin: Twin) -> frozenset[str]:
    """Every id in a twin: of pages, databases, options; and of properties."""
    found = dump(twin)
    properties = {prop["id"] for d in found["databases"] for prop in d["properties"].values()}
    return frozenset({*_UUID.findall(json.dumps(found)), *properties, *map(unquote, properties)})


def _memory(twin: Twin, source: str) -> Memory:
    live = shapes.data_source(twin.call("GET", f"data_sources/{source}"), database_id="")
    asked = memories.memory_filter(live)
    pages = census.listed(twin, "POST", f"data_sources/{source}/query", {"filter": asked})
    rows = (shapes.row(page, {name: held.value for name, held in shapes.page_values(page).items()}) for page in pages)
    return memories.read(rows, live)


class _Names:
    """Ids by what people call what they are of, where a run made it."""

    def __init__(self, databases: list[dict[str, Any]], born: frozenset[str]) -> None:
        self._born = born
        self._said: dict[str, str] = {}
        for database in databases:
            self._said[database["id"]] = f"database {database['title']}"
            self._said[database["data_source_id"]] = f"source {database['title']}"
            for name, prop in database["properties"].items():
                for spelled in (prop["id"], unquote(prop["id"])):
                    self._said[spelled] = f"property {database['title']}.{name}"
            for row in database["rows"]:
                self._said[row["id"]] = f"row {database['title']}/{row['title']}"

    def of(self, some_id: str) -> str:
        """The id itself where it was there from the start, else a name."""
        return some_id if some_id in self._born else self._said.get(some_id, "new")

    def clean(self, value: Any) -> Any:
        """JSON data with every id replaced by `of`, and without what Notion itself keeps in step."""
        if isinstance(value, dict):
            return {key: self.clean(item) for key, item in value.items() if key not in _LEFT_OUT}
        if isinstance(value, list):
            return [self.clean(item) for item in value]
        return _UUID.sub(lambda match: self.of(match[0]), value) if isinstance(value, str) else value

    def database(self, database: Mapping[str, Any]) -> dict[str, Any]:
        """A database with its schema and rows, in an order that no run can change."""
        properties = {
            name: {"id": self.of(prop["id"]), **{w: self.clean(prop[w]) for w in ("type", "description", "config")}}
            for name, prop in database["properties"].items()
        }
        words = ("id", "data_source_id", "title", "description", "parent", "icon", "is_locked", "in_trash")
        kinds = {name: prop["type"] for name, prop in database["properties"].items()}
        rows = sorted((self._row(row, kinds) for row in database["rows"]), key=lambda r: json.dumps(r, sort_keys=True))
        return {**{word: self.clean(database[word]) for word in words}, "properties": properties, "rows": rows}

    def _row(self, row: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
        shown = {name: value for name, value in row["values"].items() if kinds[name] not in _TIMES}
        values = {
            name: sorted(map(self.of, value)) if kinds[name] == "relation" else self.clean(value)
            for name, value in shown.items()
        }
        return {"id": self.of(row["id"]), "values": values, "in_trash": row["in_trash"],
                "content": self.clean(row["content"])}  # fmt: skip

    def archived(self, entry: Entry) -> list[str]:
        """Every value that the entry keeps, and every page's content, each as one text; that there was none is none.

        Of a field that the batch itself made, a run that goes on says that it held nothing; the first had no field to
        say it of. Nothing was there either way.
        """
        said = [
            json.dumps([entry.address, entry.kind, self.of(v.row), self.of(v.property_id), v.type, self.clean(v.old)],
                       sort_keys=True)
            for v in entry.values
            if v.property_id in self._born or not properties.of(v.type).empty(v.old)
        ]  # fmt: skip
        return said + [
            f"{entry.address} content of {self.of(page)}" for page, blocks in entry.content.items() if blocks
        ]

    def memory(self, memory: Memory) -> str:
        """Bindings and settled rules; batches have times of their own."""
        bound = {
            key: [self.of(b.database_id), b.title, {name: self.of(one) for name, one in sorted(b.fields.items())}]
            for key, b in sorted(memory.bindings.items())
        }
        return json.dumps([bound, {a: s.digest for a, s in sorted(memory.settled.items())}], sort_keys=True)


_TIMES = ("created_time", "last_edited_time", "last_edited_by", "unique_id")
_LEFT_OUT = ("relation_property_id", "rollup_property_id", "synced_property_id", "request_id", "id", "option_ids")
