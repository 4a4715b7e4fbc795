"""One run at a time: the lease in the archive, on a clock that tests move."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from reconciler import api
from reconciler.connection import httpx_transport
from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.execute.lease import Stopped, Tenancy, Terms
from reconciler.memory import schema
from reconciler.memory.lease import Lease
from reconciler.memory.memory import Memory
from reconciler.model.finding import WtstateError
from reconciler.notion.client import Client, connect
from reconciler.notion.pace import Clock
from reconciler.twin import Twin, open_twin
from tests.engine.sessions import session, writes

STATE = """
[workspace]
name = "leases"
archive = "archive"
[databases.A.fields]
Name = "title"
n = "number"
"""


@dataclass
class Day:
    """A clock that moves when somebody sleeps; what is to happen while they do is in ``meanwhile``."""

    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None

    async def sleep(self, seconds: float) -> None:
        """Moves the clock."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        if self.meanwhile is not None:
            self.meanwhile()
        await asyncio.sleep(0)

    @property
    def clock(self) -> Clock:
        """The clock as a client takes it."""
        return Clock(now=self.now.timestamp, sleep=self.sleep, today=lambda: self.now)


@dataclass
class Place:
    """A twin with an archive in it, and its data source."""

    twin: Twin
    source: str

    def leave(self, run: str, since: datetime, until: datetime) -> None:
        """Puts somebody's lease into the archive."""
        lease = Lease(run=run, holder=f"{run}@elsewhere", since=since, until=until)
        parent = {"type": "data_source_id", "data_source_id": self.source}
        self.twin.call("POST", "pages", {"parent": parent, "properties": lease.properties()})

    def leases(self) -> list[str]:
        """The leases that are there, by title."""
        pages = self.twin.call("POST", f"data_sources/{self.source}/query", {})["results"]
        return sorted(p["properties"]["recordId"]["title"][0]["plain_text"] for p in pages)

    @asynccontextmanager
    async def tenancy(
        self, run: str, day: Day, terms: Terms | None = None, way: httpx.AsyncBaseTransport | None = None
    ) -> AsyncIterator[Tenancy]:
        """A lease that can be asked for."""
        made = connect(
            self.twin.token,
            read_only=False,
            rate=None,
            transport=way or httpx_transport(self.twin),
            clock=day.clock,
        )
        async with made as client:
            yield Tenancy(
                run=run, client=client, clock=day.clock, terms=terms or Terms(holder=f"{run}@here"), source=self.source
            )


@pytest.fixture
def place() -> Place:
    """An empty archive."""
    twin = open_twin(":memory:")
    body = schema.create_body("archive", twin.root_page_id, "leases")
    return Place(twin=twin, source=twin.call("POST", "databases", body)["data_sources"][0]["id"])


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A state with something to do."""
    (tmp_path / "state.toml").write_text(STATE, encoding="utf-8")
    return load(tmp_path, env={}, base=tmp_path)


def _take(place: Place, day: Day, terms: Terms | None = None, memory: Memory | None = None) -> list[str]:
    async def work() -> list[str]:
        async with place.tenancy("mine", day, terms) as tenancy:
            await tenancy.take(memory or Memory())
            return place.leases()

    return asyncio.run(work())


def test_an_older_lease_that_holds_wins_and_is_named(place: Place) -> None:
    day = Day()
    place.leave("theirs", day.now - timedelta(minutes=9), day.now + timedelta(minutes=2))
    with pytest.raises(Stopped) as stopped:
        _take(place, day)
    assert stopped.value.finding.code == "leased"
    assert "theirs@elsewhere, since 2026-03-01 11:51:00 UTC" in stopped.value.finding.what
    assert "12:02:00 UTC" in (stopped.value.finding.next or "")
    assert place.leases() == ["lease theirs"]
    assert day.slept == [5.0]


def test_a_younger_lease_loses(place: Place) -> None:
    day = Day()

    def younger() -> None:
        place.leave("theirs", day.now - timedelta(seconds=1), day.now + timedelta(minutes=3))

    day.meanwhile = younger
    assert _take(place, day) == ["lease mine", "lease theirs"]


def test_a_lease_that_is_over_is_taken_away(place: Place) -> None:
    day = Day()
    place.leave("theirs", day.now - timedelta(minutes=9), day.now - timedelta(seconds=1))
    assert _take(place, day) == ["lease mine"]


@pytest.mark.parametrize("terms", [Terms(alone=True), Terms(dead=frozenset({"theirs"}))], ids=["alone", "dead"])
def test_a_lease_of_a_run_that_is_gone_is_taken_away(place: Place, terms: Terms) -> None:
    day = Day()
    place.leave("theirs", day.now - timedelta(seconds=9), day.now + timedelta(minutes=3))
    assert _take(place, day, terms) == ["lease mine"]


def test_a_memory_that_is_not_the_plans_stops_the_run(place: Place) -> None:
    with pytest.raises(Stopped) as stopped:
        _take(place, Day(), memory=Memory(stored={"page": "digest"}))
    assert stopped.value.finding.code == "moved"
    assert place.leases() == []


def test_a_lease_that_lands_late_is_written_anew(place: Place) -> None:
    """Otherwise two runs could each find themselves the oldest."""
    day = Day()

    class Slow(httpx.AsyncBaseTransport):
        posts = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/pages"):
                Slow.posts += 1
                day.now += timedelta(seconds=10 if Slow.posts == 1 else 1)
            return await httpx_transport(place.twin).handle_async_request(request)

    async def work() -> Lease | None:
        async with place.tenancy("mine", day, way=Slow()) as tenancy:
            await tenancy.take(Memory())
            return tenancy.lease

    lease = asyncio.run(work())
    assert Slow.posts == 2
    assert lease is not None
    assert lease.since == Day().now + timedelta(seconds=10)
    assert place.leases() == ["lease mine"]


def _kept(place: Place, seconds: float, before: Callable[[Client, Day], None] | None = None) -> timedelta:
    """What is left of a lease when a write is about to be sent so many seconds later."""

    async def work() -> timedelta:
        day = Day()
        async with place.tenancy("mine", day) as tenancy:
            await tenancy.take(Memory())
            day.now += timedelta(seconds=seconds)
            if before is not None:
                before(tenancy.client, day)
            await tenancy.keep(Memory())
            assert tenancy.lease is not None
            return tenancy.lease.until - day.now

    return asyncio.run(work())


def test_a_lease_is_renewed_once_a_minute(place: Place) -> None:
    assert _kept(place, 50) == timedelta(seconds=125)
    assert _kept(place, 60) == timedelta(seconds=180)


def test_a_lease_that_is_over_is_taken_anew_if_nobody_was_there(place: Place) -> None:
    assert _kept(place, 900) == timedelta(seconds=175)

    def visitor(_: Client, day: Day) -> None:
        place.leave("theirs", day.now - timedelta(seconds=30), day.now + timedelta(minutes=2))

    with pytest.raises(Stopped) as stopped:
        _kept(place, 900, visitor)
    assert stopped.value.finding.code == "leased"


@pytest.mark.parametrize(("left", "writes_on"), [(95, True), (85, False)])
def test_nothing_is_written_on_a_lease_that_cannot_be_renewed(place: Place, left: int, writes_on: bool) -> None:
    def gone(*_: object) -> None:
        for page in place.twin.call("POST", f"data_sources/{place.source}/query", {})["results"]:
            place.twin.call("PATCH", f"pages/{page['id']}", {"in_trash": True})

    if writes_on:
        assert _kept(place, 175 - left, gone) == timedelta(seconds=left)
        return
    with pytest.raises(Stopped) as stopped:
        _kept(place, 175 - left, gone)
    assert stopped.value.finding.code == "lease-lost"


def test_two_first_runs_make_one_archive(state: State) -> None:
    """Both planned while there was none; the younger takes its own away and says who was first."""
    with open_twin(":memory:") as twin:

        async def one() -> api.Outcome | WtstateError:
            async with session(twin, state, read_only=False, on_twin=False) as mine:
                plan = await mine.plan()
                await both.wait()
                try:
                    return await mine.apply(plan)
                except WtstateError as error:
                    return error

        async def work() -> list[api.Outcome | WtstateError]:
            return list(await asyncio.gather(one(), one()))

        both = asyncio.Barrier(2)
        ended = asyncio.run(work())
        outcomes = [end for end in ended if isinstance(end, api.Outcome)]
        errors = [end for end in ended if isinstance(end, WtstateError)]
        assert [(o.refused, o.after.empty) for o in outcomes] == [((), True)]
        assert [f.code for e in errors for f in e.findings] == ["leased"]
        blocks = twin.call("GET", f"blocks/{twin.root_page_id}/children")["results"]
        titles = sorted(block["child_database"]["title"] for block in blocks)
        assert titles == ["A", "archive"]
        before = writes(twin)

        async def again() -> api.Outcome | WtstateError:
            async with session(twin, state, read_only=False, on_twin=False) as mine:
                return await mine.apply(await mine.plan())

        assert isinstance(asyncio.run(again()), api.Outcome)
        assert writes(twin) == before


def test_a_run_that_another_one_was_faster_than_changes_nothing(state: State) -> None:
    """The first is done and has given its lease back, when the second begins with a plan that is out of date."""
    with open_twin(":memory:") as twin:

        async def work() -> None:
            async with (
                session(twin, state, read_only=False, on_twin=False) as fast,
                session(twin, state, read_only=False, on_twin=False) as slow,
            ):
                late = await slow.plan()
                await fast.apply(await fast.plan())
                with pytest.raises(WtstateError) as stopped:
                    await slow.apply(late)
            assert [f.code for f in stopped.value.findings] == ["moved"]

        asyncio.run(work())
        blocks = twin.call("GET", f"blocks/{twin.root_page_id}/children")["results"]
        assert sorted(b["child_database"]["title"] for b in blocks) == ["A", "archive"]
