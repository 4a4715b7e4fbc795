"""Copies of hosted files when the run is killed, or gets no answer: each is in the archive once, none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.connection import httpx_transport
from reconciler.desired.state import State
from reconciler.execute import uploads
from reconciler.memory.hosted import copies
from reconciler.notion import files
from reconciler.notion.pace import AT_ONCE
from reconciler.twin import Fault, Faults, Twin, open_twin
from tests import census
from tests.engine.sessions import session
from tests.engine.test_hosted_files import DROP_FIELD, NOTE, PNG, TABLE, shown
from tests.engine.test_memory import state_of
from tests.faults.test_crash import Killed, Killer
from tests.live import Live

BYTES = [PNG, NOTE, PNG + b"!"]


@contextmanager
def loaded() -> Iterator[Twin]:
    """A twin whose rows hold three files in a field that is to be dropped."""
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load(TABLE)
        first, second = live.rows[("t", "*")]
        for row, name, data in zip((first, first, second), ("a.png", "b.txt", "c.png"), BYTES, strict=True):
            twin.admin.attach(row, "papers", name, data)
        yield twin


async def _apply(twin: Twin, state: State, killer: Killer | None = None) -> None:
    async with session(twin, state, read_only=False, transport=killer, clock=AT_ONCE) as one:
        plan = await one.plan()
        if not plan.empty:
            outcome = await one.apply(plan)
            assert outcome.refused == ()
            assert outcome.after.empty


def _once(twin: Twin) -> None:
    (entry,) = census.entries(twin, archive="archive")
    assert [copy.size for copy in copies(entry)] == [len(data) for data in BYTES]
    assert shown(twin) == BYTES


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_write_the_next_run_has_each_copy_once(tmp_path: Path, after: bool) -> None:
    state = state_of(tmp_path, DROP_FIELD)
    at, alive = 0, False
    while not alive:
        at += 1
        with loaded() as twin:
            killer = Killer(httpx_transport(twin), at, after=after)
            try:
                asyncio.run(_apply(twin, state, killer))
            except BaseException as ended:
                if not isinstance(ended, Killed) and "Killed" not in repr(ended):
                    raise
            alive = killer.writes < at
            asyncio.run(_apply(twin, state))
            _once(twin)
    assert at > 12


FAILS = [
    Fault(every=2, fail="500", saved=True), Fault(every=2, fail="504", saved=True),
    Fault(every=2, fail="cut", saved=True), Fault(every=2, fail="cut"),
    Fault(every=2, fail="503", saved=True), Fault(every=2, fail="503"),
]  # fmt: skip


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
@pytest.mark.parametrize("fault", FAILS, ids=lambda fault: f"{fault.fail}-{fault.saved}")
def test_an_upload_without_an_answer_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault, large: bool
) -> None:
    if large:  # files of some kilobytes are sent as those over 20 MB are
        monkeypatch.setattr(uploads, "SINGLE_PART", 100)
        monkeypatch.setattr(files, "SINGLE_PART", 100)
    state = state_of(tmp_path, DROP_FIELD)
    places = ("file_uploads", "file_uploads/*/send", "file_uploads/*/complete")
    with loaded() as twin:
        twin.faults = Faults(rules=tuple(replace(fault, method="POST", path=path) for path in places))
        asyncio.run(_apply(twin, state))
        twin.faults = Faults()
        _once(twin)
