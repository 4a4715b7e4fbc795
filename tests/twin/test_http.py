"""Over HTTP: notion-client unchanged, sync and async, through a socket and inside the process."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from notion_client import APIResponseError, AsyncClient, Client
from notion_client.helpers import async_collect_paginated_api, collect_paginated_api

from reconciler.twin import Twin
from tests.twin.build import text
from tests.twin.serving import Served, command, served


def connected(live: Served) -> Any:
    """A client of the served twin, which closes its connections when it is left."""
    return Client(auth=live.token, base_url=live.base_url, notion_version="2026-03-11")


@pytest.fixture(scope="module")
def live() -> Iterator[Served]:
    with served() as found:
        yield found


def test_notion_client_works_over_a_socket(live: Served) -> None:
    client = connected(live)
    with client.client:
        assert client.users.me()["bot"]["workspace_name"] == "Twin workspace"
        database = client.databases.create(
            parent={"type": "page_id", "page_id": live.root_page_id},
            title=text("Tasks"),
            initial_data_source={"properties": {"Name": {"title": {}}, "Done": {"checkbox": {}}}},
        )
        source = database["data_sources"][0]["id"]
        for n in range(12):
            client.pages.create(
                parent={"data_source_id": source},
                properties={"Name": {"title": text(f"ä {n}")}, "Done": {"checkbox": n % 2 == 0}},
            )
        found = collect_paginated_api(
            client.data_sources.query,
            data_source_id=source,
            page_size=5,
            filter={"property": "Done", "checkbox": {"equals": True}},
        )
        assert [page["properties"]["Name"]["title"][0]["plain_text"] for page in found] == [
            f"ä {n}" for n in range(10, -1, -2)
        ]
        with pytest.raises(APIResponseError) as caught:
            client.pages.retrieve("3c6f5b3e-7f0a-4d54-9d8b-0a2a4b1c9e11")
        assert caught.value.code == "object_not_found"


def test_the_log_is_served(live: Served) -> None:
    httpx.delete(f"{live.base_url}/_twin/requests")
    httpx.get(f"{live.base_url}/v1/users/me")
    assert httpx.get(f"{live.base_url}/_twin/requests").json() == {
        "requests": [{"method": "GET", "path": "/v1/users/me", "status": 401}]
    }


def test_async_notion_client_works_inside_the_process(twin: Twin) -> None:
    async def run() -> list[str]:
        transport = httpx.ASGITransport(app=twin.app)
        async with httpx.AsyncClient(transport=transport) as http:
            client: Any = AsyncClient(auth=twin.token, base_url="http://twin", notion_version="2026-03-11", client=http)
            database = await client.databases.create(
                parent={"page_id": twin.root_page_id}, initial_data_source={"properties": {"Name": {"title": {}}}}
            )
            source = database["data_sources"][0]["id"]
            await asyncio.gather(
                *[
                    client.pages.create(parent={"data_source_id": source}, properties={"Name": {"title": text(str(n))}})
                    for n in range(10)
                ]
            )
            found = await async_collect_paginated_api(client.data_sources.query, data_source_id=source, page_size=3)
            return [page["properties"]["Name"]["title"][0]["plain_text"] for page in found]

    assert sorted(asyncio.run(run())) == [str(n) for n in range(10)]


def test_a_property_id_in_a_path_is_taken_encoded(live: Served) -> None:
    client = connected(live)
    with client.client:
        columns: dict[str, Any] = {f"P{n}": {"rich_text": {}} for n in range(12)}
        database = client.databases.create(
            parent={"page_id": live.root_page_id},
            initial_data_source={"properties": {"Name": {"title": {}}, **columns}},
        )
        source = database["data_sources"][0]["id"]
        page = client.pages.create(
            parent={"data_source_id": source}, properties={name: {"rich_text": text(name)} for name in columns}
        )
        for name in columns:
            value = page["properties"][name]
            item = client.pages.properties.retrieve(page_id=page["id"], property_id=value["id"])
            assert item["results"][0]["rich_text"]["plain_text"] == name


def test_a_port_in_use_and_a_bad_port_are_refused_in_one_sentence(live: Served) -> None:
    taken = int(live.base_url.rsplit(":", 1)[1])
    for port in (taken, 70_000):
        said = subprocess.run(command(":memory:", port), capture_output=True, text=True, timeout=30)
        assert said.returncode == 1
        assert said.stdout.startswith(f"The twin cannot listen on 127.0.0.1:{port}")
        assert said.stderr == ""


def test_what_was_served_is_in_the_file(tmp_path: Path) -> None:
    path = str(tmp_path / "twin.db")
    with served(path) as first:
        pass
    with served(path) as second:
        assert (second.token, second.root_page_id) == (first.token, first.root_page_id)
