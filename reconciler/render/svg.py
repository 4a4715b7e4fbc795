"""A picture of databases and relations as SVG: a box a database, a row for each side of a relation, lines between.

What changes is told by a sign before its name, not by colour alone. Everything from Notion is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from reconciler.planning.picture import Arrow, Edge, Fate, Picture
from reconciler.render.boxes import ROW, Box, Layout, Row, Side, label, lay_out_boxes, title_of

STYLE = """
.wt { font: 13px/1.2 ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.wt .box { fill: var(--wt-box, #fff); stroke: var(--wt-line, #6b7280); }
.wt .head { fill: var(--wt-head, #eef1f5); stroke: var(--wt-line, #6b7280); }
.wt text { fill: var(--wt-text, #1b1f24); }
.wt .title { font-weight: 700; }
.wt .edge { fill: none; stroke: var(--wt-line, #6b7280); stroke-width: 1.5; }
.wt .arrow { fill: var(--wt-line, #6b7280); }
.wt .new { --wt-line: var(--wt-new, #116329); --wt-text: var(--wt-new, #116329); }
.wt .gone { --wt-line: var(--wt-gone, #a40e26); --wt-text: var(--wt-gone, #a40e26); }
.wt .gone .edge, .wt .gone .box { stroke-dasharray: 5 4; }
.wt .changed { --wt-line: var(--wt-changed, #7a4a00); --wt-text: var(--wt-changed, #7a4a00); }
""".strip()
"""Colours come from the page's properties where it has them."""

_DARK = """
@media (prefers-color-scheme: dark) {
  .wt { --wt-box: #161b22; --wt-head: #21262d; --wt-line: #8b949e; --wt-text: #e6edf3;
    --wt-new: #56d364; --wt-gone: #ff9a91; --wt-changed: #e3b341; background: #0d1117; }
}
""".strip()

SIGNS = {Fate.NEW: "+ ", Fate.GONE: "- ", Fate.CHANGED: "~ ", Fate.SAME: ""}
_CLASS = {Fate.NEW: "new", Fate.GONE: "gone", Fate.CHANGED: "changed", Fate.SAME: "same"}


def standalone(picture: Picture, side: Side, title: str) -> str:
    """A whole SVG document, light and dark; a newline at its end."""
    return svg(picture, side, title, style=f"{STYLE}\n{_DARK}") + "\n"


def svg(picture: Picture, side: Side, title: str, *, style: str = "") -> str:
    """The picture as one ``svg`` element; ``title`` is what a screen reader says of it."""
    layout = lay_out_boxes(picture, diff=side is Side.DIFF)
    name = f"wt-{side.value}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="wt" role="img" aria-labelledby="{name}-title" '
        f'width="{layout.width:.0f}" height="{layout.height:.0f}" '
        f'viewBox="0 0 {layout.width:.0f} {layout.height:.0f}">',
        f'<title id="{name}-title">{escape(title)}</title>',
    ]
    if style:
        parts.append(f"<style>{style}</style>")
    parts += [line for index, edge in enumerate(picture.edges) for line in _edge(index, edge, side, layout)]
    parts += [line for box in layout.boxes.values() for line in _box(box, picture, side)]
    return "\n".join([*parts, "</svg>"])


def _there(side: Side, before: object, after: object) -> bool:
    return {Side.BEFORE: before is not None, Side.AFTER: after is not None}.get(side, True)


def _box(box: Box, picture: Picture, side: Side) -> Iterator[str]:
    node = box.node
    if not _there(side, node.before, node.after):
        return
    rows = [row for row in box.rows if _there(side, row.before, row.after)]
    height = ROW * (len(box.rows) + 1)
    title = escape(f"{SIGNS[node.fate]}{title_of(side, node)}")
    yield f'<g class="{_CLASS[node.fate]}">'
    yield (
        f'<rect class="box" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{height:.1f}" rx="6"/>'
        f'<rect class="head" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{ROW}" rx="6"/>'
        f'<text class="title" x="{box.x + 12:.1f}" y="{box.y + 16:.1f}">{title}</text>'
    )
    yield "</g>"
    for row in rows:
        yield from _row(box, row, side, picture.edges[row.edge])


def _row(box: Box, row: Row, side: Side, edge: Edge) -> Iterator[str]:
    fate = _row_fate(row)
    name = label(side, row.before, row.after)
    mirror = box.rows.index(row) != [r.edge for r in box.rows].index(row.edge)
    y = box.row_y(row.edge, mirror=mirror) + 4
    own = edge.shown.source == edge.shown.target and not mirror
    loop = " ↻" if own else ""
    text = escape(f"{SIGNS[fate]}{name}{loop}")
    yield f'<g class="{_CLASS[fate]}"><text x="{box.x + 12:.1f}" y="{y:.1f}">{text}</text></g>'


def _row_fate(row: Row) -> Fate:
    if row.before is None:
        return Fate.NEW
    if row.after is None:
        return Fate.GONE
    return Fate.SAME if row.before == row.after else Fate.CHANGED


def _edge(index: int, edge: Edge, side: Side, layout: Layout) -> Iterator[str]:
    """A line from the row of the relation to its mirror's row, or to the title of the database that it leads to."""
    arrow: Arrow | None = {Side.BEFORE: edge.before, Side.AFTER: edge.after}.get(side, edge.shown)
    if arrow is None or arrow.source == arrow.target:
        return
    start, end = layout.boxes[arrow.source], layout.boxes[arrow.target]
    y1, y2 = start.row_y(index, mirror=False), end.row_y(index, mirror=True)
    if start.column == end.column:
        x1, x2 = start.x + start.width, end.x + end.width
        bend = max(x1, x2) + 40
        way = f"M{x1:.1f} {y1:.1f} C{bend:.1f} {y1:.1f} {bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        towards, back = -1, -1
    else:
        right = start.column < end.column
        x1, x2 = (start.x + start.width, end.x) if right else (start.x, end.x + end.width)
        half = (x1 + x2) / 2
        way = f"M{x1:.1f} {y1:.1f} C{half:.1f} {y1:.1f} {half:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        towards, back = (1, -1) if right else (-1, 1)
    heads = _head(x2, y2, towards) + (_head(x1, y1, back) if arrow.mirror else "")
    yield f'<g class="{_CLASS[edge.fate]}"><path class="edge" d="{way}"/>{heads}</g>'


def _head(x: float, y: float, towards: int) -> str:
    tail = x - 8 * towards
    return f'<path class="arrow" d="M{x:.1f} {y:.1f} L{tail:.1f} {y - 4.5:.1f} L{tail:.1f} {y + 4.5:.1f} Z"/>'
