"""A run that was cut off does not verify; the run that finishes it leaves nothing to warn of."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from reconciler import api, connection
from reconciler.demo import export_path
from reconciler.observe.verify_report import Group, Status, VerifyReport
from reconciler.twin import open_twin
from reconciler.twin.export import load as load_export
from tests.faults.test_crash import Killed, Killer
from tests.observe.applied import demo_state, not_ok


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cut") / "loaded.sqlite"
    with open_twin(path) as twin:
        load_export(twin, export_path())
    return path


async def _apply(target: api.Target) -> None:
    async with api.connect(target, demo_state(), read_only=False) as session:
        await session.apply(await session.plan())


async def _verify(target: api.Target) -> VerifyReport:
    async with api.connect(target, demo_state(), read_only=True) as session:
        report = await session.verify()
        await session.store_report(report)  # a session that only reads keeps nothing, and does not fail either
        return report


@pytest.mark.parametrize("at", [12, 40, 70, 85])
def test_a_batch_that_was_cut_off_and_finished_is_verified(loaded: Path, tmp_path: Path, at: int) -> None:
    target = api.Target(kind="twin", twin_path=Path(shutil.copy(loaded, tmp_path / "twin.sqlite")))
    straight = connection.httpx_transport
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "httpx_transport", lambda twin: Killer(straight(twin), at, after=True))
        with pytest.raises(Killed):
            asyncio.run(_apply(target))
    cut = asyncio.run(_verify(target))
    still_open = [r for r in not_ok(cut, Status.WARN).values() if r.group is Group.ARCHIVE]
    assert len(still_open) == 1
    assert "still open" in still_open[0].what
    assert cut.batch == ""
    asyncio.run(_apply(target))
    report = asyncio.run(_verify(target))
    assert not_ok(report) == {}
    assert report.batch
    assert [r for r in not_ok(report, Status.WARN).values() if r.group in (Group.ARCHIVE, Group.DATA)] == []
