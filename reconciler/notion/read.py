"""Reading Notion: every page of every answer, every value in full, and what could not be read said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from reconciler.model.limits import PAGE_SIZE
from reconciler.model.live import LiveDatabase, Person, Workspace
from reconciler.model.properties import common, persons
from reconciler.notion import shapes
from reconciler.notion.client import Client
from reconciler.notion.errors import Restricted
from reconciler.notion.listing import items, pages
from reconciler.notion.rows import complete_values, query
from reconciler.notion.shapes import PageValue, page_values

_NOT_ENTERED = frozenset({"child_page", "child_database"})
"""Blocks whose children are somebody else's: another page, another database."""


@dataclass(frozen=True)
class ChildDatabase:
    """A database that lies in a page, as its block tells."""

    id: str
    title: str


class Candidate(NamedTuple):
    """A data source that search found; search is a hint and never proof."""

    id: str
    data_source_id: str
    title: str
    url: str
    in_trash: bool


async def me(client: Client) -> Workspace:
    """Whom the token speaks for. 1 request."""
    answer = await client.request("GET", "users/me")
    bot = common.fields(answer.get("bot"))
    limits = common.fields(bot.get("workspace_limits"))
    return Workspace(
        id=str(bot.get("workspace_id") or ""),
        name=str(bot.get("workspace_name") or ""),
        bot_id=common.dashed(str(answer.get("id") or "")),
        bot_name=str(answer.get("name") or ""),
        upload_limit=int(limits.get("max_file_upload_size_in_bytes") or 0),
    )


async def page(client: Client, page_id: str) -> dict[str, Any]:
    """A page as answered. 1 request."""
    return await client.request("GET", f"pages/{page_id}")


async def parent_page(client: Client, page_id: str) -> str:
    """The title of a page. 1 request; `NotFound` when it is not there or not shared."""
    return shapes.title(await page(client, page_id))


async def people(client: Client) -> tuple[Person, ...]:
    """Everyone whom the token may list, in Notion's order; nobody when it may list none (a personal token may not)."""
    try:
        users = await items(client, "GET", "users")
    except Restricted:
        return ()
    known = [persons.person(user) for user in users]
    return tuple(Person(id=each["id"], name=each.get("name", ""), email=each.get("email", "")) for each in known)


async def block_children(client: Client, block_id: str, *, recursive: bool = False) -> list[dict[str, Any]]:
    """The blocks in a page or block, in order. ``recursive`` puts each one's own under its key ``children``.

    Child pages and child databases are not entered.
    """
    found = [dict(block) for block in await items(client, "GET", f"blocks/{block_id}/children")]
    for block in found if recursive else ():
        if block.get("has_children") is True and block.get("type") not in _NOT_ENTERED:
            block["children"] = await block_children(client, str(block["id"]), recursive=True)
    return found


async def databases_under(client: Client, page_id: str) -> list[ChildDatabase]:
    """The databases that lie in a page, nested blocks (columns, toggles, synced blocks) included, in page order.

    Not those in its subpages. A block that is shown twice is entered once.
    """
    found: dict[str, ChildDatabase] = {}
    entered = {common.dashed(page_id)}
    waiting = [page_id]
    while waiting:
        nested: list[str] = []
        for block in await block_children(client, waiting.pop(0)):
            block_id = common.dashed(str(block.get("id") or ""))
            if block.get("type") == "child_database":
                title = str(common.fields(block.get("child_database")).get("title") or "")
                found.setdefault(block_id, ChildDatabase(id=block_id, title=title))
            elif block.get("has_children") is True and block.get("type") not in _NOT_ENTERED | {""}:
                source = common.fields(common.fields(block.get("synced_block")).get("synced_from")).get("block_id")
                inside = common.dashed(str(source)) if source else block_id
                if inside not in entered:
                    entered |= {inside, block_id}
                    nested.append(block_id)
        waiting = nested + waiting
    return list(found.values())


async def data_source(client: Client, data_source_id: str, *, database_id: str = "") -> LiveDatabase:
    """A data source with its schema. 1 request."""
    return shapes.data_source(await client.request("GET", f"data_sources/{data_source_id}"), database_id=database_id)


async def database(client: Client, database_id: str) -> LiveDatabase:
    """A database with its one data source. 2 requests; 1 where it has none or several, which is then said."""
    return await with_schema(client, await outside(client, database_id))


async def outside(client: Client, database_id: str) -> LiveDatabase:
    """A database as it is from outside, without the schema of its one data source. 1 request."""
    answer = await client.request("GET", f"databases/{database_id}")
    sources = common.entries(answer.get("data_sources"))
    if len(sources) != 1:
        why = f"it has {len(sources)} data sources" if sources else "it has no data source that the token can see"
        return shapes.database(answer, unsupported=why)
    return shapes.database(answer, data_source_id=str(sources[0].get("id") or ""))


async def with_schema(client: Client, live: LiveDatabase) -> LiveDatabase:
    """The database of `outside` with the schema of its data source. 1 request; none where that cannot be used."""
    if live.unsupported:
        return live
    source = await data_source(client, live.data_source_id, database_id=live.id)
    return replace(
        source,
        title=live.title,
        description=live.description,
        icon=live.icon,
        url=live.url or source.url,
        parent=live.parent,
        in_trash=live.in_trash or source.in_trash,
        locked=live.locked,
        created_time=live.created_time,
    )


async def search_databases(client: Client, text: str, *, trashed: bool = False) -> list[Candidate]:
    """Data sources whose database is titled about like ``text``, in Notion's order.

    The index lags and misses things, so an answer is a hint only; one page of it is read.
    """
    only = {"property": "object", "value": "data_source", **({"in_trash": True} if trashed else {})}
    answer = await client.request("POST", "search", body={"query": text, "filter": only, "page_size": PAGE_SIZE})
    found = [
        shapes.data_source(each)
        for each in common.entries(answer.get("results"))
        if each.get("object") == "data_source"
    ]
    return [Candidate(each.id, each.data_source_id, each.title, each.url, each.in_trash) for each in found]


def with_parent(workspace: Workspace, *, page_id: str, title: str) -> Workspace:
    """The workspace with its parent page filled in."""
    return replace(workspace, parent_id=common.dashed(page_id), parent_title=title)


parse_data_source = shapes.data_source

__all__ = [
    "Candidate",
    "ChildDatabase",
    "PageValue",
    "block_children",
    "complete_values",
    "data_source",
    "database",
    "databases_under",
    "me",
    "page",
    "page_values",
    "pages",
    "parent_page",
    "parse_data_source",
    "people",
    "query",
    "search_databases",
    "with_parent",
]
