"""docs/reference/retype.md, made of the table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from reconciler.model import properties
from reconciler.model.properties.convert import texts
from reconciler.model.properties.convert.table import TABLE, TARGETS

_TOP = """\
# What becomes of values when a field changes its type

Where the state declares another type than the field has, `wtstate` archives every value, changes the type, writes what
this table makes of the values and reads it back. Notion's own conversion is not used: it is published nowhere. A value
that does not convert leaves its row empty, is listed in the plan, and stays in the archive. So does what a value loses
on the way: formatting, seconds, a currency. Nothing becomes nothing.

This page is generated from the table in `reconciler/model/properties/convert`.

## Every pair

`=` stays, `x` converts, `n` converts into a new field beside the old one, `.` is blocked. Nothing can become title,
place, or what Notion fills in itself (`formula`, `rollup`, `created_*`, `last_edited_*`, `unique_id`, `button`,
`verification`): make a new field and drop the old one.
"""


def _mark(old: str, new: str) -> str:
    found = TABLE[old, new]
    if found.convert is None:
        return "."
    if old == new:
        return "="
    return "x" if found.in_place else "n"


def _matrix() -> Iterator[str]:
    yield "| from \\ to | " + " | ".join(TARGETS) + " |"
    yield "| --- |" + " :-: |" * len(TARGETS)
    for old in properties.ALL:
        yield f"| {old} | " + " | ".join(_mark(old, new) for new in TARGETS) + " |"


def _ways(old: str) -> Iterator[str]:
    cells = [(new, TABLE[old, new]) for new in TARGETS if TABLE[old, new].convert is not None and new != old]
    if not cells:
        yield f"- {TABLE[old, 'rich_text' if old != 'rich_text' else 'number'].why_blocked}."
        return
    for how, group in groupby(
        sorted(cells, key=lambda each: (each[1].how, TARGETS.index(each[0]))), lambda e: e[1].how
    ):
        yield f"- {', '.join(new for new, _ in group)}: {how}"


def _lines() -> Iterator[str]:
    yield _TOP
    yield from _matrix()
    yield "\n## How text is read\n"
    yield "By the type that the field becomes, less blanks at its ends. What could mean two things does not convert.\n"
    for new, rule in texts.RULES.items():
        yield f"- **{new}**: {rule}"
    yield "\n## How each type converts"
    for old in properties.ALL:
        yield f"\n### {old}\n"
        yield from _ways(old)


def as_markdown() -> str:
    """The page: every pair, how text is read, and how each type converts. The same bytes for the same table."""
    return "\n".join(_lines()) + "\n"
