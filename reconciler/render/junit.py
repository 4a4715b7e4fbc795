"""A verification as JUnit XML, for CI: one test case a check, one suite a group."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from reconciler.observe.verify_report import Group, Result, Status, VerifyReport
from reconciler.render.escape import visible

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_text(report: VerifyReport) -> str:
    """The document, a newline at its end. A failed check is a failure; a warning passes, and is told in system-out."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="wtstate verify" tests="{len(report.results)}" failures="{report.failed}">')
    for group in Group:
        results = [result for result in report.results if result.group is group]
        failed = report.count(status=Status.FAIL, group=group)
        lines.append(f'  <testsuite name="{group.value}" tests="{len(results)}" failures="{failed}">')
        for result in results:
            lines.extend(_case(result))
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>", ""])


def _case(result: Result) -> list[str]:
    name = _attribute(f"{result.address} {result.check}".strip())
    head = f'    <testcase classname="wtstate.{result.group.value}" name={name}'
    if result.status is Status.OK:
        return [f"{head}/>"]
    told = escape("\n".join(_legal(line) for line in (result.what, *result.details)))
    if result.status is Status.WARN:
        inner = f"      <system-out>{told}</system-out>"
    else:
        inner = f"      <failure message={_attribute(result.what)}>{told}</failure>"
    return [f"{head}>", inner, "    </testcase>"]


def _attribute(text: str) -> str:
    return quoteattr(_legal(text))


def _legal(text: str) -> str:
    """``text`` on one line, without what moves or hides on a terminal and without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", visible(text))
