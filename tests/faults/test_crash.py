"""A run that is killed at any request: the next run ends in the same workspace, nothing doubled, nothing lost.

Killed means killed: before a write is sent, or after it was done and before its answer came.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from reconciler import api, connection
from reconciler.desired.state import State
from reconciler.twin import Twin
from tests.faults.workspaces import computed, content, retyped


class Killed(BaseException):
    """The process is gone."""


class Killer(httpx.AsyncBaseTransport):
    """A way to the twin on which the process dies at the write of a number, before it or after it."""

    def __init__(self, way: httpx.AsyncBaseTransport, at: int, *, after: bool) -> None:
        self._way, self._at, self._after = way, at, after
        self.writes = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Passes the request on, unless this is where it ends."""
        path = request.url.path
        if request.method == "GET" or path.endswith(("/query", "/search")):
            return await self._way.handle_async_request(request)
        self.writes += 1
        if self.writes > self._at or (self.writes == self._at and not self._after):
            raise Killed
        answer = await self._way.handle_async_request(request)
        if self.writes == self._at:
            raise Killed
        return answer


def _copy(loaded: Path, to: Path) -> api.Target:
    for old in to.parent.glob(f"{to.name}*"):
        old.unlink()
    shutil.copy(loaded, to)
    return api.Target(kind="twin", twin_path=to)


async def _apply(target: api.Target, state: State) -> api.Outcome | None:
    async with api.connect(target, state, read_only=False) as session:
        plan = await session.plan()
        return None if plan.empty else await session.apply(plan)


Lead = Callable[[int, bool], None]


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> Lead:
    """Makes the next connections die at a write; calling it with 0 makes them live."""
    straight = connection.httpx_transport

    def lead(at: int, after: bool) -> None:
        def way(twin: Twin) -> httpx.AsyncBaseTransport:
            return Killer(straight(twin), at, after=after) if at else straight(twin)

        monkeypatch.setattr(connection, "httpx_transport", way)

    return lead


def _writes(loaded: Path, work: Path, state: State) -> int:
    """How many writes an undisturbed run sends."""
    target = _copy(loaded, work)
    counted: list[Killer] = []
    straight = connection.httpx_transport

    def way(twin: Twin) -> httpx.AsyncBaseTransport:
        counted.append(Killer(straight(twin), 10**6, after=False))
        return counted[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "httpx_transport", way)
        outcome = asyncio.run(_apply(target, state))
    assert outcome is not None
    assert outcome.after.empty
    return counted[-1].writes


def _finished_wherever_it_dies(loaded: Path, work: Path, state: State, deadly: Lead, *, after: bool) -> None:
    """Killed at each write in turn, one more run ends where an undisturbed one ends, and a third writes nothing."""
    writes = _writes(loaded, work, state)
    wanted = content(work)
    for at in range(1, writes + 1):
        target = _copy(loaded, work)
        deadly(at, after)
        with pytest.raises(BaseException):  # noqa: B017, PT011
            asyncio.run(_apply(target, state))
        deadly(0, False)
        asyncio.run(_apply(target, state))
        assert asyncio.run(_apply(target, state)) is None, f"write {at}"
        assert content(work) == wanted, f"write {at}"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_change_of_type_killed_at_any_write_is_finished(tmp_path: Path, deadly: Lead, after: bool) -> None:
    """Also between the change of type, which converts as Notion likes, and our own values."""
    loaded, state = retyped(tmp_path)
    _finished_wherever_it_dies(loaded, tmp_path / "work.sqlite", state, deadly, after=after)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("bound", "was"), [(False, False), (False, True), (True, False)], ids=["new", "was", "bound"])
def test_a_computed_field_that_is_replaced_is_finished(
    tmp_path: Path, deadly: Lead, bound: bool, was: bool, after: bool
) -> None:
    """Its type cannot be changed in place: a new field takes the name, and the old one goes, wherever the cut is."""
    loaded, state = computed(tmp_path, bound=bound, was=was)
    _finished_wherever_it_dies(loaded, tmp_path / "work.sqlite", state, deadly, after=after)
