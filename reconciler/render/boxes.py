"""Where the databases and relations of a picture stand: boxes in columns, a row for each side of a relation.

Pure geometry, in pixels. The same picture always gives the same places, and the pictures before and after a plan share
them, so that the eye can compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len

from reconciler.planning.picture import ELSEWHERE, Arrow, Edge, Node, Picture
from reconciler.render.escape import visible
from reconciler.render.words import clip

CELL = 7.6
"""The width of a terminal cell's worth of text at 13 px, rounded up."""
ROW = 24
_PAD = 12
_GAP_X = 96
_GAP_Y = 28
_MARGIN = 16
_CELLS = 34
_LEAST = 14
OUTSIDE = "(outside the state)"


@dataclass(frozen=True)
class Row:
    """A side of a relation in its database's box: its names before and after, None where it is not there."""

    edge: int
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Box:
    """A database: its place, its rows. ``x`` and ``y`` are the upper left corner."""

    node: Node
    x: float
    y: float
    width: float
    rows: tuple[Row, ...]
    column: int

    @property
    def height(self) -> float:
        """Title and rows."""
        return ROW * (len(self.rows) + 1)

    def row_y(self, edge: int, *, mirror: bool) -> float:
        """The middle of the row of an edge's side; of the title where there is none (one-way relations end there)."""
        own = [index for index, row in enumerate(self.rows) if row.edge == edge]
        if not own:
            return self.y + ROW / 2
        return self.y + ROW * (own[-1 if mirror else 0] + 1.5)


@dataclass(frozen=True)
class Layout:
    """All boxes by key, and the size of the whole."""

    boxes: Mapping[str, Box]
    width: float
    height: float


class Side(StrEnum):
    """Which picture is drawn: as it was, as it will be, or both in one with what changes coloured."""

    BEFORE = "before"
    AFTER = "after"
    DIFF = "diff"


def label(side: Side, before: str | None, after: str | None) -> str:
    """A name as it stands in a picture, escaped and short; in a diff both where they differ."""
    if side is Side.DIFF and before is not None and after is not None and before != after:
        return f"{_name(before)} → {_name(after)}"
    return _name(before if side is Side.BEFORE or after is None else after)


def title_of(side: Side, node: Node) -> str:
    """A database's title as it stands in a picture."""
    return OUTSIDE if node.key == ELSEWHERE else label(side, node.before, node.after)


def _name(name: str | None) -> str:
    return clip(visible(name or ""), _CELLS)


def lay_out_boxes(picture: Picture, *, diff: bool = False) -> Layout:
    """A place for every database: those with relations in columns from left to right, the others below.

    ``diff`` makes room for old and new names side by side.
    """
    sides = (Side.DIFF,) if diff else (Side.BEFORE, Side.AFTER)
    rows = {node.key: tuple(_rows(node.key, picture.edges)) for node in picture.nodes}
    widths = {node.key: _width(node, rows[node.key], sides) for node in picture.nodes}
    nodes = {node.key: node for node in picture.nodes}
    columns = _columns(picture)
    linked = [key for column in columns for key in column]
    boxes: dict[str, Box] = {}
    x, bottom = float(_MARGIN), float(_MARGIN)
    for index, column in enumerate(columns):
        y = float(_MARGIN)
        for key in column:
            boxes[key] = Box(nodes[key], x, y, widths[key], rows[key], index)
            y += boxes[key].height + _GAP_Y
        bottom = max(bottom, y)
        x += max(widths[key] for key in column) + _GAP_X
    right = max(x - _GAP_X if columns else 0.0, 640.0)
    place = (float(_MARGIN), bottom)
    for key in (node.key for node in picture.nodes if node.key not in linked):
        if place[0] > _MARGIN and place[0] + widths[key] > right:
            place = (float(_MARGIN), place[1] + ROW + _GAP_Y / 2)
        boxes[key] = Box(nodes[key], place[0], place[1], widths[key], (), 0)
        place = (place[0] + widths[key] + _GAP_Y, place[1])
    return Layout(
        boxes=boxes,
        width=max([box.x + box.width for box in boxes.values()], default=0) + 3 * _MARGIN,
        height=max([box.y + box.height for box in boxes.values()], default=0) + _MARGIN,
    )


def _rows(key: str, edges: Sequence[Edge]) -> Iterator[Row]:
    for index, edge in enumerate(edges):
        if edge.shown.source == key:
            yield Row(index, *(arrow.name if arrow else None for arrow in (edge.before, edge.after)))
        if edge.shown.target == key and any(arrow and arrow.mirror for arrow in (edge.before, edge.after)):
            yield Row(index, *((arrow.mirror or None) if arrow else None for arrow in (edge.before, edge.after)))


def _width(node: Node, rows: Sequence[Row], sides: Sequence[Side]) -> float:
    texts = [title_of(side, node) for side in sides]
    texts += [label(side, row.before, row.after) for row in rows for side in sides]
    return CELL * (max(_LEAST, *(cell_len(text) for text in texts)) + 4) + 2 * _PAD


def _columns(picture: Picture) -> list[list[str]]:
    """Databases with relations, by how far they are from where relations begin; neighbours close to each other."""
    arrows = [edge.shown for edge in picture.edges if edge.shown.source != edge.shown.target]
    selves = [edge.shown.source for edge in picture.edges if edge.shown.source == edge.shown.target]
    depth = _depths(arrows)
    depth.update({key: 0 for key in selves if key not in depth})
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for key in sorted(depth):
        columns[depth[key]].append(key)
    for index, column in enumerate(columns[1:], start=1):
        rank = {key: place for place, key in enumerate(columns[index - 1])}
        middles = {key: _middle(key, arrows, rank) for key in column}
        columns[index] = sorted(column, key=lambda key: (middles[key], key))
    return [column for column in columns if column]


def _middle(key: str, arrows: Sequence[Arrow], rank: Mapping[str, int]) -> float:
    """The mean place of a database's neighbours in the column before."""
    ends = [(a.source, a.target) for a in arrows if key in (a.source, a.target)]
    places = [rank[other] for pair in ends for other in pair if other in rank]
    return sum(places) / len(places) if places else float(len(rank))


def _depths(arrows: Sequence[Arrow]) -> dict[str, int]:
    """The longest way to each database from one that nothing leads to; ways in circles are left out."""
    targets: dict[str, set[str]] = {}
    for arrow in arrows:
        targets.setdefault(arrow.source, set()).add(arrow.target)
        targets.setdefault(arrow.target, set())
    reached = {end for ends in targets.values() for end in ends}
    depth: dict[str, int] = {}
    for start in [*sorted(targets.keys() - reached), *sorted(reached)]:
        if start not in depth:
            _walk(start, targets, depth)
    return depth


def _walk(start: str, targets: Mapping[str, set[str]], depth: dict[str, int]) -> None:
    """Gives each database within reach its depth, by levels; one that was given a depth before keeps it."""
    level, at = [start], 0
    while level:
        for key in level:
            depth.setdefault(key, at)
        level = sorted({end for key in level for end in targets[key] if end not in depth})
        at += 1
