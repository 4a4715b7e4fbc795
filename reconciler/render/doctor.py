"""What doctor looked at as text: one thing under the other, what to do about it below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from reconciler.observe.doctor import Examined
from reconciler.render.escape import visible
from reconciler.render.layout import WIDTH, Line, lay_out

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}
_ABOUT = 14
"""Columns of what was looked at, its gap included."""


def doctor_text(examined: Sequence[Examined], *, width: int = WIDTH) -> Text:
    """Each thing with its health; what was found wraps beside it."""
    return lay_out([line for each in examined for line in _lines(each)], width=width)


def _lines(each: Examined) -> Iterator[Line]:
    health = str(each.health)
    head = Text.assemble((f"{health:<6}", _STYLES[health]), (f"{visible(each.about):<{_ABOUT}}", "bold"))
    yield Line(Text(visible(each.said)), head)
    if each.next:
        yield Line(Text(visible(each.next)), Text.assemble(" " * 6, ("→ ", "cyan")))
