"""What the workspace remembers: the archive, bindings, settled rules; and what people tell it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from reconciler.api import Session
from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.model.finding import WtstateError
from reconciler.planning.plan import Plan
from reconciler.twin import Twin, dump, open_twin
from tests.engine.sessions import empty, session
from tests.live import Live

_Result = TypeVar("_Result")
NAME: dict[str, Any] = {"Name": "title"}
WORKSPACE = '[workspace]\nname = "W"\narchive = "archive"\n'
HOUR = 3_600_000


def state_of(directory: Path, said: str) -> State:
    """The state of one file."""
    (directory / "state.toml").write_text(said if said.startswith("[workspace]") else WORKSPACE + said, "utf-8")
    return load(directory, env={}, base=directory)


def on(twin: Twin, state: State, work: Callable[[Session], Awaitable[_Result]]) -> _Result:
    """What ``work`` gives on a session that may write."""

    async def run() -> _Result:
        async with session(twin, state, read_only=False) as opened:
            return await work(opened)

    return asyncio.run(run())


def applied(twin: Twin, state: State) -> Plan:
    """The second plan, after an apply."""

    async def work(opened: Session) -> Plan:
        outcome = await opened.apply(await opened.plan())
        assert outcome.refused == ()
        return outcome.after

    return on(twin, state, work)


def planned(twin: Twin, state: State) -> Plan:
    """The plan now."""
    return on(twin, state, lambda opened: opened.plan())


def codes(plan: Plan) -> set[tuple[str, str]]:
    """(code, address) of everything that the plan says."""
    return {(f.code, f.address) for f in (*plan.blocked, *plan.manual, *plan.notes)}


def url(twin: Twin, title: str) -> str:
    """The url of the first database of that title."""
    found = next(d["id"] for d in dump(twin)["databases"] if d["title"] == title)
    return f"https://app.notion.com/p/{found.replace('-', '')}"


def refused(twin: Twin, state: State, work: Callable[[Session], Awaitable[object]]) -> set[str]:
    """The codes of the error that ``work`` ends with."""
    with pytest.raises(WtstateError) as caught:
        on(twin, state, work)
    return {finding.code for finding in caught.value.findings}


def test_rows_that_come_after_a_merge_are_told_and_left(tmp_path: Path) -> None:
    later = [0]
    with open_twin(":memory:", clock=lambda: time.time_ns() // 1_000_000 + later[0]) as twin:
        live = Live(twin)
        live.load({"databases": {"a": {"properties": NAME}, "b": {"properties": NAME, "rows": [{"Name": "x"}]}}})
        state = state_of(tmp_path, '[databases.a]\n[merges.b]\nfrom = { title = "b" }\ninto = "a"\nthen = "keep"\n')
        assert empty(applied(twin, state))
        later[0] = HOUR
        live.edit({"databases": {"b": {"add_rows": [{"Name": "late"}]}}})
        plan = planned(twin, state)
        assert empty(plan)
        assert ("late-rows", "merges.b") in codes(plan)


def test_two_keys_for_one_database(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load({"databases": {"a": {"properties": NAME}}})
        said = f'[databases.a]\ndescription = "A"\n[databases.b]\nbind = "{url(twin, "a")}"\ndescription = "B"\n'
        plan = planned(twin, state_of(tmp_path, said))
        assert "same-database" in {code for code, _ in codes(plan)}


def test_a_database_with_two_data_sources_is_left_alone(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load({"databases": {"a": {"properties": NAME}}})
        parent = {"type": "database_id", "database_id": live.databases["a"]}
        twin.call("POST", "data_sources", {"parent": parent, "properties": {"Name": {"title": {}}}})
        plan = planned(twin, state_of(tmp_path, '[databases.a]\ndescription = "A"\n'))
        assert ("unsupported-database", "a") in codes(plan)
        assert empty(plan)


def test_a_database_is_adopted_whatever_its_title(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load({"databases": {"Odd": {"properties": NAME}, "a": {"properties": NAME}}})
        state = state_of(tmp_path, '[databases.a]\ndescription = "A"\n[databases.b]\n')
        on(twin, state, lambda opened: opened.adopt("a", url(twin, "Odd")))
        plan = planned(twin, state)
        assert {(a.kind, a.address) for a in plan.actions} >= {("change-database", "a")}
        assert refused(twin, state, lambda opened: opened.adopt("b", url(twin, "Odd"))) == {"already-bound"}
        assert refused(twin, state, lambda opened: opened.adopt("c", url(twin, "Odd"))) == {"unknown-address"}
        assert refused(twin, state, lambda opened: opened.adopt("a", "https://app.notion.com/p/" + "0" * 32)) == {
            "not-found"
        }


def test_what_is_forgotten_is_looked_for_anew(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load({"databases": {"a": {"properties": {**NAME, "n": "number"}, "rows": [{"Name": "1", "n": 0}]}}})
        said = '[databases.a]\ndescription = "A"\n[databases.a.fields]\nName = "title"\nn = "number"\n'
        said += '[corrections.one]\nin = ["a"]\nrows = "1"\nset = { n = 1 }\n'
        state = state_of(tmp_path, said)
        assert empty(applied(twin, state))
        live.edit({"databases": {"a": {"rows": {"1": {"n": 5}}}}})
        assert empty(planned(twin, state))
        on(twin, state, lambda opened: opened.forget("corrections.one"))
        assert [a.address for a in planned(twin, state).actions] == ["corrections.one"]
        live.edit({"databases": {"a": {"title": "Renamed"}}})
        on(twin, state, lambda opened: opened.forget("a"))
        assert ("create-database", "a") in {(a.kind, a.address) for a in planned(twin, state).actions}
        assert refused(twin, state, lambda opened: opened.forget("a")) == {"not-remembered"}
        assert refused(twin, state, lambda opened: opened.forget("a.n")) == {"not-remembered"}


def test_forgetting_a_field_does_not_forget_its_database(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load({"databases": {"a": {"properties": {**NAME, "n": "number"}}}})
        state = state_of(tmp_path, '[databases.a]\ndescription = "A"\n[databases.a.fields]\nn = "number"\n')
        applied(twin, state)
        assert refused(twin, state, lambda opened: opened.forget("a.n")) == {"not-remembered"}


def test_another_states_archive_is_not_taken(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load({"databases": {"a": {"properties": NAME}}})
        applied(twin, state_of(tmp_path, '[databases.a]\ndescription = "A"\n'))
        other = state_of(
            tmp_path, '[workspace]\nname = "Other"\narchive = "archive"\n[databases.a]\ndescription = "B"\n'
        )
        assert refused(twin, other, lambda opened: opened.plan()) == {"owned-elsewhere"}


def test_two_archives_and_an_archive_that_is_elsewhere(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load({"databases": {"a": {"properties": NAME}, "old": {"properties": {"Entry": "title"}}}})
        state = state_of(tmp_path, '[databases.a]\ndescription = "A"\n')
        applied(twin, state)
        assert refused(twin, state, lambda opened: opened.adopt_archive(url(twin, "old"))) == {"archive-exists"}
        archive = next(d for d in dump(twin)["databases"] if d["title"] == "archive")
        text = [{"type": "text", "text": {"content": archive["description"]}}]
        body = {
            "parent": {"type": "page_id", "page_id": twin.root_page_id},
            "title": [{"type": "text", "text": {"content": "archive"}}],
            "description": text,
            "initial_data_source": {"properties": {"recordId": {"title": {}}}},
        }
        twin.call("POST", "databases", body)
        assert empty(planned(twin, state)), "an empty one is passed over"
        twin.call("PATCH", f"databases/{archive['id']}", {"in_trash": True})
        twin.call("POST", "databases", body)
        assert empty(applied(twin, state_of(tmp_path, '[databases.a]\ndescription = "B"\n')))
        left = [d for d in dump(twin)["databases"] if d["title"] == "archive" and d["id"] != archive["id"]]
        assert [bool(each["rows"]) for each in left] == [True, False], "of two empty ones the oldest is taken"
        twin.call("PATCH", f"databases/{archive['id']}", {"in_trash": False})
        assert refused(twin, state, lambda opened: opened.plan()) == {"ambiguous-archive"}


def test_an_archive_of_an_older_script_is_adopted_and_completed(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        columns = {"Entry": "title", "Kind": "select", "originalValue": "rich_text", "mine": "number"}
        Live(twin).load(
            {
                "databases": {
                    "Old archive": {
                        "properties": columns,
                        "rows": [{"Entry": "from a script", "originalValue": "kept"}],
                    },
                    "a": {"properties": NAME},
                }
            }
        )
        state = state_of(tmp_path, '[databases.a]\ndescription = "A"\n')
        on(twin, state, lambda opened: opened.adopt_archive(url(twin, "Old archive")))
        assert empty(applied(twin, state))
        archive = [d for d in dump(twin)["databases"] if d["title"] == "archive"]
        assert len(archive) == 1
        assert {"kind", "digest", "data", "mine"} <= set(archive[0]["properties"])
        assert "from a script" in {row["title"] for row in archive[0]["rows"]}


def test_an_archive_column_of_the_wrong_type_is_named(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load(
            {"databases": {"archive": {"properties": {"Entry": "title", "kind": "number"}}, "a": {"properties": NAME}}}
        )
        state = state_of(tmp_path, '[databases.a]\ndescription = "A"\n')

        async def work(opened: Session) -> object:
            return await opened.apply(await opened.plan())

        assert refused(twin, state, work) == {"archive-column"}


def test_an_entry_that_someone_edited_is_refused(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        Live(twin).load({"databases": {"a": {"properties": NAME}}})
        state = state_of(tmp_path, '[databases.a]\ndescription = "A"\n')
        applied(twin, state)
        archive = next(d for d in dump(twin)["databases"] if d["title"] == "archive")
        binding = next(row for row in archive["rows"] if row["values"]["kind"] == "memory-binding")
        edited = binding["values"]["data"].replace("a", "b", 1)
        text = [{"type": "text", "text": {"content": edited}}]
        twin.call("PATCH", f"pages/{binding['id']}", {"properties": {"data": {"rich_text": text}}})
        assert refused(twin, state, lambda opened: opened.plan()) == {"archive-entry-damaged"}


def test_an_option_that_someone_adds_after_the_plan_stops_the_write(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load({"databases": {"a": {"properties": {**NAME, "s": {"type": "select", "options": ["x"]}}}}})
        said = '[databases.a.fields]\ns = { type = "select", options = [{ name = "y" }, { name = "x" }] }\n'
        state = state_of(tmp_path, said)

        async def work(opened: Session) -> set[str]:
            plan = await opened.plan()
            live.edit({"databases": {"a": {"options": {"s": ["x", "of a person"]}}}})
            outcome = await opened.apply(plan)
            return {finding.code for finding in outcome.refused}

        assert on(twin, state, work) == {"moved"}
        options = next(d for d in dump(twin)["databases"] if d["title"] == "a")["properties"]["s"]["config"]["options"]
        assert "of a person" in [o["name"] for o in options]


def test_a_row_that_someone_edits_after_the_plan_is_left_alone(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load({"databases": {"a": {"properties": {**NAME, "n": "number"}, "rows": [{"Name": "1", "n": 0}]}}})
        said = '[databases.a.fields]\nName = "title"\nn = "number"\n'
        said += '[corrections.one]\nin = ["a"]\nrows = "1"\nset = { n = 1 }\n'
        state = state_of(tmp_path, said)

        async def work(opened: Session) -> set[str]:
            plan = await opened.plan()
            live.edit({"databases": {"a": {"rows": {"1": {"n": 7}}}}})
            outcome = await opened.apply(plan)
            return {finding.code for finding in outcome.refused}

        assert on(twin, state, work) == {"moved"}
        assert next(d for d in dump(twin)["databases"] if d["title"] == "a")["rows"][0]["values"]["n"] == 7
        assert empty(applied(twin, state))


def test_a_value_that_comes_before_a_field_is_dropped_stops_the_drop(tmp_path: Path) -> None:
    with open_twin(":memory:") as twin:
        live = Live(twin)
        live.load({"databases": {"a": {"properties": {**NAME, "n": "number"}, "rows": [{"Name": "1"}]}}})
        state = state_of(tmp_path, '[databases.a.fields]\nName = "title"\n[drops.n]\nwhat = "a.n"\n')

        async def work(opened: Session) -> set[str]:
            plan = await opened.plan()
            live.edit({"databases": {"a": {"rows": {"1": {"n": 7}}}}})
            outcome = await opened.apply(plan)
            return {finding.code for finding in outcome.refused}

        assert on(twin, state, work) == {"moved"}
        assert next(d for d in dump(twin)["databases"] if d["title"] == "a")["rows"][0]["values"]["n"] == 7
