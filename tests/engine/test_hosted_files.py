"""Files that Notion hosts go into the archive with their bytes, or hold back what would lose them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.connection import httpx_transport
from reconciler.memory.entry import Entry
from reconciler.memory.hosted import copies
from reconciler.notion.client import connect
from reconciler.notion.errors import Invalid
from reconciler.twin import Field, Twin, dump, open_twin
from tests import census
from tests.engine.rounds import How, apply_and_count
from tests.engine.sessions import session
from tests.engine.test_memory import planned, state_of
from tests.live import Live

PNG = b"\x89PNG" + bytes(range(256)) * 40
NOTE = b"a note"
TABLE: dict[str, Any] = {
    "databases": {
        "t": {
            "properties": {"Name": "title", "papers": "files", "more": "files"},
            "rows": [{"Name": "1"}, {"Name": "2"}],
        },
        "keep": {"properties": {"Name": "title"}},
    }
}
DROP_FIELD = '[databases.t.fields]\nName = "title"\nmore = "files"\n[drops.papers]\nwhat = "t.papers"\n'
DROP_ALL = '[databases.keep]\ndescription = "K"\n[drops.t]\nwhat = "t"\n'


class Watched(httpx.AsyncBaseTransport):
    """A way to the twin that keeps every request's path and whether it bore a token."""

    def __init__(self, twin: Twin) -> None:
        self.inner = httpx_transport(twin)
        self.seen: list[tuple[str, bool]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append((request.url.path, "authorization" in request.headers))
        return await self.inner.handle_async_request(request)


@pytest.fixture
def live() -> Iterator[Live]:
    with open_twin(":memory:") as twin:
        made = Live(twin)
        made.load(TABLE)
        first, second = made.rows[("t", "*")]
        twin.admin.attach(first, "papers", "scan.png", PNG)
        twin.admin.attach(first, "papers", "note.txt", NOTE)
        twin.admin.attach(second, "papers", "note.txt", NOTE + b"!")
        yield made


async def applied(live: Live, directory: Path, said: str) -> list[Entry]:
    """The archive's entries after one apply, whose cost and census were counted."""
    outcome, _ = await apply_and_count(live.twin, state_of(directory, said), How(), archive="archive")
    assert outcome.refused == ()
    return census.entries(live.twin, archive="archive")


def shown(twin: Twin) -> list[bytes]:
    """The bytes of every file block in the archive."""
    found = []
    for block in (b for page in _pages(twin) for b in page):
        if block["type"] == "file":
            url = httpx.URL(block["file"]["file"]["url"])
            found.append(
                twin.download(url.raw_path.split(b"?")[0].decode().removeprefix("/_twin/files"), url.params).content
            )
    return found


def _pages(twin: Twin) -> Iterator[list[dict[str, Any]]]:
    for database in dump(twin)["databases"]:
        if database["title"] == "archive":
            for row in database["rows"]:
                yield twin.call("GET", f"blocks/{row['id']}/children")["results"]


def run(work: Any) -> Any:
    import asyncio

    return asyncio.run(work)


def test_a_dropped_field_s_files_are_copied_and_counted(live: Live, tmp_path: Path) -> None:
    plan = planned(live.twin, state_of(tmp_path, DROP_FIELD))
    assert plan.blocked == ()
    assert "3 files that Notion hosts are copied into the archive (10.0 KiB)" in {note.what for note in plan.notes}
    (entry,) = run(applied(live, tmp_path, DROP_FIELD))
    told = copies(entry)
    assert [(c.name, c.size) for c in told] == [("scan.png", len(PNG)), ("note.txt", 6), ("note.txt", 7)]
    assert [c.sha256 for c in told] == [hashlib.sha256(b).hexdigest() for b in (PNG, NOTE, NOTE + b"!")]
    assert shown(live.twin) == [PNG, NOTE, NOTE + b"!"]
    assert planned(live.twin, state_of(tmp_path, DROP_FIELD)).empty


def test_files_in_the_pages_of_a_dropped_database_are_copied(live: Live, tmp_path: Path) -> None:
    twin, row = live.twin, live.rows[("t", "*")][0]
    upload = twin.call("POST", "file_uploads", {"mode": "single_part", "filename": "in.png"})
    form = {"file": Field(content=PNG + b"in", filename="in.png", content_type="image/png")}
    twin.call("POST", f"file_uploads/{upload['id']}/send", form=form)
    block = {"type": "image", "image": {"type": "file_upload", "file_upload": {"id": upload["id"]}}}
    twin.call("PATCH", f"blocks/{row}/children", {"children": [block]})

    async def drop() -> None:
        # Signed urls differ from answer to answer, so contents cannot be compared as texts here.
        async with session(twin, state_of(tmp_path, DROP_ALL), read_only=False) as opened:
            plan = await opened.plan()
            outcome = await opened.apply(plan)
            assert (outcome.refused, outcome.requests) == ((), plan.cost.requests)

    run(drop())
    (entry,) = census.entries(twin, archive="archive")
    assert len(copies(entry)) == 4
    assert shown(twin)[-1] == PNG + b"in"


def test_a_file_over_the_workspace_s_limit_holds_back_what_would_lose_it(live: Live, tmp_path: Path) -> None:
    live.twin.admin.allow_uploads(len(PNG) - 1)
    plan = planned(live.twin, state_of(tmp_path, DROP_FIELD))
    (blocked,) = plan.blocked
    assert (blocked.code, blocked.address) == ("hosted-files", "drops.papers")
    assert "1 of them are larger" in blocked.what
    assert plan.actions == ()


def test_a_file_that_would_have_to_be_written_elsewhere_holds_back(live: Live, tmp_path: Path) -> None:
    said = '[databases.t.fields]\nName = "title"\nmore = { type = "files", absorbs = ["papers"] }\n'
    plan = planned(live.twin, state_of(tmp_path, said))
    (blocked,) = plan.blocked
    assert blocked.code == "hosted-files"
    assert "the API cannot" in blocked.what


def test_a_file_that_goes_after_the_plan_stops_only_what_would_lose_it(live: Live, tmp_path: Path) -> None:
    live.twin.admin.allow_uploads(10**9)

    async def work() -> list[str]:
        async with session(live.twin, state_of(tmp_path, DROP_FIELD), read_only=False) as opened:
            plan = await opened.plan()
            row = live.rows[("t", "*")][0]
            live.twin.call("PATCH", f"pages/{row}", {"properties": {"papers": {"files": []}}})
            return [finding.code for finding in (await opened.apply(plan)).refused]

    assert run(work()) == ["file-not-copied"]
    assert "papers" in live.twin.call("GET", f"data_sources/{live.sources['t']}")["properties"]


def test_the_token_is_never_sent_to_a_signed_url(live: Live) -> None:
    watched = Watched(live.twin)

    async def work() -> bytes:
        async with connect(live.twin.token, read_only=True, transport=watched) as client:
            page = await client.request("GET", f"pages/{live.rows[('t', '*')][0]}")
            async with client.download(page["properties"]["papers"]["files"][0]["file"]["url"]) as answer:
                return await answer.aread()

    assert run(work()) == PNG
    assert [(path.startswith("/_twin/files"), token) for path, token in watched.seen] == [(False, True), (True, False)]


@pytest.mark.parametrize(
    "url", ["http://example.org/a", "ftp://example.org/a", "file:///etc/passwd", "", "http://127.0.0.1/x"]
)
def test_only_https_or_the_loopback_of_a_local_service_is_followed(live: Live, url: str) -> None:
    async def work() -> None:
        base = "https://api.example.org"
        async with (
            connect(live.twin.token, read_only=True, base_url=base, transport=Watched(live.twin)) as client,
            client.download(url),
        ):
            pass

    with pytest.raises(Invalid):
        run(work())
