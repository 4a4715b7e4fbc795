"""Every finding that the engine can end with is met by a case or by a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reconciler

PACKAGE = Path(reconciler.__file__).parent
TESTS = Path(__file__).parents[1]
ELSEWHERE = ("twin", "desired", "observe", "demo", "render", "model")
_SAID = re.compile(r'(?:code=|(?:blocked|liftable|note)\(\s*|finding\(\s*)f?"([a-z][a-z-]+)"')
_MANUAL = re.compile(r'manual\(\s*"([a-z-]+)"')


def said() -> set[str]:
    """The codes in the engine's source."""
    found: set[str] = set()
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.relative_to(PACKAGE).parts[0] not in ELSEWHERE:
            text = file.read_text(encoding="utf-8")
            found |= set(_SAID.findall(text)) | {f"manual-{code}" for code in _MANUAL.findall(text)}
    return {code for code in found if not code.endswith("-")}


def met() -> str:
    """All plans of cases and all tests, in one text."""
    plans = [path.read_text(encoding="utf-8") for path in TESTS.rglob("plan.txt")]
    flags = [path.read_text(encoding="utf-8") for path in TESTS.rglob("apply.toml")]
    tests = [path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py") if path != Path(__file__)]
    states = [path.name.split(".")[0] for path in (TESTS / "desired" / "cases").iterdir()]
    return "\n".join([*plans, *flags, *tests, *states])


def test_the_search_finds_codes_of_each_kind() -> None:
    assert {
        "both-live",
        "moved",
        "no-token",
        "manual-color",
        "archive-newer",
        "late-rows",
        "undeclared-fields",
    } <= said()


MET = met()


@pytest.mark.parametrize("code", sorted(said()))
def test_every_code_is_met(code: str) -> None:
    assert re.search(rf"(?<![a-z-]){re.escape(code)}(?![a-z-])", MET), f"no case and no test meets {code}"
