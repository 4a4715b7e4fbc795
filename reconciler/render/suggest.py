"""Suggestions as text: what looks wrong, why it matters, and the TOML that would mend it, ready to be copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from reconciler.model.finding import Finding
from reconciler.render.counting import count
from reconciler.render.escape import visible
from reconciler.render.findings import explanation
from reconciler.render.layout import WIDTH, Line, lay_out
from reconciler.render.words import place


def suggestions_text(found: Sequence[tuple[Finding, str]], *, width: int = WIDTH) -> Text:
    """Each suggestion with its TOML, which is never wrapped; how many there are on the last line."""
    text = Text()
    for finding, toml in found:
        text.append_text(lay_out(_said(finding), width=width))
        text.append("\n\n")
        for line in toml.split("\n") if toml else ():
            text.append(f"    {visible(line)}".rstrip() + "\n", "green")
        text.append("\n")
    if not found:
        return Text("Nothing looks wrong.", "bold green")
    return text.append(f"{count(len(found), 'suggestion')}; nothing was changed.", "bold")


def _said(finding: Finding) -> Iterator[Line]:
    head = Text.assemble((visible(finding.code), "cyan"), (f" {visible(finding.address)}", "bold"))
    yield Line(head, tail=Text(place(finding.where), "dim"))
    yield Line(prefix=Text("  "), body=Text(visible(finding.what)))
    yield from explanation(finding, indent=2)
