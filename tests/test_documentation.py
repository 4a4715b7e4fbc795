"""Outputs shown in the documentation are what the commands print; ``--snapshot-update`` writes them anew.

An output stands between ``<!-- output: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from reconciler.demo import export_path, state_path
from reconciler.twin import open_twin
from tests.cli.running import wtstate

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/guide.md")
MARKED = re.compile(r"(<!-- output: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _block(command: str, output: str) -> str:
    return f"```console\n$ wtstate {command}\n{output.rstrip()}\n```\n"


def _application() -> str:
    """The code that the guide shows before it looks for old names in it."""
    return (ROOT / "docs/guide.md").read_text(encoding="utf-8").split("```ts\n")[1].split("```")[0]


def _timeless(output: str) -> str:
    """An output as if its batch had run, and people had worked, at a time of the documentation's."""
    told = re.sub(r"\d{8}-\d{6}-[0-9a-f]{4}", "20260102-091500-7c1e", output)
    told = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-01-02T09:15:02Z", told)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-01-05 14:20 UTC", told)


def _edited(twin_file: Path) -> None:
    """Ada works in the workspace: a field gets another name, an option comes, a corrected status changes again."""
    with open_twin(twin_file) as twin:
        ada = twin.admin.acting_as(twin.admin.person("Ada", "ada@example.org"))
        asked = {"query": "wt-phase-tracker", "filter": {"property": "object", "value": "data_source"}}
        (phases,) = twin.call("POST", "search", asked)["results"]
        place, status = f"data_sources/{phases['id']}", phases["properties"]["status"]["select"]["options"]
        options = [*({"id": one["id"]} for one in status), {"name": "Parked", "color": "brown"}]
        changes = {"goals": {"name": "Goals"}, "status": {"select": {"options": options}}}
        twin.call("PATCH", place, {"properties": changes}, token=ada)
        corrected = {"filter": {"property": "phaseId", "rich_text": {"equals": "WT-7.3"}}}
        (row,) = twin.call("POST", f"{place}/query", corrected)["results"]
        blocked = {"properties": {"status": {"select": {"name": "Blocked"}}}}
        twin.call("PATCH", f"pages/{row['id']}", blocked, token=ada)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    directory = tmp_path_factory.mktemp("documentation")
    shutil.copytree(state_path(), directory / "state")
    shutil.copytree(export_path(), directory / "export")
    commands = {
        "load": ("twin", "load", "export"),
        "validate": ("validate",),
        "plan": ("plan",),
        "part": ("plan", "--only", "wt-phase-tracker.phaseId", "--only", "corrections", "--limit-rows", "1"),
        "apply": ("apply", "--yes", "--limit-rows", "0"),
        "again": ("plan",),
        "verify": ("verify",),
        "usages": ("usages", "src"),
    }
    (directory / "src").mkdir()
    (directory / "src" / "phases.ts").write_text(_application(), encoding="utf-8")
    ran = {name: wtstate(*command, cwd=directory) for name, command in commands.items()}
    assert {name: one.err for name, one in ran.items() if one.code != (2 if name == "usages" else 0)} == {}
    shown = {name: _block(" ".join(commands[name]), one.out) for name, one in ran.items()}
    _edited(directory / ".wtstate" / "twin.sqlite")
    for name, later in {"drift": ("drift",), "accept": ("accept", "wt-phase-tracker.goals")}.items():
        shown[name] = _block(" ".join(later), _timeless(wtstate(*later, cwd=directory).out))
    applied = _timeless(ran["apply"].out)
    shown["apply"] = _block("apply --yes", "…\n\n" + applied[applied.index("Applied ") :])
    shown["again"] = _block("plan", "…\n\n" + ran["again"].out.rstrip().split("\n\n")[-1])
    return shown


@pytest.mark.parametrize("page", PAGES)
def test_outputs_in_the_documentation_are_real(
    page: str, outputs: dict[str, str], request: pytest.FixtureRequest
) -> None:
    path = ROOT / page
    written = path.read_text(encoding="utf-8")
    names = [found[1] for found in MARKED.findall(written)]
    assert names
    real = MARKED.sub(lambda found: f"{found[1]}{outputs[found[2]]}{found[3]}", written)
    if request.config.getoption("update_snapshots"):
        path.write_text(real, encoding="utf-8")
    assert real == path.read_text(encoding="utf-8"), f"{page} shows an older output: run just snapshot"
