"""How far a run is, as it is told to people and programs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Progress:
    """``sent`` of ``requests`` are through, retries aside; the last one served ``address`` ("" for bookkeeping).

    ``left`` of ``allowed`` requests may still begin before it is to be waited, None where nothing limits them;
    ``seconds`` is how long the rest will take, None as long as nobody can know.
    """

    sent: int
    requests: int
    address: str = ""
    left: int | None = None
    allowed: int | None = None
    seconds: float | None = None
