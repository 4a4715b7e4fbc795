"""Whoever writes the memory outside of an apply takes the lease too, and refuses while another run has it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.api import Session
from reconciler.desired.state import State
from reconciler.memory.lease import Lease
from reconciler.model.finding import WtstateError
from reconciler.twin import dump, open_twin
from tests.engine.sessions import session
from tests.engine.test_memory import state_of
from tests.live import Live

BEFORE = {"databases": {"a": {"properties": {"Name": "title", "n": "number"}, "rows": [{"Name": "1", "n": 1}]}}}
STATE = '[databases.a.fields]\nName = "title"\n[drops.n]\nwhat = "a.n"\n'


async def _adopt(session: Session) -> object:
    (live,) = (each for each in await session.databases() if each.title == "a")
    return await session.adopt("a", live.id)


async def _purge(session: Session) -> object:
    (batch,) = await session.archives.history()
    going = await session.archives.to_purge([batch.id], expired=False)
    assert going.kept
    return await session.archives.purge(going, reason="a wish")


async def _probe(session: Session) -> object:
    return await session.probe(session.workspace.parent_id, said=lambda _: None)


WRITERS: dict[str, Callable[[Session], Awaitable[object]]] = {
    "adopt": _adopt,
    "forget": lambda session: session.forget("a"),
    "archive purge": _purge,
    "doctor --probe": _probe,
}


@pytest.fixture
def applied(tmp_path: Path) -> Iterator[tuple[Live, State]]:
    """A workspace after one apply that archived a value."""
    state = state_of(tmp_path, STATE)
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load(BEFORE)
        _run(live, state, _apply)
        yield live, state


async def _apply(session: Session) -> object:
    return await session.apply(await session.plan())


def _run(live: Live, state: State, work: Callable[[Session], Awaitable[object]]) -> None:
    async def go() -> None:
        async with session(live.twin, state, read_only=False, on_twin=False) as opened:
            await work(opened)

    asyncio.run(go())


def _memory(live: Live) -> list[str]:
    """The archive's entries by title, leases among them."""
    (archive,) = (d for d in dump(live.twin)["databases"] if d["title"] == "archive")
    found = live.twin.call("POST", f"data_sources/{archive['data_source_id']}/query", {})["results"]
    return sorted(page["properties"]["recordId"]["title"][0]["plain_text"] for page in found)


def _leave(live: Live, *, ago: timedelta = timedelta()) -> None:
    (archive,) = (d for d in dump(live.twin)["databases"] if d["title"] == "archive")
    now = datetime.now(UTC) - ago
    lease = Lease(
        run="theirs", holder="theirs@elsewhere", since=now - timedelta(minutes=1), until=now + timedelta(minutes=2)
    )
    parent = {"type": "data_source_id", "data_source_id": archive["data_source_id"]}
    live.twin.call("POST", "pages", {"parent": parent, "properties": lease.properties()})


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_nothing_is_written_while_another_run_holds_the_lease(applied: tuple[Live, State], name: str) -> None:
    live, state = applied
    _leave(live)
    before = _memory(live)
    with pytest.raises(WtstateError) as refused:
        _run(live, state, WRITERS[name])
    assert [finding.code for finding in refused.value.findings] == ["leased"]
    assert "theirs@elsewhere" in refused.value.findings[0].what
    assert _memory(live) == before


def test_doctor_says_who_writes_and_what_was_cut_off(applied: tuple[Live, State]) -> None:
    live, state = applied

    def leases() -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []

        async def look(session: Session) -> None:
            found.extend((str(each.health), each.said) for each in await session.doctor() if each.about == "leases")

        _run(live, state, look)
        return found

    assert leases() == [("ok", "nobody is writing")]
    _leave(live)
    ((health, said),) = leases()
    assert health == "warn"
    assert said.startswith("theirs@elsewhere writes, until ")
    _leave(live, ago=timedelta(minutes=10))
    assert any(said.startswith("a run of theirs@elsewhere was cut off; its lease ended ") for _, said in leases())


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_the_lease_is_given_back(applied: tuple[Live, State], name: str) -> None:
    live, state = applied
    _run(live, state, WRITERS[name])
    assert not any(title.startswith("lease") for title in _memory(live))
    _run(live, state, WRITERS[name] if name == "doctor --probe" else _apply)
