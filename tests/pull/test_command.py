"""``wtstate pull`` as a newcomer meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.api import choose_target
from reconciler.cli import pull as pull_command
from reconciler.cli.pull import pull_into
from reconciler.cli.session import Aim, run
from reconciler.demo import export_path
from reconciler.planning.plan import Plan
from tests.cli.running import wtstate
from tests.render.plans import whole

REAL = Path(__file__).parents[3] / "shared" / "real"


@pytest.fixture
def loaded(tmp_path: Path) -> Path:
    assert wtstate("twin", "load", str(export_path()), cwd=tmp_path).code == 0
    return tmp_path


def texts(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((directory / "state").iterdir())}


def test_the_messy_workspace_is_pulled_and_plans_to_nothing(loaded: Path) -> None:
    ran = wtstate("pull", cwd=loaded)
    assert ran.code == 0
    assert ran.out.endswith("\n\nNo changes. The workspace matches the state.\n")
    assert wtstate("plan", "--detailed-exitcode", cwd=loaded).code == 0
    files = texts(loaded)
    assert {"tasks.toml", "tasks-2.toml", "workspace.toml", "wtstate.schema.json"} < set(files)
    assert all(
        text.startswith("#:schema ./wtstate.schema.json\n") for name, text in files.items() if name.endswith("toml")
    )


def test_a_second_pull_writes_the_same(loaded: Path) -> None:
    assert wtstate("pull", cwd=loaded).code == 0
    before = texts(loaded)
    again = wtstate("pull", cwd=loaded)
    assert (again.code, texts(loaded)) == (0, before)
    assert again.out.startswith("8 files as before.\n")


def test_what_a_person_wrote_is_left_alone(loaded: Path) -> None:
    assert wtstate("pull", cwd=loaded).code == 0
    mine = loaded / "state" / "sub-apps.toml"
    edited = mine.read_text(encoding="utf-8").replace('title = "Sub-Apps"', 'was = ["Sub-Apps"]')
    mine.write_text(edited, encoding="utf-8")
    ran = wtstate("pull", cwd=loaded)
    assert ran.code == 0
    assert "Sub-Apps: state/sub-apps.toml declares it as 'sub-apps'; left to it" in ran.out
    assert mine.read_text(encoding="utf-8") == edited


def test_a_file_in_the_way_is_not_ours(loaded: Path) -> None:
    (loaded / "state").mkdir()
    (loaded / "state" / "sub-apps.toml").write_text("[databases.other.fields]\nName = 'title'\n", encoding="utf-8")
    ran = wtstate("pull", "Sub-Apps", cwd=loaded)
    assert ran.code == 1
    assert "error[not-ours]" in ran.err
    assert sorted(texts(loaded)) == ["sub-apps.toml"]


def test_one_database_by_its_title(loaded: Path) -> None:
    ran = wtstate("pull", "WT Phase Database", cwd=loaded)
    assert ran.code == 0
    assert sorted(texts(loaded)) == ["workspace.toml", "wt-phase-database.toml", "wtstate.schema.json"]
    assert " ".join(ran.out.split()).count("it links to a database that is not in the state") == 2
    second = wtstate("pull", "wt-projects", cwd=loaded)
    assert second.code == 0
    assert "Phase" in texts(loaded)["wt-projects.toml"]


def test_a_name_that_is_none(loaded: Path) -> None:
    ran = wtstate("pull", "Projets", cwd=loaded)
    assert ran.code == 1
    assert "error[no-database]" in ran.err
    assert "'WT Projects'" in ran.err


def test_a_pull_that_would_plan_something_says_so(
    loaded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def planned(*_: object) -> Plan:
        return whole()

    monkeypatch.setattr(pull_command, "_planned", planned)

    async def every(_: object) -> tuple[str, ...]:
        return ()

    target = choose_target(env={}, target="twin", directory=loaded)
    assert run(pull_into(Aim(loaded, Path("state"), None), target, None, every, settings=lambda _: {"name": "x"})) == 1
    assert "error[pull-not-empty]" in capsys.readouterr().err


@pytest.mark.skipif(not REAL.is_dir(), reason="the real export is not here")
def test_a_real_export(tmp_path: Path) -> None:
    assert wtstate("twin", "load", str(REAL), cwd=tmp_path).code == 0
    assert wtstate("pull", cwd=tmp_path).out.endswith("\n\nNo changes. The workspace matches the state.\n")
