"""What looks wrong is found, and its TOML mends it: pulled, put in, planned, applied, it is suggested no more."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.pull import gather
from reconciler.demo import export_path
from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.desired.writing.keys import key_for
from reconciler.desired.writing.text import toml_text
from reconciler.observe.suggest import Subject, Suggestion, suggest
from reconciler.observe.suggest.names import alike, style_of
from reconciler.twin import Twin, open_twin
from tests.cli.running import wtstate
from tests.engine.sessions import session
from tests.live import Live
from tests.pull.pulling import SETTINGS, databases

MESSY = """
[databases.Projects.properties]
Name = "title"
projectId = "rich_text"
budgetLine = "rich_text"
startDay = "rich_text"
lastChange = "rich_text"
[[databases.Projects.rows]]
Name = "One"; projectId = "P-1"; budgetLine = "1200"; startDay = "2026-01-05"; lastChange = "yes"
[[databases.Projects.rows]]
Name = "Two"; projectId = "P-2"; budgetLine = "80.5"; startDay = "2026-02-01"; lastChange = "soon"
[[databases.Projects.rows]]
Name = "Three"; projectId = "P-3"; budgetLine = "7"; startDay = "2026-03-09"; lastChange = "2026-01-01"

[databases.Phases.properties]
Name = "title"
"Phase Code" = "rich_text"
ofProject = "rich_text"
emptyField = "rich_text"
status = { type = "select", options = ["Complete", "Completed", "Open", "Phase 1", "Phase 2"] }
First = { type = "relation", to = "Projects" }
Second = { type = "relation", to = "Projects", two_way = "Phases" }
[[databases.Phases.rows]]
Name = "A"; "Phase Code" = "A-1 "; ofProject = "P-1"; status = "Complete"; First = ["One"]; Second = ["One"]
[[databases.Phases.rows]]
Name = "B"; "Phase Code" = "B-1"; ofProject = "P-2"; status = "Completed"; First = ["Two"]; Second = ["Two"]
[[databases.Phases.rows]]
Name = "C"; "Phase Code" = "C-1"; ofProject = "P-3"; status = "Complete"; Second = ["Three"]

[databases.Old.properties]
Title = "title"
projectId = "rich_text"
budgetLine = "rich_text"
startDay = "rich_text"
lastChange = "rich_text"
""".replace("; ", "\n")

EXPECTED = {
    ("always-empty", "phases.emptyField"),
    ("blank-ends", 'phases."Phase Code"'),
    ("off-style", 'phases."Phase Code"'),
    ("relations-twice", "phases.First"),
    ("same-columns", "old"),
    ("similar-options", "phases.status"),
    ("text-is-key", "phases.ofProject"),
    ("text-is-typed", "projects.budgetLine"),
    ("text-is-typed", "projects.startDay"),
}


@pytest.fixture
def twin() -> Any:
    with open_twin(":memory:") as made:
        Live(made).load(tomllib.loads(MESSY))
        yield made


def suggestions(twin: Twin, state: State) -> dict[tuple[str, str], Suggestion]:
    async def read() -> list[Subject]:
        async with session(twin, state, read_only=True) as reading:
            live = await reading.databases()
            titles = {database.title: key for key, database in state.databases.items()}
            keys = [titles.get(each.title) or key_for(each.title, ()) for each in live]
            return [Subject(key, each, await reading.rows(each)) for key, each in zip(keys, live, strict=True)]

    found = suggest(asyncio.run(read()))
    return {(one.finding.code, one.finding.address): one for one in found}


def pulled(twin: Twin, directory: Path) -> dict[str, Any]:
    """All files of a pull as one set of tables."""
    whole: dict[str, Any] = {"databases": {}}
    for file in gather(asyncio.run(databases(twin)), (), None, directory, SETTINGS).files:
        tables = tomllib.loads(file.text)
        whole["databases"].update(tables.get("databases", {}))
        whole |= {"workspace": tables["workspace"]} if "workspace" in tables else {}
    return whole


def put_in(tables: dict[str, Any], one: Suggestion) -> dict[str, Any]:
    """As a person does it: the words in place of the field's own, what goes or is renamed no longer declared."""
    words = json.loads(json.dumps(one.tables))
    for key, database in words.pop("databases", {}).items():
        fields = tables["databases"][key]["fields"]
        for name, field in database["fields"].items():
            for gone in (*field.get("was", ()), *field.get("absorbs", ())):
                fields.pop(gone, None)
            fields[name] = field
    for drop in words.get("drops", {}).values():
        key, name = drop["what"].split(".")
        tables["databases"][key]["fields"].pop(name)
    return {**tables, **words}


def loaded(tables: Mapping[str, Any], directory: Path) -> State:
    directory.mkdir(exist_ok=True)
    (directory / "all.toml").write_text(toml_text(tables), encoding="utf-8")
    return load(directory, env={}, base=directory)


def test_each_kind_of_mess_is_found_and_nothing_else(twin: Twin, tmp_path: Path) -> None:
    assert set(suggestions(twin, loaded(pulled(twin, tmp_path / "x"), tmp_path / "state"))) == EXPECTED


@pytest.mark.parametrize("which", sorted(EXPECTED))
def test_the_toml_mends_it(which: tuple[str, str], twin: Twin, tmp_path: Path) -> None:
    tables = pulled(twin, tmp_path / "x")
    before = suggestions(twin, loaded(tables, tmp_path / "state"))
    state = loaded(put_in(tables, before[which]), tmp_path / "state")

    async def mend() -> None:
        async with session(twin, state, read_only=False) as writing:
            plan = await writing.plan(allow=())
            assert not plan.empty
            assert plan.blocked == ()
            outcome = await writing.apply(plan)
            assert outcome.refused == ()
            assert outcome.after.empty

    asyncio.run(mend())
    left = set(suggestions(twin, state))
    assert which not in left


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        ("Complete", "Completed", True),
        ("In Progress", "in-progress", True),
        ("Cancelled", "Canceled", True),
        ("Review", "Reviewing", True),
        ("Done", "Dont", False),
        ("Phase 1", "Phase 2", False),
        ("Q1 2025", "Q1 2026", False),
        ("Active", "Inactive", False),
        ("Approved", "Unapproved", False),
        ("Low", "Lo", False),
        ("🔴", "🟢", False),
    ],
)
def test_alike(one: str, other: str, is_alike: bool) -> None:
    assert alike(one, other) is is_alike


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("projectId", "camelCase"),
        ("project_id", "snake_case"),
        ("Project Id", "Title Case"),
        ("Project", ""),
        ("a B c", ""),
    ],
)
def test_styles(name: str, style: str) -> None:
    assert style_of(name) == style


def test_on_the_command_line(tmp_path: Path) -> None:
    assert wtstate("init", "--export", str(export_path()), cwd=tmp_path).code == 0
    ran = wtstate("suggest", cwd=tmp_path)
    assert ran.code == 0
    assert "similar-options wt-phase-database.status" in ran.out
    assert "suggestions; nothing was changed." in ran.out
    document = json.loads(wtstate("suggest", "--json", cwd=tmp_path).out)
    for one in document["suggestions"]:
        assert tomllib.loads(one["toml"])
        assert one["what"]
        assert one["next"]
    assert wtstate("plan", "--detailed-exitcode", cwd=tmp_path).code == 0
