"""``wtstate usages`` as CI runs it: its lines, its JSON, its exit codes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.cli.app import run
from tests.cli.running import Ran, wtstate
from tests.observe.states import write_state


@pytest.fixture
def work(tmp_path: Path) -> Path:
    write_state(tmp_path)
    (tmp_path / "src").mkdir()
    return tmp_path


def write(work: Path, name: str, text: str) -> None:
    (work / name).write_text(text, encoding="utf-8")


def usages(work: Path, *arguments: str) -> Ran:
    return wtstate("usages", *arguments, cwd=work)


def test_nothing_old_exits_0(work: Path) -> None:
    write(work, "src/a.py", "row['projectId'] = projectIDs  # Done\n")
    ran = usages(work, "src")
    assert (ran.code, ran.out, ran.err) == (exits.OK, "No old names; 1 file read.\n", "")


def test_each_old_name_is_a_line_and_the_exit_code_is_2(work: Path) -> None:
    write(work, "src/b.ts", "const a = {\n  status: 'Done',\n  id: row.projectID,\n};\n")
    write(work, "src/a.ts", "open('WT Projects'); get('Phase'); get('StepProgress')\n")
    ran = usages(work, "src", "state")
    assert ran.code == exits.CHANGES == 2
    assert ran.err == ""
    assert ran.out.splitlines() == [
        "src/a.ts:1:7: old name 'WT Projects' (database) → 'Project Tracker'  [projects]"
        "; or (field) → 'project'  [phases.project]",
        "src/a.ts:1:27: old name 'Phase' (field) → 'phaseId'  [phases.phaseId], also a current name: projects.Phase",
        "src/a.ts:1:41: old name 'StepProgress' (field) → dropped  [drops.step]",
        "src/b.ts:2:12: old name 'Done' (option) → 'Complete'  [projects.status[Complete]]",
        "src/b.ts:3:11: old name 'projectID' (field) → 'projectId'  [projects.projectId]",
        "5 old names in 2 files; 2 files read.",
    ]


def test_json_says_the_same(work: Path) -> None:
    write(work, "src/ä.yaml", "status: Done\nname: Phase\n")
    ran = usages(work, "src", "--json")
    assert ran.code == 2
    assert ran.out.isascii()
    assert json.loads(ran.out) == {
        "format_version": "1.0",
        "usages": [
            {
                "path": "src/ä.yaml",
                "line": 1,
                "column": 9,
                "old": "Done",
                "names": [
                    {
                        "kind": "option",
                        "new": "Complete",
                        "address": "projects.status[Complete]",
                        "also_current": [],
                    }
                ],
            },
            {
                "path": "src/ä.yaml",
                "line": 2,
                "column": 7,
                "old": "Phase",
                "names": [
                    {
                        "kind": "field",
                        "new": "phaseId",
                        "address": "phases.phaseId",
                        "also_current": ["projects.Phase"],
                    }
                ],
            },
        ],
        "not_read": [],
        "summary": {"usages": 2, "files": 1, "read": 1},
    }


def test_ignored_files_and_the_state_itself_do_not_count(work: Path) -> None:
    write(work, ".gitignore", "dist/\n")
    (work / "dist").mkdir()
    write(work, "dist/a.js", "'WT Projects'")
    assert usages(work, ".").out == "No old names; 1 file read.\n"


def test_utf_16_is_read(work: Path) -> None:
    (work / "src/a.ps1").write_bytes("\r\n$db = 'WT Phases'\r\n".encode("utf-16"))
    assert usages(work, "src").out.startswith("src/a.ps1:2:8: old name 'WT Phases'")


def test_a_name_of_a_file_cannot_act_on_a_terminal(work: Path) -> None:
    (Path(os.fsdecode(os.fsencode(work) + b"/src/\xff\x1b[31m"))).write_text("'WT Phases'")
    ran = usages(work, "src")
    assert ran.out.startswith("src/\\udcff\\e[31m:1:2: old name")
    assert json.loads(usages(work, "src", "--json").out)["usages"][0]["path"] == "src/\\udcff\x1b[31m"


def test_only_and_except_choose_by_address(work: Path) -> None:
    write(work, "src/a", "'WT Phases' 'Done' 'Phase'")
    assert "1 old name in 1 file" in usages(work, "src", "--only", "projects").out
    assert "2 old names in 1 file" in usages(work, "src", "--except", "phases.phaseId").out
    ran = usages(work, "src", "--only", "corrections")
    assert (ran.code, ran.err) == (exits.OK, "note: the state has no old name to look for\n")


def test_what_is_too_large_is_said(work: Path) -> None:
    (work / "src/a.txt").write_bytes(b"x" * (5 * 1024 * 1024 + 1))
    ran = usages(work, "src")
    assert ran.code == exits.OK
    assert ran.err.splitlines() == [
        "not read: src/a.txt: larger than 5 MB",
        "note: no text file was found there that is not ignored",
    ]


def test_what_cannot_be_read_is_an_error(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(work, "src/secret", "")
    read = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == "secret":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    monkeypatch.chdir(work)
    assert run(["usages", "src"]) == exits.ERROR
    assert capsys.readouterr().err.splitlines()[0] == "not read: src/secret: cannot be read: Permission denied"
    write(work, "src/a", "'Done'")
    assert run(["usages", "src"]) == exits.CHANGES


def test_a_path_that_is_not_there_is_an_error(work: Path) -> None:
    ran = usages(work, "src", "nowhere")
    assert (ran.code, ran.out) == (exits.ERROR, "")
    assert "error[file]" in ran.err
    assert "nowhere is not there" in ran.err


def test_without_a_path_the_command_line_is_wrong(work: Path) -> None:
    assert usages(work).code == exits.USAGE


def test_a_state_that_is_wrong_is_an_error(work: Path) -> None:
    write(work, "state/test.toml", "nonsense")
    assert usages(work, "src").code == exits.ERROR
