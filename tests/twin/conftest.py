"""A twin in memory with a clock that stands still, all of whose answers are held against the SDK's types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.twin import Twin, open_twin
from reconciler.twin.exchange import Exchange
from tests.twin.oracle import Oracle

NOON = 1_780_000_030_500
"""2026-05-28T20:27:10.500Z"""


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def twin(oracle: Oracle, monkeypatch: pytest.MonkeyPatch) -> Iterator[Twin]:
    answered = Twin.exchange

    def checked(self: Twin, exchange: Exchange) -> tuple[int, dict[str, Any]]:
        status, answer = answered(self, exchange)
        assert status < 500
        if status == 200 and exchange.headers.get("notion-version") == "2026-03-11":
            assert oracle.problems(answer) == []
        return status, answer

    monkeypatch.setattr(Twin, "exchange", checked)
    with open_twin(":memory:", clock=lambda: NOON) as held:
        yield held
