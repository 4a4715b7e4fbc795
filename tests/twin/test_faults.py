"""Faults on demand: each as it looks on the wire, how often it strikes, and that a seed repeats it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from notion_client import APIResponseError, Client

from reconciler.twin import ConnectionCut, Fault, Faults, FaultsError, Latency, Rate, Twin, read_faults
from reconciler.twin.faults import MAY_SAVE, Injector
from tests.twin.build import make, text
from tests.twin.serving import served

Send = Callable[..., httpx.Response]


@pytest.fixture
def send(twin: Twin) -> Send:
    """A request to the application with the twin's token."""

    def run(method: str, path: str, body: Any = None, *, token: str | None = None) -> httpx.Response:
        async def once() -> httpx.Response:
            headers = {"Authorization": f"Bearer {token or twin.token}", "Notion-Version": "2026-03-11"}
            transport = httpx.ASGITransport(app=twin.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://twin", headers=headers) as client:
                return await client.request(method, f"/v1/{path}", json=body)

        return asyncio.run(once())

    return run


def page_below(twin: Twin) -> dict[str, Any]:
    return {"parent": {"page_id": twin.root_page_id}, "properties": {"title": text("new")}}


def children(twin: Twin) -> int:
    return len(twin.call("GET", f"blocks/{twin.root_page_id}/children")["results"])


ANSWERS = {
    "429": ("rate_limited", {"rate_limit_reason": "public_api_request_rate_limit", "retry_after": "7"}),
    "529": ("service_overload", {"retry_after": "7"}),
    "409": ("conflict_error", None),
    "500": ("internal_server_error", None),
    "503": ("service_unavailable", None),
    "504": ("gateway_timeout", None),
}


@pytest.mark.parametrize("fail", ANSWERS)
def test_a_failure_is_notions_envelope_and_nothing_was_done(twin: Twin, send: Send, fail: Any) -> None:
    twin.faults = Faults(rules=(Fault(fail=fail, every=1, retry_after=7),))
    answer = send("POST", "pages", page_below(twin))
    body, (code, more) = answer.json(), ANSWERS[fail]
    assert (answer.status_code, body["status"], body["code"]) == (int(fail), int(fail), code)
    assert body.get("additional_data") == more
    assert answer.headers.get("retry-after") == ("7" if fail in ("429", "529") else None)
    assert answer.headers["x-notion-request-id"] == body["request_id"]
    assert list(body)[-1] == "request_id"
    assert children(twin) == 0


def test_a_bad_gateway_answers_html(twin: Twin, send: Send) -> None:
    twin.faults = Faults(rules=(Fault(fail="502", every=1),))
    answer = send("GET", "users/me")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize("fail", MAY_SAVE)
def test_what_fails_after_the_commit_was_saved(twin: Twin, send: Send, fail: Any) -> None:
    twin.faults = Faults(rules=(Fault(fail=fail, every=1, saved=True),))
    if fail == "cut":
        with pytest.raises(ConnectionCut):
            send("POST", "pages", page_below(twin))
    else:
        assert send("POST", "pages", page_below(twin)).status_code == int(fail)
    assert children(twin) == 1
    assert [(r.path, r.status) for r in twin.requests[:1]] == [("/v1/pages", 0 if fail == "cut" else int(fail))]


def test_a_503_that_saved_names_what_it_made(twin: Twin, send: Send) -> None:
    twin.faults = Faults(rules=(Fault(fail="503", every=1, saved=True),))
    made = send("POST", "pages", page_below(twin)).json()["additional_data"]
    assert made["retry_guidance"] == "Do not repeat the write."
    page = made["committed_resource_id"]
    assert twin.call("GET", f"pages/{page}")["id"] == page
    blocks: dict[str, Any] = {"children": [{"divider": {}}, {"divider": {}}]}
    appended = send("PATCH", f"blocks/{page}/children", blocks).json()["additional_data"]["committed_child_ids"]
    assert appended == [block["id"] for block in twin.call("GET", f"blocks/{page}/children")["results"]]
    changed = send("PATCH", f"pages/{page}", {"icon": {"emoji": "🧭"}}).json()["additional_data"]
    assert changed == {"retry_guidance": "Do not repeat the write."}


def test_a_refused_request_is_refused_and_a_read_saves_nothing(twin: Twin, send: Send) -> None:
    source = make(twin)
    twin.faults = Faults(rules=(Fault(fail="503", every=1, saved=True),))
    assert send("POST", "pages", {}).status_code == 400
    assert "additional_data" not in send("POST", f"data_sources/{source}/query", {}).json()
    assert "additional_data" not in send("GET", "users/me").json()


def test_a_cut_before_the_commit_did_nothing(twin: Twin, send: Send) -> None:
    twin.faults = Faults(rules=(Fault(fail="cut", every=1),))
    with pytest.raises(httpx.RemoteProtocolError):
        send("POST", "pages", page_below(twin))
    assert children(twin) == 0


def test_rules_strike_every_nth_request_of_their_endpoint_and_at_most_so_often(twin: Twin, send: Send) -> None:
    twin.faults = Faults(rules=(Fault(fail="500", method="GET", path="users/*", every=2, times=2),))
    statuses = [send("GET", "users/me").status_code for _ in range(6)]
    assert statuses == [200, 500, 200, 500, 200, 200]
    assert send("GET", "users").status_code == 200
    twin.faults = replace(twin.faults)
    assert [send("GET", "users/me").status_code for _ in range(2)] == [200, 500]


@pytest.mark.parametrize(
    ("path", "asked", "meets"),
    [
        ("pages", "/v1/pages", True),
        ("pages", "/v1/pages/x", False),
        ("pages/*", "/v1/pages/x", True),
        ("pages/*", "/v1/pages/x/move", False),
        ("pages/**", "/v1/pages/x/move", True),
        ("*/*/query", "/v1/data_sources/x/query", True),
        ("p.ges", "/v1/pages", False),
    ],
)
def test_stars_stand_for_one_part_and_two_for_the_rest(path: str, asked: str, meets: bool) -> None:
    assert Fault(fail="500", path=path, every=1).meets("GET", asked) is meets


def test_the_same_seed_meets_the_same_faults() -> None:
    def struck(seed: int) -> list[bool]:
        injector = Injector(Faults(rules=(Fault(fail="500", chance=0.3),), seed=seed), lambda: 0)
        return [injector.judge("GET", "/v1/users", "t").fault is not None for _ in range(300)]

    assert struck(1) == struck(1) != struck(2)
    assert 60 < sum(struck(1)) < 120


def test_a_rate_is_counted_by_token_and_window(twin: Twin, send: Send) -> None:
    now = [1_000_000]
    twin.clock = lambda: now[0]
    twin.faults = Faults(rate=Rate(requests=2, seconds=60))
    assert [send("GET", "users/me").status_code for _ in range(3)] == [200, 200, 429]
    now[0] += 12_500
    over = send("GET", "users/me")
    assert over.headers["retry-after"] == over.json()["additional_data"]["retry_after"] == "48"
    assert over.json()["additional_data"]["rate_limit_reason"] == "public_api_request_rate_limit"
    assert send("GET", "users/me", token=twin.admin.token()).status_code == 200
    now[0] += 47_500
    assert send("GET", "users/me").status_code == 200


def test_latency_holds_every_answer_back_within_its_spread() -> None:
    injector = Injector(Faults(latency=Latency(ms=250, spread=100)), lambda: 0)
    waits = [injector.judge("GET", "/v1/users", "t").wait for _ in range(200)]
    assert 0.15 <= min(waits) < 0.18
    assert 0.32 < max(waits) <= 0.35


def test_latency_and_slow_bodies_take_their_time(twin: Twin, send: Send) -> None:
    for faults in (
        Faults(latency=Latency(ms=60)),
        Faults(rules=(Fault(fail="slow", every=1, seconds=0.06),)),
    ):
        twin.faults = faults
        began = time.monotonic()
        assert send("GET", "users/me").json()["object"] == "user"
        assert time.monotonic() - began >= 0.05


# -- the file ------------------------------------------------------------------------------------------------------

WHOLE = """
seed = 7
rate = "180/60s"
latency = "250ms±100"
[[fault]]
fail = 503
method = "POST"
path = "pages"
chance = 0.25
times = 4
saved = true
[[fault]]
fail = "slow"
every = 3
seconds = 1.5
"""


def test_a_file_says_it_all(tmp_path: Path) -> None:
    (tmp_path / "faults.toml").write_text(WHOLE, encoding="utf-8")
    assert read_faults(tmp_path / "faults.toml") == Faults(
        seed=7,
        rate=Rate(requests=180, seconds=60),
        latency=Latency(ms=250, spread=100),
        rules=(
            Fault(fail="503", method="POST", path="pages", chance=0.25, times=4, saved=True),
            Fault(fail="slow", every=3, seconds=1.5),
        ),
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("x =", "cannot be read"),
        ("speed = 1", "unknown key `speed`"),
        ("fault = 1", "`fault` is a list of tables"),
        ("seed = true", "`seed` is a whole number"),
        ('rate = "fast"', "A rate is written as 180/60s or off, not 'fast'"),
        ('latency = "100ms±200"', "A latency is written as"),
        ("[[fault]]\nevery = 1", "fault 1: `fail` is missing"),
        ("[[fault]]\nfail = 418\nevery = 1", "fault 1: `fail` is one of 429"),
        ("[[fault]]\nfail = 500", "one of `every` and `chance` says how often"),
        ("[[fault]]\nfail = 500\nevery = 0", "`every` is 1 or more"),
        ("[[fault]]\nfail = 500\nevery = true", "`every` cannot be True"),
        ("[[fault]]\nfail = 500\nchance = 2", "`chance` is from 0 to 1"),
        ("[[fault]]\nfail = 429\nevery = 1\nsaved = true", "`saved` goes with 500, 502, 503, 504, cut"),
        ('[[fault]]\nfail = 500\nevery = 1\nmethod = "FETCH"', "`method` is *, or one of"),
        ("[[fault]]\nfail = 500\nevery = 1\n[[fault]]\nfails = 500", "fault 2 has an unknown key `fails`"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_its_place(tmp_path: Path, written: str, said: str) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(FaultsError) as caught:
        read_faults(file)
    assert str(caught.value).startswith(str(file))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FaultsError, match="cannot be read"):
        read_faults(tmp_path / "none.toml")


# -- over a socket -------------------------------------------------------------------------------------------------


def test_over_a_socket_connections_are_cut_and_the_server_goes_on() -> None:
    rules = (
        Fault(fail="cut", method="POST", path="pages", every=1, saved=True, times=1),
        Fault(fail="cut", method="POST", path="search", every=1, times=1),
        Fault(fail="429", path="users/me", every=1, times=1, retry_after=0),
        Fault(fail="slow", path="users", every=1, seconds=0.05),
    )
    with served(faults=rules) as live:
        client: Any = Client(auth=live.token, base_url=live.base_url, notion_version="2026-03-11", retry=False)
        with client.client:
            with pytest.raises(httpx.TransportError):
                client.pages.create(parent={"page_id": live.root_page_id}, properties={"title": text("kept")})
            with pytest.raises(httpx.TransportError):
                client.search(query="")
            assert [page["object"] for page in client.search(query="kept")["results"]] == ["page"]
            with pytest.raises(APIResponseError) as caught:
                client.users.me()
            assert (caught.value.status, caught.value.headers["retry-after"]) == (429, "0")
            assert client.users.list()["results"][0]["name"] == "Twin"
