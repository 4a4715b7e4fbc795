"""The one error of loading an export."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class ExportError(Exception):
    """An export that cannot be loaded: ``what`` is wrong, ``where`` (a path, perhaps inside an archive), ``next`` step.

    Nothing was sent to the twin when it is raised by reading or planning, which come before the first call.
    """

    what: str
    where: str
    next: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.next}"
