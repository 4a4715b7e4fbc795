"""The plan for a job of GitHub Actions: annotations in the changed files, and the plan in the job's log.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands: a line that begins with ``::`` is
a command to the runner, so everything that may hold text from Notion is escaped or stands where commands are off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.finding import Finding, Severity
from reconciler.planning.plan import Plan
from reconciler.render.escape import visible
from reconciler.render.summary import summary_lines
from reconciler.render.text import plan_text

SUMMARY_LIMIT = 1024 * 1024 // 3
"""A step's summary takes 1 MiB (the same page, "Adding a job summary"): UTF-16 code units of at most 3 bytes each."""

_SHOWN = 10
"""Annotations of one kind that GitHub shows for a step; the last one says how many more there are."""
_LEVELS = {Severity.ERROR: "error", Severity.WARN: "warning", Severity.INFO: "notice"}


def plan_github(plan: Plan, *, limit_rows: int = 3, part: str = "") -> str:
    """Annotations for what is blocked, manual or warned of, a notice with the summary, and the plan as text."""
    text = plan_text(plan, limit_rows=limit_rows, part=part).plain
    said = " ".join(f"{line.prefix.plain}{line.body.plain}" for line in summary_lines(plan, part))
    return "\n".join([*annotated([*plan.blocked, *plan.manual, *plan.notes]), _notice(said), *shielded(text)])


def annotated(findings: Iterable[Finding]) -> Iterator[str]:
    """A workflow command for each error and warning; what is only said is none."""
    told = list(findings)
    for severity in (Severity.ERROR, Severity.WARN):
        own = [finding for finding in told if finding.severity is severity]
        yield from map(_annotation, own[:_SHOWN] if len(own) <= _SHOWN else own[: _SHOWN - 1])
        if len(own) > _SHOWN:
            rest = f"{len(own) - _SHOWN + 1} more, see the plan"
            yield f"::{_LEVELS[severity]} title=wtstate::{_data(rest)}"


def shielded(text: str) -> Sequence[str]:
    """Lines of a text that may hold anything: the runner takes none of them for a command.

    The word that turns commands on again is a digest of the text, so the text cannot hold it.
    """
    word = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    return (f"::stop-commands::{word}", text, f"::{word}::")


def command(level: str, title: str, message: str) -> str:
    """One annotation: ``level`` is error, warning or notice; the rest may be any text."""
    return f"::{level} title={_property(title)}::{_data(visible(message))}"


def _annotation(finding: Finding) -> str:
    at = finding.where
    place = {"file": at.file, "line": str(at.line), "col": str(at.column)} if at else {}
    named = {**place, "title": " ".join(part for part in (finding.code, finding.address) if part)}
    properties = ",".join(f"{name}={_property(value)}" for name, value in named.items())
    sentences = [finding.what, finding.why, f"→ {finding.next}" if finding.next else ""]
    message = "\n".join(visible(sentence) for sentence in sentences if sentence)
    return f"::{_LEVELS[finding.severity]} {properties}::{_data(message)}"


def _notice(said: str) -> str:
    return f"::notice title=wtstate::{_data(said)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
