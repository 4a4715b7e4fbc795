"""``wtstate twin load --write-types``: the inferred types, as a file that ``--types`` takes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from reconciler.cli.files import write_toml
from reconciler.demo import export_path
from reconciler.model.finding import WtstateError
from reconciler.twin import dump, open_twin
from tests.cli.running import wtstate


def test_the_written_types_load_the_same_workspace(tmp_path: Path) -> None:
    """Loading with the file that was written infers nothing and gives the same properties."""
    types = tmp_path / "types.toml"
    first = wtstate(
        "twin", "load", str(export_path()), "--write-types", str(types), "--data", str(tmp_path / "a.sqlite")
    )
    second = wtstate("twin", "load", str(export_path()), "--types", str(types), "--data", str(tmp_path / "b.sqlite"))
    assert (first.code, second.code) == (0, 0), first.err + second.err
    written = tomllib.loads(types.read_text(encoding="utf-8"))
    assert written["WT Phase Database"]["WT Projects 1"] == "relation"
    with open_twin(tmp_path / "a.sqlite") as one, open_twin(tmp_path / "b.sqlite") as other:
        shapes = [
            sorted(
                (d["title"], sorted((name, p["type"]) for name, p in d["properties"].items()))
                for d in dump(twin)["databases"]
            )
            for twin in (one, other)
        ]
    assert shapes[0] == shapes[1]


def test_a_name_with_control_characters_survives(tmp_path: Path) -> None:
    """`toml` fails at them; what it writes is not believed, and tomlkit writes it."""
    path = tmp_path / "types.toml"
    write_toml(path, {"Tasks": {"a\x1bb": "title"}})
    assert tomllib.loads(path.read_text(encoding="utf-8")) == {"Tasks": {"a\x1bb": "title"}}


def test_a_name_that_toml_cannot_write_is_refused(tmp_path: Path) -> None:
    """Half a character is none; nothing is written then."""
    path = tmp_path / "types.toml"
    with pytest.raises(WtstateError, match="cannot be written as TOML"):
        write_toml(path, {"Tasks": {"\ud800": "title"}})
    assert not path.exists()
