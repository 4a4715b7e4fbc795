"""Findings as text: the one place where an error takes its form.

::

    error[unknown-key] state/wt.toml:12:3 databases.sub-apps
      what is wrong, in one sentence
      why it matters
      → what to do next
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from reconciler.model.finding import Finding, Severity
from reconciler.render.counting import count
from reconciler.render.escape import visible
from reconciler.render.layout import WIDTH, Line, lay_out

_STYLES = {Severity.ERROR: "bold red", Severity.WARN: "bold yellow", Severity.INFO: "bold cyan"}
_LABELS = {Severity.ERROR: "error", Severity.WARN: "warning", Severity.INFO: "note"}


def explanation(finding: Finding, *, indent: int) -> Iterator[Line]:
    """Why it matters and what to do next, one line each, those that there are."""
    margin = Text(" " * indent)
    if finding.why:
        yield Line(prefix=margin, body=Text(visible(finding.why)))
    if finding.next:
        asks = finding.consent and finding.severity is not Severity.INFO
        said, option, consent = finding.next.rpartition("--allow ") if asks else (finding.next, "", "")
        yield Line(prefix=Text.assemble(margin, ("→ ", "cyan")), body=Text(visible(said.rstrip())))
        if option:
            # A line of its own: what is to be pasted must not be broken in the middle.
            yield Line(prefix=Text.assemble(margin, "  "), body=Text(visible(option + consent)))


def finding_lines(finding: Finding) -> Iterator[Line]:
    """One finding: code, place and address on the first line, then what, why and the next step."""
    style = _STYLES[finding.severity]
    head = Text.assemble((f"{_LABELS[finding.severity]}[{visible(finding.code)}]", style))
    if finding.where:
        head.append(f" {visible(str(finding.where))}")
    if finding.address:
        head.append(f" {visible(finding.address)}", "bold")
    yield Line(head)
    yield Line(prefix=Text("  "), body=Text(visible(finding.what)))
    yield from explanation(finding, indent=2)


def findings_text(findings: Iterable[Finding], *, width: int = WIDTH) -> Text:
    """All findings in the order given, a blank line between them, and how many errors there are when several."""
    said = list(findings)
    lines: list[Line] = []
    for finding in said:
        if lines:
            lines.append(Line(Text()))
        lines.extend(finding_lines(finding))
    errors = sum(f.severity is Severity.ERROR for f in said)
    if errors > 1:
        lines += [Line(Text()), Line(Text(count(errors, "error"), "bold red"))]
    return lay_out(lines, width=width)
