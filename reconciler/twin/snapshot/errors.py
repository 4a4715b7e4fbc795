"""The one error of loading a snapshot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class SnapshotError(Exception):
    """A snapshot that cannot be loaded: ``what`` is wrong with it, and the ``next`` step. The twin is as it was."""

    what: str
    next: str

    def __str__(self) -> str:
        return f"{self.what}. {self.next}"
