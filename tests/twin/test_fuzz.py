"""Whatever is sent, the answer is one of Notion's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.twin import Twin, open_twin
from reconciler.twin.exchange import Exchange
from reconciler.twin.records import JsonObject
from reconciler.twin.values import TYPES
from tests.twin.build import make, patch, row, text

STATUSES = {200, 400, 401, 403, 404}
WORDS = [
    "type", "name", "id", "options", "title", "rich_text", "text", "content", "property", "filter", "and", "or",
    "number", "equals", "children", "parent", "in_trash", "relation", "data_source_id", "page_id", "formula",
    "expression", "rollup", "function", "date", "start", "time_zone", "select", "sorts", "start_cursor", "page_size",
    "icon", "emoji", "external", "url", "properties", "paragraph", "position", "query", "Name", "N", "S", "R",
]  # fmt: skip
ATOMS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5), st.sampled_from(WORDS),
    st.sampled_from(["2024-01-01", "9999-12-31T23:59:59Z", 'prop("N")', "((", "sum", "dual_property", "ascending"]),
)  # fmt: skip
JSON = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), st.sampled_from(sorted(TYPES))), inner, max_size=4),
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def held() -> Any:
    with open_twin(":memory:") as twin:
        yield twin, known(twin)


def known(twin: Twin) -> dict[str, str]:
    source = make(twin, N={"number": {}}, S={"select": {}}, T={"status": {}})
    patch(twin, source, R={"relation": {"data_source_id": source, "dual_property": {}}})
    page = row(twin, source, "a")
    content = {"children": [{"paragraph": {"rich_text": text("x")}}]}
    block = twin.call("PATCH", f"blocks/{page}/children", content)["results"][0]["id"]
    database = twin.call("GET", f"data_sources/{source}")["parent"]["database_id"]
    return {"source": source, "page": page, "block": block, "database": database, "root": twin.root_page_id}


BASES: dict[tuple[str, str], JsonObject] = {
    ("POST", "pages"): {"parent": {"data_source_id": "source"}, "properties": {"N": {"number": 1}}, "children": []},
    ("PATCH", "pages/page"): {"properties": {"S": {"select": {"name": "x"}}}, "icon": {"emoji": "x"}},
    ("POST", "pages/page/move"): {"parent": {"page_id": "root"}},
    ("POST", "databases"): {"parent": {"page_id": "root"}, "initial_data_source": {"properties": {"A": {"title": {}}}}},
    ("PATCH", "databases/database"): {"title": [{"text": {"content": "t"}}], "description": []},
    ("POST", "data_sources"): {"parent": {"database_id": "database"}, "properties": {"A": {"title": {}}}},
    ("PATCH", "data_sources/source"): {"properties": {"F": {"formula": {"expression": "1"}}, "S": {"select": {}}}},
    ("POST", "data_sources/source/query"): {"filter": {"property": "N", "number": {"equals": 1}}, "sorts": []},
    ("PATCH", "blocks/block"): {"paragraph": {"rich_text": []}},
    ("PATCH", "blocks/page/children"): {"children": [{"table": {"table_width": 1, "children": []}}]},
    ("POST", "search"): {"query": "a", "filter": {"property": "object", "value": "page"}},
    ("POST", "comments"): {"parent": {"page_id": "page"}, "rich_text": []},
    ("POST", "views"): {"data_source_id": "source", "database_id": "database", "name": "v", "type": "table"},
}


@st.composite
def broken(draw: st.DrawFn, value: Any) -> Any:
    """The value with some parts replaced, dropped or added."""
    if draw(st.integers(0, 9)) == 0:
        return draw(JSON)
    if isinstance(value, dict):
        kept = {key: draw(broken(item)) for key, item in value.items() if draw(st.integers(0, 9))}
        return {**kept, **draw(st.dictionaries(st.sampled_from(WORDS), JSON, max_size=1))}
    if isinstance(value, list):
        return [*[draw(broken(item)) for item in value], *draw(st.lists(JSON, max_size=1))]
    return value


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), endpoint=st.sampled_from(sorted(BASES)))
def test_no_request_makes_the_twin_fail(held: Any, data: st.DataObject, endpoint: tuple[str, str]) -> None:
    twin, ids = held
    method, path = endpoint
    full = "/".join(ids.get(part, part) for part in path.split("/"))
    body = data.draw(broken(named(BASES[endpoint], ids)))
    exchange = Exchange(
        method=method,
        path=f"/v1/{full}",
        query={},
        headers={"authorization": f"Bearer {twin.token}", "notion-version": "2026-03-11"},
        body=json.dumps(body).encode(),
    )
    status, answer = twin.exchange(exchange)
    assert status in STATUSES
    assert (answer["object"] == "error") is (status != 200)
    assert status == 200 or answer["message"]


def named(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: named(item, ids) for key, item in value.items()}
    return ids.get(value, value) if isinstance(value, str) else value
