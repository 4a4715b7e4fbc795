"""The one error of loading an export, and how names from an export are shown."""

from __future__ import annotations

from dataclasses import dataclass


def visible(text: str) -> str:
    """``text`` on one line, with what is not printable written as an escape."""
    return "".join(c if c.isprintable() or c in "\u200d\ufe0f" else c.encode("unicode_escape").decode() for c in text)


@dataclass(eq=False)
class ExportError(Exception):
    """An export that cannot be loaded: ``what`` is wrong, ``where`` (a path, perhaps inside an archive), ``next`` step.
    Names from the export cannot reach a terminal as control characters.

    Nothing was sent to the twin when it is raised by reading or planning, which come before the first call.
    """

    what: str
    where: str
    next: str

    def __post_init__(self) -> None:
        self.what, self.where = visible(self.what), visible(self.where)

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.next}"
