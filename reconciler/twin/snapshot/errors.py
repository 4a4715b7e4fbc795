"""The one error of loading a snapshot."""

from __future__ import annotations


class SnapshotError(Exception):
    """A snapshot that cannot be loaded: ``what`` is wrong with it, and the ``next`` step. The twin is as it was."""

    def __init__(self, what: str, *, next: str) -> None:  # noqa: A002
        super().__init__(f"{what}. {next}")
        self.what = what
        self.next = next
