"""Graphs in all their forms: what is drawn, what is coloured, and that titles are text."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.demo import export_path, state_path
from reconciler.planning.picture import ELSEWHERE, Arrow, Edge, Node, Picture
from reconciler.render.boxes import Side, lay_out_boxes
from reconciler.render.graph import dot, mermaid
from reconciler.render.svg import standalone, svg
from tests.cli.running import wtstate
from tests.render.hostile import HOSTILE
from tests.render.plans import hostile

PICTURE = Picture(
    nodes=(
        Node("phases", "WT Phases", "phases"),
        Node("projects", "projects", "projects"),
        Node("old", "Old", None),
        Node("tasks", None, "tasks"),
        Node(ELSEWHERE, "", ""),
    ),
    edges=(
        Edge(Arrow("phases", "WT Projects", "projects"), Arrow("phases", "project", "projects", "phases")),
        Edge(None, Arrow("tasks", "phase", "phases")),
        Edge(Arrow("projects", "parent", "projects"), None),
        Edge(Arrow("projects", "owner", ELSEWHERE), Arrow("projects", "owner", ELSEWHERE)),
    ),
)


@pytest.mark.parametrize("diff", [False, True])
def test_mermaid_and_dot(diff: bool, snapshot: SnapshotAssertion) -> None:
    assert f"{mermaid(PICTURE, diff=diff)}\n{dot(PICTURE, diff=diff)}" == snapshot


@pytest.mark.parametrize("side", list(Side))
def test_svg(side: Side, snapshot: SnapshotAssertion) -> None:
    assert standalone(PICTURE, side, "Relations") == snapshot


def test_before_and_after_stand_in_the_same_places() -> None:
    texts = [svg(PICTURE, side, "x") for side in (Side.BEFORE, Side.AFTER)]
    places = [set(re.findall(r'<rect class="box" x="([\d.]+)" y="([\d.]+)"', text)) for text in texts]
    assert len(places[0] & places[1]) == 3  # phases, projects, elsewhere


def test_no_two_boxes_overlap() -> None:
    boxes = list(lay_out_boxes(hostile(HOSTILE).picture).boxes.values())
    assert len(boxes) == len({title or "(empty)" for title in HOSTILE})
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            apart = (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height <= other.y
                or other.y + other.height <= one.y
            )
            assert apart, (one.node, other.node)


@pytest.mark.parametrize("side", list(Side))
def test_hostile_titles_are_text_in_svg(side: Side) -> None:
    tree = ElementTree.fromstring(standalone(hostile(HOSTILE).picture, side, HOSTILE[0]))
    names = {element.tag.split("}")[1] for element in tree.iter()}
    assert names == {"svg", "title", "style", "g", "rect", "text", "path"} - ({"path"} if not _linked(tree) else set())
    attributes = {name for element in tree.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on") or name.endswith("href")]


def _linked(tree: ElementTree.Element) -> bool:
    return any(element.tag.endswith("path") for element in tree.iter())


def test_hostile_titles_are_text_in_mermaid_and_dot() -> None:
    picture = hostile(HOSTILE).picture
    line = re.compile(r'  d\d+(\["[^"`<>&;%{}\[\]|]*(#\d+;[^"`<>&;%{}\[\]|]*)*"\]| (<-->|-->)\|"([^"`<>&|]*)"\| d\d+)')
    for each in mermaid(picture, diff=False).splitlines()[1:]:
        assert line.fullmatch(each), each
    string = r'"(?:[^"\\]|\\.)*"'
    for each in dot(picture, diff=False).splitlines()[3:-1]:
        assert re.fullmatch(rf"  d\d+( -> d\d+)? \[label={string}(, dir=both)?\];", each), each


def test_on_the_command_line(tmp_path: Path) -> None:
    shutil.copytree(state_path(), tmp_path / "state")
    offline = wtstate("graph", cwd=tmp_path)
    assert (offline.code, offline.err) == (0, "")
    assert '|"linkedProjectId ↔ linkedPhaseIds"|' in offline.out
    assert wtstate("twin", "load", str(export_path()), cwd=tmp_path).code == 0
    changed = wtstate("graph", "--diff", "--format", "dot", cwd=tmp_path)
    assert changed.code == 0
    assert "~ WT Projects 1 ↔ Phase → linkedProjectId ↔ linkedPhaseIds" in changed.out
    picture = wtstate("graph", "--diff", "--format", "svg", cwd=tmp_path).out
    assert ElementTree.fromstring(picture).tag.endswith("svg")
