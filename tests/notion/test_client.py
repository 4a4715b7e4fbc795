"""What the client sends, what it sends again, and what it never sends."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from reconciler.model.finding import WtstateError
from reconciler.notion import errors
from reconciler.notion.client import Client, checked_base_url, connect, only_reads
from reconciler.notion.retry import ATTEMPTS, PATIENCE, STRANGER
from tests.notion.service import TOKEN, Answer, Service, problem

OK = httpx.Response(200, json={"object": "page", "id": "p"})
BODY: dict[str, Any] = {"properties": {}}


def ask(client: Client) -> Any:
    """A read."""
    return client.request("GET", "pages/p")


def find(client: Client) -> Any:
    """A read by POST."""
    return client.request("POST", "data_sources/d/query", body={})


def make(client: Client) -> Any:
    """A write."""
    return client.request("POST", "pages", body=BODY)


def change(client: Client) -> Any:
    """Another write."""
    return client.request("PATCH", "pages/p", body=BODY)


def test_a_request_carries_version_token_query_and_body() -> None:
    service = Service(script=[OK])
    service.run(
        lambda c: c.request("post", "/data_sources/d/query", query={"filter_properties": ["a%3A", "b"]}, body={"x": 1})
    )
    (request,) = service.seen
    assert request.headers["Notion-Version"] == "2026-03-11"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.url.params.get_list("filter_properties") == ["a%3A", "b"]
    assert json.loads(request.content) == {"x": 1}
    assert request.method == "POST"
    assert request.url.path == "/v1/data_sources/d/query"


def test_an_encoded_property_id_stays_encoded_once_in_a_path() -> None:
    service = Service(script=[OK])
    service.run(lambda c: c.request("GET", "pages/p/properties/f%5C%5C%3Ap"))
    assert service.seen[0].url.raw_path == b"/v1/pages/p/properties/f%5C%5C%3Ap"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "pages/p", True),
        ("POST", "data_sources/d/query", True),
        ("POST", "search", True),
        ("POST", "data_sources/d", False),
        ("POST", "data_sources/d/query/more", False),
        ("POST", "pages", False),
        ("PATCH", "data_sources/d/query", False),
        ("DELETE", "blocks/b", False),
    ],
)
def test_a_reading_client_refuses_to_write_before_anything_is_sent(method: str, path: str, allowed: bool) -> None:
    assert only_reads(method, path) is allowed
    service = Service(script=[OK])
    if allowed:
        service.run(lambda c: c.request(method, path), read_only=True)
        assert len(service.seen) == 1
        return
    with pytest.raises(errors.ForbiddenRequest, match=path):
        service.run(lambda c: c.request(method, path), read_only=True)
    assert service.seen == []


@pytest.mark.parametrize("status", [429, 529])
@pytest.mark.parametrize("send", [ask, find, make, change])
def test_every_method_waits_as_long_as_notion_says(status: int, send: Callable[[Client], Any]) -> None:
    service = Service(script=[problem(status, "rate_limited", retry_after="130"), OK])
    service.run(send)
    assert service.time.pauses == [130.0]
    assert service.said == [(130.0, "Notion asks to wait")]
    assert len(service.seen) == 2


def test_a_wait_may_stand_in_the_body_or_be_a_date() -> None:
    in_body = problem(429, "rate_limited", data={"retry_after": "7"})
    by_date = problem(429, "rate_limited", retry_after="Sun, 22 Nov 2026 17:00:30 GMT")
    by_date.headers["Date"] = "Sun, 22 Nov 2026 17:00:00 GMT"
    service = Service(script=[in_body, by_date, OK])
    service.run(ask)
    assert service.time.pauses == [7.0, 30.0]


def test_waiting_ends_after_much_patience() -> None:
    service = Service(respond=lambda _: problem(429, "rate_limited", retry_after="60"))
    with pytest.raises(errors.RateLimited):
        service.run(ask)
    assert len(service.seen) == PATIENCE


def test_a_blocked_connection_does_not_wait() -> None:
    service = Service(script=[problem(429, "rate_limited", data={"rate_limit_reason": "public_api_request_blocked"})])
    with pytest.raises(errors.Blocked) as caught:
        service.run(ask)
    assert errors.finding(caught.value).code == "rate-blocked"
    assert service.time.pauses == []


FAILURES: list[Answer] = [
    problem(500, "internal_server_error"),
    httpx.Response(502, text="<html>Bad gateway</html>"),
    problem(503, "service_unavailable"),
    problem(504, "gateway_timeout"),
    httpx.Response(200, text="<html>hello</html>"),
    httpx.Response(200, json=[]),
    httpx.ReadTimeout("no answer"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
@pytest.mark.parametrize("send", [ask, find])
def test_a_read_is_sent_again_a_few_times(send: Callable[[Client], Any], failure: Answer) -> None:
    service = Service(script=[failure, failure, OK])
    assert service.run(send) == {"object": "page", "id": "p"}
    assert len(service.time.pauses) == 2
    assert 0.5 <= service.time.pauses[0] <= 1
    assert 1 <= service.time.pauses[1] <= 2
    tired = Service(respond=lambda _: failure)
    with pytest.raises(errors.Unavailable) as caught:
        tired.run(send)
    assert len(tired.seen) == ATTEMPTS
    assert errors.finding(caught.value).code == "notion-unavailable"


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
@pytest.mark.parametrize("send", [make, change])
def test_a_write_of_unknown_outcome_is_sent_once(send: Callable[[Client], Any], failure: Answer) -> None:
    service = Service(script=[failure])
    with pytest.raises(errors.Ambiguous) as caught:
        service.run(send)
    assert len(service.seen) == 1
    finding = errors.finding(caught.value)
    assert finding.code == "unclear-write"
    assert "the next plan reads what is there" in finding.next


NEVER_SENT: list[Answer] = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full")]


@pytest.mark.parametrize("failure", NEVER_SENT, ids=repr)
@pytest.mark.parametrize("send", [ask, make])
def test_what_was_never_sent_is_sent_again_whatever_it_is(send: Callable[[Client], Any], failure: Answer) -> None:
    service = Service(script=[failure, OK])
    service.run(send)
    assert len(service.seen) == 2
    stranger = Service(respond=lambda _: failure)
    with pytest.raises(errors.Unreachable) as caught:
        stranger.run(send)
    assert len(stranger.seen) == STRANGER
    assert errors.finding(caught.value).code == "cannot-connect"


def test_one_who_answered_before_is_tried_longer() -> None:
    refused: list[Answer] = [httpx.ConnectError("refused")] * ATTEMPTS
    service = Service(script=[OK, *refused])

    async def twice(client: Client) -> None:
        await ask(client)
        await ask(client)

    with pytest.raises(errors.Unreachable):
        service.run(twice)
    assert len(service.seen) == 1 + ATTEMPTS


def test_a_conflict_is_tried_again_by_reads_alone() -> None:
    """Whoever writes looks first what stands there now (`reconciler.execute.settle`)."""
    service = Service(script=[problem(409, "conflict_error"), OK])
    service.run(ask)
    assert len(service.seen) == 2
    stubborn = Service(respond=lambda _: problem(409, "conflict_error"))
    with pytest.raises(errors.Conflict):
        stubborn.run(change)
    assert len(stubborn.seen) == 1


class Told:
    """A watch that keeps what it is told."""

    def __init__(self, refuses: bool = False) -> None:
        self.words: list[str] = []
        self._refuses = refuses

    async def sending(self) -> None:
        if self._refuses:
            raise PermissionError
        self.words.append("sending")

    def answered(self, answer: Mapping[str, Any]) -> None:
        self.words.append(f"answered {answer['id']}")

    def failed(self, error: errors.NotionError) -> None:
        self.words.append(f"failed {error.status}")


def test_a_watch_is_told_of_every_attempt_of_a_write() -> None:
    told = Told()
    service = Service(script=[problem(429, "rate_limited", retry_after="1"), OK])
    service.run(lambda c: c.request("PATCH", "pages/p", body={}, watch=told))
    assert told.words == ["sending", "failed 429", "sending", "answered p"]


def test_what_a_watch_refuses_is_not_sent() -> None:
    service = Service(script=[OK])
    with pytest.raises(PermissionError):
        service.run(lambda c: c.request("PATCH", "pages/p", body={}, watch=Told(refuses=True)))
    assert service.seen == []


def test_being_cancelled_waits_for_the_write_on_its_way_and_not_for_a_pause() -> None:
    told, began, goes_on = Told(), asyncio.Event(), asyncio.Event()

    async def slow(request: httpx.Request) -> httpx.Response:
        began.set()
        await goes_on.wait()
        return OK

    async def cancelled() -> None:
        async with connect(TOKEN, read_only=False, transport=httpx.MockTransport(slow)) as client:
            task = asyncio.ensure_future(client.request("PATCH", "pages/p", body={}, watch=told))
            await began.wait()
            task.cancel()
            await asyncio.sleep(0.01)
            assert not task.done()
            goes_on.set()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancelled())
    assert told.words == ["sending", "answered p"]

    async def waiting() -> None:
        busy = problem(429, "rate_limited", retry_after="600")
        async with connect(TOKEN, read_only=False, transport=httpx.MockTransport(lambda _: busy)) as client:
            task = asyncio.ensure_future(client.request("PATCH", "pages/p", body={}))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, 5)

    asyncio.run(waiting())


REFUSALS: list[tuple[httpx.Response, type[errors.NotionError], str]] = [
    (problem(401, "unauthorized", "API token is invalid."), errors.Unauthorized, "token-refused"),
    (problem(403, "restricted_resource"), errors.Restricted, "no-capability"),
    (problem(403, "restricted_resource", data={"block_limit": "block_creation"}), errors.Restricted, "block-limit"),
    (problem(404, "object_not_found"), errors.NotFound, "not-shared"),
    (problem(400, "validation_error"), errors.Invalid, "notion-refused"),
    (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), errors.Invalid, "notion-refused"),
]


@pytest.mark.parametrize(("answer", "kind", "code"), REFUSALS)
def test_a_refusal_is_not_sent_again_and_says_what_to_do(
    answer: httpx.Response, kind: type[errors.NotionError], code: str
) -> None:
    service = Service(script=[answer])
    with pytest.raises(kind) as caught:
        service.run(ask)
    assert len(service.seen) == 1
    assert caught.value.status == answer.status_code
    finding = errors.finding(caught.value)
    assert finding.code == code
    assert finding.next


def test_half_a_character_is_refused_before_it_is_sent() -> None:
    service = Service(script=[OK])
    with pytest.raises(errors.Invalid, match="half a character"):
        service.run(lambda c: c.request("POST", "pages", body={"text": "\ud83d"}))
    assert service.seen == []


def test_a_path_that_leaves_the_api_is_refused() -> None:
    service = Service(script=[OK])
    with pytest.raises(errors.Invalid, match="not a path"):
        service.run(lambda c: c.request("GET", "pages/../users"))
    assert service.seen == []


def test_the_token_is_in_no_error_and_no_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    service = Service(script=[problem(401, "unauthorized", f"API token {TOKEN} is invalid.")])
    with pytest.raises(errors.Unauthorized) as caught:
        service.run(ask)
    written = [
        str(caught.value),
        repr(caught.value),
        str(errors.finding(caught.value)),
        caplog.text,
        *capfd.readouterr(),
    ]
    assert all(TOKEN not in text for text in written)
    assert "[token]" in caught.value.message


def test_sent_counts_the_wire_and_retries_what_was_repeated() -> None:
    async def work(client: Client) -> tuple[int, int]:
        await ask(client)
        await ask(client)
        return client.sent, client.retries

    assert Service(script=[problem(503, "service_unavailable"), OK, OK]).run(work) == (3, 1)


@pytest.mark.parametrize(
    "url", ["https://api.notion.com/", "http://127.0.0.1:8787", "http://localhost:1", "http://[::1]:9"]
)
def test_a_base_url_that_a_token_may_go_to(url: str) -> None:
    assert checked_base_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.notion.com",
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "api.notion.com",
        "",
        "http://localhost@evil.example",
    ],
)
def test_a_base_url_that_it_may_not_go_to(url: str) -> None:
    with pytest.raises(WtstateError) as caught:
        checked_base_url(url)
    assert caught.value.findings[0].code == "base-url"
