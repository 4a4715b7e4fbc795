"""A database that is gone, from Notion's trash too, is made again by a restore, with what the archive keeps of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.connection import httpx_transport
from reconciler.notion.pace import AT_ONCE
from reconciler.planning.plan import Plan
from reconciler.twin import Twin, dump, open_twin
from tests.engine.rounds import How, apply_and_count
from tests.engine.sessions import session
from tests.engine.undo import restore
from tests.faults.test_crash import Killed, Killer
from tests.live import Live
from tests.snapshots.taking import state_of

LIVE: dict[str, Any] = {
    "databases": {
        "Tasks": {
            "description": "What is to be done",
            "properties": {
                "Name": "title",
                "Stage": {"type": "select", "options": [{"name": "Open", "color": "red"}, "Done"]},
                "Points": "number",
                "Papers": "files",
                "Twice": {"type": "formula", "expression": 'prop("Points") * 2'},
                "After": {"type": "relation", "to": "Tasks"},
                "Project": {"type": "relation", "to": "Projects", "two_way": "Tasks"},
            },
            "rows": [
                {"Name": "One", "Stage": "Open", "Points": 1, "Project": ["Alpha"], "$hosted": {"Papers": "a.png"}},
                {"Name": "Two", "Stage": "Done", "After": ["One"], "Project": ["Alpha", "Beta"], "$content": ["text"]},
                {"Name": "Two"},
            ],
        },
        "Projects": {"properties": {"Name": "title"}, "rows": [{"Name": "Alpha"}, {"Name": "Beta"}]},
    }
}
STATE = """
[workspace]
name = "Case"
archive = "archive"
[databases.projects]
was = ["Projects"]
[databases.projects.fields]
Name = "title"
[drops.tasks]
what = "Tasks"
reason = "a test"
"""
ALLOWED = ("database-gone:Tasks",)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Twin, Path, str]]:
    """A twin in which the database was dropped and is gone, and the batch that dropped it."""
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load(LIVE)
        outcome, _ = asyncio.run(apply_and_count(twin, state_of(tmp_path, STATE), How(), archive="archive"))
        assert not outcome.refused
        vanish(twin, live.databases["Tasks"], live.sources["Tasks"], live.sources["Projects"])
        yield twin, tmp_path, outcome.batch


def vanish(twin: Twin, database: str, source: str, other: str) -> None:
    """The database is deleted for good, as Notion does with its trash: what led to it goes with it."""
    for statement, of in (
        ("DELETE FROM pages WHERE source = ?", source),
        ("DELETE FROM data_sources WHERE id = ?", source),
        ("DELETE FROM databases WHERE id = ?", database),
    ):
        twin.store.run(statement, of)
    (data,) = next(iter(twin.store.all("SELECT data FROM data_sources WHERE id = ?", other)))
    said = json.loads(data)
    said["properties"] = [prop for prop in said["properties"] if prop["name"] != "Tasks"]
    twin.store.run("UPDATE data_sources SET data = ? WHERE id = ?", json.dumps(said), other)


def planned(world: tuple[Twin, Path, str], **flags: Any) -> Plan:
    twin, directory, batch = world

    async def work() -> Plan:
        async with session(twin, state_of(directory, STATE), read_only=True) as reading:
            return await reading.plan_restore([batch], **flags)

    return asyncio.run(work())


def shown(twin: Twin) -> dict[str, Any]:
    """What a connection sees of the two databases, by names."""
    tables = {t["title"]: t for t in dump(twin)["databases"] if not t["in_trash"] and t["title"] != "archive"}
    names = {row["id"]: row["title"] for t in tables.values() for row in t["rows"]}
    found: dict[str, Any] = {}
    for title, table in tables.items():
        kinds = {name: prop["type"] for name, prop in table["properties"].items()}
        rows = [
            {n: sorted(names[i] for i in v) if kinds[n] == "relation" else v for n, v in row["values"].items()}
            for row in table["rows"]
        ]
        words = [table["description"], sorted(kinds.items())]
        found[title] = [words, sorted(rows, key=lambda row: sorted(map(str, row.items())))]
    return found


def expected() -> dict[str, Any]:
    """The same of a workspace to which nothing happened at all."""
    with open_twin(":memory:") as twin:
        Live(twin).load(LIVE)
        return shown(twin)


def test_it_is_blocked_until_a_person_consents(world: tuple[Twin, Path, str]) -> None:
    plan = planned(world)
    (blocked,) = [f for f in plan.blocked if f.code == "database-gone"]
    assert blocked.consent == ALLOWED[0]
    assert "changed-since" not in {note.code for note in plan.notes}
    assert "3 rows are kept whole; the content of 1 page is in the archive, to be read" in blocked.why


def test_it_is_made_again_with_its_rows_links_and_files(world: tuple[Twin, Path, str]) -> None:
    twin, directory, batch = world
    plan = asyncio.run(restore(twin, state_of(directory, STATE), batch, allow=ALLOWED))
    assert plan.proof is not None
    assert plan.proof.holds
    assert shown(twin) == expected()


@pytest.mark.parametrize("at", [3, 5, 7, 9, 11, 13])
def test_killed_anywhere_it_is_made_once(world: tuple[Twin, Path, str], at: int) -> None:
    twin, directory, batch = world

    async def killed() -> None:
        way = Killer(httpx_transport(twin), at, after=True)
        async with session(twin, state_of(directory, STATE), read_only=False, transport=way, clock=AT_ONCE) as writing:
            await writing.apply(await writing.plan_restore([batch], allow=ALLOWED))

    with pytest.raises((Killed, BaseExceptionGroup)):
        asyncio.run(killed())
    asyncio.run(restore(twin, state_of(directory, STATE), batch, exact=False, allow=ALLOWED))
    assert shown(twin) == expected()
