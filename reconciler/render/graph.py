"""Databases and relations as Mermaid or DOT; what a plan changes is told by colour and by a sign.

Text from Notion stands in quotes, with everything that means something there written as a code.
"""

from __future__ import annotations

import re

from reconciler.planning.picture import ELSEWHERE, Arrow, Edge, Fate, Node, Picture
from reconciler.render.boxes import OUTSIDE, Side, label, title_of
from reconciler.render.escape import visible
from reconciler.render.svg import SIGNS

_COLOURS = {Fate.NEW: "#116329", Fate.GONE: "#a40e26", Fate.CHANGED: "#7a4a00"}
_CODED = re.compile(r"[^\w .,→↔()+~-]", re.UNICODE)


def mermaid(picture: Picture, *, diff: bool) -> str:
    """A Mermaid flowchart; a newline at its end. Its codes are those of https://mermaid.js.org/syntax/flowchart.html."""
    ids = {node.key: f"d{index}" for index, node in enumerate(picture.nodes)}
    lines = ["flowchart LR"]
    lines += [f'  {ids[node.key]}["{_coded(_node(node, diff))}"]' for node in picture.nodes]
    for edge in picture.edges:
        line = "<-->" if edge.shown.mirror else "-->"
        lines.append(f'  {ids[edge.shown.source]} {line}|"{_coded(_edge(edge, diff))}"| {ids[edge.shown.target]}')
    if diff:
        for fate, colour in _COLOURS.items():
            own = [ids[node.key] for node in picture.nodes if node.fate is fate]
            drawn = [str(index) for index, edge in enumerate(picture.edges) if edge.fate is fate]
            if own:
                lines += [
                    f"  classDef {fate.value} stroke:{colour},stroke-width:2px",
                    f"  class {','.join(own)} {fate.value}",
                ]
            if drawn:
                lines.append(f"  linkStyle {','.join(drawn)} stroke:{colour},stroke-width:2px")
    return "\n".join(lines) + "\n"


def dot(picture: Picture, *, diff: bool) -> str:
    """A Graphviz graph; a newline at its end."""
    ids = {node.key: f"d{index}" for index, node in enumerate(picture.nodes)}
    lines = ["digraph wtstate {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    lines += [
        f"  {ids[node.key]} [label={_quoted(_node(node, diff))}{_colour(node.fate, diff)}];" for node in picture.nodes
    ]
    for edge in picture.edges:
        both = ", dir=both" if edge.shown.mirror else ""
        ends = f"{ids[edge.shown.source]} -> {ids[edge.shown.target]}"
        lines.append(f"  {ends} [label={_quoted(_edge(edge, diff))}{both}{_colour(edge.fate, diff)}];")
    return "\n".join([*lines, "}"]) + "\n"


def _node(node: Node, diff: bool) -> str:
    if node.key == ELSEWHERE:
        return OUTSIDE
    return f"{SIGNS[node.fate]}{title_of(Side.DIFF, node)}" if diff else title_of(Side.AFTER, node)


def _edge(edge: Edge, diff: bool) -> str:
    if not diff:
        return _arrow(edge.shown)
    names = [_arrow(arrow) if arrow else None for arrow in (edge.before, edge.after)]
    return f"{SIGNS[edge.fate]}{label(Side.DIFF, *names)}"


def _arrow(arrow: Arrow) -> str:
    names = visible(arrow.name), visible(arrow.mirror)
    return " ↔ ".join(name for name in names if name)


def _coded(text: str) -> str:
    """Text inside of Mermaid's quotes."""
    return _CODED.sub(lambda found: f"#{ord(found.group())};", text) or " "


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _colour(fate: Fate, diff: bool) -> str:
    colour = _COLOURS.get(fate) if diff else None
    return f', color="{colour}", fontcolor="{colour}"' if colour else ""
