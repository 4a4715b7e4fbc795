"""Reads all of a workspace that lies under the parent page, and every database of the state, for a backup.

Nothing is kept here: what is read goes to whoever listens to the client. What cannot be read is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.desired.state import State
from reconciler.model import properties
from reconciler.model.finding import Finding, Severity
from reconciler.model.properties import common
from reconciler.notion import read
from reconciler.notion.client import Client
from reconciler.notion.errors import Invalid, NotFound, Restricted
from reconciler.notion.hiding import Hiding
from reconciler.notion.ids import Ids
from reconciler.notion.listing import items, pages
from reconciler.notion.rows import Listed, every_page, in_full
from reconciler.notion.shapes import page_values, plain
from reconciler.planning.identity import Child
from reconciler.survey.find import find_memory, see_databases
from reconciler.survey.hiding import hiding_of

AT_ONCE = 8
"""Pages read at the same time; the pacer keeps them within the budget."""
TOLD_EVERY = 1_000
"""Rows of one database after which it is said how far the reading is."""

Told = Callable[[str], None]
"""Is told what is being read."""


@dataclass
class Everything:
    """What was read: how many of each, and what could not be."""

    databases: int = 0
    rows: int = 0
    pages: int = 0
    blocks: int = 0
    comments: int = 0
    unread: list[Finding] = field(default_factory=list)
    hiding: Hiding | None = None
    """What of it is sensitive; None where nothing is declared so."""


async def read_everything(
    client: Client, state: State, parent_id: str, children: Sequence[Child], *, searches: bool, told: Told
) -> Everything:
    """Reads schemas, rows, page content, users, views, templates and comments.

    ``children`` are the databases under the parent page; ``searches`` asks search for those that are not there.
    """
    reader = _Reader(client, told, Everything())
    await reader.safely("users", "the people of the workspace", items(client, "GET", "users"))
    await reader.page(parent_id, "the parent page")
    found = await find_memory(client, state, children, parent=parent_id, searches=searches)
    seen = await see_databases(client, state, found, page=parent_id, searches=searches)
    reader.read.hiding = hiding_of(state, found, seen)
    elsewhere = [live.id for each in seen.values() for live in each.live]
    archives = [archive.id for archive in found.archives]
    await reader.databases([*(child.id for child in children), *archives, *elsewhere])
    return reader.read


@dataclass
class _Reader:
    client: Client
    told: Told
    read: Everything
    _entered: Ids = field(default_factory=Ids)
    _mute: bool = False
    """Whether the token may read no comments; said once."""

    async def safely(self, address: str, what: str, work: Awaitable[Any]) -> Any:
        """What the work gives; None where the token may not read it, which is then said."""
        try:
            return await work
        except (NotFound, Restricted, Invalid) as error:
            self._unread(address, what, error.failure.message)
            return None

    def _unread(self, address: str, what: str, why: str) -> None:
        self.read.unread.append(
            Finding(
                code="not-backed-up",
                address=address,
                what=f"{what} could not be read: {why}",
                why="the backup does not hold it",
                next="share it with the connection, or give the connection that capability, and back up again",
                severity=Severity.WARN,
            )
        )

    # -- pages -----------------------------------------------------------------------------------------------------

    async def page(self, page_id: str, what: str) -> None:
        """A page that is no row, with its content, its comments, and the pages and databases in it."""
        if not self._entered.add(page_id):
            return
        self.read.pages += 1
        if await self.safely(page_id, what, read.page(self.client, page_id)) is not None:
            await self.content(page_id, what)

    async def content(self, page_id: str, what: str) -> None:
        """What is in a page, or row: blocks at every depth, comments, pages below it, databases below it."""
        await self._comments(page_id, what)
        waiting = [page_id]
        while waiting:
            holder = waiting.pop(0)
            blocks = await self.safely(page_id, what, items(self.client, "GET", f"blocks/{holder}/children"))
            for block in blocks or ():
                self.read.blocks += 1
                block_id, kind = str(block.get("id")), block.get("type")
                if kind == "child_page":
                    await self.page(block_id, f"the page {common.fields(block.get(kind)).get('title')!r}")
                elif kind == "child_database":
                    await self.databases([block_id])
                elif block.get("has_children") is True and self._entered.add(block_id):
                    waiting.append(block_id)

    async def _comments(self, page_id: str, what: str) -> None:
        if self._mute:
            return
        try:
            self.read.comments += await _all(pages(self.client, "GET", "comments", query={"block_id": page_id}))
        except Restricted as error:
            self._mute = True
            self._unread("comments", "comments", error.failure.message)
        except (NotFound, Invalid) as error:
            self._unread(page_id, f"the comments of {what}", error.failure.message)

    # -- databases -------------------------------------------------------------------------------------------------

    async def databases(self, ids: Iterable[str]) -> None:
        """Databases with their data sources, rows, views and templates; each once."""
        for database_id in dict.fromkeys(map(common.dashed, ids)):
            if not self._entered.add(database_id):
                continue
            path = f"databases/{database_id}"
            answer = await self.safely(database_id, "a database", self.client.request("GET", path))
            for source in common.entries(common.fields(answer).get("data_sources")):
                await self._source(str(source.get("id")), plain(common.fields(answer).get("title")))

    async def _source(self, source_id: str, title: str) -> None:
        what = f"the database {title!r}"
        self.told(f"reading {title}")
        if await self.safely(source_id, what, self.client.request("GET", f"data_sources/{source_id}")) is None:
            return
        self.read.databases += 1
        await self.safely(source_id, f"the views of {what}", self._views(source_id))
        await self.safely(source_id, f"the templates of {what}", self._templates(source_id))
        listed = Listed()
        rows = every_page(self.client, source_id, filter=None, property_ids=None, listed=listed)
        waiting: list[Mapping[str, Any]] = []
        try:
            async for row in rows:
                waiting.append(row)
                if len(waiting) >= AT_ONCE:
                    await self._rows(waiting, title)
                    waiting = []
        except (NotFound, Restricted, Invalid) as error:
            self._unread(source_id, f"the rows of {what}", error.failure.message)
        await self._rows(waiting, title)
        if listed.incomplete:
            self._unread(source_id, f"all rows of {what}", listed.incomplete)

    async def _rows(self, rows: Sequence[Mapping[str, Any]], title: str) -> None:
        await asyncio.gather(*(self._row(row, title) for row in rows))
        before, self.read.rows = self.read.rows, self.read.rows + len(rows)
        if self.read.rows // TOLD_EVERY > before // TOLD_EVERY:
            self.told(f"{title}: {self.read.rows:,} rows so far")

    async def _row(self, row: Mapping[str, Any], title: str) -> None:
        """What a row's own answer does not hold: values that it cut, its content, its comments."""
        page_id = str(row.get("id"))
        what = f"a row of {title!r}"
        for property_id, found in page_values(row).items():
            if properties.of(found.type).truncated(found.entry):
                whole = in_full(self.client, page_id, property_id, found.entry)
                await self.safely(page_id, f"a value of {what}", whole)
        await self.content(page_id, what)

    async def _views(self, source_id: str) -> None:
        listed = [
            str(each["id"])
            async for page in pages(self.client, "GET", "views", query={"data_source_id": source_id})
            for each in common.entries(page.get("results"))
        ]
        for view_id in listed:
            await self.client.request("GET", f"views/{view_id}")

    async def _templates(self, source_id: str) -> None:
        listed = [
            str(each["id"])
            async for page in pages(self.client, "GET", f"data_sources/{source_id}/templates")
            for each in common.entries(page.get("templates"))
        ]
        for page_id in listed:
            await self.page(page_id, "a template")


async def _all(listed: Any) -> int:
    """Goes through a list to its end; how many were in it."""
    total = 0
    async for page in listed:
        total += len(common.entries(page.get("results")))
    return total
