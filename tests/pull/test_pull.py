"""A pull says everything that is live in files that plan to nothing."""

from __future__ import annotations

import tomllib
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from reconciler.desired.writing.keys import key_for, slug
from reconciler.desired.writing.text import toml_text
from reconciler.twin import open_twin
from tests.cases.case import stages
from tests.cases.test_cases import CASES, ROOT
from tests.engine.worlds import World, worlds
from tests.live import Live
from tests.pull.pulling import again, pulled
from tests.render.hostile import HOSTILE

EVERYTHING = """
people = ["ada@example.org"]
[databases.Phases]
description = "Every phase.\\nOn two lines, with \\"quotes\\"."
icon = "🧭"
[databases.Phases.properties]
Name = { type = "title", description = "What it is called" }
Notes = "rich_text"
Cost = { type = "number", format = "euro" }
Kind = { type = "select", options = ["plain", { name = "Red one", color = "red", description = "Hot" }] }
Tags = { type = "multi_select", options = ["a", "b"] }
State = "status"
When = "date"
Who = "people"
Files = "files"
Done = "checkbox"
Link = "url"
Mail = "email"
Phone = "phone_number"
Made = "created_time"
Maker = "created_by"
Edited = "last_edited_time"
Editor = "last_edited_by"
Id = { type = "unique_id", prefix = "PH" }
Double = { type = "formula", expression = 'prop("Cost") * 2' }
Project = { type = "relation", to = "Projects", two_way = "Phases" }
After = { type = "relation", to = "Phases", two_way = "Before" }
Other = { type = "relation", to = "Projects" }
"Project's names" = { type = "rollup", relation = "Project", property = "Name", function = "show_original" }
[databases.Projects.properties]
Name = "title"
[databases.first]
title = "Tasks"
[databases.first.properties]
Name = "title"
[databases.second]
title = "Tasks"
[databases.second.properties]
Task = "title"
Parent = { type = "relation", to = "first", two_way = "Children" }
"""


def test_everything_that_the_language_knows(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load(tomllib.loads(EVERYTHING))
        round_ = pulled(twin, tmp_path / "state")
    assert round_ is not None
    round_.check()
    assert round_.pulled.left_out == ()
    assert round_.pulled.keys == ("phases", "projects", "tasks", "tasks-2")
    text = (tmp_path / "state" / "phases.toml").read_text(encoding="utf-8")
    assert text == snapshot
    assert 'mirror_of = "tasks.Children"' in (tmp_path / "state" / "tasks-2.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_the_workspace_of_every_case(case: str, tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load(next(stages(ROOT / case)).words("live"))
        if round_ := pulled(twin, tmp_path / "state"):
            round_.check()


_NUMBER = count()


@settings(max_examples=15, deadline=None)
@given(world=worlds())
def test_any_workspace(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load(world.live)
        if round_ := pulled(twin, tmp_path_factory.mktemp(f"any-{next(_NUMBER)}") / "state"):
            round_.check()


def test_two_hundred_hostile_titles(tmp_path: Path) -> None:
    """As titles of databases, names of fields, options and descriptions at once."""
    with open_twin(":memory:") as twin:
        live = Live(twin)
        for start in range(0, len(HOSTILE), 20):
            titles = [title for title in HOSTILE[start : start + 20] if title.strip()]
            fields = {title[:90]: "rich_text" for title in titles}
            options = [{"name": title.replace(",", ";")[:90], "color": "red"} for title in titles]
            kinds = {"Kind of": {"type": "select", "options": _distinct(options)}}
            words = {"title": titles[0][:200], "description": titles[1][:200]}
            properties = {"Name of": "title", **_different(fields), **kinds}
            live.load({"databases": {f"d{start}": {**words, "properties": properties}}})
        round_ = pulled(twin, tmp_path / "state")
    assert round_ is not None
    round_.check()
    assert len(round_.pulled.keys) == 10


def _distinct(options: list[dict[str, str]]) -> list[dict[str, str]]:
    return list({option["name"].strip().casefold(): option for option in options if option["name"].strip()}.values())


def _different(fields: dict[str, str]) -> dict[str, str]:
    return {
        name: kind for name, kind in {n.strip().casefold(): (n, k) for n, k in fields.items()}.values() if name.strip()
    }


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("WT Phase Database", "wt-phase-database"),
        ("🤖 Agents", "agents"),
        ("Größe & Maße", "größe-maße"),
        ("日本語のタスク", "日本語のタスク"),
        ("🤖", "untitled"),
        ("corrections", "corrections-database"),
        ("a_b.c/d", "a-b-c-d"),
    ],
)
def test_keys(title: str, key: str) -> None:
    assert key_for(title, ()) == key


@given(st.text(max_size=30), st.lists(st.text(max_size=5)))
def test_a_key_is_new_whatever_the_title(title: str, taken: list[str]) -> None:
    key = key_for(title, taken)
    assert key
    assert key.casefold() not in {each.casefold() for each in taken}
    assert slug(key) == key.rstrip("-")[:60].rstrip("-") or key == "untitled" or key.startswith(slug(title))


_JSON = st.recursive(
    st.text(max_size=8) | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=6), _JSON, max_size=4))
def test_what_is_written_reads_back_or_is_refused(tables: dict[str, object]) -> None:
    try:
        text = toml_text(tables)
    except ValueError:
        return
    assert tomllib.loads(text) == tables


PAIR = """
[databases.Phases.properties]
Name = "title"
Project = { type = "relation", to = "Projects", two_way = "Phases" }
[databases.Projects.properties]
Name = "title"
"""


@pytest.mark.parametrize("order", [("Phases", "Projects"), ("Projects", "Phases")])
def test_a_two_way_relation_is_one_whichever_side_is_pulled(tmp_path: Path, order: tuple[str, str]) -> None:
    state = tmp_path / "state"
    with open_twin(":memory:") as twin:
        Live(twin).load(tomllib.loads(PAIR))
        for title in order:
            again(twin, state, title).check()
        one = again(twin, state, order[0])
        owners = [f.two_way for d in one.state.databases.values() for f in d.fields.values() if f.type == "relation"]
        assert [name for name in owners if name] == [{"Phases": "Project", "Projects": "Phases"}[order[0]]]
        both = {path.name: path.read_text(encoding="utf-8") for path in sorted(state.glob("*.toml"))}
        for title in (*order, *reversed(order)):
            again(twin, state, title).check()
        assert both == {path.name: path.read_text(encoding="utf-8") for path in sorted(state.glob("*.toml"))}


def test_pulling_one_of_two_leaves_what_both_said(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with open_twin(":memory:") as twin:
        Live(twin).load(tomllib.loads(EVERYTHING))
        assert pulled(twin, state) is not None
        said = {path: path.read_text(encoding="utf-8") for path in state.glob("*.toml")}
        for title in ("Phases", "Projects"):
            again(twin, state, title).check()
            assert said == {path: path.read_text(encoding="utf-8") for path in state.glob("*.toml")}
