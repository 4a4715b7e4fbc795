"""Files that Notion hosted come back from the archive's copies, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from reconciler.connection import httpx_transport
from reconciler.notion.pace import AT_ONCE
from reconciler.twin import Twin, open_twin
from tests.engine.rounds import How, apply_and_count
from tests.engine.sessions import session
from tests.engine.test_hosted_files import DROP_FIELD, NOTE, PNG, TABLE
from tests.engine.test_memory import state_of
from tests.engine.undo import restore
from tests.faults.test_crash import Killed, Killer
from tests.live import Live


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


def applied(live: Live, directory: Path, said: str) -> str:
    """The batch of one apply."""
    outcome, _ = asyncio.run(apply_and_count(live.twin, state_of(directory, said), How(), archive="archive"))
    assert outcome.refused == ()
    return outcome.batch


def held(live: Live, name: str = "papers") -> list[list[tuple[str, bytes]]]:
    """Name and bytes of the files of each row."""
    found = []
    for row in live.rows[("t", "*")]:
        page = live.twin.call("GET", f"pages/{row}")
        given = page["properties"].get(name, {"files": []})["files"]
        found.append([(file["name"], _bytes(live.twin, file["file"]["url"])) for file in given])
    return found


def _bytes(twin: Twin, url: str) -> bytes:
    parsed = httpx.URL(url)
    path = parsed.raw_path.split(b"?")[0].decode().removeprefix("/_twin/files")
    return bytes(twin.download(path, parsed.params).content)


WHOLE = [[("scan.png", PNG), ("note.txt", NOTE)], [("note.txt", NOTE + b"!")]]


def test_a_dropped_field_comes_back_with_its_files(live: Live, tmp_path: Path) -> None:
    state, batch = state_of(tmp_path, DROP_FIELD), applied(live, tmp_path, DROP_FIELD)
    assert held(live) == [[], []]
    plan = asyncio.run(restore(live.twin, state, batch))
    assert held(live) == WHOLE
    assert plan.notes == ()


def test_a_restore_that_brought_files_can_be_restored(live: Live, tmp_path: Path) -> None:
    state, batch = state_of(tmp_path, DROP_FIELD), applied(live, tmp_path, DROP_FIELD)
    asyncio.run(restore(live.twin, state, batch))
    undone = _newest(live, tmp_path)
    plan = asyncio.run(restore(live.twin, state, undone))
    assert "3 files that Notion hosts are copied into the archive (10.0 KiB)" in {note.what for note in plan.notes}
    assert held(live) == [[], []]
    asyncio.run(restore(live.twin, state, _newest(live, tmp_path)))
    assert held(live) == WHOLE


def _newest(live: Live, directory: Path) -> str:
    async def work() -> str:
        async with session(live.twin, state_of(directory, DROP_FIELD), read_only=True) as reading:
            return (await reading.archives.history())[0].id

    return asyncio.run(work())


MERGE = """
[databases.keep.fields]
Name = "title"
[merges.all]
from = { title = "t" }
into = "keep"
"""


def test_rows_that_a_merge_moved_come_back_with_their_files(live: Live, tmp_path: Path) -> None:
    state, batch = state_of(tmp_path, MERGE), applied(live, tmp_path, MERGE)
    asyncio.run(restore(live.twin, state, batch))
    assert held(live) == WHOLE


def test_a_copy_that_somebody_took_away_is_told(live: Live, tmp_path: Path) -> None:
    state, batch = state_of(tmp_path, DROP_FIELD), applied(live, tmp_path, DROP_FIELD)
    live.twin.call("PATCH", f"blocks/{_copies(live.twin)[0]}", {"in_trash": True})
    plan = asyncio.run(restore(live.twin, state, batch))
    assert held(live) == [[], []]
    assert "not restorable: 3" in plan.notes[0].what


def test_a_copy_that_is_another_file_is_refused(live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, batch = state_of(tmp_path, DROP_FIELD), applied(live, tmp_path, DROP_FIELD)

    async def work() -> list[str]:
        async with session(live.twin, state, read_only=False) as writing:
            plan = await writing.plan_restore([batch])
            live.twin.store.run("UPDATE files SET content = x'00'")
            return [finding.code for finding in (await writing.apply(plan)).refused]

    assert set(asyncio.run(work())) == {"archive-entry-damaged"}
    assert held(live) == [[], []]


def _copies(twin: Twin) -> list[str]:
    source = next(
        t["id"]
        for t in twin.call("POST", "search", {"filter": {"property": "object", "value": "data_source"}})["results"]
        if "archive" in str(t["title"])
    )
    pages = twin.call("POST", f"data_sources/{source}/query", {})["results"]
    blocks = [block for page in pages for block in twin.call("GET", f"blocks/{page['id']}/children")["results"]]
    return [block["id"] for block in blocks if block["type"] == "file"]


@pytest.mark.parametrize("at", range(4, 16, 3))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_anywhere_the_files_come_back_once(live: Live, tmp_path: Path, at: int, after: bool) -> None:
    state, batch = state_of(tmp_path, DROP_FIELD), applied(live, tmp_path, DROP_FIELD)

    async def killed() -> None:
        way = Killer(httpx_transport(live.twin), at, after=after)
        async with session(live.twin, state, read_only=False, transport=way, clock=AT_ONCE) as writing:
            await writing.apply(await writing.plan_restore([batch]))

    with pytest.raises((Killed, BaseExceptionGroup)):
        asyncio.run(killed())
    asyncio.run(restore(live.twin, state, batch, exact=False))
    assert held(live) == WHOLE
