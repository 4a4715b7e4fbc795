"""docs/ci.md and action.yml, run: a pull request, a second push, the merge, a stale approval, the nightly look.

Notion is a twin on a loopback address, ``gh`` a stand-in; the scripts are those of action.yml, run with bash.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.ci import github
from tests.ci.actions import ROOT, Job, Run, action, commands, filled, holds, read, variables
from tests.cli.running import ENTRY
from tests.twin.serving import Served, served

PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
HOSTILE = (
    "::set-output name=exitcode::0 ::add-mask::x ##[error]no \x1b[31m @team </details> <script>alert(1)</script> "
    "${{ secrets.X }} $(id) `id`"
)


pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="GitHub's runners have jq")


def schema(name: str) -> Any:
    text = (resources.files("check_jsonschema") / f"builtin_schemas/vendor/{name}.json").read_text(encoding="utf-8")
    return jsonschema_rs.validator_for(json.loads(text))


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_the_workflows_of_the_page_are_workflows(number: int) -> None:
    said = read(BLOCKS[number])
    if "on" not in said:  # a piece, shown without what stands around it
        said = {"on": "push", **said}
    assert list(schema("github-workflows").iter_errors(said)) == []


def test_the_action_is_an_action() -> None:
    assert list(schema("github-actions").iter_errors(action())) == []


def test_nobody_is_given_more_than_needed() -> None:
    said = read(BLOCKS[0])
    assert said["permissions"] == {}
    assert {name: job["permissions"] for name, job in said["jobs"].items()} == {
        "plan": {"contents": "read", "pull-requests": "write"},
        "apply": {"contents": "read", "actions": "read", "pull-requests": "read"},
        "drift": {"contents": "read", "issues": "write"},
    }
    assert "pull_request_target" not in said["on"]
    steps = [step for job in said["jobs"].values() for step in job["steps"]]
    assert {step["uses"] for step in steps if "secrets." in str(step)} == {"OWNER/wtstate@COMMIT"}
    assert "secrets." not in str({**said, "jobs": [{**job, "steps": []} for job in said["jobs"].values()]})


def test_every_input_is_one_of_the_action_and_every_foreign_action_is_named_by_commit() -> None:
    steps = [step for block in BLOCKS for job in read(block)["jobs"].values() for step in job["steps"]]
    own = [step for step in steps if step["uses"] == "OWNER/wtstate@COMMIT"]
    assert {word for step in own for word in step["with"]} <= set(action()["inputs"])
    foreign = [step["uses"] for step in [*steps, *action()["runs"]["steps"]] if "uses" in step and step not in own]
    assert foreign
    assert [use for use in foreign if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", use)] == []


def test_the_page_names_every_input_and_output() -> None:
    said = action()
    assert [name for name in (*said["inputs"], *said["outputs"]) if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize(
    ("event", "head", "jobs"),
    [
        ("pull_request", "team/workspace", ["plan"]),
        ("pull_request", "stranger/workspace", []),
        ("push", "", ["apply"]),
        ("schedule", "", ["drift"]),
    ],
)
def test_each_event_has_its_job(event: str, head: str, jobs: list[str]) -> None:
    request = {"pull_request": {"head": {"repo": {"full_name": head}}}}
    told = {"event_name": event, "repository": "team/workspace", "event": request}
    found = [name for name, job in read(BLOCKS[0])["jobs"].items() if holds(job["if"], {"github": told})]
    assert found == jobs


STATE = """
[workspace]
name = "Team"

[policy]
apply_from = "main"

[databases.tasks]
[databases.tasks.fields]
Name   = "title"
status = "rich_text"
"""
SET = '\n[corrections.%s]\nin = "tasks"\nrows = { glob = "*" }\nset = { status = "%s" }\n'


@dataclass
class Repository:
    """A clone with a state in it, GitHub's side of it, and the workspace that it declares."""

    directory: Path
    temporary: Path
    notion: Served

    def __post_init__(self) -> None:
        self._programs = self.temporary / "bin"
        self._programs.mkdir(parents=True)
        self._kept = self.temporary / "github.json"
        self._kept.write_text(json.dumps(github.EMPTY), encoding="utf-8")
        self._program("wtstate", f'-c "{ENTRY}"')
        self._program("gh", f'"{github.__file__}"')
        self._runs = 0
        self.git("init", "-q", "-b", "main")

    def _program(self, name: str, what: str) -> None:
        path = self._programs / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {what} "$@"\n', encoding="utf-8")
        path.chmod(0o755)

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
        ran = subprocess.run(["git", *who, *words], cwd=self.directory, check=True, capture_output=True, text=True)
        return ran.stdout.strip()

    def commit(self, state: str) -> str:
        """The state's text, committed on the branch that is checked out."""
        (self.directory / "state").mkdir(exist_ok=True)
        (self.directory / "state/team.toml").write_text(state, encoding="utf-8")
        self.git("add", "state")
        self.git("commit", "-q", "--allow-empty", "-m", "State")
        return self.git("rev-parse", "HEAD")

    @property
    def github(self) -> dict[str, Any]:
        kept: dict[str, Any] = json.loads(self._kept.read_text(encoding="utf-8"))
        return kept

    def tell(self, **words: Any) -> None:
        """Changes GitHub's side."""
        self._kept.write_text(json.dumps({**self.github, **words}), encoding="utf-8")

    def job(self, event: str, commit: str = "", number: int = 7) -> Job:
        self._runs += 1
        temporary = self.temporary / f"run-{self._runs}"
        temporary.mkdir()
        extra = {
            "NOTION_TOKEN": self.notion.token,
            "NOTION_BASE_URL": self.notion.base_url,
            "NOTION_WT_PARENT_PAGE_ID": self.notion.root_page_id,
            "GH_STATE": str(self._kept),
            "GITHUB_SHA": commit,
        }
        told = {"event_name": event, "event": {"pull_request": {"number": number}}}
        return Job(self.directory, temporary, variables(temporary, self._programs, extra), told)

    def pull_request(self, state: str, *, number: int = 7) -> Run:
        """A push to the branch of a pull request, and the job that it starts."""
        self.git("switch", "-q", "-C", f"idea-{number}")
        head = self.commit(state)
        run = self.job("pull_request", head, number).uses(command="plan")
        if not run.failed:
            told = self.github
            name = str(100 + self._runs)
            runs = {**told["runs"], head: [name]}
            self.tell(runs=runs, artifacts={**told["artifacts"], name: run.artifacts})
        return run

    def merge(self, *, number: int = 7) -> Run:
        """The pull request becomes one commit on main, and main's job runs."""
        head = self.git("rev-parse", f"idea-{number}")
        self.git("switch", "-q", "main")
        self.git("merge", "-q", "--no-ff", "-m", HOSTILE.replace("\x1b", ""), f"idea-{number}")
        commit = self.git("rev-parse", "HEAD")
        pulls = [{"merged_at": None, "head": {"sha": "other"}}, {"merged_at": "2026-01-02", "head": {"sha": head}}]
        self.tell(pulls={commit: pulls})
        return self.job("push", commit).uses(command="apply")

    def asked(self, method: str, path: str, body: Any) -> Any:
        """What the workspace answers."""
        head = {"Notion-Version": "2026-03-11", "Content-Type": "application/json"}
        asked = urllib.request.Request(
            f"{self.notion.base_url}/v1/{path}",
            method=method,
            data=json.dumps(body).encode("utf-8"),
            headers={**head, "Authorization": f"Bearer {self.notion.token}"},
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)

    @property
    def tasks(self) -> str:
        """The data source of the tasks."""
        wanted = {"filter": {"property": "object", "value": "data_source"}}
        found = self.asked("POST", "search", wanted)["results"]
        (only,) = [each for each in found if "status" in each["properties"]]
        return str(only["id"])

    def row(self) -> Any:
        """The one task there is."""
        (found,) = self.asked("POST", f"data_sources/{self.tasks}/query", {})["results"]
        return found


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """A repository whose state is applied, with one row of a hostile title in the workspace."""
    temporary = tmp_path_factory.mktemp("ci")
    (temporary / "clone").mkdir()
    with served() as notion:
        repository = Repository(temporary / "clone", temporary, notion)
        repository.commit(STATE)
        assert not repository.pull_request(STATE, number=1).failed
        assert not repository.merge(number=1).failed
        row = {"Name": {"title": [{"text": {"content": HOSTILE}}]}}
        repository.asked("POST", "pages", {"parent": {"data_source_id": repository.tasks}, "properties": row})
        yield repository


ALLOWED = ("::stop-commands::", "::notice ", "::warning ", "::error title=wtstate::apply ended with")


def harmless(team: Repository, run: Run) -> None:
    """No title became a command, a word of a script or a mention; no token is anywhere."""
    taken = list(commands(run.log))
    assert [line for line in taken if not line.startswith(ALLOWED)] == []
    told = run.log + run.summary + json.dumps(run.artifacts) + json.dumps(team.github)
    assert team.notion.token not in told
    assert "ghs_job" not in told


def test_a_pull_request_has_one_comment_however_often_it_is_pushed(team: Repository) -> None:
    first = team.pull_request(STATE + SET % ("first", "Done"))
    assert not first.failed, first.log
    assert (first.outputs["exitcode"], first.outputs["changes"]) == ("2", "true")
    (comment,) = [each for each in team.github["comments"] if each["issue"] == "7"]
    assert comment["body"].startswith("<!-- wtstate plan -->\n")
    assert "Done" in comment["body"]
    assert set(first.artifacts["wtstate-plan"]) == {"plan.json", "plan.html", "report.md"}
    assert "Done" in first.summary
    harmless(team, first)

    human = {"id": 990, "issue": "7", "user": {"type": "User"}, "body": comment["body"]}
    other = {"id": 991, "issue": "7", "user": github.BOT, "body": "<!-- something else -->"}
    team.tell(comments=[human, other, comment])
    second = team.pull_request(STATE + SET % ("first", "Ready"))
    assert not second.failed, second.log
    kept = {each["id"]: each["body"] for each in team.github["comments"] if each["issue"] == "7"}
    assert set(kept) == {990, 991, comment["id"]}
    assert "Ready" in kept[comment["id"]]
    assert kept[990] == comment["body"]
    assert kept[991] == "<!-- something else -->"


def test_each_environment_has_a_comment_and_a_plan_of_its_own(team: Repository) -> None:
    team.git("switch", "-q", "-C", "idea-5")
    commit = team.commit(STATE + '\n[environments.staging]\ntitle_prefix = "Staging · "\n')
    team.tell(comments=[{"id": 995, "issue": "5", "user": github.BOT, "body": "<!-- wtstate plan -->\n\n## Plan"}])
    run = team.job("pull_request", commit, 5).uses(command="plan", environment="staging", arguments="--only\ntasks")
    assert not run.failed, run.log
    assert list(run.artifacts) == ["wtstate-plan-staging"]
    other, own = [each for each in team.github["comments"] if each["issue"] == "5"]
    assert other["body"] == "<!-- wtstate plan -->\n\n## Plan"
    first, _, heading, *_ = own["body"].split("\n")
    assert first == "<!-- wtstate plan · env staging -->"
    assert heading == "## Plan for `Team` · env staging · only tasks"
    pulls = {commit: [{"merged_at": "2026-01-02", "head": {"sha": commit}}]}
    team.tell(pulls=pulls, runs={commit: ["500"]}, artifacts={"500": run.artifacts})
    merged = team.job("push", commit).uses(command="apply", environment="production")
    assert merged.failed
    assert "is not kept any more, or not for this environment" in merged.log


def test_a_merge_applies_what_was_seen_and_verifies(team: Repository) -> None:
    planned = team.pull_request(STATE + SET % ("merged", "Done"), number=6)
    assert not planned.failed, planned.log
    merged = team.merge(number=6)
    assert not merged.failed, merged.log
    assert team.row()["properties"]["status"]["rich_text"][0]["plain_text"] == "Done"
    assert merged.outputs["exitcode"] == "0"
    assert "Applied " in merged.log
    harmless(team, merged)
    verified = team.job("push").uses(command="verify")
    assert not verified.failed, verified.log
    assert "\nverified\n" in verified.log
    harmless(team, verified)


def test_an_approval_that_went_stale_changes_nothing(team: Repository) -> None:
    planned = team.pull_request(STATE + SET % ("second", "Later"), number=8)
    assert not planned.failed, planned.log
    before = team.row()["id"]
    now = {"properties": {"status": {"rich_text": [{"text": {"content": "By hand"}}]}}}
    team.asked("PATCH", f"pages/{before}", now)
    merged = team.merge(number=8)
    assert merged.failed
    assert "error[moved]" in merged.log
    assert merged.outputs["exitcode"] == "1"
    assert team.row()["properties"]["status"]["rich_text"][0]["plain_text"] == "By hand"
    harmless(team, merged)


def test_drift_is_said_in_one_issue_that_is_closed_when_nothing_is_left(team: Repository) -> None:
    quiet = team.job("schedule").uses(command="drift")
    assert not quiet.failed, quiet.log
    assert (quiet.outputs["changes"], team.github["issues"]) == ("false", [])

    renamed = {"title": [{"text": {"content": "Duties"}}]}
    team.asked("PATCH", f"data_sources/{team.tasks}", renamed)
    first = team.job("schedule").uses(command="drift")
    assert not first.failed, first.log
    assert (first.outputs["exitcode"], first.outputs["changes"]) == ("2", "true")
    (issue,) = team.github["issues"]
    assert issue["body"].startswith("<!-- wtstate drift -->\n")
    assert "Duties" in issue["body"]
    assert issue["title"] == "The workspace has drifted from its files"
    harmless(team, first)

    second = team.job("schedule").uses(command="drift")
    assert not second.failed, second.log
    assert [each["number"] for each in team.github["issues"]] == [issue["number"]]

    team.asked("PATCH", f"data_sources/{team.tasks}", {"title": [{"text": {"content": "tasks"}}]})
    assert not team.job("schedule").uses(command="drift").failed
    assert [each["state"] for each in team.github["issues"]] == ["closed"]


def test_what_nobody_has_seen_is_not_applied(team: Repository) -> None:
    ran = team.job("push", "0" * 40).uses(command="apply")
    assert ran.failed
    assert "this commit came by no pull request" in ran.log
    team.tell(pulls={"1" * 40: [{"merged_at": "2026-01-02", "head": {"sha": "never-planned"}}]})
    ran = team.job("push", "1" * 40).uses(command="apply")
    assert ran.failed
    assert "has no plan that could be applied" in ran.log


def test_files_that_are_wrong_replace_the_plan_in_the_comment(team: Repository) -> None:
    run = team.pull_request(STATE + "\n[databases.tasks.fields.x]\ntype = 'nonsense'\n", number=9)
    assert run.failed
    assert run.outputs["exitcode"] == "1"
    assert run.artifacts == {}
    (comment,) = [each for each in team.github["comments"] if each["issue"] == "9"]
    assert comment["body"].startswith("<!-- wtstate plan -->\n\n## No plan\n")
    assert "/actions/runs/77" in comment["body"]


def test_expressions_are_worked_out_as_github_does() -> None:
    contexts = {"a": {"b": "x"}, "empty": {"no": ""}}
    assert filled("<${{ empty.no || a.b }}>${{ a.missing }}", contexts) == "<x>"
    assert holds("${{ a.b == 'x' && !empty.no && contains('0 2', '2') }}", contexts)
    assert not holds("a.b != 'x' || (a.b == 'y')", contexts)
