"""What `verify` says: one result a check, and the report that holds them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FORMAT_VERSION = "1.0"
DETAILS = 10
"""How many details a result lists before it only counts them."""


class Status(StrEnum):
    """How a check came out: a ``WARN`` is to be known, a ``FAIL`` makes the command fail."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Group(StrEnum):
    """What checks are about, in the order in which they are shown."""

    DATABASES = "databases"
    SCHEMA = "schema"
    CORRECTIONS = "corrections"
    RELATIONS = "relations"
    ARCHIVE = "archive"
    DATA = "data"
    CHECKS = "checks"


@dataclass(frozen=True)
class Result:
    """How one check came out.

    ``check`` names it among those of its address and is the same whatever comes of it; ``what`` says in one sentence
    what was found, ``details`` name rows and values, one line each. Text in them may come from Notion.
    """

    group: Group
    check: str
    address: str
    status: Status
    what: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class VerifyReport:
    """Everything that was checked.

    ``batch`` is the last apply that was done ("" when there is none), ``page`` the id of its page in the archive;
    ``requests`` is how many requests it took, those that opened the session aside.
    """

    results: tuple[Result, ...]
    workspace: str = ""
    batch: str = ""
    page: str = field(default="", repr=False)
    requests: int = 0
    environment: str = ""

    @property
    def verified(self) -> bool:
        """Whether no check failed; warnings do not count."""
        return self.failed == 0

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return self.count(status=Status.FAIL)

    def count(self, *, status: Status, group: Group | None = None) -> int:
        """How many results have the status, in all groups or in one."""
        return sum(1 for r in self.results if r.status is status and group in (None, r.group))


def document(report: VerifyReport) -> dict[str, Any]:
    """The report as JSON data, without page ids: what ``--json`` prints and the archive keeps."""
    return {
        "format_version": FORMAT_VERSION,
        "workspace": report.workspace,
        "environment": report.environment,
        "batch": report.batch,
        "verified": report.verified,
        "requests": report.requests,
        "summary": {
            group.value: {status.value: report.count(status=status, group=group) for status in Status}
            for group in Group
        },
        "results": [
            {
                "group": r.group.value,
                "check": r.check,
                "address": r.address,
                "status": r.status.value,
                "what": r.what,
                "details": list(r.details),
            }
            for r in report.results
        ],
    }


def worst(statuses: Iterable[Status]) -> Status:
    """The one that weighs most; ``OK`` of none."""
    order: Mapping[Status, int] = {Status.OK: 0, Status.WARN: 1, Status.FAIL: 2}
    return max(statuses, key=lambda status: order[status], default=Status.OK)


def listed(lines: Iterable[str]) -> tuple[str, ...]:
    """The first `DETAILS` lines in their order, and how many more there are."""
    found = list(lines)
    rest = len(found) - DETAILS
    return (*found[:DETAILS], f"and {rest} more") if rest > 0 else tuple(found)


def counted(number: int, noun: str) -> str:
    """ "1 row", "2 rows", "2 entries"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"
