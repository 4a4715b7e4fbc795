"""Answers that Notion may give and the twin does not: values that were not taken, incomplete queries, lag."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.api import Outcome
from reconciler.connection import httpx_transport
from reconciler.desired.state import State
from reconciler.memory import codec
from reconciler.memory.entry import Entry
from reconciler.notion.errors import Failure, RateLimited, finding
from reconciler.planning.plan import Plan
from reconciler.twin import Twin, dump, open_twin
from tests.engine.sessions import empty, session
from tests.engine.test_memory import codes, state_of
from tests.live import Live

Change = Callable[[str, str, dict[str, Any]], dict[str, Any]]
"""From method, path and answer to the answer that is given instead."""
NUMBERS: dict[str, Any] = {
    "databases": {"a": {"properties": {"Name": "title", "n": "number"}, "rows": [{"Name": "1", "n": 0}]}}
}
SETS_N = '[databases.a.fields]\nName = "title"\nn = "number"\n'
SETS_N += '[corrections.one]\nin = ["a"]\nrows = "1"\nset = { n = 1 }\nmode = "enforce"\n'


class Tampered(httpx.AsyncBaseTransport):
    """A twin whose answers are changed on their way; ``swallow`` says which writes never reach it."""

    def __init__(self, twin: Twin, change: Change, swallow: Callable[[str, str], bool] | None = None) -> None:
        self._inner = httpx_transport(twin)
        self._change = change
        self._swallow = swallow or (lambda method, path: False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The twin's answer, changed."""
        method, path = request.method, request.url.path
        if self._swallow(method, path):
            request = httpx.Request("GET", request.url, headers={**request.headers, "content-length": "0"})
        answer = await self._inner.handle_async_request(request)
        body = json.loads(await answer.aread())
        return httpx.Response(answer.status_code, json=self._change(method, path, body))


def apply(twin: Twin, state: State, transport: httpx.AsyncBaseTransport) -> Outcome:
    """One apply over the transport."""

    async def work() -> Outcome:
        async with session(twin, state, read_only=False, transport=transport) as opened:
            return await opened.apply(await opened.plan())

    return asyncio.run(work())


def planned(twin: Twin, state: State, transport: httpx.AsyncBaseTransport) -> Plan:
    """One plan over the transport."""

    async def work() -> Plan:
        async with session(twin, state, read_only=True, transport=transport) as opened:
            return await opened.plan()

    return asyncio.run(work())


def as_it_is(method: str, path: str, answer: dict[str, Any]) -> dict[str, Any]:
    """No change."""
    return answer


def test_a_value_that_notion_answers_otherwise_is_told(tmp_path: Path) -> None:
    def other(method: str, path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if method == "PATCH" and "/pages/" in path and "n" in answer.get("properties", {}):
            answer["properties"]["n"]["number"] = 999
        return answer

    with open_twin(":memory:") as twin:
        Live(twin).load(NUMBERS)
        outcome = apply(twin, state_of(tmp_path, SETS_N), Tampered(twin, other))
        assert {(f.code, f.address) for f in outcome.refused} == {("not-taken", "corrections.one")}


def test_a_write_that_did_not_last_is_not_settled(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load(NUMBERS)
        row = live.rows[("a", "1")][0]

        def set_anyway(method: str, path: str, answer: dict[str, Any]) -> dict[str, Any]:
            if method == "PATCH" and path.endswith(row):
                answer["properties"]["n"]["number"] = 1
            return answer

        tampered = Tampered(twin, set_anyway, lambda method, path: method == "PATCH" and path.endswith(row))
        outcome = apply(twin, state_of(tmp_path, SETS_N), tampered)
        assert outcome.refused == ()
        assert {(f.code, f.address) for f in outcome.unsettled} == {("not-settled", "corrections.one")}


def test_an_incomplete_answer_blocks_what_depends_on_it(tmp_path: Path) -> None:
    def cut(method: str, path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/query"):
            answer["request_status"] = {"type": "incomplete", "incomplete_reason": "something"}
        return answer

    with open_twin(":memory:") as twin:
        Live(twin).load(NUMBERS)
        said = '[databases.a]\nundeclared = "archive"\n[databases.a.fields]\nName = "title"\nnew = "number"\n'
        plan = planned(twin, state_of(tmp_path, said), Tampered(twin, cut))
        assert ("incomplete-read", "a.n") in codes(plan)
        assert [action.address for action in plan.actions] == ["a.new"]


def test_an_incomplete_memory_stops_the_plan(tmp_path: Path) -> None:
    from reconciler.model.finding import WtstateError

    def cut(method: str, path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/query"):
            answer["request_status"] = {"type": "incomplete", "incomplete_reason": "something"}
        return answer

    with open_twin(":memory:") as twin:
        Live(twin).load(NUMBERS)
        state = state_of(tmp_path, SETS_N)
        apply(twin, state, Tampered(twin, as_it_is))
        with pytest.raises(WtstateError) as caught:
            planned(twin, state, Tampered(twin, cut))
        assert {f.code for f in caught.value.findings} == {"incomplete-read"}


def test_an_archive_that_holds_something_else_stops_the_removal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = codec.decode

    def altered(properties: Any, blocks: Any) -> Entry:
        from dataclasses import replace

        return replace(honest(properties, blocks), values=())

    async def applied(twin: Twin, state: State) -> Outcome:
        async with session(twin, state, read_only=False) as writing:
            plan = await writing.plan()
            monkeypatch.setattr(codec, "decode", altered)  # after the rehearsal, which would stop the plan
            return await writing.apply(plan)

    with open_twin(":memory:") as twin:
        Live(twin).load(NUMBERS)
        state = state_of(tmp_path, '[databases.a.fields]\nName = "title"\n[drops.n]\nwhat = "a.n"\n')
        outcome = asyncio.run(applied(twin, state))
        assert {f.code for f in outcome.refused} == {"archive-differs"}
        assert "n" in next(d for d in dump(twin)["databases"] if d["title"] == "a")["properties"]


def test_a_template_that_sets_a_folded_option_is_told(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        live = Live(twin)
        properties = {"Name": "title", "s": {"type": "select", "options": ["Done"]}}
        live.load({"databases": {"a": {"properties": properties, "rows": [{"Name": "Template", "s": "Done"}]}}})
        page = live.rows[("a", "Template")][0]

        def with_template(method: str, path: str, answer: dict[str, Any]) -> dict[str, Any]:
            if path.endswith("/templates"):
                answer["templates"] = [{"id": page, "name": "Template", "is_default": False}]
            return answer

        said = '[databases.a.fields]\ns = { type = "select", options = [{ name = "Complete", was = ["Done"] }] }\n'
        plan = planned(twin, state_of(tmp_path, said), Tampered(twin, with_template))
        assert "manual-template" in {code for code, _ in codes(plan)}


def test_a_limit_that_does_not_end_says_so() -> None:
    told = finding(RateLimited(Failure(method="GET", path="users/me", message="slow down", status=429)))
    assert told.code == "rate-limited"


def test_the_tampered_twin_is_else_the_twin(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load(NUMBERS)
        outcome = apply(twin, state_of(tmp_path, SETS_N), Tampered(twin, as_it_is))
        assert outcome.refused == ()
        assert empty(outcome.after)
