"""``wtstate doctor --probe``: on a twin with a given reading it finds exactly that reading, and leaves nothing."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from reconciler.api import Session
from reconciler.connection import httpx_transport
from reconciler.execute.probing.lab import TITLE, Lab, Reading
from reconciler.execute.probing.probe import probe
from reconciler.execute.probing.probes import PROBES
from reconciler.model.finding import WtstateError
from reconciler.notion.client import connect
from reconciler.twin import Assumptions, Twin, dump, open_twin
from tests.cli.running import wtstate
from tests.engine.sessions import session
from tests.engine.test_memory import state_of

BOTH: tuple[Reading, ...] = ("kind", "harsh")
NOWHERE = "1f0c6c1e-5a0e-4b9e-9d5e-0123456789ab"
HIDDEN_BY = {"status-removed": "status-patched", "name-taken": "rename-swap"}
"""Probes that cannot tell where another switch is harsh: that one refuses the request that they would learn from."""
STATE = '[databases.t.fields]\nName = "title"\n'


def page(twin: Twin) -> str:
    body = {"parent": {"type": "page_id", "page_id": twin.root_page_id}, "properties": {}}
    return str(twin.call("POST", "pages", body)["id"])


def scratch(twin: Twin) -> list[str]:
    """The titles of scratch databases that are not in the trash."""
    return [d["title"] for d in dump(twin)["databases"] if d["title"].startswith(TITLE) and not d["in_trash"]]


async def asked(twin: Twin, under: str) -> dict[str, Reading | None]:
    async with connect(twin.token, read_only=False, rate=None, transport=httpx_transport(twin)) as client:
        return dict((await probe(client, under, said=lambda _name: None)).readings)


@pytest.mark.parametrize("reading", BOTH)
def test_every_probe_finds_the_reading_of_the_twin(reading: Reading) -> None:
    with open_twin(":memory:", assume=Assumptions.read([reading])) as twin:
        found = asyncio.run(asked(twin, page(twin)))
        other = {name: seen for name, seen in found.items() if seen != reading}
        assert other == ({} if reading == "kind" else dict.fromkeys(HIDDEN_BY))
        assert scratch(twin) == []


@pytest.mark.parametrize("name", sorted(name for name in PROBES if not name.startswith("retype-")))
@pytest.mark.parametrize("reading", BOTH)
def test_a_probe_finds_its_own_switch_among_the_others(name: str, reading: Reading) -> None:
    other: Reading = "kind" if reading == "harsh" else "harsh"
    words = [other, f"{name}={reading}", *(f"{HIDDEN_BY[each]}=kind" for each in [name] if each in HIDDEN_BY)]
    with open_twin(":memory:", assume=Assumptions.read(words)) as twin:

        async def one() -> Reading | None:
            async with connect(twin.token, read_only=False, rate=None, transport=httpx_transport(twin)) as client:
                return await PROBES[name](Lab(client=client, page=page(twin)))

        assert asyncio.run(one()) == reading


def test_what_ends_it_takes_the_scratch_databases_away() -> None:
    with open_twin(":memory:") as twin:
        under = page(twin)

        async def cut() -> None:
            task = asyncio.ensure_future(asked(twin, under))
            while not scratch(twin):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(cut())
        assert scratch(twin) == []


def test_what_a_killed_run_left_goes_with_the_next_and_nothing_else() -> None:
    with open_twin(":memory:") as twin:
        under = page(twin)

        async def leave() -> None:
            async with connect(twin.token, read_only=False, rate=None, transport=httpx_transport(twin)) as client:
                await Lab(client=client, page=under).table({})

        asyncio.run(leave())
        parent = {"type": "page_id", "page_id": under}
        mine = {"parent": parent, "title": [{"type": "text", "text": {"content": f"{TITLE} of mine"}}]}
        twin.call("POST", "databases", mine)
        asyncio.run(asked(twin, under))
        assert scratch(twin) == [f"{TITLE} of mine"]


def test_the_answers_are_remembered(tmp_path: Path) -> None:
    with open_twin(":memory:", assume=Assumptions.read(["harsh"])) as twin:
        state, under = state_of(tmp_path, STATE), page(twin)

        async def work() -> dict[str, str]:
            async with session(twin, state, read_only=False) as opened:
                await opened.probe(under, said=lambda _name: None)
                return await remembered(opened)

        async def remembered(opened: Session) -> dict[str, str]:
            await opened.plan()
            planned = opened._plans.last
            assert planned is not None
            return dict(planned.reading.memory.probed)

        assert asyncio.run(work()) == dict.fromkeys(PROBES.keys() - HIDDEN_BY.keys(), "harsh")


def test_a_page_that_is_not_there_is_said() -> None:
    with open_twin(":memory:") as twin:
        with pytest.raises(WtstateError) as caught:
            asyncio.run(asked(twin, NOWHERE))
        assert [finding.code for finding in caught.value.findings] == ["no-probe-page"]


def test_doctor_reads_only_and_names_what_is_not_well(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        state = state_of(tmp_path, '[databases.t]\nbind = "' + NOWHERE + '"\n[databases.t.fields]\nName = "title"\n')

        async def work() -> dict[str, str]:
            async with session(twin, state, read_only=True) as opened:
                return {f"{each.about}: {each.said}": str(each.health) for each in await opened.doctor()}

        said = asyncio.run(work())
        assert {said_of.partition(":")[0] for said_of, health in said.items() if health == "fail"} == {"sharing"}
        assert {about.partition(":")[0] for about in said} == {
            "token",
            "rate",
            "limits",
            "capabilities",
            "memory",
            "sharing",
        }
        known = {switch["name"] for switch in json.loads(wtstate("twin", "assumptions", "--json").out)["assumptions"]}
        assert PROBES.keys() <= known
