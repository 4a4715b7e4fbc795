"""Whatever is sent, the answer is one of Notion's, and what was taken can be read back.

``TWIN_FUZZ=10000`` in the environment sends so many requests instead of a few hundred.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from reconciler.twin import Field, Twin, open_twin
from reconciler.twin.exchange import Exchange
from reconciler.twin.records import JsonObject
from tests.twin.build import edges, make, patch, row, schema, text
from tests.twin.oracle import SCHEMA, problems
from tests.twin.requests_by_type import ANYTHING, bodies, broken, definitions

STATUSES = {200, 400, 401, 403, 404}
EXAMPLES = int(os.environ.get("TWIN_FUZZ", "300"))
FUZZED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="TWIN_FUZZ" not in os.environ,
    phases=[Phase.explicit, Phase.generate],
    database=None,
)
"""Without shrinking: the failing request is shown, and requests are small."""


class UndoneError(Exception):
    """Ends a transaction without keeping it: every request meets the same workspace."""


@dataclass(frozen=True)
class World:
    """A twin with one of most things in it, and their ids."""

    twin: Twin
    ids: Mapping[str, str]

    def send(
        self,
        method: str,
        path: str,
        body: bytes,
        version: str = "2026-03-11",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, JsonObject]:
        """A request to a path whose parts may be names of ids."""
        where, _, query = path.partition("?")
        full = "/".join(self.ids.get(part, part) for part in where.split("/"))
        asked: dict[str, list[str]] = {}
        for key, _, value in (q.partition("=") for q in query.split("&")):
            if key:
                asked.setdefault(key, []).append(self.ids.get(value, value))
        said = {"authorization": f"Bearer {self.twin.token}", "notion-version": version, **(headers or {})}
        return self.twin.exchange(Exchange(method=method, path=f"/v1/{full}", query=asked, headers=said, body=body))

    def check(self, method: str, path: str, body: Any) -> None:
        """Sends it, judges the answer, and reads everything back if something may have been written."""
        self.check_bytes(method, path, json.dumps(body).encode())

    def check_bytes(self, method: str, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        try:
            with self.twin.store.transaction():
                status, answer = self.send(method, path, body, headers=headers)
                assert status in STATUSES, answer
                assert (answer.get("object") == "error") is (status != 200)
                assert status == 200 or answer["message"]
                if status == 200:
                    assert problems(answer) == []
                    self.read_back()
                raise UndoneError
        except UndoneError:
            pass

    def read_back(self) -> None:
        for method, path in READS:
            status, answer = self.send(method, path, b"{}")
            assert status in (200, 400, 404), answer
            if status == 200:
                assert problems(answer) == []


READS = (
    ("POST", "data_sources/source/query"),
    ("GET", "data_sources/source"),
    ("GET", "databases/database"),
    ("GET", "pages/page"),
    ("GET", "blocks/page/children"),
    ("POST", "search"),
    ("GET", "views?database_id=database"),
    ("GET", "views/view"),
    ("GET", "comments?block_id=page"),
    ("GET", "file_uploads"),
    ("GET", "users"),
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with open_twin(":memory:") as twin:
        yield World(twin, known(twin))


def known(twin: Twin) -> dict[str, str]:
    options = {"options": [{"name": "a", "color": "red"}, {"name": "b"}]}
    source = make(
        twin,
        N={"number": {}}, S={"select": options}, M={"multi_select": options}, T={"status": {}}, D={"date": {}},
        P={"people": {}}, C={"checkbox": {}}, U={"unique_id": {"prefix": "A"}}, X={"rich_text": {}}, F={"files": {}},
    )  # fmt: skip
    patch(twin, source, R={"relation": {"data_source_id": source, "dual_property": {}}})
    patch(
        twin,
        source,
        G={"formula": {"expression": 'prop("N") * 2'}},
        L={"rollup": {"function": "sum", "relation_property_name": "R", "rollup_property_name": "N"}},
    )
    other = row(twin, source, "b", N={"number": 2})
    values: dict[str, Any] = {"N": {"number": 1}, "S": {"select": {"name": "a"}}, "R": edges(other)}
    page = row(twin, source, "a", **values, D={"date": {"start": "2026-05-01"}})
    content = {"children": [{"paragraph": {"rich_text": text("x")}}, {"toggle": {"rich_text": text("y")}}]}
    blocks = twin.call("PATCH", f"blocks/{page}/children", content)["results"]
    database = twin.call("GET", f"data_sources/{source}")["parent"]["database_id"]
    view = twin.call("GET", "views", query={"database_id": database})["results"][0]["id"]
    gone = row(twin, source, "gone")
    twin.call("PATCH", f"pages/{gone}", {"in_trash": True})
    comment = twin.call("POST", "comments", {"parent": {"page_id": page}, "rich_text": text("well")})
    upload = twin.call("POST", "file_uploads", {"filename": "a.png"})["id"]
    twin.call("POST", f"file_uploads/{upload}/send", form={"file": Field(content=b"x", filename="a.png")})
    pending = twin.call("POST", "file_uploads", {"mode": "multi_part", "filename": "b.mp4", "number_of_parts": 2})["id"]
    asked = twin.call("POST", f"views/{view}/queries", {})["id"]
    return {
        "source": source, "page": page, "other": other, "block": blocks[0]["id"], "toggle": blocks[1]["id"],
        "database": database, "root": twin.root_page_id, "view": view, "gone": gone, "user": twin.bot_id,
        "discussion": comment["discussion_id"], "comment": comment["id"], "upload": upload, "pending": pending,
        "asked": asked, "number": schema(twin, source)["N"]["id"],
        "nobody": "3c6f5b3e-7f0a-4d54-9d8b-0a2a4b1c9e11", "noid": "12345678-1234-1234-1234-123456789012",
    }  # fmt: skip


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
    ("POST", "views"): {
        "data_source_id": "source", "database_id": "database", "name": "v", "type": "table",
        "filter": {"property": "N", "number": {"equals": 1}}, "sorts": [{"property": "N", "direction": "ascending"}],
        "configuration": {"type": "table", "properties": [{"property_id": "title", "visible": True}]},
    },
    ("PATCH", "comments/comment"): {"rich_text": []},
    ("POST", "comments "): {
        "discussion_id": "discussion", "rich_text": [], "attachments": [{"file_upload_id": "upload"}],
    },
    ("POST", "file_uploads"): {
        "mode": "multi_part", "filename": "a.mp4", "content_type": "video/mp4", "number_of_parts": 2,
    },
    ("POST", "file_uploads "): {"mode": "external_url", "filename": "a.png", "external_url": "https://example.org/a.png"},
    ("POST", "file_uploads/pending/complete"): {},
    ("POST", "views/view/queries"): {"page_size": 1},
    ("PATCH", "pages/page/markdown"): {"type": "insert_content", "insert_content": {"content": "# a"}},
    ("PATCH", "pages/page "): {
        "properties": {"F": {"files": [{"name": "a", "type": "file_upload", "file_upload": {"id": "upload"}}]}},
        "cover": {"type": "file_upload", "file_upload": {"id": "upload"}},
    },
    ("PATCH", "blocks/page/children "): {
        "children": [{"image": {"file_upload": {"id": "upload"}}}, {"file": {"external": {"url": "http://a"}}}]
    },
    ("PATCH", "views/view"): {"name": "v", "filter": None, "sorts": [], "configuration": {"type": "table"}},
}  # fmt: skip


def named(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with ids in the place of their names."""
    if isinstance(value, dict):
        return {key: named(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [named(item, ids) for item in value]
    return ids.get(value, value) if isinstance(value, str) else value


@FUZZED
@given(data=st.data(), endpoint=st.sampled_from(sorted(BASES)))
def test_no_request_makes_the_twin_fail(world: World, data: st.DataObject, endpoint: tuple[str, str]) -> None:
    method, path = endpoint
    world.check(method, path.strip(), data.draw(broken(named(BASES[endpoint], world.ids))))


TYPED = {
    ("POST", "databases"): "TCreateDatabaseBody",
    ("PATCH", "databases/database"): "TUpdateDatabaseBody",
    ("POST", "data_sources"): "TCreateDataSourceBody",
    ("PATCH", "data_sources/source"): "TUpdateDataSourceBody",
    ("POST", "data_sources/source/query"): "TQueryBody",
    ("POST", "pages"): "TCreatePageBody",
    ("PATCH", "pages/page"): "TUpdatePageBody",
    ("PATCH", "blocks/page/children"): "TAppendBody",
    ("POST", "search"): "TSearchBody",
}
_IN_THE_PATH = {"databases": "database_id", "data_sources": "data_source_id", "pages": "page_id", "blocks": "block_id"}


@pytest.fixture(scope="module")
def types() -> Any:
    return definitions()


@pytest.mark.skipif(not SCHEMA.exists(), reason="the SDK's types are not part of the project")
@pytest.mark.parametrize("spoiled", [False, True])
def test_every_request_of_the_types_is_answered(world: World, types: Any, spoiled: bool) -> None:
    @FUZZED
    @given(data=st.data(), endpoint=st.sampled_from(sorted(TYPED)))
    def run(data: st.DataObject, endpoint: tuple[str, str]) -> None:
        method, path = endpoint
        body = data.draw(bodies(types[TYPED[endpoint]], world.ids, types))
        if "/" in path:
            body.pop(_IN_THE_PATH[path.split("/")[0]], None)
        world.check(method, path, data.draw(broken(body)) if spoiled else body)

    run()


PATHS = (
    "pages/{}", "databases/{}", "data_sources/{}", "blocks/{}", "blocks/{}/children", "users/{}", "views/{}",
    "pages/{}/properties/{}", "data_sources/{}/templates", "comments?block_id={}", "views?database_id={}",
    "pages/page?filter_properties={}", "users?start_cursor={}", "blocks/page/children?page_size={}",
    "pages/page/properties/{}?start_cursor={}", "nothing/{}", "comments/{}", "file_uploads/{}", "pages/{}/markdown",
    "file_uploads/{}/complete", "file_uploads/{}/send", "file_uploads?status={}", "file_uploads?start_cursor={}",
    "views/{}/queries/{}", "views/view/queries/asked?page_size={}", "custom_emojis?name={}", "pages/{}/move",
    "data_sources/source/query?filter_properties={}", "data_sources/source/templates?name={}&page_size={}",
)  # fmt: skip


@settings(FUZZED, max_examples=EXAMPLES // 2)
@given(data=st.data(), path=st.sampled_from(PATHS), method=st.sampled_from(("GET", "DELETE", "PATCH", "POST")))
def test_no_path_or_query_makes_the_twin_fail(world: World, data: st.DataObject, path: str, method: str) -> None:
    part = st.one_of(st.sampled_from([*world.ids, "title", "%3A", "%zz", "..", "0", "101"]), st.text(max_size=5))
    while "{}" in path:
        path = path.replace("{}", data.draw(part), 1)
    world.check(method, path, data.draw(st.one_of(st.just({}), ANYTHING)))


KEYS = ("page_size", "start_cursor", "filter_properties", "filter_properties[]", "block_id", "status", "database_id")
GIVEN = ("1", "2", "101", "-1", "x", "", "page", "source", "database", "title", "%3A", "N", "pending")
LISTS = (
    "users",
    "blocks/page/children",
    "pages/page",
    "comments",
    "views",
    "file_uploads",
    "pages/page/properties/title",
)


@settings(FUZZED, max_examples=EXAMPLES // 2)
@given(
    path=st.sampled_from(LISTS),
    query=st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(GIVEN)), max_size=5),
)
def test_no_repeated_query_makes_the_twin_fail(world: World, path: str, query: list[tuple[str, str]]) -> None:
    world.check("GET", f"{path}?{'&'.join(f'{key}={value}' for key, value in query)}", {})


HEADERS = ("authorization", "notion-version", "content-type", "accept", "content-length", "host")
WORTHS = (
    "",
    " ",
    "Bearer",
    "Bearer  ",
    "bearer x y",
    "2025-09-03",
    "2022-06-28",
    "multipart/form-data",
    "null",
    "\x00",
)


@settings(FUZZED, max_examples=EXAMPLES // 2)
@given(
    endpoint=st.sampled_from((("GET", "users/me"), ("POST", "search"), ("POST", "file_uploads/pending/send"))),
    headers=st.dictionaries(st.sampled_from(HEADERS), st.one_of(st.sampled_from(WORTHS), st.text(max_size=9))),
)
def test_no_header_makes_the_twin_fail(world: World, endpoint: tuple[str, str], headers: dict[str, str]) -> None:
    world.check_bytes(*endpoint, b"{}", headers)


FORM_PARTS = (
    b"--b\r\n", b"--b--\r\n", b"\r\n", b"\r\n\r\n", b"--", b'Content-Disposition: form-data; name="file"',
    b'Content-Disposition: form-data; name="part_number"', b"Content-Type: video/mp4", b"Content-Type: \xff",
    b"; filename=", b'"a.mp4"', b"1", b"filename*=utf-8''%ff", b"\x00",
)  # fmt: skip
GOOD_FORM = (
    b'--b\r\nContent-Disposition: form-data; name="part_number"\r\n\r\n1\r\n--b\r\n'
    b'Content-Disposition: form-data; name="file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\nxyz\r\n--b--\r\n'
)


@settings(FUZZED, max_examples=EXAMPLES // 2)
@example(body=GOOD_FORM, kind="multipart/form-data; boundary=b")
@given(
    body=st.one_of(
        st.lists(st.one_of(st.sampled_from(FORM_PARTS), st.binary(max_size=3)), max_size=12).map(b"".join),
        st.builds(
            lambda at, size, put: GOOD_FORM[:at] + put + GOOD_FORM[at + size :],
            st.integers(0, len(GOOD_FORM)),
            st.integers(0, 20),
            st.one_of(st.sampled_from(FORM_PARTS), st.binary(max_size=3)),
        ),
    ),
    kind=st.sampled_from(
        (
            "multipart/form-data; boundary=b",
            'multipart/form-data; boundary="b"',
            "multipart/form-data",
            "text/plain; boundary=b",
        )
    ),
)
def test_no_form_makes_the_twin_fail(world: World, body: bytes, kind: str) -> None:
    world.check_bytes("POST", "file_uploads/pending/send", body, {"content-type": kind})


@settings(FUZZED, max_examples=max(EXAMPLES // 10, 30))
@example(method="GET", path="/_twin/files/")
@example(method="GET", path="/_twin/files/a?X-Amz-Expires=x&X-Amz-Signature=%ff")
@example(method="DELETE", path="/_twin/requests")
@example(method="POST", path="/_twin/requests?x")
@example(method="GET", path="/v1/pages/%00%ff")
@given(
    method=st.sampled_from(("GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "PATCH")),
    path=st.text(st.sampled_from("/_twinfilesrequestsv1?=&%.;#0aÿ "), max_size=30).map(lambda tail: f"/{tail}"),
)
def test_no_path_over_http_makes_the_twin_fail(world: World, method: str, path: str) -> None:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app=world.twin.app)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(method, f"http://twin{path}")

    assert asyncio.run(once()).status_code < 500


@FUZZED
@example(body=b"")
@example(body=b"[" * 100_000)
@example(body=b'{"query": "\\ud800"}')
@example(body=b'{"page_size": 1e999}')
@example(body=b'{"query": ' + b"9" * 5000 + b"}")
@given(body=st.binary(max_size=40))
def test_no_bytes_make_the_twin_fail(world: World, body: bytes) -> None:
    assert world.send("POST", "search", body)[0] in STATUSES
