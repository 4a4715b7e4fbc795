"""Small samples of every attack; `just torture` runs them in full (docs/reliability.md)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from reconciler.planning.steps import kinds
from tests.torture import conservation, crash, faults, files, people, private, workspaces
from tests.torture.running import Machine

ELSEWHERE = {"TrashPage", "TakeLine", "Untrash", "OpenArchive"}
"""Steps of restores, and of databases with an archive of their own: docs/reliability.md says that they are left out."""


def test_the_workspace_of_every_action_has_every_action_and_every_step(tmp_path: Path) -> None:
    workspace = workspaces.every()
    twin = workspace.twin()

    async def planned() -> tuple[set[str], set[type]]:
        async with Machine(tmp_path).session(twin, workspace.state) as session:
            plan = await session.plan()
            return {action.kind for action in plan.actions}, {type(step) for step in plan.steps}

    actions, steps = asyncio.run(planned())
    assert actions == {
        "absorb-field", "change-database", "change-field", "correct-rows", "create-database", "create-field",
        "create-row", "fold-option", "link-rows", "merge-rows", "remove", "retype-field", "set-row", "tidy-rows",
    }  # fmt: skip
    known = {kind for kind in vars(kinds).values() if isinstance(kind, type)}
    assert {kind.__name__ for kind in known - steps} == ELSEWHERE


@pytest.mark.skipif(os.name != "posix", reason="fsync and signals")
def test_a_run_that_dies_anywhere_is_finished_by_the_next() -> None:
    """Everywhere in a small workspace."""
    assert crash.run(workspaces.small()).failed == []


def test_so_it_is_in_wombat_track() -> None:
    """A sample of the places to die."""
    assert crash.run(workspaces.wombat(), every=45).failed == []


def test_so_it_is_where_every_action_has_something_to_do() -> None:
    """A sample once more: relations joined, types changed, fields absorbed and gone by then."""
    assert crash.run(workspaces.every(), every=97).failed == []


CASED = """
[workspace]
name = "Cased"
archive = "archive"
[databases.tasks]
was = ["Tasks"]
[databases.tasks.fields]
Name = "title"
s = { type = "select", options = [{ name = "Done", was = ["done"] }, "Open"] }
t = { type = "multi_select", options = [{ name = "X", was = ["x"] }, { name = "Y", was = ["y"] }] }
"""


@pytest.mark.skipif(os.name != "posix", reason="fsync and signals")
def test_a_run_that_dies_while_rows_hold_a_temporary_option_is_proved_and_finished() -> None:
    """Rows then hold words of ours, which nobody has to keep."""
    columns = {
        "Name": "title",
        "s": {"type": "select", "options": ["done", "Open"]},
        "t": {"type": "multi_select", "options": ["x", "y"]},
    }
    rows = [{"Name": "r1", "s": "done", "t": ["y", "x"]}, {"Name": "r2", "s": "Open", "t": ["x"]}]
    live = {"databases": {"Tasks": {"properties": columns, "rows": rows}}}
    assert crash.run(workspaces.made("cased", live, workspaces.stated(CASED)), every=4).failed == []


def test_applies_of_which_every_fifth_request_fails_converge() -> None:
    assert faults.run((workspaces.small(),), 6).failed == []


def test_so_do_restores() -> None:
    """Of all that every action did."""
    assert asyncio.run(faults.restores(workspaces.every(), range(1))).failed == []


def test_random_worlds_lose_nothing_under_either_reading() -> None:
    assert conservation.attack(8).failed == []


def test_nothing_that_people_write_meanwhile_is_overwritten() -> None:
    """Before each request up to the change of a type; what is left open after it, docs/reliability.md says."""
    tally = asyncio.run(people.attack(workspaces.small(), check="last", every=2, until=20))
    assert tally.failed == []
    assert tally.tried


@pytest.mark.skipif(os.name != "posix", reason="fork")
def test_bad_files_end_in_one_error(tmp_path: Path) -> None:
    assert files.attack(tmp_path, mutants=26, toml=False).failed == []


def test_the_token_is_nowhere(tmp_path: Path) -> None:
    assert private.attack(tmp_path, commands=private.SOME).failed == []
