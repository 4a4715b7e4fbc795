"""The plan as Markdown for the comment of a pull request: the summary first, details folded, never too long.

Names and values from Notion stand in code spans (`marked`), so they mention nobody, link nowhere and close nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from reconciler.model.finding import Finding
from reconciler.model.limits import utf16_length
from reconciler.planning.actions.base import Action, RowChange
from reconciler.planning.plan import Plan
from reconciler.render.counting import count
from reconciler.render.escape import visible
from reconciler.render.marked import code, marker, prose
from reconciler.render.notes import TOLD, common_step, database_of, name_within, note_groups
from reconciler.render.summary import summary_lines, where_of
from reconciler.render.told import by_database, consequence, grouped, headline
from reconciler.render.words import clip, pair, place, shown

LIMIT = 65_536
"""Characters that GitHub takes in a comment; counted in UTF-16 code units, which are never fewer."""

_NAME_CELLS = 40
_VALUE_CELLS = 60
_SENTENCE = 600
"""Characters of one sentence; a list of fields can be endless."""
_LISTED = 50
"""Databases named in the overview."""


@dataclass(frozen=True)
class _Block:
    """``head``, a list of ``items`` of which some may be left out, and ``tail``."""

    head: str
    items: tuple[str, ...]
    tail: str = ""
    noun: str = "item"

    def text(self, items: Sequence[str] | None = None) -> str:
        """The block with the items given, and how many are missing of all of them."""
        told = self.items if items is None else tuple(items)
        missing = len(self.items) - len(told)
        more = [f"- … {count(missing, f'more {self.noun}')}"] if missing else []
        body = "\n".join([*told, *more])
        return "\n\n".join(part for part in (self.head, body, self.tail) if part)


def plan_markdown(plan: Plan, *, limit_rows: int = 3, part: str = "", limit: int = LIMIT) -> str:
    """The plan in at most ``limit`` UTF-16 units (not below 5,000), ``limit_rows`` values an action; ends in a newline.

    What does not fit is left out from the end: values first, then changes; how many are missing is said at the top.
    ``part`` says of which part of the state it is the plan, "" for all of it.
    """
    for rows in dict.fromkeys((limit_rows, min(limit_rows, 1), 0)):
        text = "\n\n".join([*_top(plan, part), *(block.text() for block in _blocks(plan, rows))]) + "\n"
        if utf16_length(text) <= limit:
            return text
    return _cut(plan, part, limit)


def _cut(plan: Plan, part: str, limit: int) -> str:
    """The top, and of every block as much as there is room for."""
    top, blocks = _top(plan, part), list(_blocks(plan, 0))
    told: list[str] = []
    missing = 0
    used = utf16_length("\n\n".join([*top, _cut_note(10**9, limit)])) + 3
    for block in blocks:
        fixed = utf16_length(block.text([])) + 2
        room, kept = limit - used - fixed, 0
        for item in block.items:
            room -= utf16_length(item) + 1
            if room < 0:
                break
            kept += 1
        missing += len(block.items) - kept
        if kept:
            told.append(block.text(block.items[:kept]))
            used += utf16_length(told[-1]) + 2
    return "\n\n".join([*top, _cut_note(missing, limit), *told]) + "\n"


def _cut_note(missing: int, limit: int) -> str:
    return (
        f"**Cut:** this text holds at most {limit:,} characters; {count(missing, 'item')} and all single values are "
        "left out. `wtstate plan` shows everything."
    )


def _top(plan: Plan, part: str) -> list[str]:
    title = f"Plan for {code(clip(plan.workspace, _NAME_CELLS))}" if plan.workspace else "Plan"
    sentences = [prose(line.prefix.plain + line.body.plain) for line in summary_lines(plan, part)]
    where = where_of(plan, part)
    said = [marker("plan", plan.environment), f"## {title}" + (f" · {prose(where)}" if where else ""), *sentences]
    overview = [f"- {_database(own.key, own.title)}: {_totals(own.actions)}" for own in by_database(plan)]
    if len(overview) > _LISTED:
        overview = [*overview[:_LISTED], f"- … {count(len(overview) - _LISTED, 'more database')}"]
    return [*said, "\n".join(overview)] if overview else said


def _database(key: str, title: str) -> str:
    named = code(clip(key, _NAME_CELLS)) or "the batch"
    return f"{named} ({code(clip(title, _NAME_CELLS))})" if title else named


def _totals(actions: Sequence[Action]) -> str:
    archived = sum(action.describe().archived for action in actions)
    return count(len(actions), "change") + (f", {count(archived, 'value')} archived" if archived else "")


def _blocks(plan: Plan, limit_rows: int) -> Iterator[_Block]:
    if plan.blocked:
        head = f"**Blocked: {len(plan.blocked)}** · held back by a guard; the rest of the plan stands"
        yield _Block(head, tuple(map(_finding, grouped(plan.blocked))))
    for own in by_database(plan):
        title = f" ({_raw(own.title)})" if own.title else ""
        summary = f"{_raw(own.key) if own.key else 'the batch'}{title}: {_totals(own.actions)}"
        yield _folded(summary, (_action(action, limit_rows) for action in own.actions), "change")
    if plan.manual:
        summary = f"Manual: {len(plan.manual)} · only a person can do these, in Notion"
        yield _folded(summary, map(_finding, grouped(plan.manual)))
    if plan.notes:
        summary = f"Notes: {len(plan.notes)} · nothing to do for apply"
        yield _folded(summary, map(_notes, note_groups(plan.notes)))


def _folded(summary: str, items: Iterable[str], noun: str = "item") -> _Block:
    """A folded block; ``summary`` is HTML, because Markdown is not read in it."""
    return _Block(f"<details>\n<summary>{summary}</summary>", tuple(items), "</details>", noun)


def _raw(text: str) -> str:
    """A name inside of HTML; in ``code`` GitHub looks for no mentions."""
    return f"<code>{escape(visible(clip(text, _NAME_CELLS)))}</code>"


def _action(action: Action, limit_rows: int) -> str:
    told = action.describe()
    line = headline(action, told)
    named = (f"{line.before} → " if line.before else "") + line.name + line.after
    head = f"- {code(line.sign)} {line.verb} {line.subject}"
    if named.strip():
        head += f" {code(_short(named.strip()))}"
    if line.rows:
        head += f" · {count(line.rows, 'row')}"
    if action.where:
        head += f" · {code(place(action.where))}"
    below = [prose(_short(detail)) for detail in told.details]
    below += _rows(told.rows, limit_rows)
    fate = consequence(action, told)
    return "\n".join([head, *(f"  - {each}" for each in [*below, prose(_short(fate))] if each)])


def _rows(rows: Sequence[RowChange], limit_rows: int) -> list[str]:
    several = len({change.field for change in rows}) > 1
    told = []
    for change in rows[:limit_rows]:
        name = code(clip(shown(change.row), _NAME_CELLS))
        if several:
            name += f" {code(clip(change.field, _NAME_CELLS))}"
        old, new = pair(change.old, change.new, _VALUE_CELLS)
        fate = f" ({prose(change.fate)})" if change.fate and change.fate != "archived" else ""
        told.append(f"{name}: {code(old)} → {code(new)}{fate}")
    hidden = len(rows) - limit_rows
    if hidden > 0:
        told.append(f"… {count(hidden, 'more value' if limit_rows else 'value')}")
    return told


def _finding(group: list[Finding]) -> str:
    """Findings that say the same, as one item: the code, each address with its place, then what, why and the next."""
    first = group[0]
    addresses = [f"{code(_short(f.address))}{_place(f)}" for f in group if f.address]
    head = f"- **{prose(first.code)}**"
    if len(addresses) == 1:
        head += f" {addresses[0]}"
    below = [] if len(addresses) <= 1 else addresses
    sentences = [prose(_short(first.what)), prose(_short(first.why)) if first.why else ""]
    if first.next:
        sentences.append(f"→ {prose(_short(first.next))}")
    return "\n".join([head, *(f"  - {each}" for each in [*below, *sentences] if each)])


def _notes(group: list[Finding]) -> str:
    """Notes of one code and database, as one item."""
    if len(group) == 1:
        return _finding(group)
    database = database_of(group[0])
    head = f"- **{prose(group[0].code)}**" + (f" {code(_short(database))}" if database else "") + f": {len(group)}"
    names = list(dict.fromkeys(code(_short(name_within(f, database))) for f in group))
    if len(group) > TOLD:
        below = [", ".join(name for name in names if name)]
    else:
        below = [
            ": ".join(p for p in (code(_short(name_within(f, database))), prose(_short(f.what))) if p) for f in group
        ]
    step = common_step(group)
    below += [f"→ {prose(_short(step))}"] if step else []
    return "\n".join([head, *(f"  - {each}" for each in below if each)])


def _place(finding: Finding) -> str:
    return f" · {code(place(finding.where))}" if finding.where else ""


def _short(text: str) -> str:
    return text if len(text) <= _SENTENCE else f"{text[: _SENTENCE - 1]}…"
