"""Bad input, as HTTP brings it: Notion's error, Notion's status, in Notion's order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from reconciler.twin import Twin, TwinError
from tests.twin.build import make, row, text

Send = Callable[..., httpx.Response]


@pytest.fixture
def send(twin: Twin) -> Send:
    """A request to the application; the good token and version unless other headers are given."""
    good = {"Authorization": f"Bearer {twin.token}", "Notion-Version": "2026-03-11"}

    def run(method: str, path: str, content: bytes = b"", headers: dict[str, str] | None = None) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=twin.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
                return await client.request(method, path, content=content, headers=good if headers is None else headers)

        return asyncio.run(once())

    return run


def refused(twin: Twin, path: str, body: Any, method: str = "POST") -> str:
    with pytest.raises(TwinError) as caught:
        twin.call(method, path, body)
    assert (caught.value.status, caught.value.code) == (400, "validation_error")
    return caught.value.message


def paragraph(content: str = "x") -> dict[str, Any]:
    return {"paragraph": {"rich_text": text(content)}}


def test_each_check_hides_those_after_it(send: Send, twin: Twin) -> None:
    """Path, then JSON, then token, then version, then the body: each request is wrong in all that follows."""
    token = {"Authorization": f"Bearer {twin.token}"}
    steps = [
        (send("POST", "/v1/nowhere", b"{", {}), 400, "invalid_request_url"),
        (send("POST", "/v1/search", b"{", {}), 400, "invalid_json"),
        (send("POST", "/v1/search", b'{"query": 1}', {}), 401, "unauthorized"),
        (send("POST", "/v1/search", b'{"query": 1}', {"Authorization": "Bearer no"}), 401, "unauthorized"),
        (send("POST", "/v1/search", b'{"query": 1}', token), 400, "missing_version"),
        (send("POST", "/v1/search", b'{"query": 1}', {**token, "Notion-Version": "1"}), 400, "validation_error"),
        (send("POST", "/v1/search", b'{"query": 1}'), 400, "validation_error"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer, _, _ in steps] == [s[1:] for s in steps]
    assert steps[-2][0].json()["message"].startswith("Notion-Version header failed validation")
    assert steps[-1][0].json()["message"].startswith("body failed validation: body.query")


@pytest.mark.parametrize("scheme", ["Basic x", "Bearer", "Bearer  ", "x"])
def test_a_token_of_another_form_is_refused(send: Send, scheme: str) -> None:
    answer = send("GET", "/v1/users/me", headers={"Authorization": scheme, "Notion-Version": "2026-03-11"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


@pytest.mark.parametrize("content", [b"{", b"[]", b'"a"', b"nul", b"\xff", b'{"a": Infinity}', b"[" * 100_000])
def test_json_that_is_broken_or_no_object_is_refused(send: Send, content: bytes) -> None:
    answer = send("POST", "/v1/search", content)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


def test_another_content_type_with_json_in_it_is_taken(send: Send, twin: Twin) -> None:
    headers = {"Authorization": f"Bearer {twin.token}", "Notion-Version": "2026-03-11", "Content-Type": "text/plain"}
    assert send("POST", "/v1/search", b"{}", headers).status_code == 200
    form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    assert send("POST", "/v1/search", b"query=a", form).json()["code"] == "invalid_json"


def test_a_body_of_500_kilobytes_is_taken_and_one_byte_more_is_not(send: Send) -> None:
    whole = b'{"query": "a"' + b" " * (500 * 1024 - 14) + b"}"
    assert send("POST", "/v1/search", whole).status_code == 200
    answer = send("POST", "/v1/search", whole + b" ")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_more_than_100_elements_are_refused(twin: Twin) -> None:
    page = row(twin, make(twin))
    said = refused(twin, f"blocks/{page}/children", {"children": [paragraph()] * 101}, "PATCH")
    assert said == "body failed validation: body.children.length should be ≤ `100`, instead was `101`."
    many = [{"text": {"content": "x"}}] * 101
    said = refused(twin, f"pages/{page}", {"properties": {"Name": {"title": many}}}, "PATCH")
    assert "body.properties.Name.title.length should be ≤ `100`, instead was `101`." in said


def test_more_than_1000_blocks_are_refused(twin: Twin) -> None:
    page = row(twin, make(twin))
    toggles = [{"toggle": {"rich_text": [], "children": [paragraph()] * 99}}] * 10
    twin.call("PATCH", f"blocks/{page}/children", {"children": toggles})
    assert "1000" in refused(twin, f"blocks/{page}/children", {"children": [*toggles, paragraph()]}, "PATCH")
    assert len(twin.call("GET", f"blocks/{page}/children")["results"]) == 10


def test_text_is_counted_in_utf_16(twin: Twin) -> None:
    source = make(twin)
    assert row(twin, source, "😀" * 1000)
    body = {"parent": {"data_source_id": source}, "properties": {"Name": {"title": text("😀" * 1000 + "x")}}}
    said = refused(twin, "pages", body)
    assert said.endswith("body.properties.Name.title[0].text.content.length should be ≤ `2000`, instead was `2001`.")


def test_a_query_key_that_is_repeated_counts_last_and_lists_add_up(send: Send, twin: Twin) -> None:
    source = make(twin, A={"number": {}}, B={"number": {}})
    page = row(twin, source)
    for _ in range(3):
        twin.call("PATCH", f"blocks/{page}/children", {"children": [paragraph()]})
    sized = send("GET", f"/v1/blocks/{page}/children?page_size=1&page_size=2").json()
    assert len(sized["results"]) == 2
    narrowed = send("GET", f"/v1/pages/{page}?filter_properties=B&filter_properties=A").json()
    assert list(narrowed["properties"]) == ["B", "A"]
    assert send("GET", f"/v1/blocks/{page}/children?page_size=101").json()["message"] == (
        "query failed validation: query.page_size should be ≤ `100` or `undefined`, instead was `101`."
    )


@pytest.mark.parametrize(("method", "path"), [("PUT", "pages"), ("DELETE", "pages/x"), ("GET", "pages"), ("GET", "")])
def test_methods_and_paths_that_are_not_there_are_one_error(send: Send, method: str, path: str) -> None:
    answer = send(method, f"/v1/{path}")
    assert (answer.status_code, answer.json()["message"]) == (400, "Invalid request URL.")


def test_properties_asked_for_must_be_names(twin: Twin) -> None:
    page = row(twin, make(twin))
    assert "body.filter_properties[0] should be a string" in refused(
        twin, f"pages/{page}", {"filter_properties": [{}]}, "PATCH"
    )


def test_a_file_needs_a_url_that_is_one(twin: Twin) -> None:
    page = row(twin, make(twin))
    icon = {"type": "file", "file": {"url": "http://["}}
    assert "body.icon.file.url should be a valid url" in refused(twin, f"pages/{page}", {"icon": icon}, "PATCH")


def test_nothing_is_moved_into_itself(twin: Twin) -> None:
    source = make(twin)
    database = twin.call("GET", f"data_sources/{source}")["parent"]["database_id"]
    page = row(twin, source)
    refused(twin, f"databases/{database}", {"parent": {"type": "page_id", "page_id": page}}, "PATCH")
    inner = twin.call("POST", "databases", {"parent": {"page_id": page}})
    refused(twin, f"pages/{page}/move", {"parent": {"data_source_id": inner["data_sources"][0]["id"]}})
    refused(twin, f"data_sources/{source}", {"parent": {"database_id": inner["id"]}}, "PATCH")
    assert twin.call("GET", f"pages/{page}")["parent"]["data_source_id"] == source


@pytest.mark.parametrize(
    ("position", "order"),
    [(None, "abn"), ({"type": "page_end"}, "abn"), ({"type": "page_start"}, "nab"), ("a", "anb")],
)
def test_a_new_page_is_put_where_it_is_wanted(twin: Twin, position: Any, order: str) -> None:
    def below(title: str, **more: Any) -> str:
        body = {"parent": {"page_id": twin.root_page_id}, "properties": {"title": text(title)}, **more}
        return str(twin.call("POST", "pages", body)["id"])

    first = below("a")
    below("b")
    if position == "a":
        position = {"type": "after_block", "after_block": {"id": first}}
    below("n", **({} if position is None else {"position": position}))
    found = twin.call("GET", f"blocks/{twin.root_page_id}/children")["results"]
    assert "".join(block["child_page"]["title"] for block in found) == order


def test_a_place_that_is_none_is_refused(twin: Twin) -> None:
    source = make(twin)
    in_rows = {"parent": {"data_source_id": source}, "properties": {}, "position": {"type": "page_start"}}
    assert "body.position should be not present" in refused(twin, "pages", in_rows)
    nowhere = {"parent": {"page_id": twin.root_page_id}, "properties": {}, "position": {"type": "middle"}}
    assert "body.position.type should be" in refused(twin, "pages", nowhere)


def test_a_file_block_with_an_empty_url_is_answered(twin: Twin) -> None:
    page = row(twin, make(twin))
    file = {"file": {"type": "external", "external": {"url": ""}}}
    (made,) = twin.call("PATCH", f"blocks/{page}/children", {"children": [file]})["results"]
    assert made["file"]["external"] == {"url": ""}
