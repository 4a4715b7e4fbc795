"""docs/twin.md: its table of assumptions is the program's own, and its file of faults can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.twin import read_faults
from reconciler.twin.assumptions import GAPS, RETYPES

PAGE = Path(__file__).parents[2] / "docs" / "twin.md"


def _table() -> str:
    rows = [(one.name, one.kind, one.harsh, one.evidence) for one in GAPS]
    first = RETYPES[0]
    rows.append((f"retype-OLD-NEW ({len(RETYPES)} switches)", first.kind, first.harsh, first.evidence))
    lines = ["| name | kind | harsh | evidence |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *("| " + " | ".join((f"`{name}`", *rest)) + " |" for name, *rest in rows)])


def test_the_assumptions_on_the_page_are_the_switches(request: pytest.FixtureRequest) -> None:
    written = PAGE.read_text(encoding="utf-8")
    block = re.compile(r"(<!-- assumptions -->\n).*?(<!-- end -->)", re.DOTALL)
    assert block.search(written)
    real = block.sub(lambda found: f"{found[1]}{_table()}\n{found[2]}", written)
    if request.config.getoption("update_snapshots"):
        PAGE.write_text(real, encoding="utf-8")
    assert real == PAGE.read_text(encoding="utf-8"), "docs/twin.md lists other switches: run just snapshot"


def test_the_faults_on_the_page_are_read(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "faults.toml"
    file.write_text(shown, encoding="utf-8")
    assert [rule.fail for rule in read_faults(file).rules] == ["503", "429", "slow"]
