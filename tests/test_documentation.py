"""Outputs shown in the documentation are what the commands print; ``--snapshot-update`` writes them anew.

An output stands between ``<!-- output: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from reconciler.demo import export_path, state_path
from tests.cli.running import wtstate

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/guide.md")
MARKED = re.compile(r"(<!-- output: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _block(command: str, output: str) -> str:
    return f"```console\n$ wtstate {command}\n{output.rstrip()}\n```\n"


def _application() -> str:
    """The code that the guide shows before it looks for old names in it."""
    return (ROOT / "docs/guide.md").read_text(encoding="utf-8").split("```ts\n")[1].split("```")[0]


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
    applied = re.sub(r"\d{8}-\d{6}-[0-9a-f]{4}", "20260102-091500-7c1e", ran["apply"].out)
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
