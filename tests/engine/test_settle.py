"""Writes whose outcome is not clear: looked for, taken as done where they are there, sent again where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from reconciler.execute.ground import Refused
from reconciler.execute.settle import ATTEMPTS, Answer, Look, Write, nothing_new, write
from reconciler.model.finding import Finding
from reconciler.notion import errors
from reconciler.notion.client import Client
from tests.notion.service import Answer as Answered
from tests.notion.service import Service, problem

UNCLEAR: list[Answered] = [
    problem(500, "internal_server_error"),
    httpx.Response(502, text="<html>"),
    problem(503, "service_unavailable"),
    problem(504, "gateway_timeout"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("cut"),
]


def page(**words: Any) -> httpx.Response:
    """A page as answered."""
    return httpx.Response(200, json={"object": "page", "id": "p", **words})


def listed(*ids: str) -> httpx.Response:
    """A list of pages."""
    body = {"object": "list", "results": [{"object": "page", "id": one} for one in ids], "has_more": False}
    return httpx.Response(200, json={**body, "next_cursor": None})


TRASH = Write(method="PATCH", path="pages/p", body={"in_trash": True}, look=nothing_new("pages/p", {"in_trash": True}))


async def _find(client: Client) -> Sequence[Answer]:
    found: list[Answer] = (await client.request("POST", "data_sources/d/query", body={}))["results"]
    return found


MAKE = Write(
    method="POST", path="pages", body={}, look=Look(find=_find, holds=lambda a: a["id"] == "mine", appears=True)
)


def send(service: Service, wanted: Write) -> Answer:
    """Sends the write and gives what it came to."""

    async def work(client: Client) -> Answer:
        return await write(wanted, client=client, clock=service.time.clock)

    return service.run(work)


@pytest.mark.parametrize("unclear", UNCLEAR, ids=repr)
def test_a_change_that_is_there_is_not_sent_again(unclear: Any) -> None:
    service = Service(script=[unclear, page(in_trash=True)])
    assert send(service, TRASH)["in_trash"] is True
    assert service.paths == ["PATCH pages/p", "GET pages/p"]
    assert service.time.pauses == []


@pytest.mark.parametrize("unclear", UNCLEAR, ids=repr)
def test_a_change_that_is_not_there_is_sent_again(unclear: Any) -> None:
    service = Service(script=[unclear, page(in_trash=False), page(in_trash=True, id="again")])
    assert send(service, TRASH)["id"] == "again"
    assert service.paths == ["PATCH pages/p", "GET pages/p", "PATCH pages/p"]


@pytest.mark.parametrize("unclear", UNCLEAR, ids=repr)
def test_what_may_still_appear_is_looked_for_after_65_seconds(unclear: Any) -> None:
    service = Service(script=[unclear, listed("other", "mine")])
    assert send(service, MAKE)["id"] == "mine"
    assert service.paths == ["POST pages", "POST data_sources/d/query"]
    assert service.time.pauses == [65.0]


def test_what_never_appeared_is_made_once_more() -> None:
    service = Service(script=[UNCLEAR[0], listed("other"), page(id="mine")])
    assert send(service, MAKE)["id"] == "mine"
    assert service.paths == ["POST pages", "POST data_sources/d/query", "POST pages"]


def test_what_notion_says_it_saved_is_believed_and_checked() -> None:
    saved = problem(503, "service_unavailable", data={"committed_resource_id": "mine"})
    service = Service(script=[saved, page(id="mine")])
    assert send(service, MAKE)["id"] == "mine"
    assert service.paths == ["POST pages", "GET pages/mine"]
    assert service.time.pauses == []


def test_what_notion_says_it_saved_and_is_something_else_is_unclear_and_never_sent_again() -> None:
    saved = problem(503, "service_unavailable", data={"committed_resource_id": "other"})
    service = Service(script=[saved, page(id="other"), listed("other")])
    with pytest.raises(errors.Ambiguous) as unclear:
        send(service, MAKE)
    assert service.paths == ["POST pages", "GET pages/other", "POST data_sources/d/query"]
    assert errors.finding(unclear.value).code == "unclear-write"


def test_appended_blocks_that_notion_names_are_read() -> None:
    saved = problem(503, "service_unavailable", data={"committed_child_ids": ["x", "y"]})
    wanted = Write(
        method="PATCH",
        path="blocks/b/children",
        body={},
        look=Look(find=_find, holds=lambda a: len(a["results"]) == 2, appears=True),
    )
    service = Service(script=[saved, page(id="x"), page(id="y")])
    assert [block["id"] for block in send(service, wanted)["results"]] == ["x", "y"]
    assert service.paths == ["PATCH blocks/b/children", "GET blocks/x", "GET blocks/y"]


def test_a_conflict_reads_what_it_rests_on_and_goes_again() -> None:
    service = Service(script=[problem(409, "conflict_error"), page(in_trash=False), page(in_trash=True)])
    assert send(service, TRASH)["in_trash"] is True
    assert service.paths == ["PATCH pages/p", "GET pages/p", "PATCH pages/p"]


def test_a_conflict_over_what_has_moved_is_refused() -> None:
    def moved(answer: Answer) -> None:
        if answer["edited"]:
            raise Refused(Finding(code="moved", what="it was edited", next="plan again"))

    look = Look(find=TRASH.look.find, holds=TRASH.look.holds, still=moved)
    wanted = Write(method="PATCH", path="pages/p", body={"in_trash": True}, look=look)
    service = Service(script=[problem(409, "conflict_error"), page(in_trash=False, edited=True)])
    with pytest.raises(Refused):
        send(service, wanted)
    assert service.paths == ["PATCH pages/p", "GET pages/p"]


def test_a_refusal_after_an_unclear_attempt_is_looked_for_once_more() -> None:
    """The attempt before was done after all, and the one after it found nothing left to do."""
    refused = problem(400, "validation_error")
    service = Service(script=[UNCLEAR[0], page(in_trash=False), refused, page(in_trash=True)])
    assert send(service, TRASH)["in_trash"] is True
    stays = Service(script=[UNCLEAR[0], page(in_trash=False), refused, page(in_trash=False)])
    with pytest.raises(errors.Invalid):
        send(stays, TRASH)


def test_a_refusal_is_not_looked_for() -> None:
    service = Service(script=[problem(400, "validation_error")])
    with pytest.raises(errors.Invalid):
        send(service, TRASH)
    assert service.paths == ["PATCH pages/p"]


def test_what_stays_unclear_is_said() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return page(in_trash=False) if request.method == "GET" else problem(500, "internal_server_error")

    service = Service(respond=respond)
    with pytest.raises(errors.Ambiguous):
        send(service, TRASH)
    assert service.paths.count("PATCH pages/p") == ATTEMPTS


def test_waits_are_as_long_as_notion_says() -> None:
    for code, status in (("rate_limited", 429), ("service_overload", 529)):
        service = Service(script=[problem(status, code, retry_after="754"), page(in_trash=True)])
        send(service, TRASH)
        assert service.time.pauses == [754.0]
    reason = {"rate_limit_reason": "public_api_request_blocked"}
    blocked = Service(script=[problem(429, "rate_limited", data=reason, retry_after="5")])
    with pytest.raises(errors.Blocked) as stopped:
        send(blocked, TRASH)
    assert errors.finding(stopped.value).code == "rate-blocked"
    assert len(blocked.seen) == 1
