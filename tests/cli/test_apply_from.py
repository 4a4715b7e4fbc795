"""``[policy] apply_from``: apply asks git, read-only, whether it may."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.cli.checkout import checkout_of
from reconciler.cli.session import run
from reconciler.planning.guards.branch import Checkout, guard
from tests.cli.running import wtstate

STATE = '[policy]\napply_from = ["main", "release"]\n[databases.t.fields]\nName = "title"\n'


def git(directory: Path, *words: str) -> None:
    """One git command that must succeed, by nobody in particular and without anybody's settings."""
    program = shutil.which("git")
    assert program is not None
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    subprocess.run([program, *who, *words], cwd=directory, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    directory = tmp_path / "team"
    (directory / "state").mkdir(parents=True)
    (directory / "state" / "t.toml").write_text(STATE, "utf-8")
    (directory / ".gitignore").write_text(".wtstate/\n", "utf-8")
    git(directory, "init", "-b", "main")
    git(directory, "add", ".")
    git(directory, "commit", "-m", "First")
    return directory


def asked(directory: Path) -> Checkout:
    return run(checkout_of(directory / "state"))


def test_a_clean_checkout_of_a_named_branch_applies(repository: Path) -> None:
    assert asked(repository) == Checkout(branches=("main",))
    ran = wtstate("apply", "--yes", cwd=repository)
    assert ran.code == exits.OK, ran.err


def test_another_branch_is_refused_and_plans_all_the_same(repository: Path) -> None:
    git(repository, "switch", "-c", "idea")
    (repository / "note").write_text("x", "utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "Second")
    assert wtstate("plan", cwd=repository).code == exits.OK
    ran = wtstate("apply", "--yes", cwd=repository)
    assert ran.code == exits.ERROR
    assert "error[apply-from]" in ran.err
    assert "this is 'idea'" in ran.err
    assert "--allow apply-from:policy" in ran.err
    consented = wtstate("apply", "--yes", "--allow", "apply-from:policy", cwd=repository)
    assert consented.code == exits.OK, consented.err
    assert "apply-from" in consented.err


def test_files_that_are_not_committed_are_refused(repository: Path) -> None:
    (repository / "state" / "more.toml").write_text('[databases.u.fields]\nName = "title"\n', "utf-8")
    with (repository / "state" / "t.toml").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert asked(repository).changed == ("state/more.toml", "state/t.toml")
    ran = wtstate("apply", "--yes", cwd=repository)
    assert ran.code == exits.ERROR
    assert "2 of the state's files are not as committed" in ran.err


def test_a_detached_commit_counts_where_a_named_branch_ends(repository: Path) -> None:
    git(repository, "checkout", "--detach")
    assert asked(repository) == Checkout(branches=("main",))
    git(repository, "update-ref", "refs/remotes/origin/release", "HEAD")
    assert asked(repository) == Checkout(branches=("main", "release"))


def test_no_repository_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "t.toml").write_text(STATE, "utf-8")
    ran = wtstate("apply", "--yes", cwd=tmp_path)
    assert ran.code == exits.ERROR
    assert "git cannot say" in ran.err


def test_no_git_is_said(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert asked(repository).unknown == "there is no git on this machine"


def test_a_consent_that_is_not_needed_is_an_error(repository: Path) -> None:
    ran = wtstate("apply", "--yes", "--allow", "apply-from:policy", cwd=repository)
    assert ran.code == exits.ERROR
    assert "error[consent-unused]" in ran.err


def test_without_the_policy_nothing_is_asked() -> None:
    assert list(guard(Checkout(unknown="whatever"), ())) == []
