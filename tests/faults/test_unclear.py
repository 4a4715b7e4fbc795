"""Runs on a service that fails in every way the twin knows, before the write was saved and after it."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from reconciler import api
from reconciler.demo import export_path, state_path
from reconciler.desired.state import State
from reconciler.notion.pace import AT_ONCE
from reconciler.twin import Fault, Faults, Twin, open_twin
from reconciler.twin.export import load as load_export
from tests import census
from tests.engine.sessions import session, writes
from tests.faults.workspaces import ARCHIVE, content_of, retyped

FAULTS = {
    "409": Fault(fail="409", every=2),
    "500": Fault(fail="500", every=3),
    "500-saved": Fault(fail="500", every=2, saved=True),
    "502-saved": Fault(fail="502", every=2, saved=True),
    "503": Fault(fail="503", every=3),
    "503-saved": Fault(fail="503", every=2, saved=True),
    "504-saved": Fault(fail="504", every=2, saved=True),
    "cut": Fault(fail="cut", every=3),
    "cut-saved": Fault(fail="cut", every=2, saved=True),
    "429": Fault(fail="429", every=2, retry_after=700),
    "529": Fault(fail="529", every=2, retry_after=700),
}


def _only_writes(fault: Fault) -> tuple[Fault, ...]:
    """The fault at every endpoint that writes: reads have patience of their own, which is tested elsewhere."""
    words = {word: getattr(fault, word) for word in ("fail", "every", "saved", "retry_after")}
    places = (("POST", "pages"), ("POST", "databases"), ("POST", "pages/*/move"), ("PATCH", "**"))
    return tuple(Fault(method=method, path=path, **words) for method, path in places)


async def _apply(twin: Twin, state: State) -> api.Outcome:
    async with session(twin, state, read_only=False, clock=AT_ONCE) as one:
        return await one.apply(await one.plan())


def _doubled(twin: Twin) -> list[str]:
    """Values that are in the archive twice."""
    kept = [
        (entry.address, value.row, value.property_id, str(value.old))
        for entry in census.entries(twin, archive=ARCHIVE)
        for value in entry.values
    ]
    return [f"{kept}" for kept, times in Counter(kept).items() if times > 1]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, State]:
    """A workspace with two changes of type and a fold."""
    return retyped(tmp_path_factory.mktemp("unclear"))


def _after(path: Path, state: State, to: Path, faults: Faults) -> tuple[api.Outcome, tuple[str, int], list[str], int]:
    to.write_bytes(path.read_bytes())
    with open_twin(to, faults=faults) as twin:
        outcome = asyncio.run(_apply(twin, state))
        twin.faults = Faults()
        before = writes(twin)
        asyncio.run(_apply(twin, state))
        return outcome, content_of(twin), _doubled(twin), writes(twin) - before


@pytest.mark.parametrize("name", FAULTS)
def test_one_run_ends_as_if_nothing_had_failed(name: str, small: tuple[Path, State], tmp_path: Path) -> None:
    path, state = small
    _, wanted, _, _ = _after(path, state, tmp_path / "straight.sqlite", Faults())
    faults = Faults(rules=_only_writes(FAULTS[name]))
    outcome, content, doubled, more = _after(path, state, tmp_path / "work.sqlite", faults)
    assert outcome.refused == ()
    assert outcome.unsettled == ()
    assert content == wanted
    assert doubled == []
    assert more == 0, "a second run still writes"


def test_the_migration_ends_as_if_nothing_had_failed(tmp_path: Path) -> None:
    """Wombat Track, with moves, lines on pages and marks, while one write in six gets no answer."""
    state = api.load(state_path(), env={})
    path = tmp_path / "loaded.sqlite"
    with open_twin(path) as twin:
        load_export(twin, export_path())
    _, wanted, _, _ = _after(path, state, tmp_path / "straight.sqlite", Faults())
    chances = [
        Fault(fail=f.fail, chance=0.06, saved=f.saved, method=m) for f in FAULTS.values() for m in ("POST", "PATCH")
    ]
    outcome, content, doubled, more = _after(
        path, state, tmp_path / "work.sqlite", Faults(rules=tuple(chances), seed=7)
    )
    assert outcome.refused == ()
    assert content == wanted
    assert doubled == []
    assert more == 0
