"""A verification as a table for people: how each group came out, then whatever is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from reconciler.observe.verify_report import Group, Result, Status, VerifyReport
from reconciler.render.escape import visible
from reconciler.render.layout import WIDTH, Line, lay_out

_STYLES = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "bold red"}
_NAMES = max(len(group) for group in Group) + 2
_NUMBERS = 6


def verify_text(report: VerifyReport, *, width: int = WIDTH) -> Text:
    """The table, each result that is not ok, and on the last line "verified" or "not verified: n failed"."""
    lines = [*_table(report), *_told(report), Line(Text()), Line(_verdict(report))]
    return lay_out(lines, width=width)


def _table(report: VerifyReport) -> Iterator[Line]:
    head = "".join(status.value.rjust(_NUMBERS) for status in Status)
    yield Line(Text(f"{'group':<{_NAMES}}{head}", "bold"))
    for group in Group:
        row = Text(f"{group.value:<{_NAMES}}")
        for status in Status:
            number = report.count(status=status, group=group)
            row.append(str(number).rjust(_NUMBERS), _STYLES[status] if number else "dim")
        yield Line(row)


def _told(report: VerifyReport) -> Iterator[Line]:
    """What is not ok, failures first, in the order of the groups."""
    for status in (Status.FAIL, Status.WARN):
        for result in report.results:
            if result.status is status:
                yield from _result(result)


def _result(result: Result) -> Iterator[Line]:
    yield Line(Text())
    head = Text.assemble((f"{result.status.value} ", _STYLES[result.status]), f"{result.group.value} ")
    head.append(visible(result.address or result.check), "bold")
    yield Line(head)
    yield Line(prefix=Text("  "), body=Text(visible(result.what)))
    for detail in result.details:
        yield Line(prefix=Text("    "), body=Text(visible(detail)))


def _verdict(report: VerifyReport) -> Text:
    if report.verified:
        return Text("verified", "bold green")
    return Text(f"not verified: {report.failed} failed", "bold red")
