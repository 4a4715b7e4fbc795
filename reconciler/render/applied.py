"""What an apply did, in forms: what was done, what is left, and the plan that was carried out."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from reconciler.model.finding import Finding
from reconciler.model.limits import utf16_length
from reconciler.planning.plan import Plan
from reconciler.render.findings import findings_text
from reconciler.render.github import annotated, command, shielded
from reconciler.render.layout import WIDTH
from reconciler.render.markdown import LIMIT, plan_markdown
from reconciler.render.marked import code, marker, prose
from reconciler.render.text import plan_text, summary_text

_TOLD = 50
"""Findings that a comment tells of."""
_SENTENCE = 600
_LEAST = 5_000
"""UTF-16 units that are left to the plan in any case."""


@dataclass(frozen=True)
class Applied:
    """``plan`` was to be carried out; ``done`` says in a sentence what was, "" where there was nothing to do.

    ``left`` is what was refused, is not settled or is blocked, ``after`` the second plan.
    """

    plan: Plan
    done: str = ""
    left: tuple[Finding, ...] = ()
    after: Plan | None = None


def applied_text(applied: Applied, *, limit_rows: int, part: str = "", width: int = WIDTH) -> Text:
    """The plan, what was done of it, what a second plan finds, and what is left."""
    pieces = [plan_text(applied.plan, limit_rows=limit_rows, part=part, width=width)]
    if applied.done:
        pieces.append(Text(applied.done))
    if applied.after is not None:
        pieces.append(summary_text(applied.after, part=part, width=width))
    if applied.left:
        pieces.append(findings_text(applied.left, width=width))
    return Text("\n\n").join(pieces)


def applied_markdown(applied: Applied, *, limit_rows: int, part: str = "", limit: int = LIMIT) -> str:
    """What was done and what is left, then the plan, in at most ``limit`` UTF-16 units; a newline at its end."""
    top = [marker("apply", applied.plan.environment)]
    if applied.done:
        top += [f"## {prose(applied.done)}", prose(_after(applied, part))]
    if applied.left:
        items = [_item(finding) for finding in applied.left[:_TOLD]]
        more = [f"- … {len(applied.left) - _TOLD} more"] if len(applied.left) > _TOLD else []
        top.append("\n".join([f"**Left: {len(applied.left)}**", "", *items, *more]))
    said = "\n\n".join(top) + "\n\n"
    room = max(_LEAST, limit - utf16_length(said))
    plan = plan_markdown(applied.plan, limit_rows=limit_rows, part=part, limit=room)
    return said + plan.partition("\n\n")[2]


def _after(applied: Applied, part: str) -> str:
    if applied.after is None:
        return ""
    return " ".join(summary_text(applied.after, part=part).plain.split("\n"))


def _item(finding: Finding) -> str:
    named = f" {code(finding.address[:_SENTENCE])}" if finding.address else ""
    sentences = [finding.what, f"→ {finding.next}" if finding.next else ""]
    below = [f"  - {prose(sentence[:_SENTENCE])}" for sentence in sentences if sentence]
    return "\n".join([f"- **{prose(finding.code)}**{named}", *below])


def applied_github(applied: Applied, *, limit_rows: int, part: str = "") -> str:
    """Annotations for what is left, a notice of what was done, and everything as text."""
    text = applied_text(applied, limit_rows=limit_rows, part=part).plain
    said = applied.done or "nothing to apply"
    return "\n".join([*annotated(applied.left), command("notice", "wtstate", said), *shielded(text)])
