"""What is said to people: one class for validation errors, guards, checks and suggestions.

A finding never holds a value of a field declared ``sensitive`` and never a token. Its text may hold names that came
from Notion; whoever prints it escapes it (``reconciler.render``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: an ``ERROR`` stops what it is about, the others are said and the run goes on."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, order=True)
class Location:
    """A place in a state file. ``line`` and ``column`` count from 1; ``file`` is relative to the working directory."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Finding:
    """One thing said: ``what`` is wrong (one sentence), ``why`` it matters, ``next`` what to do about it.

    ``code`` is stable and kebab-case; ``address`` is an address of the state ("" where there is none).
    """

    code: str
    what: str
    next: str
    address: str = ""
    why: str = ""
    where: Location | None = None
    severity: Severity = Severity.ERROR
    consent: str = ""
    """``GUARD:ADDRESS``, as ``--allow`` takes it, where a person may lift this; "" where nobody can."""

    def sort_key(self) -> tuple[str, int, int, str, str, str]:
        """Orders findings by file position, then address, then code: the same on every machine."""
        at = self.where or Location("", 0, 0)
        return (at.file, at.line, at.column, self.address, self.code, self.what)


class WtstateError(Exception):
    """Something that stops a command; carries the findings that say why. Never empty, sorted, without duplicates."""

    def __init__(self, findings: Iterable[Finding] | Finding) -> None:
        found = [findings] if isinstance(findings, Finding) else list(findings)
        self.findings: tuple[Finding, ...] = tuple(sorted(dict.fromkeys(found), key=Finding.sort_key))
        super().__init__("; ".join(f.what for f in self.findings))
