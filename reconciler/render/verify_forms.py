"""A verification as Markdown for a comment, and as annotations for a job of GitHub Actions."""

from __future__ import annotations

from reconciler.observe.verify_report import Group, Result, Status, VerifyReport
from reconciler.render.github import command, shielded
from reconciler.render.marked import code, in_environment, marker, prose
from reconciler.render.verify import verify_text

_TOLD = 100
"""Results that are written out; a comment has an end."""
_SENTENCE = 400
_LEVELS = {Status.FAIL: "error", Status.WARN: "warning"}


def verify_markdown(report: VerifyReport) -> str:
    """How each group came out, then what is not as it should be, failures first; a newline at its end."""
    verdict = "verified" if report.verified else f"not verified: {report.failed} failed"
    counts = [
        f"- {group.value}: " + ", ".join(f"{report.count(status=s, group=group)} {s.value}" for s in Status)
        for group in Group
    ]
    left = _not_ok(report)
    told = [_item(result) for result in left[:_TOLD]]
    more = [f"- … {len(left) - _TOLD} more"] if len(left) > _TOLD else []
    parts = [
        marker("verify", report.environment),
        f"## Verification{in_environment(report.environment)}: {verdict}",
        "\n".join(counts),
        "\n".join([*told, *more]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def verify_github(report: VerifyReport) -> str:
    """An error for each failure and a warning for each warning, then the table as text; a newline at its end."""
    said = [
        command(_LEVELS[result.status], f"{result.group.value} {result.address or result.check}", result.what)
        for result in _not_ok(report)[:_TOLD]
    ]
    return "\n".join([*said, *shielded(verify_text(report).plain)]) + "\n"


def _not_ok(report: VerifyReport) -> list[Result]:
    return [result for status in _LEVELS for result in report.results if result.status is status]


def _item(result: Result) -> str:
    head = f"- **{result.status.value}** {result.group.value} {code((result.address or result.check)[:_SENTENCE])}"
    below = [result.what, *result.details[:3]]
    return "\n".join([head, *(f"  - {prose(line[:_SENTENCE])}" for line in below if line)])
