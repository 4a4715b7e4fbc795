"""A twin in memory with a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.twin import Twin, open_twin

NOON = 1_780_000_030_500
"""2026-05-28T20:27:10.500Z"""


@pytest.fixture
def twin() -> Iterator[Twin]:
    with open_twin(":memory:", clock=lambda: NOON) as held:
        yield held
