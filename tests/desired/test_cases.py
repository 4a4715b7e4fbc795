"""Every finding about state files has a case: files in, findings out, as a snapshot that was read line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.desired import codes, load
from reconciler.model.finding import Finding, WtstateError

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir())
ELSEWHERE = {codes.STATE_MISSING, codes.FILE_UNREADABLE, codes.UNKNOWN_ENVIRONMENT}
"""Codes whose cases cannot be kept as files; they are in test_reading.py and test_environments.py."""


def shown(finding: Finding) -> str:
    """A finding as text, one word a line."""
    lines = [f"{finding.where} {finding.code} {finding.address}", f"  {finding.what}"]
    lines += [f"  why: {finding.why}"] if finding.why else []
    return "\n".join([*lines, f"  next: {finding.next}"])


def findings_of(name: str, tmp_path: Path) -> list[Finding]:
    """What loading the case says."""
    case = CASES / name
    directory = case
    if case.is_file():
        directory = tmp_path / "state"
        directory.mkdir()
        (directory / "case.toml").write_bytes(case.read_bytes())
    with pytest.raises(WtstateError) as caught:
        load(directory, env={}, base=directory.parent)
    return list(caught.value.findings)


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    found = findings_of(name, tmp_path)
    assert name.split(".")[0] in {finding.code for finding in found}
    assert "\n".join(shown(finding) for finding in found) == snapshot


@pytest.mark.parametrize("name", NAMES)
def test_every_finding_says_what_where_and_next(name: str, tmp_path: Path) -> None:
    for finding in findings_of(name, tmp_path):
        assert finding.code in codes.ALL
        assert finding.what
        assert finding.next
        assert finding.where is not None


def test_every_code_has_a_case() -> None:
    assert {name.split(".")[0] for name in NAMES} | ELSEWHERE == set(codes.ALL)
