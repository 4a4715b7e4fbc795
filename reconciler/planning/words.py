"""Numbers in sentences."""

from __future__ import annotations


def few(number: int, one: str, many: str) -> str:
    """``1 row holds`` or ``2 rows hold``: the number with what goes with it."""
    return f"{number} {one if number == 1 else many}"
