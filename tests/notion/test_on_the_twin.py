"""The client, the readers and the property types against the twin, which shares no code with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reconciler.model.condition import Condition
from reconciler.model.live import LiveDatabase, LiveProperty
from reconciler.model.properties import EVERYTHING, NOTHING, common, of
from reconciler.model.properties import text as rich
from reconciler.notion import errors, read
from reconciler.notion.client import Client, connect
from reconciler.twin import Twin, open_twin
from tests.strategies import WRITABLE, conditions, option_lists, writable_values

T = TypeVar("T")
FREE = tuple(kind for kind in WRITABLE if kind not in ("title", "people", "relation", "status"))
"""Types whose values need nobody and nothing else in the workspace."""
OPTIONS = ("select", "multi_select")


@pytest.fixture
def twin() -> Iterator[Twin]:
    with open_twin(":memory:") as made:
        yield made


def run(twin: Twin, work: Callable[[Client], Awaitable[T]], *, read_only: bool = False, token: str = "") -> T:
    """Does the work with a client of the twin."""

    async def inside() -> T:
        transport = httpx.ASGITransport(app=twin.app)
        made = connect(token or twin.token, read_only=read_only, rate=(10_000, 1.0), transport=transport)
        async with made as client:
            return await work(client)

    return asyncio.run(inside())


async def make_database(client: Client, twin: Twin, properties: dict[str, Any], title: str = "Rows") -> LiveDatabase:
    """A database under the root page."""
    body = {
        "parent": {"type": "page_id", "page_id": twin.root_page_id},
        "title": rich.elements(rich.of_plain(title)),
        "initial_data_source": {"properties": {"Name": {"title": {}}, **properties}},
    }
    answer = await client.request("POST", "databases", body=body)
    return await read.database(client, str(answer["id"]))


async def make_row(client: Client, db: LiveDatabase, values: dict[str, Any]) -> str:
    """A row with these write entries by property name."""
    parent = {"type": "data_source_id", "data_source_id": db.data_source_id}
    answer = await client.request("POST", "pages", body={"parent": parent, "properties": values})
    return common.dashed(str(answer["id"]))


def sendable(kind: str, value: Any) -> Any:
    """A value that mentions nobody and nothing, for a workspace that is new."""
    if kind != "rich_text":
        return value
    return rich.joined([run for run in value if run.get("mention", {}).get("type") in (None, "date")])


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(data=st.data())
def test_values_of_every_type_come_back_and_filters_find_them(data: st.DataObject) -> None:
    drawn = {kind: data.draw(option_lists(), label=kind) for kind in OPTIONS}
    new = {kind: [{**option, "id": ""} for option in options] for kind, options in drawn.items()}
    configs = {kind: {"options": new[kind]} if kind in OPTIONS else {} for kind in FREE}
    rows = [
        {kind: sendable(kind, data.draw(writable_values(kind, configs[kind]), label=kind)) for kind in FREE}
        for _ in range(3)
    ]
    wanted: dict[str, Condition] = {}
    for kind in FREE:
        pool = [of(kind).text(each[kind]) for each in rows]
        wanted[kind] = data.draw(conditions(pool), label=f"condition on {kind}")

    async def work(client: Client, local: Twin) -> None:
        schema = {kind: of(kind).schema(configs[kind]) for kind in FREE}
        db = await make_database(client, local, schema)
        made = [await make_row(client, db, {kind: of(kind).wire(each[kind]) for kind in FREE}) for each in rows]
        found = {each.id: each for each in (await read.query(client, db, filter=None, property_ids=None)).rows}
        assert set(found) == set(made)
        for identity, written in zip(made, rows, strict=True):
            for kind in FREE:
                assert of(kind).same(found[identity].values[_property(db, kind).id], written[kind]), kind
        for kind in FREE:
            await _filter_finds_what_is_met(client, db, _property(db, kind), wanted[kind])

    with open_twin(":memory:") as local:
        run(local, lambda client: work(client, local))


def _property(db: LiveDatabase, name: str) -> LiveProperty:
    found = db.by_name(name)
    assert found is not None
    return found


async def _filter_finds_what_is_met(client: Client, db: LiveDatabase, prop: LiveProperty, condition: Condition) -> None:
    handler = of(prop.type)
    everything = await read.query(client, db, filter=None, property_ids=[prop.id])
    met = {each.id for each in everything.rows if handler.meets(each.values[prop.id], condition)}
    asked = handler.filter(prop.id, condition, prop.config)
    if asked == NOTHING:
        assert not met
    elif asked != EVERYTHING:
        assert isinstance(asked, dict)
        answer = await read.query(client, db, filter={"or": [asked]}, property_ids=[prop.id])
        assert met <= {each.id for each in answer.rows}, (prop.type, condition, asked)


def test_thirty_links_are_read_in_full_from_both_sides(twin: Twin) -> None:
    async def work(client: Client) -> None:
        targets = await make_database(client, twin, {}, "Targets")
        relation = of("relation").schema({"data_source_id": targets.data_source_id, "mirror": {}})
        db = await make_database(client, twin, {"Links": relation})
        ids = [await make_row(client, targets, {}) for _ in range(30)]
        await make_row(client, db, {"Links": of("relation").wire(ids)})
        links = _property(db, "Links")
        (found,) = (await read.query(client, db, filter=None, property_ids=[links.id])).rows
        assert of("relation").same(found.values[links.id], ids)
        mirror = links.config["mirror"]
        other = await read.data_source(client, targets.data_source_id)
        assert other.by_id(mirror["id"]) is not None
        linked = {"property": common.encoded(mirror["id"]), "relation": {"is_not_empty": True}}
        assert len((await read.query(client, targets, filter=linked, property_ids=[])).rows) == 30

    run(twin, work)


def test_every_page_of_a_query_in_order_of_creation(twin: Twin) -> None:
    async def work(client: Client) -> None:
        db = await make_database(client, twin, {})
        for number in range(205):
            await make_row(client, db, {"Name": of("title").wire(rich.of_plain(f"row {number}"))})
        before = client.sent
        found = await read.query(client, db, filter=None, property_ids=None)
        assert sorted(each.title for each in found.rows) == sorted(f"row {number}" for number in range(205))
        assert found.incomplete == ""
        assert client.sent - before == 3

    run(twin, work)


def test_databases_and_the_workspace_are_found(twin: Twin) -> None:
    async def work(client: Client) -> None:
        made = await make_database(client, twin, {"State": {"select": {"options": [{"name": "Done", "color": "red"}]}}})
        workspace = await read.me(client)
        assert (workspace.id, workspace.bot_id) == (twin.workspace_id, twin.bot_id)
        assert made.parent == common.dashed(twin.root_page_id)
        (child,) = await read.databases_under(client, twin.root_page_id)
        assert (child.id, child.title) == (made.id, "Rows")
        assert await read.data_source(client, made.data_source_id) == replace(made, locked=None)
        assert await read.database(client, made.id) == made
        assert any(each.data_source_id == made.data_source_id for each in await read.search_databases(client, "Rows"))
        await read.people(client)

    run(twin, work)


def test_a_wrong_token_and_a_page_that_is_not_there(twin: Twin) -> None:
    with pytest.raises(errors.Unauthorized):
        run(twin, read.me, token="ntn_wrong")
    with pytest.raises(errors.NotFound):
        run(twin, lambda client: read.parent_page(client, "00000000-0000-4000-8000-000000000000"))


def test_a_reading_client_reads(twin: Twin) -> None:
    run(twin, lambda client: read.databases_under(client, twin.root_page_id), read_only=True)
    with pytest.raises(errors.ForbiddenRequest):
        run(twin, lambda client: client.request("PATCH", f"pages/{twin.root_page_id}", body={}), read_only=True)
