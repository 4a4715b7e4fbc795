"""Words for people: values that fit on a line, names in quotes. Everything that leaves here is escaped."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from reconciler.model.finding import Location
from reconciler.render.escape import visible

EMPTY = "(empty)"
_LEAD = 12
"""Cells shown before the first difference of two long values."""


def clip(text: str, cells: int) -> str:
    """``text`` in at most ``cells`` terminal cells, with "…" where something was left out."""
    return text if cell_len(text) <= cells else f"{set_cell_size(text, cells - 1).rstrip()}…"


def shown(value: str) -> str:
    """A value as it stands in a plan: escaped; in quotes where blanks at its ends or nothing at all would not show."""
    if value == "":
        return EMPTY
    text = visible(value)
    return f'"{text}"' if text != text.strip() or value == EMPTY else text


def pair(old: str, new: str, cells: int) -> tuple[str, str]:
    """Two values, each in at most ``cells`` cells, cut so that the first difference between them is seen."""
    left, right = shown(old), shown(new)
    if cell_len(left) <= cells and cell_len(right) <= cells:
        return left, right
    same = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    start = max(0, same - _LEAD) if same > cells - _LEAD else 0
    if start:
        left, right = f"…{left[start:]}", f"…{right[start:]}"
    return clip(left, cells), clip(right, cells)


def quoted(name: str) -> str:
    """A name in quotes, escaped."""
    return f'"{visible(name)}"'


def place(where: Location | None) -> str:
    """``file:line``, or "" for what stands in no file."""
    return f"{visible(where.file)}:{where.line}" if where else ""
