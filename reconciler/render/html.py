"""The plan as one HTML file: summary, filters, before and after, sampled values, the relations as pictures.

It asks nobody for anything: style and script stand in it, and its own policy (CSP) lets nothing else run or load.
Text from Notion is made visible (`escape`), then escaped by jinja2, whose autoescape is on for everything.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from reconciler.model.finding import Finding
from reconciler.planning.actions.base import Action, RowChange
from reconciler.planning.picture import ELSEWHERE, Arrow, Edge
from reconciler.planning.plan import Plan
from reconciler.render.boxes import OUTSIDE, Side
from reconciler.render.counting import count
from reconciler.render.escape import visible
from reconciler.render.notes import TOLD, common_step, database_of, name_within, note_groups
from reconciler.render.summary import summary_lines, where_of
from reconciler.render.svg import STYLE, svg
from reconciler.render.told import by_database, consequence, grouped, headline
from reconciler.render.words import clip, place, quoted, shown

SHOWN_ROWS = 20
"""Values that an action shows where the reader does not say how many."""

_VALUE_CELLS = 400
_OPEN = 10
"""A plan of no more actions is shown unfolded."""
_STYLES = {"+": "new", "-": "gone", ">": "moved", "~": "changed"}


def plan_html(plan: Plan, *, limit_rows: int = SHOWN_ROWS, part: str = "") -> str:
    """The page, a newline at its end; the same bytes for the same plan.

    ``part`` says of which part of the state it is the plan, "" for all of it.
    """
    css, js = f"{_read('plan.css')}\n{STYLE}", _read("plan.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(js)}'; base-uri 'none'; form-action 'none'"
    )
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        loader=FunctionLoader(_read),
    )
    template = environment.get_template("plan.html")
    page = _page(plan, limit_rows, part)
    return template.render(page=page, css=css, js=js, csp=policy) + "\n"


def _read(name: str) -> str:
    return (resources.files("reconciler.render") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What a policy calls a style or script by: the text between its tags."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _page(plan: Plan, limit_rows: int, part: str) -> dict[str, Any]:
    """Everything that the template shows, as escaped text (save the pictures, which are markup)."""
    title = f"Plan for {quoted(plan.workspace)}" if plan.workspace else "Plan"
    verbs = sorted({visible(action.describe().verb) for action in plan.actions})
    brief = len(plan.actions) <= _OPEN
    drawn = plan.picture if plan.picture.nodes else None
    return {
        "title": title,
        "part": where_of(plan, part),
        "summary": [line.prefix.plain + line.body.plain for line in summary_lines(plan, part)],
        "counts": list(_counts(plan)),
        "verbs": verbs,
        "databases": [
            {
                "key": visible(own.key) or "(the batch)",
                "title": visible(own.title),
                "totals": count(len(own.actions), "change"),
                "actions": [_action(action, limit_rows, is_open=brief) for action in own.actions],
            }
            for own in by_database(plan)
        ],
        "blocked": [_group(group) for group in grouped(plan.blocked)],
        "manual": [_group(group) for group in grouped(plan.manual)],
        "notes": [_notes(group) for group in note_groups(plan.notes)],
        "blocked_count": len(plan.blocked),
        "manual_count": len(plan.manual),
        "notes_count": len(plan.notes),
        "before": svg(drawn, Side.BEFORE, "Databases and relations before") if drawn else "",
        "after": svg(drawn, Side.AFTER, "Databases and relations after") if drawn else "",
        "relations": [_relation(edge) for edge in plan.picture.edges],
    }


def _counts(plan: Plan) -> Iterator[dict[str, str]]:
    """How many changes there are of each sign, and what is left to people."""
    lines = [headline(action, action.describe()) for action in plan.actions]
    totals = Counter((line.sign, line.verb) for line in lines)
    for (sign, verb), total in sorted(totals.items()):
        yield {"sign": sign, "style": _STYLES[sign], "words": f"{total:,} {verb}"}
    for sign, style, noun, findings in (
        ("!", "gone", "blocked", plan.blocked),
        ("?", "changed", "manual", plan.manual),
    ):
        if findings:
            yield {"sign": sign, "style": style, "words": f"{len(findings)} {noun}"}


def _action(action: Action, limit_rows: int, *, is_open: bool) -> dict[str, Any]:
    told = action.describe()
    line = headline(action, told)
    hidden = len(told.rows) - limit_rows
    return {
        "sign": line.sign,
        "style": _STYLES[line.sign],
        "verb": line.verb,
        "subject": line.subject,
        "before": line.before,
        "name": line.name,
        "after": line.after,
        "rows": f" · {count(line.rows, 'row')}" if line.rows else "",
        "where": place(action.where),
        "details": [visible(detail) for detail in told.details],
        "samples": [_row(row) for row in told.rows[:limit_rows]],
        "more": f"… {count(hidden, 'more value' if limit_rows else 'value')}" if hidden > 0 else "",
        "fate": consequence(action, told),
        "address": visible(action.address),
        "reason": visible(action.reason) or "none given",
        "risk": str(action.risk),
        "open": is_open or told.verb == "drop",
    }


def _row(row: RowChange) -> dict[str, str]:
    return {
        "row": clip(shown(row.row), _VALUE_CELLS),
        "field": clip(visible(row.field), _VALUE_CELLS),
        "old": clip(shown(row.old), _VALUE_CELLS),
        "new": clip(shown(row.new), _VALUE_CELLS),
        "fate": visible(row.fate) if row.fate != "archived" else "",
    }


def _group(group: Sequence[Finding]) -> dict[str, Any]:
    """Findings that say the same, as one."""
    first = group[0]
    return {
        "code": visible(first.code),
        "addresses": [_address(f) for f in group if f.address],
        "sentences": [visible(sentence) for sentence in (first.what, first.why) if sentence],
        "next": visible(first.next),
    }


def _notes(group: Sequence[Finding]) -> dict[str, Any]:
    """Notes of one code and database, as one."""
    if len(group) == 1:
        return _group(group)
    database = database_of(group[0])
    names = dict.fromkeys(name_within(f, database) for f in group)
    brief = len(group) > TOLD
    return {
        "code": visible(group[0].code),
        "addresses": [] if brief else [_address(f, f.what) for f in group],
        "sentences": [f"{visible(database)}: {', '.join(name for name in names if name)}"] if brief else [],
        "next": visible(common_step(group)),
    }


def _address(finding: Finding, what: str = "") -> dict[str, str]:
    return {"address": visible(finding.address), "where": place(finding.where), "what": visible(what)}


def _relation(edge: Edge) -> dict[str, str]:
    ends: Iterable[str] = (edge.shown.source, edge.shown.target)
    source, target = (visible(end) if end != ELSEWHERE else OUTSIDE for end in ends)
    return {
        "source": source,
        "target": target,
        "before": _arrow(edge.before),
        "after": _arrow(edge.after),
        "fate": str(edge.fate),
    }


def _arrow(arrow: Arrow | None) -> str:
    if arrow is None:
        return "(not there)"
    return f"{visible(arrow.name)} ↔ {visible(arrow.mirror)}" if arrow.mirror else f"{visible(arrow.name)} →"
