"""``--env``: said in every line that matters, and nothing of one environment is taken for another's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from reconciler.cli import exits
from reconciler.cli.app import build, run
from reconciler.connection import choose_target
from reconciler.desired.state import WorkspaceSettings
from reconciler.model.finding import Location, WtstateError
from tests.cli.running import Ran

FILES = """
[workspace]
name   = "Team"
parent = "env:NOTION_WT_PARENT_PAGE_ID"

[databases.tasks]

[databases.tasks.fields]
Name = "title"
size = "number"

[environments.staging]
title_prefix = "Staging · "
parent       = "env:STAGING_PAGE"
token        = "env:STAGING_TOKEN"

[environments.production]
"""


class Here:
    """Runs commands in this process, in a directory with the state."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Ran:
        code = run(arguments)
        out, err = self._capsys.readouterr()
        return Ran(code, out, err)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    (tmp_path / "state").mkdir()
    (tmp_path / "state/team.toml").write_text(FILES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Here(capsys)


def test_plan_and_apply_say_which_environment_it_is(here: Here) -> None:
    planned = here("plan", "--env", "staging", "--format", "text", "--format", "markdown=plan.md")
    assert planned.code == exits.OK
    said = " ".join(planned.err.split())
    assert said.startswith("target: twin .wtstate/environments/staging/twin.sqlite · env staging · workspace")
    assert planned.out.startswith('Plan for "Team" · env staging\n\ntasks "Staging · tasks"\n')
    first, _, heading = Path("plan.md").read_text("utf-8").splitlines()[:3]
    assert (first, heading) == ("<!-- wtstate plan · env staging -->", "## Plan for `Team` · env staging")
    assert here("apply", "--env", "staging", "--yes").code == exits.OK
    assert "No changes." in here("plan", "--env", "staging").out
    assert "1 database to create" in here("plan").out, "the twin without an environment is another one"
    assert here("verify", "--env", "staging").code == exits.OK
    assert "Staging · tasks" in here("twin", "show", "--env", "staging").out


def test_the_variable_does_the_same_and_the_option_wins(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WTSTATE_ENV", "staging")
    assert "env staging" in here("plan").out
    assert "env production" in here("plan", "--env", "production").out
    monkeypatch.setenv("WTSTATE_ENV", "")
    assert "env" not in here("plan").out.splitlines()[0]


def test_an_unknown_one_stops_every_command(here: Here) -> None:
    for command in (("plan",), ("validate",), ("pull",), ("suggest",), ("graph",)):
        ran = here(*command, "--env", "stagin")
        assert ran.code == exits.ERROR
        assert 'no environment "stagin"' in ran.err
        assert 'did you mean "staging"?' in ran.err
    assert here("twin", "show", "--env", "../../x").code == exits.USAGE


def test_validate_looks_at_all_of_them(here: Here) -> None:
    assert here("validate").out.endswith("0 rules; environments: staging, production.\n")
    assert here("validate", "--env", "staging").out.endswith(", in the environment staging.\n")
    Path("state/more.toml").write_text('[databases.x]\ntitle = "Staging · wtstate-archive"\n', encoding="utf-8")
    assert here("validate").code == exits.OK
    Path("state/more.toml").write_text('[environments.bad]\narchive = "tasks"\n', encoding="utf-8")
    assert here("validate").code == exits.ERROR
    assert here("validate", "--env", "staging").code == exits.OK


def test_a_plan_approved_for_one_is_no_approval_for_another(here: Here) -> None:
    assert here("plan", "--env", "staging", "--out", "plan.json").code == exits.OK
    assert json.loads(Path("plan.json").read_text("utf-8"))["environment"] == "staging"
    for other in ((), ("--env", "production")):
        ran = here("apply", "plan.json", "--yes", *other)
        assert ran.code == exits.ERROR
        assert "error[plan-elsewhere]" in ran.err
    assert here("apply", "plan.json", "--yes", "--env", "staging").code == exits.OK


def test_a_record_of_one_plans_no_other(here: Here) -> None:
    assert here("record", "staging.record", "--env", "staging").code == exits.OK
    assert here("plan", "--from", "staging.record", "--env", "staging").code == exits.OK
    ran = here("plan", "--from", "staging.record")
    assert ran.code == exits.ERROR
    assert "error[record-elsewhere]" in ran.err
    assert "say --env staging" in ran.err


def test_pull_takes_the_prefix_off(here: Here) -> None:
    assert here("apply", "--env", "staging", "--yes").code == exits.OK
    head, _, tail = FILES.partition("[databases.tasks]\n")
    other = '[databases.new]\n[databases.new.fields]\nName = "title"\n'
    Path("state/team.toml").write_text(head + other + tail[tail.index("[environments") :], encoding="utf-8")
    ran = here("pull", "--env", "staging")
    assert ran.code == exits.OK, ran.err
    pulled = Path("state/tasks.toml").read_text("utf-8")
    assert "[databases.tasks.fields]" in pulled
    assert "Staging" not in pulled


STAGING = WorkspaceSettings(
    where=Location("s", 1, 1), environment="staging", token="STAGING_TOKEN", parent="staging-page", placed=True
)


def test_no_token_and_no_page_of_another_place_is_taken_instead() -> None:
    both = {"NOTION_TOKEN": "general", "STAGING_TOKEN": "own", "NOTION_WT_PARENT_PAGE_ID": "production-page"}
    chosen = choose_target(env=both, target=None, directory=Path(), settings=STAGING)
    assert (chosen.kind, chosen.token, chosen.parent) == ("notion", "own", "")
    alone = {name: value for name, value in both.items() if name != "STAGING_TOKEN"}
    assert choose_target(env=alone, target=None, directory=Path(), settings=STAGING).kind == "twin"
    with pytest.raises(WtstateError) as caught:
        choose_target(env=alone, target="notion", directory=Path(), settings=STAGING)
    assert caught.value.findings[0].what == "STAGING_TOKEN is not set"
    with pytest.raises(WtstateError) as caught:
        choose_target(env={**alone, "CI": "true"}, target=None, directory=Path(), settings=STAGING)
    assert caught.value.findings[0].code == "no-target"


def test_a_page_of_its_own_that_is_not_set_is_asked_for(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGING_TOKEN", "ntn_nothing")
    monkeypatch.setenv("NOTION_WT_PARENT_PAGE_ID", "0123456789abcdef0123456789abcdef")
    ran = here("plan", "--env", "staging")
    assert ran.code == exits.ERROR
    assert "no parent page is named: STAGING_PAGE is not set" in ran.err
    assert "ntn_nothing" not in ran.err


def _with_state() -> list[str]:
    found: list[str] = []

    def walk(command: object, path: str) -> None:
        options = {name for parameter in getattr(command, "params", ()) for name in parameter.opts}
        if "--state" in options and path != "init":
            found.append(path if "--env" in options else f"{path}: no --env")
        for name, child in getattr(command, "commands", {}).items():
            walk(child, f"{path} {name}".strip())

    walk(typer.main.get_command(build()), "")
    return found


def test_every_command_that_reads_the_state_takes_it() -> None:
    assert [name for name in _with_state() if name.endswith("no --env")] == []
    assert {"plan", "apply", "verify", "archive list", "restore"} <= set(_with_state())
