"""When two formulas are one: names and spacing may differ, words may not."""

from __future__ import annotations

import pytest

from reconciler.planning.diff import formula


@pytest.mark.parametrize(
    ("declared", "live", "names", "one"),
    [
        ('prop("A")*2 and not x', 'prop( "B" ) * 2  and not x', {"B": "A"}, True),
        ("not x", "notx", {}, False),
        ('"a b"', '"ab"', {}, False),
        ('prop("q\\"")', 'prop("z")', {"z": 'q"'}, True),
    ],
)
def test_formulas_are_one_whatever_their_spacing_and_names(
    declared: str, live: str, names: dict[str, str], one: bool
) -> None:
    assert formula.same(declared, live, names) is one
