"""``wtstate drift`` and ``accept`` as a user runs them: forms, exit codes, files."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli import exits
from reconciler.cli.app import run
from reconciler.model.limits import utf16_length
from reconciler.observe.drift.report import Drifted, DriftReport, Side, document, ordered
from reconciler.render.drift import drift_text
from reconciler.render.drift_forms import drift_github, drift_markdown
from reconciler.render.json import json_text
from tests.drift.worlds import STATE, world

HOSTILE = "[/] \x1b[31m<b>&\"'\ud800\x00 `@all` ]]> --> \u202e\n::error::x"
SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
"""A code span of Markdown."""
TEXTS = st.text(max_size=8) | st.just(HOSTILE)
ITEMS = st.builds(
    Drifted, address=TEXTS, side=st.sampled_from(Side), word=TEXTS, was=st.none() | TEXTS, now=TEXTS,
    declared=st.none() | TEXTS, next=TEXTS, row=TEXTS, edited_by=TEXTS, edited_at=TEXTS,
)  # fmt: skip


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory whose twin Ada changed."""
    directory = tmp_path_factory.mktemp("drifted")
    (directory / ".wtstate").mkdir()
    with world(directory, path=directory / ".wtstate" / "twin.sqlite") as made:
        made.words("Tasks", title="Chores")
        made.row("One", notes="mine")
    return directory


@pytest.fixture
def work(changed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as the working directory."""
    shutil.copytree(changed, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def test_drift_tells_it_and_says_so_by_its_exit_code(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drift"]) == exits.OK
    out = capsys.readouterr().out
    assert "was Tasks · is Chores · declared Tasks" in out
    assert "→ wtstate accept tasks; or apply takes it back" in out
    assert out.rstrip().endswith("Drift: 2 by people")
    assert max(map(len, out.splitlines())) <= 80
    assert run(["drift", "--detailed-exitcode"]) == exits.CHANGES
    assert run(["drift", "--detailed-exitcode", "--only", "projects"]) == exits.OK
    assert run(["drift", "--only", "nothing"]) == exits.ERROR


def test_forms_are_siblings(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ("--format", "markdown=drift.md", "--format", "json=drift.json", "--format", "github=drift.txt")
    assert run(["drift", *files]) == exits.OK
    assert capsys.readouterr().out.startswith("Drift of")
    assert (work / "drift.md").read_text("utf-8").startswith("<!-- wtstate drift -->\n")
    assert json.loads((work / "drift.json").read_text("utf-8"))["summary"]["people"] == 2
    assert "::warning title=drift tasks::" in (work / "drift.txt").read_text("utf-8")
    assert run(["drift", "--format", "html"]) == exits.USAGE


def test_accept_shows_what_it_would_write_and_writes_it(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = work / "state" / "state.toml"
    file.chmod(0o640)
    assert run(["accept", "tasks", "--dry-run"]) == exits.OK
    shown = capsys.readouterr().out
    assert file.read_text("utf-8") == STATE
    assert run(["accept", "tasks"]) == exits.OK
    assert capsys.readouterr().out == shown
    assert '+title       = "Chores"' in shown
    assert file.read_text("utf-8") == STATE.replace('"Tasks"', '"Chores"').replace(
        'description = "What is to be done"\n', 'description = "What is to be done"\nwas         = ["Tasks"]\n'
    )
    assert file.stat().st_mode & 0o777 == 0o640
    assert run(["plan", "--only", "tasks", "--detailed-exitcode"]) == exits.OK
    assert run(["drift", "--only", "tasks", "--detailed-exitcode"]) == exits.OK


def test_a_file_of_windows_stays_one(work: Path) -> None:
    file = work / "state" / "state.toml"
    file.write_bytes(b"\xef\xbb\xbf" + STATE.replace("\n", "\r\n").encode())
    assert run(["accept", "tasks"]) == exits.OK
    written = file.read_bytes()
    assert written.startswith(b"\xef\xbb\xbf[workspace]\r\n")
    assert written.count(b"\n") == written.count(b"\r\n") == STATE.count("\n") + 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nothing", "error[unknown-address] nothing"),
        ("a[b", "error[unknown-address] a[b"),
        ("projects", "error[nothing-drifted] projects"),
        ("tasks.titel", "error[nothing-drifted] tasks.titel"),
    ],
)
def test_accept_refuses_what_it_cannot_take(
    work: Path, capsys: pytest.CaptureFixture[str], address: str, said: str
) -> None:
    assert run(["accept", address, "tasks"]) == exits.ERROR
    assert said in capsys.readouterr().err
    assert (work / "state" / "state.toml").read_text("utf-8") == STATE


def test_accept_writes_nothing_where_the_files_would_not_be_valid(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = work / "state" / "state.toml"
    taken = STATE.replace('title = "Projects"', 'title = "Projects"\nwas = ["Chores"]')
    file.write_text(taken, "utf-8")
    assert run(["accept", "tasks"]) == exits.ERROR
    assert "error[cannot-accept]" in capsys.readouterr().err
    assert file.read_text("utf-8") == taken


@given(st.lists(ITEMS, max_size=6), st.lists(TEXTS, max_size=2))
def test_a_report_of_any_text_is_harmless(items: list[Drifted], unknown: list[str]) -> None:
    report = DriftReport(workspace=HOSTILE, items=ordered(items), batch="b", applied="t", unknown=tuple(unknown))
    text = drift_text(report).plain
    assert not set("\x1b\x00\u202e") & set(text)
    assert "\x1b" not in drift_markdown(report)
    bare = SPAN.sub("", drift_markdown(report).removeprefix("<!-- wtstate drift -->"))
    assert not {"@", "<", "]"} & set(bare)
    assert not [line for line in drift_github(report).splitlines() if line.startswith("::error")]
    json.loads(json_text(document(report)))


def test_markdown_fits_a_comment_however_much_drifted() -> None:
    items = [
        Drifted(
            address=f"tasks.{number}", side=Side.PEOPLE, word="name", was="x" * 500, now="y" * 500,
            declared="𝄞" * 500, next="z",
        )
        for number in range(600)
    ]  # fmt: skip
    told = drift_markdown(DriftReport(workspace="w", items=ordered(items)))
    assert utf16_length(told) <= 65_536
    assert "more things" in told
