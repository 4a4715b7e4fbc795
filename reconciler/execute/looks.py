"""How the writes of a run are looked for: one function for each kind of thing that they make or change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reconciler.execute.settle import Answer, Look, reading
from reconciler.memory.text import plain
from reconciler.model.condition import normal
from reconciler.model.live import LiveDatabase
from reconciler.model.properties import common
from reconciler.notion import read, shapes
from reconciler.notion.client import Client
from reconciler.notion.ids import id_of
from reconciler.notion.listing import items


def entry(source: str, columns: Mapping[str, Any]) -> Look:
    """A new page of the archive: by its title, and the digest that stands on it."""
    name, sha = plain(columns["title"]["title"]), plain(columns["digest"]["rich_text"])

    async def find(client: Client) -> Sequence[Answer]:
        asked = {"filter": {"property": "title", "title": {"equals": name}}}
        return [dict(page) for page in await items(client, "POST", f"data_sources/{source}/query", body=asked)]

    return Look(find=find, holds=lambda page: _column(page, "digest") == sha, appears=True)


def record(page: str, columns: Mapping[str, Any]) -> Look:
    """A page of the memory that gets another record."""
    sha = plain(columns["digest"]["rich_text"])
    return reading(f"pages/{page}", lambda answer: _column(answer, "digest") == sha)


def _column(page: Mapping[str, Any], name: str) -> str:
    return plain(common.fields(common.fields(page.get("properties")).get(name)).get("rich_text") or ())


def appended(page: str, blocks: Sequence[Mapping[str, Any]]) -> Look:
    """Blocks at the end of a page."""
    wanted = [_text(block) for block in blocks]

    async def find(client: Client) -> Sequence[Answer]:
        return [{"object": "list", "results": await read.block_children(client, page)}]

    def holds(answer: Answer) -> bool:
        return [_text(block) for block in answer["results"]][-len(wanted) :] == wanted

    return Look(find=find, holds=holds, appears=True)


def erased(page: str) -> Look:
    """A page without content."""

    async def find(client: Client) -> Sequence[Answer]:
        return [{"object": "list", "results": await read.block_children(client, page)}]

    return Look(find=find, holds=lambda answer: not answer["results"])


def _text(block: Mapping[str, Any]) -> tuple[str, str]:
    kind = str(block.get("type"))
    held = common.fields(block.get(kind))
    return kind, plain(held.get("rich_text") or ()) or str(held.get("name") or "")


def made_database(parent: str, title: str, holds: Callable[[LiveDatabase], bool]) -> Look:
    """A new database under a page: by its title."""

    async def find(client: Client) -> Sequence[Answer]:
        blocks = await items(client, "GET", f"blocks/{id_of(parent)}/children")
        ids = [str(b["id"]) for b in blocks if b.get("type") == "child_database" and _titled(b, title)]
        return [await client.request("GET", f"databases/{one}") for one in ids]

    def there(answer: Answer) -> bool:
        live = shapes.database(answer)
        return not live.in_trash and bool(answer.get("data_sources")) and holds(live)

    return Look(find=find, holds=there, appears=True)


def _titled(block: Mapping[str, Any], title: str) -> bool:
    return normal(str(common.fields(block.get("child_database")).get("title") or "")) == normal(title)


def schema(
    data_source: str, holds: Callable[[LiveDatabase], bool], *, still: Callable[[LiveDatabase], None] | None = None
) -> Look:
    """A data source whose schema, or title, is changed."""

    def live(answer: Answer) -> LiveDatabase:
        return shapes.data_source(answer)

    def check(answer: Answer) -> None:
        if still is not None:
            still(live(answer))

    return reading(f"data_sources/{data_source}", lambda answer: holds(live(answer)), still=check)


def words(database: str, body: Mapping[str, Any]) -> Look:
    """A database that gets another description, or is locked."""

    def holds(answer: Answer) -> bool:
        return all(
            plain(answer.get(word) or ()) == plain(value) if isinstance(value, list) else answer.get(word) == value
            for word, value in body.items()
        )

    return reading(f"databases/{database}", holds)


def moved(page: str, data_source: str) -> Look:
    """A page that joins another data source: by its parent."""

    def holds(answer: Answer) -> bool:
        return common.dashed(str(common.fields(answer.get("parent")).get("data_source_id") or "")) == common.dashed(
            data_source
        )

    return Look(find=reading(f"pages/{page}", holds).find, holds=holds, appears=True)
