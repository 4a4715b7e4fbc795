"""Asking a data source for rows: past every page, every cut value and the 10,000 rows that one query may answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.model import properties
from reconciler.model.limits import FILTER_ITEMS, QUERY_ROWS
from reconciler.model.live import LiveDatabase, LiveRow, Rows, Value
from reconciler.model.properties import common
from reconciler.notion import shapes
from reconciler.notion.client import Client
from reconciler.notion.ids import Ids
from reconciler.notion.listing import pages
from reconciler.notion.shapes import page_values

_OLDEST_FIRST = [{"timestamp": "created_time", "direction": "ascending"}]
_AT_LIMIT = "query_result_limit_reached"


def since(filter: Mapping[str, Any] | None, created: str) -> dict[str, Any]:  # noqa: A002
    """The filter, and made at or after a time, within the two levels that Notion allows.

    Where that does not fit, the time alone: wider, and every row is judged again by whoever asked.
    """
    later = {"timestamp": "created_time", "created_time": {"on_or_after": created}}
    if not filter:
        return later
    if "or" not in filter:
        items = [*filter.get("and", [filter]), later]
        return {"and": items} if len(items) <= FILTER_ITEMS else later
    choices = [item for each in filter["or"] for item in each.get("or", [each])]
    narrowed = [{"and": [*each.get("and", [each]), later]} for each in choices]
    fits = len(narrowed) <= FILTER_ITEMS and all(len(each["and"]) <= FILTER_ITEMS for each in narrowed)
    return {"or": narrowed} if fits else later


@dataclass
class Listed:
    """What is known of a list after it was gone through: why it may not be all, "" when it is."""

    incomplete: str = ""


async def every_page(
    client: Client,
    source_id: str,
    *,
    filter: Mapping[str, Any] | None,  # noqa: A002
    property_ids: Sequence[str] | None,
    listed: Listed,
) -> AsyncIterator[Mapping[str, Any]]:
    """Every page object that meets the filter, oldest first, each once, as answered; nothing of them is kept here.

    Where Notion gives no more than 10,000 rows, it is asked again for those made since the last one.
    """
    seen = Ids()
    asked: Mapping[str, Any] | None = filter
    while True:
        first, last, reason = "", "", ""
        async for answer in _ask(client, source_id, asked, property_ids):
            for each in common.entries(answer.get("results")):
                if each.get("object") != "page":
                    continue
                last = str(each.get("created_time") or "")
                first = first or last
                if seen.add(str(each.get("id") or "")):
                    yield each
            status = common.fields(answer.get("request_status"))
            if status.get("type") == "incomplete":
                reason = str(status.get("incomplete_reason") or "no reason given")
        if reason != _AT_LIMIT or not last:
            listed.incomplete = f"Notion answered only in part ({reason})" if reason else ""
            return
        if first >= last:
            many = f"more than {QUERY_ROWS:,} rows were made in one minute ({last})"
            listed.incomplete = f"{many}: Notion shows no others"
            return
        asked = since(filter, last)


def _ask(
    client: Client, source_id: str, asked: Mapping[str, Any] | None, property_ids: Sequence[str] | None
) -> AsyncIterator[Mapping[str, Any]]:
    """One query with all its pages, oldest row first."""
    body: dict[str, Any] = {"sorts": _OLDEST_FIRST, **({"filter": dict(asked)} if asked else {})}
    # The title is always asked for: rows are named by it.
    ids = None if property_ids is None else [common.encoded(each) for each in dict.fromkeys([*property_ids, "title"])]
    query = {"filter_properties": ids} if ids else None
    return pages(client, "POST", f"data_sources/{source_id}/query", query=query, body=body)


async def query(
    client: Client,
    db: LiveDatabase,
    *,
    filter: Mapping[str, Any] | None,  # noqa: A002
    property_ids: Sequence[str] | None,
) -> Rows:
    """Every row that meets the filter (None: every row), oldest first, each once, with these values complete.

    ``property_ids`` are decoded ids, None for all properties; the title comes in any case. ``incomplete`` says what
    asking in slices cannot reach.
    """
    listed = Listed()
    rows = [row async for row in each_row(client, db, filter=filter, property_ids=property_ids, listed=listed)]
    return Rows(rows=tuple(rows), incomplete=listed.incomplete)


async def each_row(
    client: Client,
    db: LiveDatabase,
    *,
    filter: Mapping[str, Any] | None,  # noqa: A002
    property_ids: Sequence[str] | None,
    listed: Listed,
) -> AsyncIterator[LiveRow]:
    """The rows of `query`, one after the other as they come; nothing of them is kept here but their ids."""
    async for page in every_page(client, db.data_source_id, filter=filter, property_ids=property_ids, listed=listed):
        yield shapes.row(page, await complete_values(client, page))


async def in_full(client: Client, page_id: str, property_id: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """A value that a page answer may have cut, from the property endpoint: all of its pages."""
    items: list[Mapping[str, Any]] = []
    last: Mapping[str, Any] = {}
    async for answer in pages(client, "GET", f"pages/{page_id}/properties/{common.encoded(property_id)}"):
        items += common.entries(answer.get("results"))
        last = answer
    return shapes.whole(entry, items, last)


async def complete_values(client: Client, answer: Mapping[str, Any]) -> dict[str, Value]:
    """Every value of a page answer by decoded property id, those that it may have cut read in full."""
    values: dict[str, Value] = {}
    for property_id, found in page_values(answer).items():
        handler = properties.of(found.type)
        if handler.truncated(found.entry):
            entry = await in_full(client, str(answer["id"]), property_id, found.entry)
            values[property_id] = handler.value(entry)
        else:
            values[property_id] = found.value
    return values
