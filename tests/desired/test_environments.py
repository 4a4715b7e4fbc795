"""Environments: what they override, and that nothing of one place is taken for another's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.desired import codes, load
from reconciler.desired.state import State
from reconciler.model.finding import WtstateError

FILES = """
[workspace]
name         = "Wombat Track"
parent       = "base-page"
archive      = "kept"
archive_page = "vault"
id           = "w1"

[policy]
apply_from = ["main"]
growth     = 2

[policy.databases.tracker]
archive_share = 0.1

[databases.tracker]
was     = ["Old tracker"]
bind    = "0123456789abcdef0123456789abcdef"
protect = true
archive = "private"

[databases.tracker.fields]
name = "title"

[databases.other]
title = "The other one"

[merges.joined]
from = { title = "Elsewhere" }
into = "tracker"

[merges.two]
from = { title = "The other one" }
into = "tracker"

[environments.staging]
parent       = "env:STAGING_PAGE"
title_prefix = "Staging · "
token        = "env:STAGING_TOKEN"
rate         = "600/60s"

[environments.staging.policy]
apply_from = []

[environments.staging.policy.databases.other]
archive_share = 1.0

[environments.staging.databases.tracker]
protect = false

[environments.beside]
archive = "as it is"
id      = "w2"

[environments.beside.databases.tracker]
bind = "env:BESIDE_TRACKER"
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    (tmp_path / "state/all.toml").write_text(FILES, encoding="utf-8")
    return tmp_path / "state"


def read(files: Path, environment: str = "", env: Mapping[str, str] | None = None) -> State:
    return load(files, env=env or {}, base=files.parent, environment=environment)


def test_without_an_environment_everything_is_as_written(files: Path) -> None:
    state = read(files)
    assert state.environments == ("staging", "beside")
    assert state.workspace.environment == state.workspace.prefix == ""
    assert (state.workspace.owner, state.workspace.token, state.workspace.placed) == (
        "Wombat Track",
        "NOTION_TOKEN",
        False,
    )
    assert state.databases["tracker"].title == "tracker"
    assert state.databases["tracker"].protect


def test_every_title_begins_with_the_prefix(files: Path) -> None:
    state = read(files, "staging")
    tracker = state.databases["tracker"]
    assert (tracker.title, tracker.archive) == ("Staging · tracker", "Staging · private")
    assert tracker.was == ("Staging · Old tracker",)
    assert state.databases["other"].title == "Staging · The other one"
    assert state.workspace.archive == "Staging · kept"
    assert state.merges["joined"].from_title == "Staging · Elsewhere"
    assert state.merges["two"].from_key == "other"


def test_what_is_said_replaces_and_what_is_not_said_stays(files: Path) -> None:
    state = read(files, "staging", {"STAGING_PAGE": "page-of-staging"})
    assert state.workspace.parent == "page-of-staging"
    assert (state.workspace.rate, state.workspace.token) == ((600, 60.0), "STAGING_TOKEN")
    assert state.workspace.id == "w1"
    assert state.policy.apply_from == ()
    assert state.policy.growth == 2
    assert state.policy.archive_shares == {"tracker": 0.1, "other": 1.0}
    assert not state.databases["tracker"].protect
    beside = read(files, "beside")
    assert (beside.workspace.archive, beside.workspace.id, beside.workspace.parent) == ("as it is", "w2", "base-page")
    assert beside.policy.apply_from == ("main",)


def test_what_names_one_place_does_not_hold_in_another(files: Path) -> None:
    staging, beside = read(files, "staging"), read(files, "beside", {"BESIDE_TRACKER": "id-beside"})
    assert staging.databases["tracker"].bind is None
    assert beside.databases["tracker"].bind == "id-beside"
    assert staging.workspace.archive_page is None
    assert beside.workspace.archive_page == "vault"


def test_each_environment_has_a_memory_of_its_own(files: Path) -> None:
    owners = {read(files, name).workspace.owner for name in ("", "staging", "beside")}
    assert len(owners) == 3


@pytest.mark.parametrize(
    ("name", "advice"), [("stagng", 'did you mean "staging"?'), ("prod", "name one of: staging, beside")]
)
def test_an_unknown_one_is_refused_by_name(files: Path, name: str, advice: str) -> None:
    with pytest.raises(WtstateError) as caught:
        read(files, name)
    (finding,) = caught.value.findings
    assert (finding.code, finding.next) == (codes.UNKNOWN_ENVIRONMENT, advice)
    assert finding.where is not None


def test_a_token_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('[databases.a]\n[environments.x]\ntoken = "ntn_secret"\n', encoding="utf-8")
    with pytest.raises(WtstateError) as caught:
        load(tmp_path, env={}, base=tmp_path)
    assert "ntn_secret" not in repr(caught.value.findings)


def test_the_prefix_makes_titles_that_clash_an_error_there_alone(files: Path) -> None:
    (files / "more.toml").write_text('[databases.third]\ntitle = "as it is"\n', encoding="utf-8")
    assert read(files)
    with pytest.raises(WtstateError):
        read(files, "beside")


def test_a_database_may_be_called_as_a_table_is(tmp_path: Path) -> None:
    said = '[workspace]\nname = "x"\n[databases.workspace]\n[databases.policy]\n[policy]\n'
    (tmp_path / "s.toml").write_text(said, encoding="utf-8")
    assert set(load(tmp_path, env={}, base=tmp_path).databases) == {"workspace", "policy"}
