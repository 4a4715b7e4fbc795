"""Keys are found where they stand: dotted, quoted, inline, in arrays and in arrays of tables."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.draft import Path
from reconciler.desired.positions import Positions

TEXT = """\
# a comment
top = 1
[table]
a.b = 1
"quoted key" = { inner = [ "x", { deep = true } ], 'lit.eral' = 2 }
é = "ü"
[table.sub . "dotted . name"]
x = 1
[[many]]
y = 1
[[many]]
y = 2
[many.below]
z = 3
[[many.nested]]
w = 4
[[many.nested]]
w = 5
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("top",), (2, 1)),
        (("table",), (3, 2)),
        (("table", "a"), (4, 1)),
        (("table", "a", "b"), (4, 3)),
        (("table", "quoted key"), (5, 1)),
        (("table", "quoted key", "inner"), (5, 18)),
        (("table", "quoted key", "inner", 0), (5, 28)),
        (("table", "quoted key", "inner", 1), (5, 33)),
        (("table", "quoted key", "inner", 1, "deep"), (5, 35)),
        (("table", "quoted key", "lit.eral"), (5, 52)),
        (("table", "sub"), (7, 8)),
        (("table", "sub", "dotted . name", "x"), (8, 1)),
        (("many",), (9, 3)),
        (("many", 0, "y"), (10, 1)),
        (("many", 1), (11, 3)),
        (("many", 1, "y"), (12, 1)),
        (("many", 1, "below"), (13, 7)),
        (("many", 1, "below", "z"), (14, 1)),
        (("many", 1, "nested", 0, "w"), (16, 1)),
        (("many", 1, "nested", 1, "w"), (18, 1)),
    ],
    ids=str,
)
def test_a_key_is_found(path: Path, place: tuple[int, int]) -> None:
    assert Positions(TEXT.encode()).at(path) == place


def test_columns_count_characters_not_bytes() -> None:
    assert Positions('"ключ" = { "é" = 1, x = 2 }'.encode()).at(("ключ", "x")) == (1, 21)


def test_what_is_not_there_has_the_place_of_what_is_around_it() -> None:
    positions = Positions(TEXT.encode())
    assert positions.at(("table", "sub", "missing", 3)) == (7, 8)
    assert positions.at(("nowhere",)) == (1, 1)
    assert positions.at(()) == (1, 1)


def test_broken_text_has_places_too() -> None:
    assert Positions(b'a = 1\nb = [\n[c\n"""').at(("a",)) == (1, 1)


KEYS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.integers(0, 9) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def quoted(text: str) -> str:
    """A basic string of TOML."""
    return json.dumps(text, ensure_ascii=False)


def inline(value: Any) -> str:
    """TOML of a value, tables inline, every key quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[ " + ", ".join(inline(item) for item in value) + " ]"
    return quoted(value) if isinstance(value, str) else str(value)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_the_text_at_the_place_of_a_key_is_the_key(data: dict[str, Any]) -> None:
    text = "".join(f"  {quoted(key)} = {inline(value)}\n" for key, value in data.items())
    lines = text.split("\n")
    positions = Positions(text.encode())

    def follow(value: Any, path: Path) -> None:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            line, column = positions.at((*path, key))
            if isinstance(key, str):
                assert lines[line - 1][column - 1 :].startswith(quoted(key))
            if isinstance(item, dict | list):
                follow(item, (*path, key))

    follow(tomllib.loads(text), ())
