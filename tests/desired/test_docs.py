"""The language's reference: its examples are one state that loads, and it leaves out no word."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired import json_schema, load

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "language.md"
PAGES = sorted({ROOT / "README.md", *(ROOT / "docs").rglob("*.md")})
BLOCK = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def joined(parts: list[str]) -> str:
    """The blocks as one file: a table that is continued in a later block is written once."""
    bodies: dict[str, list[str]] = {}
    for part in parts:
        header = ""
        for line in part.splitlines():
            if re.fullmatch(r"\[[^=]+\](\s*#.*)?", line):
                header = line.partition("#")[0].strip()
                bodies.setdefault(header, [])
            elif header:
                bodies[header].append(line)
    return "\n".join("\n".join([header, *lines]) for header, lines in bodies.items())


def test_the_examples_of_the_reference_are_one_state(tmp_path: Path) -> None:
    (tmp_path / "page.toml").write_text(joined(blocks(PAGE)), encoding="utf-8")
    state = load(tmp_path, env={}, base=tmp_path)
    assert {field.type for database in state.databases.values() for field in database.fields.values()} == set(types())
    assert all([state.corrections, state.merges, state.drops, state.rows, state.checks])


def types() -> list[str]:
    """Every property type of the language."""
    found: list[str] = []
    for table in json_schema()["$defs"].values():
        kind = table["properties"].get("type", {})
        found += kind.get("enum", [kind["const"]] if "const" in kind else [])
    return found


def words(schema: dict[str, Any]) -> set[str]:
    """Every word of every table, and every value that a word may have."""
    found = set(schema["properties"])
    for table in schema["$defs"].values():
        for word, said in table["properties"].items():
            found |= {word, *said.get("enum", [])}
    return found


def test_the_reference_leaves_out_no_word() -> None:
    text = PAGE.read_text(encoding="utf-8")
    told = set(re.findall(r"[A-Za-z_-]+(?: progress)?", text)) | set(re.findall(r"`([^`\n]+)`", text))
    assert words(json_schema()) - told == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_all_toml_in_documentation_is_toml(page: Path) -> None:
    for block in blocks(page):
        tomllib.loads(block)
