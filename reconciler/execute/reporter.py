"""How a run tells what it is doing: the only way in which execution speaks."""

from __future__ import annotations

from typing import Protocol

from reconciler.model.progress import Progress


class Reporter(Protocol):
    """Told of progress; never of values. Implementations must be quick and must not raise."""

    def started(self, requests: int) -> None:
        """Execution begins; it will send this many requests, retries aside."""
        ...

    def progressed(self, progress: Progress) -> None:
        """So far it is."""
        ...

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing is sent for so many seconds."""
        ...

    def said(self, text: str) -> None:
        """One line for people."""
        ...


class Silent:
    """Says nothing."""

    def started(self, requests: int) -> None:
        """Says nothing."""

    def progressed(self, progress: Progress) -> None:
        """Says nothing."""

    def waiting(self, seconds: float, why: str) -> None:
        """Says nothing."""

    def said(self, text: str) -> None:
        """Says nothing."""
