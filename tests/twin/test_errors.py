"""Errors: Notion's envelope, Notion's order of checks, Notion's words."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import pytest

from reconciler.twin import Twin, TwinError
from tests.twin.build import make, row


@pytest.fixture
def send(twin: Twin) -> Any:
    """Send a raw request to the application."""

    def run(method: str, path: str, *, headers: dict[str, str] | None = None, content: bytes = b"") -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=twin.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
                return await client.request(method, path, headers=headers, content=content)

        return asyncio.run(once())

    return run


def good(twin: Twin) -> dict[str, str]:
    return {"Authorization": f"Bearer {twin.token}", "Notion-Version": "2026-03-11"}


def test_checks_come_in_notions_order(twin: Twin, send: Any) -> None:
    nobody = {"Notion-Version": "2026-03-11"}
    url, broken, token = "Invalid request URL.", "Error parsing JSON body.", "API token is invalid."
    form = 'Authorization header must use the format "Bearer <token>".'
    stranger = {**nobody, "Authorization": "Bearer x"}
    cases = [
        (send("GET", "/v1/nothing"), 400, "invalid_request_url", url),
        (send("PUT", "/v1/users/me", headers=good(twin)), 400, "invalid_request_url", url),
        (send("POST", "/v1/search", content=b"{"), 400, "invalid_json", broken),
        (send("POST", "/v1/search", headers=good(twin), content=b'{"a": NaN}'), 400, "invalid_json", broken),
        (send("GET", "/v1/users/me", headers=nobody), 401, "unauthorized", form),
        (send("GET", "/v1/users/me", headers=stranger), 401, "unauthorized", token),
    ]
    for response, status, code, message in cases:
        body = response.json()
        assert (response.status_code, body["code"], body["message"]) == (status, code, message)
        assert list(body) == ["object", "status", "code", "message", "request_id"]
        assert response.headers["x-notion-request-id"] == body["request_id"]
        assert response.headers["content-type"] == "application/json; charset=utf-8"


def test_the_version_is_required_and_must_be_known(twin: Twin, send: Any) -> None:
    token = {"Authorization": f"Bearer {twin.token}"}
    without = send("GET", "/v1/users/me", headers=token).json()
    assert (without["code"], without["message"]) == (
        "missing_version",
        "Notion-Version header failed validation: Notion-Version header should be defined, instead was `undefined`.",
    )
    strange = send("GET", "/v1/users/me", headers={**token, "Notion-Version": "2020-01-01"})
    assert (strange.status_code, strange.json()["code"]) == (400, "validation_error")


def test_a_success_carries_the_request_id_last_and_in_a_header(twin: Twin, send: Any) -> None:
    response = send("GET", "/v1/users/me", headers=good(twin))
    assert list(response.json())[-1] == "request_id"
    assert response.headers["x-notion-request-id"] == response.json()["request_id"]


def test_too_large_a_body_is_refused(twin: Twin, send: Any) -> None:
    response = send("POST", "/v1/search", headers=good(twin), content=b'{"query": "' + b"x" * 520_000 + b'"}')
    assert (response.status_code, response.json()["code"]) == (400, "validation_error")


@pytest.mark.parametrize(
    ("path", "name"),
    [("pages", "page_id"), ("databases", "database_id"), ("data_sources", "data_source_id"), ("blocks", "block_id")],
)
def test_ids_must_be_uuids_and_known(twin: Twin, path: str, name: str) -> None:
    for wrong in ("AAA", "f3f2e850-b5d4-11ef-9cd2-0242ac120002", "12345678-1234-1234-1234-123456789012"):
        with pytest.raises(TwinError) as caught:
            twin.call("GET", f"{path}/{wrong}")
        assert (
            caught.value.message
            == f'path failed validation: path.{name} should be a valid uuid, instead was `"{wrong}"`.'
        )
    stranger = str(uuid.uuid4())
    with pytest.raises(TwinError) as caught:
        twin.call("GET", f"{path}/{stranger.replace('-', '')}")
    noun = name.removesuffix("_id")
    assert (caught.value.status, caught.value.code) == (404, "object_not_found")
    assert caught.value.message == (
        f"Could not find {noun} with ID: {stranger}. Make sure the relevant pages and databases are shared with your "
        'integration "Twin".'
    )
    assert caught.value.additional_data == {"integration_id": twin.bot_id}


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("pages", {"properties": {}}, "body.parent should be defined, instead was `undefined`."),
        ("search", {"query": 1}, "body.query should be a string, instead was `1`."),
        ("search", {"nope": 1}, "body.nope should be not present, instead was `1`."),
        (
            "search",
            {"filter": {"property": "object", "value": "database"}},
            'body.filter.value should be `"page"`, or `"data_source"`, instead was `"database"`.',
        ),
    ],
)
def test_bodies_are_refused_in_notions_words(twin: Twin, path: str, body: Any, message: str) -> None:
    with pytest.raises(TwinError) as caught:
        twin.call("POST", path, body)
    assert caught.value.message == f"body failed validation: {message}"


def test_a_parent_of_no_kind_names_every_kind(twin: Twin) -> None:
    with pytest.raises(TwinError, match=r"Fix one:\nbody\.parent\.page_id should be defined"):
        twin.call("POST", "databases", {"parent": {}})


def test_rich_text_that_is_nothing_names_every_member(twin: Twin) -> None:
    with pytest.raises(TwinError) as caught:
        row(twin, make(twin), Name={"title": [{}]})
    assert caught.value.message == "body failed validation. Fix one:\n" + "\n".join(
        f"body.properties.Name.title[0].{kind} should be defined, instead was `undefined`."
        for kind in ("text", "mention", "equation")
    )


@pytest.mark.parametrize(
    ("missing", "method", "path"),
    [("read", "GET", "pages/{page}"), ("update", "PATCH", "pages/{page}"), ("insert", "POST", "pages")],
)
def test_a_token_without_the_capability_is_refused(twin: Twin, missing: str, method: str, path: str) -> None:
    token = twin.admin.token(capabilities={"read", "update", "insert"} - {missing})
    page = row(twin, make(twin))
    body = {"parent": {"page_id": twin.root_page_id}, "properties": {}} if method == "POST" else {}
    with pytest.raises(TwinError) as caught:
        twin.call(method, path.format(page=page), None if method == "GET" else body, token=token)
    assert (caught.value.status, caught.value.code) == (403, "restricted_resource")


def test_what_is_not_shared_is_not_there(twin: Twin) -> None:
    source = make(twin, "Secret")
    page = row(twin, source, "a")
    twin.admin.unshare(source)
    for path in (f"data_sources/{source}", f"pages/{page}"):
        with pytest.raises(TwinError, match="Could not find"):
            twin.call("GET", path)
    assert twin.call("POST", "search", {"query": "Secret"})["results"] == []


def test_people_are_found_and_strangers_are_not(twin: Twin) -> None:
    ada = twin.admin.person("Ada", "ada@example.org")
    page = row(twin, make(twin, P={"people": {}}), P={"people": [{"id": ada}]})
    shown = twin.call("GET", f"pages/{page}")["properties"]["P"]["people"]
    assert shown == [
        {
            "object": "user",
            "id": ada,
            "name": "Ada",
            "avatar_url": None,
            "type": "person",
            "person": {"email": "ada@example.org"},
        }
    ]
    assert [user["name"] for user in twin.call("GET", "users")["results"]] == ["Twin", "Ada"]
    with pytest.raises(TwinError, match="Could not find user with ID"):
        twin.call("GET", f"users/{uuid.uuid4()}")


def test_requests_are_logged(twin: Twin, send: Any) -> None:
    twin.requests.clear()
    twin.call("GET", "users/me")
    send("GET", "/v1/nothing")
    assert send("GET", "/_twin/requests").json() == {
        "requests": [
            {"method": "GET", "path": "/v1/users/me", "status": 200},
            {"method": "GET", "path": "/v1/nothing", "status": 400},
        ]
    }
    assert send("DELETE", "/_twin/requests").json() == {"requests": []}


def test_surrogate_halves_do_not_reach_the_store(twin: Twin) -> None:
    page = row(twin, make(twin), "a\ud800b\x00")
    shown = twin.call("GET", f"pages/{page}")["properties"]["Name"]["title"][0]["plain_text"]
    assert shown == "a\ufffdb\x00"
