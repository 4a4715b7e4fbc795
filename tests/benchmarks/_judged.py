"""A measurement beside its bound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Judged:
    """One line of a benchmark, and whether what it measured is within the bound that it names."""

    text: str
    within: bool

    def __str__(self) -> str:
        return self.text if self.within else f"{self.text} — OVER THE BOUND"
