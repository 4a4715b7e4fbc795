"""The house rules that are commands: style, formatting, types, layers. One pytest run checks them all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RULES = {
    "style": ["-m", "ruff", "check", "."],
    "formatting": ["-m", "ruff", "format", "--check", "."],
    "types": ["-m", "mypy"],
    "layers": ["-c", "import importlinter.cli as cli; cli.lint_imports_command()"],
}


@pytest.mark.parametrize("rule", RULES)
def test_the_house_rule_holds(rule: str) -> None:
    ran = subprocess.run([sys.executable, *RULES[rule]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
