"""Lines that wrap under themselves: what every text renderer is made of."""

from __future__ import annotations

import re
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
_LABEL = re.compile(r"[a-z]+: ")
_ENDS = re.compile(r" (?=·)|(?<=;) ")


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


def phrases(text: str, *, width: int = WIDTH) -> Text:
    """One thing said, broken where a semicolon or a middle dot ends a phrase as long as that is enough.

    What follows a label (``next: ``) stands under what it says. A command that is named in it is to be copied: it is
    broken only where it alone is wider than the line.
    """
    label = _LABEL.match(text)
    margin = label.end() if label else 0
    lines = [""]
    for phrase in _ENDS.split(text[margin:]):
        joined = f"{lines[-1]} {phrase}" if lines[-1] else phrase
        if cell_len(joined) <= width - margin:
            lines[-1] = joined
        else:
            lines += [phrase]
    placed = [Line(Text(line), Text(" " * margin)) for line in lines if line]
    first = Line(placed[0].body if placed else Text(), Text(text[:margin]))
    return lay_out([first, *placed[1:]], width=width)


def lay_out(lines: Iterable[Line], *, width: int = WIDTH) -> Text:
    """All lines, wrapped to ``width`` columns, joined by newlines, without one at the end."""
    console = Console(width=width, color_system=None, force_terminal=False)
    return Text("\n").join(piece for line in lines for piece in _placed(line, width, console))
