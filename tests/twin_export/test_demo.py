"""The demo's workspace is as messy as the design says, and loads without a question."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from reconciler.demo import export_path, state_path
from reconciler.twin import open_twin
from reconciler.twin.export import load, read, tables
from reconciler.twin.export.plan import LoadPlan, plan
from tests.twin_export import dump
from tests.twin_export.exports import column, relations

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
DATABASES = {
    "Claude-Gizmo Communication": 9,
    "Claude-Gizmo Exchange": 8,
    "MemSync Implementation Phases": 7,
    "Sub-Apps": 4,
    "Tasks": 5,
    "WT Phase Database": 37,
    "WT Projects": 16,
}


@pytest.fixture(scope="module")
def demo() -> LoadPlan:
    return plan(tables.parse(read.read(export_path()).texts))


def cells(demo: LoadPlan, database: str, name: str) -> list[str]:
    table = next(table for table in demo.tables if table.title == database)
    return [row[table.columns.index(name)] for row in table.rows]


def test_the_databases_and_their_rows(demo: LoadPlan) -> None:
    assert {table.title: len(table.rows) for table in demo.tables} == DATABASES
    assert Counter(table.title for table in demo.tables)["Tasks"] == 2
    assert demo.warnings == ()


def test_one_relation_is_the_exact_inverse_and_the_other_a_subset(demo: LoadPlan) -> None:
    found = relations(demo)
    both, one = found["WT Phase Database.WT Projects 1"][1], found["WT Phase Database.WT Projects"][1]
    assert (len(both), len(one), set(one) < set(both)) == (34, 33, True)
    ((owner, mirror),) = demo.pairs.mirrors.items()
    assert (demo.columns[owner].name, demo.columns[mirror].name) == ("WT Projects 1", "Phase")


def test_the_ids_are_as_messy_as_those_of_the_first_workspace(demo: LoadPlan) -> None:
    ids = cells(demo, "WT Phase Database", "phaseid")
    assert [i for i, n in Counter(i.strip() for i in ids).items() if n > 1] == ["WT-4.1"]
    assert sum(i != i.strip() for i in ids) == 9
    assert {"WT-7.2", "WT-7.3"} < set(ids)
    assert sum(i.startswith("WT-5.") for i in ids) == 7
    projects = set(cells(demo, "WT Projects", "projectID"))
    named = [i for i in cells(demo, "WT Phase Database", "projectId") if i]
    assert (len(named), projects & set(named)) == (17, set())


def test_statuses_live_side_by_side(demo: LoadPlan) -> None:
    seven = {"Planned", "Planning", "Active", "Done", "Complete", "Completed", "In Progress"}
    for database in ("WT Phase Database", "WT Projects"):
        assert set(cells(demo, database, "status")) == seven
        assert column(demo, database, "status").type == "select"


def test_a_note_is_longer_than_one_text_element(demo: LoadPlan) -> None:
    assert 3_500 < max(map(len, cells(demo, "WT Phase Database", "notes"))) < 3_700


def test_message_keys_overlap_and_one_is_empty_and_one_is_there_twice(demo: LoadPlan) -> None:
    here, there = (cells(demo, name, "messageId") for name in ("Claude-Gizmo Communication", "Claude-Gizmo Exchange"))
    assert len(set(here) & set(there)) == 3
    assert Counter(there)[""] == 1
    assert [key for key, n in Counter(there).items() if n > 1] == ["CG-011"]


def test_the_demo_holds_in_the_twin_what_its_files_say(demo: LoadPlan) -> None:
    with open_twin(":memory:") as twin:
        report = load(twin, export_path())
        assert [database.title for database in report.databases] == [table.title for table in demo.tables]
        for database, table in zip(dump.databases(twin), demo.tables, strict=True):
            for page, row in zip(dump.rows(twin, database), table.rows, strict=True):
                for name, cell in zip(table.columns, row, strict=True):
                    prop = page["properties"][name]
                    assert prop["type"] == "relation" or dump.shows(prop, cell), (name, cell, prop)
        assert sum(database.content_pages for database in report.databases) == 8


def test_the_desired_state_is_found() -> None:
    assert any(state_path().glob("*.toml"))


@pytest.mark.skipif(not REAL.is_dir(), reason="the part of the real export is not here")
def test_the_real_part_loads_with_every_cell() -> None:
    with open_twin(":memory:") as twin:
        report = load(twin, REAL)
        files = {table.title: table for table in tables.parse(read.read(REAL).texts).tables}
        for database in dump.databases(twin):
            table = files.get(dump.text(database["title"]))
            if table is None:
                continue
            for page, row in zip(dump.rows(twin, database), table.rows, strict=True):
                for name, cell in zip(table.columns, row, strict=True):
                    prop = page["properties"][name]
                    if prop["type"] == "relation":
                        assert len(prop["relation"]) == len(re.findall(r"[0-9a-f]{32}", cell))
                    else:
                        assert dump.shows(prop, cell), (name, cell, prop)
        assert [(stub.database, stub.columns) for stub in report.stubs] == [
            ("WT Projects", (("WT Phase Database", "WT Projects"), ("WT Phase Database", "WT Projects 1")))
        ]
