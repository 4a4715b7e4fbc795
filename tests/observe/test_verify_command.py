"""``wtstate verify`` as a user runs it: table, JSON, JUnit, exit codes; and how reports of any text are shown."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli import exits
from reconciler.demo import export_path, state_path
from reconciler.observe.verify_report import DETAILS, Group, Result, Status, VerifyReport, document, listed, worst
from reconciler.render.json import json_text
from reconciler.render.junit import junit_text
from reconciler.render.verify import verify_text
from tests.cli.running import Ran, wtstate

HOSTILE = "[/] \x1b[31m<b>&\"'\ud800\ufffe\x00 ]]> --> \u202e"
TEXTS = st.text(st.characters(codec=None), max_size=12)
RESULTS = st.builds(
    Result,
    group=st.sampled_from(Group),
    check=TEXTS,
    address=TEXTS,
    status=st.sampled_from(Status),
    what=TEXTS,
    details=st.lists(TEXTS, max_size=3).map(tuple),
)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with the demo's state, applied to its twin."""
    directory = tmp_path_factory.mktemp("verified")
    shutil.copytree(state_path(), directory / "state")
    for command in (("twin", "load", str(export_path())), ("apply", "--yes")):
        ran = wtstate(*command, cwd=directory)
        assert ran.code == exits.OK, ran.err
    return directory


@pytest.fixture
def directory(applied: Path, tmp_path: Path) -> Path:
    return shutil.copytree(applied, tmp_path / "work")


def contents(directory: Path) -> str:
    ran: Ran = wtstate("twin", "show", "--json", cwd=directory)
    assert ran.code == exits.OK, ran.err
    return ran.out


def break_a_check(directory: Path) -> None:
    """The check that is known to warn becomes one that fails."""
    path = directory / "state" / "wt-phase-tracker.toml"
    head, tail = path.read_text(encoding="utf-8").split("[checks.phase-ids-are-unique]")
    tail = tail.replace('severity = "warn"', 'severity = "error"')
    path.write_text(f"{head}[checks.phase-ids-are-unique]{tail}", encoding="utf-8")


def test_what_was_applied_is_verified(directory: Path) -> None:
    ran = wtstate("verify", cwd=directory)
    assert ran.code == exits.OK, ran.err
    assert ran.err.startswith("target: twin ")
    lines = ran.out.splitlines()
    assert lines[0].split() == ["group", "ok", "warn", "fail"]
    assert [line.split()[0] for line in lines[1:8]] == [group.value for group in Group]
    assert all(line.split()[-1] == "0" for line in lines[1:8])
    assert lines[-1] == "verified"
    assert "warn checks checks.phase-ids-are-unique" in lines


def test_a_failed_check_is_exit_1_and_stands_first(directory: Path) -> None:
    break_a_check(directory)
    ran = wtstate("verify", cwd=directory)
    assert ran.code == exits.ERROR
    told = [line for line in ran.out.splitlines() if line.startswith(("fail ", "warn "))]
    assert told[0] == "fail checks checks.phase-ids-are-unique"
    assert all(line.startswith("warn ") for line in told[1:])
    assert ran.out.splitlines()[-1] == "not verified: 1 failed"


def test_the_report_is_kept_unless_told_not_to(directory: Path) -> None:
    before = contents(directory)
    assert wtstate("verify", "--no-store", cwd=directory).code == exits.OK
    assert contents(directory) == before
    assert wtstate("verify", cwd=directory).code == exits.OK
    after = contents(directory)
    assert "wtstate verify, " in after
    assert "wtstate verify, " not in before


def test_json_says_the_same_as_the_exit_code(directory: Path) -> None:
    ran = wtstate("verify", "--json", "--no-store", cwd=directory)
    said = json.loads(ran.out)
    assert (ran.code, said["verified"], said["format_version"]) == (exits.OK, True, "1.0")
    assert sum(sum(counts.values()) for counts in said["summary"].values()) == len(said["results"])
    break_a_check(directory)
    ran = wtstate("verify", "--json", "--no-store", cwd=directory)
    assert (ran.code, json.loads(ran.out)["verified"]) == (exits.ERROR, False)


def test_junit_has_a_case_for_each_check(directory: Path) -> None:
    break_a_check(directory)
    ran = wtstate("verify", "--json", "--junit", "report.xml", "--no-store", cwd=directory)
    results = json.loads(ran.out)["results"]
    root = ET.fromstring((directory / "report.xml").read_text(encoding="utf-8"))
    cases = root.findall("testsuite/testcase")
    assert len(cases) == len(results)
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(set(names)) == len(names)
    failed = [case.get("name") for case in cases if case.find("failure") is not None]
    assert failed == ["checks.phase-ids-are-unique check"]
    warned = sum(case.find("system-out") is not None for case in cases)
    assert warned == sum(result["status"] == "warn" for result in results)


def test_a_junit_file_that_cannot_be_written_is_said(directory: Path) -> None:
    ran = wtstate("verify", "--junit", "nowhere/report.xml", "--no-store", cwd=directory)
    assert ran.code == exits.ERROR
    assert "nowhere/report.xml" in ran.err
    assert "Traceback" not in ran.err


def test_the_demo_ends_with_verified(tmp_path: Path) -> None:
    ran = wtstate("demo", cwd=tmp_path)
    assert ran.code == exits.OK, ran.err
    assert "5. wtstate verify" in ran.out
    assert ran.out.splitlines()[-1] == "verified"


@given(st.lists(RESULTS, max_size=6))
def test_any_report_is_valid_xml_and_json_and_harmless_text(results: list[Result]) -> None:
    report = VerifyReport(tuple(results))
    root = ET.fromstring(junit_text(report).encode("utf-8"))
    assert len(root.findall("testsuite/testcase")) == len(results)
    assert root.get("failures") == str(report.failed) == str(len(root.findall("testsuite/testcase/failure")))
    assert len(json.loads(json_text(document(report)))["results"]) == len(results)
    text = verify_text(report).plain
    assert text.splitlines()[-1] == ("verified" if report.verified else f"not verified: {report.failed} failed")
    assert "\x1b" not in text


def test_hostile_titles_are_shown_as_they_are_and_do_nothing() -> None:
    result = Result(Group.DATA, HOSTILE, HOSTILE, Status.FAIL, HOSTILE, (HOSTILE,))
    report = VerifyReport((result,))
    failure = ET.fromstring(junit_text(report).encode("utf-8")).find("testsuite/testcase/failure")
    assert failure is not None
    assert "<b>&\"'" in (failure.text or "")
    text = verify_text(report, width=200).plain
    assert "[/] \\e[31m<b>&\"'" in text
    assert "\u202e" not in text


def test_long_lists_are_cut_and_counted() -> None:
    lines = [str(number) for number in range(DETAILS + 3)]
    assert listed(lines) == (*lines[:DETAILS], "and 3 more")
    assert listed(lines[:DETAILS]) == tuple(lines[:DETAILS])


def test_the_worst_status_decides() -> None:
    assert worst([Status.OK, Status.FAIL, Status.WARN]) is Status.FAIL
    assert worst([Status.WARN, Status.OK]) is Status.WARN
    assert worst([]) is Status.OK
