"""A laboratory: scratch databases under one page, and the requests that probes make in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.memory.memory import Reading
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.notion.errors import Invalid, NotFound

Body = dict[str, Any]

TITLE = "wtstate probe"
MARKER = "wtstate scratch database: made by `wtstate doctor --probe`, it may be deleted at any time."


@dataclass(frozen=True)
class Table:
    """A scratch database."""

    database: str
    source: str


@dataclass
class Lab:
    """Makes scratch databases under ``page`` and knows which they are."""

    client: Client
    page: str
    made: list[str] = field(default_factory=list)

    async def table(self, properties: Mapping[str, Body]) -> Table:
        """A new database with a title ``Name`` and these properties."""
        number = len(self.made) + 1
        body = {
            "parent": {"type": "page_id", "page_id": self.page},
            "title": text(f"{TITLE} {number}"),
            "description": text(MARKER),
            "initial_data_source": {"properties": {"Name": {"title": {}}, **properties}},
        }
        answer = await self.client.request("POST", "databases", body=body)
        self.made.append(str(answer["id"]))
        return Table(database=str(answer["id"]), source=str(answer["data_sources"][0]["id"]))

    async def row(self, table: Table, values: Mapping[str, Body] | None = None) -> str:
        """A new row; its id."""
        parent = {"type": "data_source_id", "data_source_id": table.source}
        named = {"Name": {"title": text("row")}, **(values or {})}
        answer = await self.client.request("POST", "pages", body={"parent": parent, "properties": named})
        return str(answer["id"])

    async def write(self, row: str, values: Mapping[str, Body]) -> None:
        """Writes values of a row."""
        await self.client.request("PATCH", f"pages/{row}", body={"properties": dict(values)})

    async def value(self, row: str, name: str) -> Any:
        """What a row holds of a property, as answered; None where it has no such property."""
        page = await self.client.request("GET", f"pages/{row}")
        entry = page["properties"].get(name)
        return None if entry is None else entry[entry["type"]]

    async def schema(self, table: Table) -> dict[str, Any]:
        """The properties of a database by name."""
        answer = await self.client.request("GET", f"data_sources/{table.source}")
        return dict(answer["properties"])

    async def change(self, table: Table, properties: Mapping[str, Body | None]) -> dict[str, Any]:
        """Changes the schema; the properties afterwards, by name."""
        body = {"properties": dict(properties)}
        answer = await self.client.request("PATCH", f"data_sources/{table.source}", body=body)
        return dict(answer["properties"])

    async def clean(self) -> int:
        """Puts every scratch database under the page into the trash, those of earlier runs too; how many they were."""
        ids = dict.fromkeys(self.made)
        for child in await read.databases_under(self.client, self.page):
            if child.title.startswith(TITLE):
                live = await read.database(self.client, child.id)
                if live.description == MARKER:
                    ids[child.id] = None
        for database in ids:
            try:
                await self.client.request("PATCH", f"databases/{database}", body={"in_trash": True})
            except (NotFound, Invalid):
                continue
        self.made.clear()
        return len(ids)


async def refused(asked: Awaitable[Any]) -> bool:
    """Whether Notion refuses a request as wrong."""
    try:
        await asked
    except Invalid:
        return True
    return False


def text(content: str) -> list[Body]:
    """Rich text of one run."""
    return [{"type": "text", "text": {"content": content}}]


def related(table: Table, *, two_way: bool) -> Body:
    """The configuration of a relation to a table."""
    kind = "dual_property" if two_way else "single_property"
    return {"relation": {"data_source_id": table.source, "type": kind, kind: {}}}


def reading(kind: bool) -> Reading:
    """The kind reading, or the harsh one."""
    return "kind" if kind else "harsh"


Probe = Callable[[Lab], Awaitable[Reading | None]]
"""Finds out one reading; None where what was seen is neither."""


__all__ = ["Body", "Lab", "Probe", "Reading", "Table", "reading", "refused", "related", "text"]
