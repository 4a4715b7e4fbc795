"""Lines that wrap under themselves: what every text renderer is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

WIDTH = 80
"""Columns where no terminal says otherwise."""
WIDEST = 100
"""A wider terminal does not make longer lines: nobody reads them."""

_GAP = 2


@dataclass(frozen=True)
class Line:
    """``prefix`` stands once, ``body`` wraps to the right of it, ``tail`` ends at the right edge if there is room.

    A tail without room gets a line of its own under the body.
    """

    body: Text
    prefix: Text = field(default_factory=Text)
    tail: Text = field(default_factory=Text)


def columns(width: int) -> int:
    """The width to lay out in on a terminal of ``width`` columns."""
    return max(40, min(width, WIDEST))


def fits(body: str, tail: str, width: int) -> bool:
    """Whether both stand on one line of ``width`` columns with a gap between them."""
    return cell_len(body) + _GAP + cell_len(tail) <= width


def _placed(line: Line, width: int, console: Console) -> list[Text]:
    margin = cell_len(line.prefix.plain)
    room = max(20, width - margin)
    wrapped = list(line.body.wrap(console, room, overflow="fold")) or [Text()]
    if line.tail:
        used = cell_len(wrapped[-1].plain.rstrip())
        free = room - used - cell_len(line.tail.plain)
        if free < _GAP:
            wrapped.append(Text())
            free = room - cell_len(line.tail.plain)
        wrapped[-1].rstrip()
        wrapped[-1] = Text.assemble(wrapped[-1], " " * max(0, free), line.tail)
    placed = []
    for index, piece in enumerate(wrapped):
        piece.rstrip()
        whole = Text.assemble(line.prefix if index == 0 else " " * margin, piece)
        whole.rstrip()
        placed.append(whole)
    return placed


def lay_out(lines: Iterable[Line], *, width: int = WIDTH) -> Text:
    """All lines, wrapped to ``width`` columns, joined by newlines, without one at the end."""
    console = Console(width=width, color_system=None, force_terminal=False)
    return Text("\n").join(piece for line in lines for piece in _placed(line, width, console))
