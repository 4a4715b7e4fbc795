"""The plan as a reviewer wants it: by database, old → new, what is archived, what it costs.

Pure: the same plan and the same width give the same text. Everything that came from Notion is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import dropwhile

from rich.cells import cell_len
from rich.text import Text

from reconciler.model.finding import Finding
from reconciler.planning.actions.base import Action, RowChange
from reconciler.planning.plan import Plan
from reconciler.render.counting import count
from reconciler.render.escape import visible
from reconciler.render.findings import explanation
from reconciler.render.layout import WIDTH, Line, fits, lay_out
from reconciler.render.notes import note_lines
from reconciler.render.summary import summary_lines, where_of
from reconciler.render.told import DatabasePart, Headline, by_database, consequence, grouped, headline
from reconciler.render.words import clip, pair, place, quoted, shown

SHOWN_ROWS = 3
"""Rows that an action shows where the reader does not say how many."""

_STYLES = {"+": "green", "-": "red", ">": "cyan", "~": "yellow"}
_DIM = "dim"
_NAME_CELLS = 30
_LEAST_CELLS = 12
_INDENT = "      "


def plan_text(plan: Plan, *, limit_rows: int = SHOWN_ROWS, part: str = "", width: int = WIDTH) -> Text:
    """The whole plan, at most ``width`` columns wide, ``limit_rows`` rows an action; no newline at the end.

    ``part`` says of which part of the state it is the plan ("only …"), "" for all of it.
    """
    lines = dropwhile(lambda line: not line.prefix and not line.body, _plan_lines(plan, limit_rows, part, width))
    return lay_out(lines, width=width)


def summary_text(plan: Plan, *, part: str = "", width: int = WIDTH) -> Text:
    """Only the last lines of the plan: what it does and costs, or that there is nothing to do."""
    return lay_out(summary_lines(plan, part), width=width)


def _plan_lines(plan: Plan, limit_rows: int, part: str, width: int) -> Iterator[Line]:
    if plan.actions:
        title = f"Plan for {quoted(plan.workspace)}" if plan.workspace else "Plan"
        where = where_of(plan, part)
        yield Line(Text.assemble((title, "bold"), (f" · {where}" if where else "", _DIM)))
    for own in by_database(plan):
        yield Line(Text())
        yield Line(_database_title(own))
        for action in own.actions:
            yield from _action_lines(action, limit_rows=limit_rows, width=width)
    yield from _blocked_lines(plan.blocked, width)
    yield from _manual_lines(plan.manual, width)
    yield from note_lines(plan.notes)
    if plan.actions or plan.blocked or plan.manual or plan.notes:
        yield Line(Text())
    yield from summary_lines(plan, part)


def _database_title(part: DatabasePart) -> Text:
    text = Text(visible(part.key), "bold")
    if part.title:
        text.append(f" {quoted(part.title)}", "not bold")
    return text


def _action_lines(action: Action, *, limit_rows: int, width: int) -> Iterator[Line]:
    told = action.describe()
    line = headline(action, told)
    style = _STYLES[line.sign]
    margin = Text(_INDENT)
    where, fate = place(action.where), consequence(action, told)
    details = [Line(prefix=margin, body=Text(visible(detail))) for detail in told.details]
    last = [Line(prefix=margin, body=Text(fate, _DIM))] if fate else []
    first = Line(prefix=Text.assemble("  ", (line.sign, style), " "), body=_head(line, style))
    placed = _with_place([first, *details, *last], where, width=width)
    yield from placed[: 1 + len(details)]
    yield from _row_lines(told.rows, limit_rows=limit_rows, width=width)
    yield from placed[1 + len(details) :]


def _with_place(lines: list[Line], where: str, *, width: int) -> list[Line]:
    """``where`` at the right edge of the first of the lines that has room for it, else under the first."""
    tail = Text(where, _DIM)
    roomy = (i for i, line in enumerate(lines) if fits(line.prefix.plain + line.body.plain, where, width))
    chosen = next(roomy, 0)
    return [replace(line, tail=tail) if index == chosen else line for index, line in enumerate(lines)]


def _head(line: Headline, style: str) -> Text:
    """``verb subject name: old → new · n rows``."""
    head = Text.assemble((f"{line.verb} {line.subject}", style))
    if line.before:
        head.append(f" {line.before} →")
    if line.name:
        head.append(f" {line.name}", "bold")
    head.append(line.after)
    if line.rows:
        head.append(f" · {count(line.rows, 'row')}")
    return head


def _row_lines(rows: Sequence[RowChange], *, limit_rows: int, width: int) -> Iterator[Line]:
    if not rows or limit_rows <= 0:
        return
    several = len({change.field for change in rows}) > 1
    for change in rows[:limit_rows]:
        name = clip(shown(change.row), _NAME_CELLS)
        label = f"{name} {clip(visible(change.field), _NAME_CELLS)}: " if several else f"{name}: "
        fate = f" ({visible(change.fate)})" if change.fate and change.fate != "archived" else ""
        room = width - len(_INDENT) - cell_len(label) - len(" → ") - cell_len(fate)
        old, new = pair(change.old, change.new, max(_LEAST_CELLS, room // 2))
        text = Text.assemble(label, (old, "red"), " → ", (new, "green"), (fate, _DIM))
        yield Line(prefix=Text(_INDENT), body=text)
    hidden = len(rows) - limit_rows
    if hidden > 0:
        yield Line(prefix=Text(_INDENT), body=Text(f"… {count(hidden, 'more value')}", _DIM))


def _heading(title: str, total: int, said: str) -> Iterator[Line]:
    yield Line(Text())
    yield Line(Text.assemble((f"{title}: {total}", "bold"), (f" · {said}", _DIM)))


def _items(findings: Iterable[Finding], sign: str, style: str, *, width: int) -> Iterator[Line]:
    """Findings that say the same of several addresses are said once."""
    margin = Text(_INDENT)
    for group in grouped(findings):
        for finding in group:
            head = Text.assemble((visible(finding.code), style))
            if finding.address:
                head.append(f" {visible(finding.address)}", "bold")
            own = [Line(prefix=Text.assemble("  ", (sign, style), " "), body=head)]
            said = [Line(prefix=margin, body=Text(visible(finding.what)))] if finding is group[-1] else []
            if len(group) == 1:
                own, said = own + said, []
            yield from _with_place(own, place(finding.where), width=width)
            yield from said
        yield from explanation(group[-1], indent=len(_INDENT))


def _blocked_lines(findings: Sequence[Finding], width: int) -> Iterator[Line]:
    if findings:
        yield from _heading("Blocked", len(findings), "held back by a guard; the rest of the plan stands")
        yield from _items(findings, "!", "bold red", width=width)


def _manual_lines(findings: Sequence[Finding], width: int) -> Iterator[Line]:
    if findings:
        yield from _heading("Manual", len(findings), "only a person can do these, in Notion")
        yield from _items(findings, "?", "magenta", width=width)
