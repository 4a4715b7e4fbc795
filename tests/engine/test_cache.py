"""What this machine keeps of where things are: it spares requests, and changes no plan and no guard."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.desired.state import State
from reconciler.model.finding import WtstateError
from reconciler.planning.document import document
from reconciler.planning.plan import Plan
from reconciler.survey.cache import FILE, Cache
from reconciler.twin import Twin, open_twin
from tests.engine.sessions import session
from tests.engine.test_memory import applied, state_of

DATABASES = 5
WITH_RULES = 2
FIELDS = '"Name" = "title"\nStage = { type = "select", options = [{ name = "Open" }, { name = "Done" }] }\n'
STATE = '[workspace]\nname = "W"\narchive = "archive"\n' + "".join(
    f'[databases.d{number}]\nkey = "Name"\n[databases.d{number}.fields]\n{FIELDS}' for number in range(DATABASES)
)
RULES = "".join(f'[rows.r{n}]\nin = "d{n}"\nkey = "x"\nset = {{ Stage = "Done" }}\n' for n in range(WITH_RULES))
MORE = '[rows.more]\nin = "d0"\nkey = "y"\nset = { Stage = "Open" }\n'


@dataclass
class Ground:
    """A converged workspace, the state that it is as, and a cache that has seen it."""

    twin: Twin
    directory: Path
    state: State
    cache: Cache

    def plan(self, state: State | None = None, *, cache: Cache | None = None) -> tuple[Plan, list[str]]:
        """The plan, and what it asked."""
        self.twin.requests.clear()

        async def run() -> Plan:
            async with session(self.twin, state or self.state, read_only=True, cache=cache) as opened:
                return await opened.plan()

        return asyncio.run(run()), [f"{each.method} {each.path.removeprefix('/v1/')}" for each in self.twin.requests]

    def both(self, state: State | None = None) -> tuple[list[str], list[str]]:
        """What a plan with the cache asks, and one without; asserts that they are one plan."""
        known, asked = self.plan(state, cache=self.cache)
        alone, asked_alone = self.plan(state)
        assert json.dumps(document(known)) == json.dumps(document(alone))
        return asked, asked_alone

    def of(self, text: str) -> State:
        """The state with more in it."""
        return state_of(self.directory, text)

    @property
    def archive(self) -> str:
        """The id of the archive's database."""
        known = self.cache.read()
        assert known is not None
        return known.archive


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """Five databases, two of them with a row rule, after an apply and a plan that filled the cache."""
    with open_twin(":memory:") as twin:
        state = state_of(tmp_path, STATE + RULES)
        applied(twin, state)
        made = Ground(twin, tmp_path, state, Cache(directory=tmp_path, place=(twin.token, "W")))
        made.plan(cache=made.cache)
        assert made.cache.read() is not None
        yield made


def test_a_converged_workspace_costs_one_request_a_database_one_more_with_rules_and_four(ground: Ground) -> None:
    _, asked = ground.plan()
    assert len(asked) == DATABASES + WITH_RULES + 4, asked


def test_a_converged_workspace_costs_two_less_with_a_cache(ground: Ground) -> None:
    asked, _ = ground.both()
    assert len(asked) == DATABASES + WITH_RULES + 2, asked
    assert "GET users/me" not in asked


def test_where_something_is_to_be_done_everything_is_asked(ground: Ground) -> None:
    asked, alone = ground.both(ground.of(STATE + RULES + MORE))
    assert sorted(asked) == sorted(alone)
    assert {"GET users/me", f"GET databases/{ground.archive}"} <= set(asked)


def test_an_apply_with_a_cache_does_what_one_without_does(ground: Ground) -> None:
    more = ground.of(STATE + RULES + MORE)

    async def run() -> tuple[int, int, bool]:
        async with session(ground.twin, more, read_only=False, cache=ground.cache) as opened:
            plan = await opened.plan()
            outcome = await opened.apply(plan)
            return plan.cost.requests, outcome.requests, outcome.after.empty and not outcome.refused

    cost, sent, done = asyncio.run(run())
    assert (sent, done) == (cost, True)
    ground.both(more)


def test_what_is_held_back_is_not_told_on_the_word_of_a_cache(ground: Ground) -> None:
    database = next(d for d in _databases(ground.twin) if d["title"] == "d1")
    ground.twin.call("PATCH", f"databases/{database['id']}", {"in_trash": True})
    asked, alone = ground.both()
    assert sorted(asked) == sorted(alone)


def _databases(twin: Twin) -> list[dict[str, str]]:
    blocks = twin.call("GET", f"blocks/{twin.root_page_id}/children")["results"]
    return [{"id": b["id"], "title": b["child_database"]["title"]} for b in blocks if b["type"] == "child_database"]


def _trashed(ground: Ground) -> None:
    ground.twin.call("PATCH", f"databases/{ground.archive}", {"in_trash": True})


def _moved(ground: Ground) -> None:
    page = ground.twin.call(
        "POST", "pages", {"parent": {"page_id": ground.twin.root_page_id}, "properties": {"title": {"title": []}}}
    )
    ground.twin.call("PATCH", f"databases/{ground.archive}", {"parent": {"type": "page_id", "page_id": page["id"]}})


def _renamed(ground: Ground) -> None:
    ground.twin.call("PATCH", f"databases/{ground.archive}", {"title": [{"text": {"content": "elsewhere"}}]})


def _without_a_column(ground: Ground) -> None:
    known = ground.cache.read()
    assert known is not None
    ground.twin.call("PATCH", f"data_sources/{known.archive_source}", {"properties": {"timestamp": {"name": "when"}}})


def _another_one(ground: Ground) -> None:
    ground.twin.call(
        "POST",
        "databases",
        {
            "parent": {"page_id": ground.twin.root_page_id},
            "title": [{"text": {"content": "archive"}}],
            "initial_data_source": {"properties": {"Name": {"title": {}}}},
        },
    )


def _damaged(ground: Ground) -> None:
    (ground.directory / FILE).write_text('{"format": 1, "key": 3}', "utf-8")


def _nested(ground: Ground) -> None:
    (ground.directory / FILE).write_text("[" * 100_000, "utf-8")


def _gone(ground: Ground) -> None:
    (ground.directory / FILE).unlink()


@pytest.mark.parametrize(
    "happens", [_trashed, _moved, _renamed, _without_a_column, _another_one, _damaged, _nested, _gone]
)
def test_what_is_not_as_it_was_is_planned_as_without_a_cache(ground: Ground, happens: Callable[[Ground], None]) -> None:
    happens(ground)
    assert _said(ground, ground.cache) == _said(ground, None)


def _said(ground: Ground, cache: Cache | None) -> str:
    try:
        plan, _ = ground.plan(cache=cache)
    except WtstateError as error:
        return str(sorted(finding.code for finding in error.findings))
    return json.dumps(document(plan))


def test_a_database_that_is_no_archive_is_not_taken_for_one(ground: Ground) -> None:
    """Even where the file itself says so: the database must lie under the page with the archive's title."""
    known = ground.cache.read()
    other = next(each for each in _databases(ground.twin) if each["title"] == "d0")
    words = json.loads((ground.directory / FILE).read_text("utf-8"))
    words["known"] |= {"archive": other["id"]}
    (ground.directory / FILE).write_text(json.dumps(words), "utf-8")
    assert ground.cache.read() != known
    asked, alone = ground.both()
    assert len(asked) == len(alone) - 1  # whom the token speaks for is known all the same


def test_a_token_of_another_workspace_is_refused_with_a_cache_too(ground: Ground) -> None:
    elsewhere = ground.of(STATE.replace('name = "W"\n', f'name = "W"\nid = "{"0" * 32}"\n') + RULES)

    async def run() -> None:
        async with session(ground.twin, elsewhere, read_only=True, on_twin=False, cache=ground.cache):
            pass

    with pytest.raises(WtstateError) as caught:
        asyncio.run(run())
    assert [finding.code for finding in caught.value.findings] == ["wrong-workspace"]


@pytest.mark.parametrize("place", [("another token", "W"), ("", "W"), ()])
def test_what_was_kept_for_another_place_is_not_read(ground: Ground, place: tuple[str, ...]) -> None:
    assert Cache(directory=ground.directory, place=place).read() is None


def test_the_file_is_its_owners_alone_and_holds_no_token_and_no_value(ground: Ground) -> None:
    text = (ground.directory / FILE).read_text("utf-8")
    assert ground.twin.token not in text
    assert set(json.loads(text)["known"]) == {
        "workspace", "workspace_name", "bot", "bot_name", "archive", "archive_source"
    }  # fmt: skip
    if os.name == "posix":
        assert stat.S_IMODE((ground.directory / FILE).stat().st_mode) == 0o600
    assert [path.name for path in ground.directory.iterdir() if FILE in path.name] == [FILE]


def test_no_directory_is_made_for_it(ground: Ground) -> None:
    nowhere = Cache(directory=ground.directory / "nowhere", place=("x",))
    known = ground.cache.read()
    assert known is not None
    nowhere.keep(known)
    assert not nowhere.directory.exists()
