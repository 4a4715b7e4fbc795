"""The JSON Schema says what the parser says: the same files pass, the same words are refused."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from reconciler.cli.generated import schema_text
from reconciler.desired import json_schema
from reconciler.desired.language import KINDS
from reconciler.desired.statefile import StateFile

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"
GRAMMAR = sorted(
    path
    for code in (
        "bad-duration", "bad-rate", "empty-value", "missing-key", "out-of-range", "unknown-color", "unknown-format",
        "unknown-function", "unknown-group", "unknown-key", "unknown-type", "unknown-value", "wrong-type",
    )
    for path in CASES.glob(f"{code}*.toml")
)  # fmt: skip


def plain(value: Any) -> Any:
    """TOML values as an editor hands them to a schema: dates as text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def errors(path: Path) -> list[str]:
    data = plain(tomllib.loads(path.read_text(encoding="utf-8")))
    return [error.message for error in jsonschema_rs.validator_for(json_schema()).iter_errors(data)]


def test_the_model_knows_the_tables_that_are_read() -> None:
    assert tuple(StateFile.model_fields) == KINDS


def test_it_is_a_schema() -> None:
    jsonschema_rs.meta.validate(json_schema())
    assert json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", sorted((ROOT / "state").glob("*.toml")), ids=lambda path: path.name)
def test_the_state_of_this_repository_passes(path: Path) -> None:
    assert errors(path) == []


@pytest.mark.parametrize("path", sorted((ROOT / "state").glob("*.toml")), ids=lambda path: path.name)
def test_the_model_that_the_schema_is_made_from_reads_what_the_schema_passes(path: Path) -> None:
    StateFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", GRAMMAR, ids=lambda path: path.name)
def test_what_the_parser_refuses_as_grammar_the_schema_refuses(path: Path) -> None:
    assert errors(path) != []


def test_every_word_is_described() -> None:
    schema = json_schema()
    bare = [
        f"{name}.{word}"
        for name, table in schema["$defs"].items()
        for word, said in table["properties"].items()
        if "description" not in said and word != "type"
    ]
    assert bare == []


def test_the_published_schema_is_the_one_that_is_printed(request: pytest.FixtureRequest) -> None:
    path = ROOT / "docs" / "reference" / "state.schema.json"
    if request.config.getoption("update_snapshots"):
        path.write_text(schema_text(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == schema_text(), "run just snapshot"


@pytest.mark.parametrize("path", sorted((ROOT / "state").glob("*.toml")), ids=lambda path: path.name)
def test_each_file_names_the_schema_in_its_first_line(path: Path) -> None:
    first = path.read_text(encoding="utf-8").split("\n")[0]
    assert first.startswith("#:schema ")
    assert (path.parent / first.removeprefix("#:schema ")).is_file()
