"""Commands with a target, on the demo's workspace: what goes where, what is asked, how it ends."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.demo import export_path, state_path
from tests.cli.running import ENTRY, environment, wtstate
from tests.cli.terminal import CTRL_C, on_terminal, without_colour

QUESTION = "Only 'yes' is a yes:"
SECRET = "ntn_" + "s3cr3t" * 7


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with the demo's state and a twin that holds the demo's workspace."""
    directory = tmp_path_factory.mktemp("loaded")
    shutil.copytree(state_path(), directory / "state")
    ran = wtstate("twin", "load", str(export_path()), cwd=directory)
    assert ran.code == exits.OK, ran.err
    return directory


@pytest.fixture
def directory(loaded: Path, tmp_path: Path) -> Path:
    """A copy of the loaded directory for one test."""
    return shutil.copytree(loaded, tmp_path / "work")


@pytest.fixture(scope="session")
def settled(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The loaded directory after one apply."""
    directory = shutil.copytree(loaded, tmp_path_factory.mktemp("settled") / "work")
    ran = wtstate("apply", "--yes", cwd=directory)
    assert ran.code == exits.OK, ran.err
    assert "No changes." in ran.out
    return directory


def contents(directory: Path) -> str:
    """Everything in the twin."""
    ran = wtstate("twin", "show", "--json", cwd=directory)
    assert ran.code == exits.OK, ran.err
    json.loads(ran.out)
    return ran.out


def test_plan_says_the_target_first_and_writes_nothing(directory: Path) -> None:
    before = contents(directory)
    ran = wtstate("plan", cwd=directory)
    assert ran.code == exits.OK, ran.err
    assert ran.err.startswith("target: twin .wtstate/twin.sqlite · workspace '")
    assert "\n        · sees " in ran.err, "a phrase without room stands under the first one"
    assert ran.out.startswith('Plan for "')
    assert "Plan: " in ran.out
    assert contents(directory) == before


def test_the_plan_is_the_same_bytes_twice(directory: Path) -> None:
    assert wtstate("plan", "--json", cwd=directory).out == wtstate("plan", "--json", cwd=directory).out


def test_json_and_a_saved_plan_are_the_same_document(directory: Path) -> None:
    ran = wtstate("plan", "--json", "--out", "plan.json", cwd=directory)
    saved = directory / "plan.json"
    assert ran.code == exits.OK, ran.err
    assert ran.out == saved.read_text(encoding="utf-8")
    assert "format_version" in json.loads(ran.out)
    assert saved.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in directory.iterdir() if path.name.startswith(".plan")] == []


def test_the_detailed_exit_code_tells_changes_from_none(directory: Path, settled: Path) -> None:
    assert wtstate("plan", "--detailed-exitcode", cwd=directory).code == exits.CHANGES
    assert wtstate("plan", "--detailed-exitcode", cwd=settled).code == exits.OK


def test_max_requests_refuses_and_changes_nothing(directory: Path) -> None:
    before = contents(directory)
    for command in (["plan"], ["apply", "--yes"]):
        ran = wtstate(*command, "--max-requests", "1", cwd=directory)
        assert ran.code == exits.ERROR
        assert "error[max-requests]" in ran.err
    assert contents(directory) == before


def test_only_and_except_are_each_others_rest(directory: Path) -> None:
    def actions(*arguments: str) -> set[str]:
        found = json.loads(wtstate("plan", "--json", *arguments, cwd=directory).out)["actions"]
        return {f"{action['address']} {action['kind']}" for action in found}

    whole, only = actions(), actions("--only", "corrections")
    rest = actions("--except", "corrections")
    assert only
    assert rest
    assert all(name.startswith("corrections.") for name in only)
    assert whole == only | rest


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "wt-phase-trakcer"], "did you mean 'wt-phase-tracker'?"),
        (["--only", "corrections.wt-55"], "did you mean 'wt-5'?"),
        (["--except", "a..b"], "this is no address"),
    ],
)
def test_a_part_that_names_nothing_is_an_error(directory: Path, arguments: list[str], said: str) -> None:
    for command in (["plan"], ["apply", "--yes"]):
        ran = wtstate(*command, *arguments, cwd=directory)
        assert ran.code == exits.ERROR
        assert "error[unknown-address]" in ran.err
        assert said in ran.err.replace("\n  ", " ")


@pytest.mark.parametrize(
    ("consent", "code", "said"),
    [
        ("create", "consent-unknown", "GUARD:ADDRESS"),
        ("archive-shares:sub-apps", "consent-unknown", "is no guard 'archive-shares'"),
        ("incomplete-read:sub-apps", "consent-refused", "protects correctness"),
        ("max-requests:policy", "consent-refused", "--max-requests N"),
        ("create:sub-apps", "consent-unused", "lifts nothing"),
    ],
)
def test_a_consent_that_cannot_be_given_is_an_error(directory: Path, consent: str, code: str, said: str) -> None:
    for command in (["plan"], ["apply", "--yes"]):
        ran = wtstate(*command, "--allow", consent, cwd=directory)
        assert ran.code == exits.ERROR
        assert f"error[{code}]" in ran.err
        assert said in ran.err


def test_a_part_is_named_in_its_plan(settled: Path, directory: Path) -> None:
    assert wtstate("plan", "--only", "corrections", cwd=directory).out.startswith(
        'Plan for "Wombat Track" · only corrections\n'
    )
    nothing = wtstate("plan", "--only", "corrections", "--except", "corrections.wt-5", cwd=settled).out
    assert "No changes in this part of the state (only corrections, without corrections.wt-5)." in nothing.replace(
        "\n", " "
    )


def test_adopt_and_forget_say_what_they_did(directory: Path) -> None:
    found = json.loads(contents(directory))["databases"]
    live = next(database["id"] for database in found if database["title"] == "WT Projects")
    adopted = wtstate("adopt", "wt-project-tracker", live, cwd=directory)
    forgotten = wtstate("forget", "wt-project-tracker", cwd=directory)
    assert (adopted.code, forgotten.code) == (exits.OK, exits.OK), adopted.err + forgotten.err
    assert "'WT Projects'" in adopted.out
    assert "wt-project-tracker" in forgotten.out
    for wrong in (["adopt", "nonsense", live], ["adopt", "wt-project-tracker", "no-id"], ["forget", "nonsense"]):
        ran = wtstate(*wrong, cwd=directory)
        assert ran.code == exits.ERROR
        assert "error[" in ran.err


def test_a_second_apply_sends_no_write(settled: Path) -> None:
    before = contents(settled)
    ran = wtstate("apply", "--yes", cwd=settled)
    assert ran.code == exits.OK, ran.err
    assert "No changes." in ran.out
    assert "Applied" not in ran.out
    assert contents(settled) == before


def test_plain_progress_goes_to_stderr(directory: Path) -> None:
    ran = wtstate("apply", "--yes", cwd=directory)
    assert ran.code == exits.OK, ran.err
    assert "applying: " in ran.err
    assert "applying: " not in ran.out
    assert "\x1b" not in ran.out + ran.err


def test_an_approved_plan_is_applied(directory: Path) -> None:
    assert wtstate("plan", "--out", "plan.json", cwd=directory).code == exits.OK
    ran = wtstate("apply", "plan.json", "--yes", cwd=directory)
    assert ran.code == exits.OK, ran.err
    assert "No changes." in ran.out


def test_a_plan_that_has_moved_is_shown_and_stops(directory: Path) -> None:
    assert wtstate("plan", "--out", "plan.json", cwd=directory).code == exits.OK
    assert wtstate("apply", "--yes", "--only", "corrections", cwd=directory).code == exits.OK
    before = contents(directory)
    ran = wtstate("apply", "plan.json", "--yes", cwd=directory)
    assert ran.code == exits.ERROR
    assert "corrections." in ran.err
    assert contents(directory) == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "not json",
        lambda text: text.replace('"format_version": ', '"format_version": 9'),
        lambda text: text.replace("Complete", "Completed"),
        lambda text: "[]",
    ],
    ids=["not json", "another version", "edited", "another document"],
)
def test_a_spoiled_plan_is_refused(directory: Path, spoil: object) -> None:
    assert callable(spoil)
    assert wtstate("plan", "--out", "plan.json", cwd=directory).code == exits.OK
    path = directory / "plan.json"
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")
    before = contents(directory)
    ran = wtstate("apply", "plan.json", "--yes", cwd=directory)
    assert ran.code == exits.ERROR
    assert ran.err.startswith(("error[", "target:"))
    assert "error[" in ran.err
    assert "plan.json" in ran.err
    assert contents(directory) == before


def test_a_plan_file_that_is_not_there(directory: Path) -> None:
    ran = wtstate("apply", "nowhere.json", "--yes", cwd=directory)
    assert ran.code == exits.ERROR
    assert "nowhere.json" in ran.err


def test_in_ci_without_a_token_nothing_is_planned_against_nothing(directory: Path) -> None:
    refused = wtstate("plan", cwd=directory, env={"CI": "true"})
    assert refused.code == exits.ERROR
    assert refused.out == ""
    assert "--target twin" in refused.err
    assert wtstate("plan", "--target", "twin", cwd=directory, env={"CI": "true"}).code == exits.OK


def test_the_token_is_in_no_output(directory: Path) -> None:
    env = {"NOTION_TOKEN": SECRET, "NOTION_WT_PARENT_PAGE_ID": "0" * 32, "NOTION_BASE_URL": "http://127.0.0.1:9"}
    ran = wtstate("plan", cwd=directory, env={**env, "WTSTATE_DEBUG": "1"})
    assert ran.code == exits.ERROR
    assert "error[" in ran.err
    assert "s3cr3t" not in ran.out + ran.err
    assert not [path for path in directory.rglob("*") if path.is_file() and b"s3cr3t" in path.read_bytes()]


def test_on_a_terminal_only_yes_is_a_yes(directory: Path) -> None:
    before = contents(directory)
    for answer in ("y\n", "YES\n", "\x04"):
        ran = on_terminal("apply", cwd=directory, answers=[(QUESTION, answer)])
        assert ran.code == exits.ERROR, ran.out
        assert "Cancelled. Nothing was changed." in ran.out
    assert contents(directory) == before


def test_on_a_terminal_yes_applies_after_saying_what_people_notice(directory: Path) -> None:
    ran = on_terminal("apply", cwd=directory, answers=[(QUESTION, "yes\n")])
    text = without_colour(ran.out)
    assert ran.code == exits.OK, text
    assert text.index("as last editor") < text.index(QUESTION) < text.index("Applied ") < text.rindex("No changes.")
    assert "\x1b[32m" in ran.out
    assert re.search(r"^Applied ", text.split("\r")[-1], re.MULTILINE), "the bar is gone before the outcome is said"


def test_ctrl_c_at_the_question_changes_nothing(directory: Path) -> None:
    before = contents(directory)
    ran = on_terminal("apply", cwd=directory, answers=[(QUESTION, CTRL_C)])
    assert ran.code == exits.INTERRUPTED
    assert "interrupted; run the same command again" in ran.out
    assert "Traceback" not in ran.out
    assert contents(directory) == before


def test_ctrl_c_while_applying_leaves_the_rest_to_the_next_run(directory: Path) -> None:
    ran = on_terminal("apply", "--yes", cwd=directory, answers=[("applying", CTRL_C)])
    assert "Traceback" not in ran.out
    assert ran.code in {exits.INTERRUPTED, exits.OK}  # a fast machine may be done before it is heard
    again = wtstate("apply", "--yes", cwd=directory)
    assert again.code == exits.OK, again.err
    assert "No changes." in again.out


def test_no_colour_where_it_is_not_wanted(directory: Path) -> None:
    assert "\x1b[" in on_terminal("plan", cwd=directory).out
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        out = on_terminal("plan", cwd=directory, env=env).out
        assert "\x1b[3" not in out
        assert "\x1b[9" not in out


def test_the_twins_file_is_its_owners_alone(directory: Path) -> None:
    assert (directory / ".wtstate").stat().st_mode & 0o777 == 0o700
    assert (directory / ".wtstate/twin.sqlite").stat().st_mode & 0o777 == 0o600


def test_the_demo_ends_with_an_empty_plan_and_keeps_nothing(tmp_path: Path) -> None:
    ran = wtstate("demo", cwd=tmp_path, env={"CI": "true", "NOTION_TOKEN": SECRET})
    assert ran.code == exits.OK, ran.err
    assert ran.out.rstrip().split("once more")[-1].count("No changes.") == 1
    assert "s3cr3t" not in ran.out + ran.err
    assert list(tmp_path.iterdir()) == []


def test_the_twin_serves_until_it_is_told_to_stop(directory: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ENTRY, "twin", "serve", "--port", "0", "--json"],
        cwd=directory,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    try:
        assert set(ready) == {"base_url", "token", "root_page_id"}
        env = {
            "NOTION_TOKEN": ready["token"],
            "NOTION_BASE_URL": ready["base_url"],
            "NOTION_WT_PARENT_PAGE_ID": ready["root_page_id"],
        }
        ran = wtstate("plan", cwd=directory, env=env)
        assert ran.code == exits.OK, ran.err
        assert ran.err.startswith("target: notion")
        assert "Plan: " in ran.out
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == exits.OK
    assert err == ""
