"""Markdown as blocks, and pages without the lines that repeat their properties."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.twin.export.blocks import Block, blocks, children
from reconciler.twin.export.inline import MAX_ELEMENTS, TEXT_UNITS, chunks
from tests.twin_export.exports import hexed, link, planned


def text_of(rich_text: list[dict[str, Any]]) -> str:
    return "".join(element["text"]["content"] for element in rich_text)


def outline(found: list[Block]) -> list[Any]:
    """Type and text of every block, children below."""
    lines: list[Any] = []
    for block in found:
        body = block[block["type"]]
        lines.append(f"{block['type']}: {text_of(body.get('rich_text', []))}")
        if inside := children(block):
            lines.append(outline(inside))
    return lines


@pytest.mark.parametrize(
    ("markdown", "lines"),
    [
        (
            "# One\n\n## Two\n\n### Three\n\n#### Four",
            ["heading_1: One", "heading_2: Two", "heading_3: Three", "heading_3: Four"],
        ),
        ("First\nline two\n\nSecond", ["paragraph: First\nline two", "paragraph: Second"]),
        (
            "- a\n    - b\n        - c\n- d",
            ["bulleted_list_item: a", ["bulleted_list_item: b", ["bulleted_list_item: c"]], "bulleted_list_item: d"],
        ),
        ("1. a\n2. b", ["numbered_list_item: a", "numbered_list_item: b"]),
        ("- [ ]  open\n- [x]  done", ["to_do: open", "to_do: done"]),
        ("> said\n>\n> twice", ["quote: said", ["paragraph: twice"]]),
        ("```python\nx = 1\n\ny\n```", ["code: x = 1\n\ny"]),
        ("a\n\n---\n\nb", ["paragraph: a", "divider: ", "paragraph: b"]),
        ("<aside>\n💡 note\n</aside>", ["paragraph: <aside>\n💡 note\n</aside>"]),
        ("[a]: http://x\n\n&amp; \\* ", ["paragraph: [a]: http://x", "paragraph: &amp; *"]),
        ("text\n---", ["paragraph: text", "divider: "]),
        ("![cat](cat%201.png)", ["paragraph: cat (cat%201.png)"]),
        ("", []),
    ],
)
def test_markdown_becomes_blocks(markdown: str, lines: list[Any]) -> None:
    assert outline(blocks(markdown)) == lines


def test_to_dos_know_whether_they_are_done() -> None:
    assert [block["to_do"]["checked"] for block in blocks("- [ ] a\n- [x] b\n- [X] c")] == [False, True, True]


def test_formatting_and_links_are_kept() -> None:
    (block,) = blocks("a **b** *c* ~~d~~ `e` [f](https://x.y) ***[g](https://z)*** [h](Page%20h.md)")
    shown = [
        (e["text"]["content"], e["text"].get("link", {}).get("url"), sorted(e.get("annotations", {})))
        for e in block["paragraph"]["rich_text"]
    ]
    assert [entry for entry in shown if entry[0] != " "] == [
        ("a ", None, []),
        ("b", None, ["bold"]),
        ("c", None, ["italic"]),
        ("d", None, ["strikethrough"]),
        ("e", None, ["code"]),
        ("f", "https://x.y", []),
        ("g", "https://z", ["bold", "italic"]),
        ("h (Page%20h.md)", None, []),
    ]


def test_an_image_by_address_is_an_image() -> None:
    (block,) = blocks("![cat](https://x.y/cat.png)")
    assert block["image"]["external"] == {"url": "https://x.y/cat.png"}


def test_a_table_is_a_table_with_its_rows() -> None:
    (block,) = blocks("| a | b |\n| --- | --- |\n| 1 | **2** |")
    cells = [[text_of(cell) for cell in row["table_row"]["cells"]] for row in block["table"]["children"]]
    assert (block["table"]["table_width"], cells) == (2, [["a", "b"], ["1", "2"]])


def test_a_table_of_more_rows_than_a_request_holds_is_kept_as_its_source() -> None:
    source = "| a |\n| --- |\n" + "| x |\n" * 100
    (block,) = blocks(source)
    assert text_of(block["code"]["rich_text"]) == source.strip()


def test_what_lies_deeper_than_the_parser_goes_is_kept_as_its_source() -> None:
    source = "> " * 200 + "deep"
    assert outline(blocks(source)) == [f"paragraph: {source}"]


def test_long_text_is_cut_into_elements_and_blocks_and_loses_nothing() -> None:
    text = "🤖" * 150_000
    found = blocks(text)
    assert "".join(text_of(block["paragraph"]["rich_text"]) for block in found) == text
    assert all(len(block["paragraph"]["rich_text"]) <= MAX_ELEMENTS for block in found)


@given(st.text(st.sampled_from("a🤖\n"), max_size=30), st.integers(2, 7))
def test_chunks_are_short_enough_and_join_to_the_text(text: str, units: int) -> None:
    pieces = chunks(text, units)
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode("utf-16-le")) <= 2 * units for piece in pieces)


@given(st.text(st.sampled_from("a b#-*_`>[]()!|~\\\n\t1.x:🤖<&"), max_size=80))
def test_any_markdown_becomes_blocks_that_notion_takes(markdown: str) -> None:
    def check(found: list[Block]) -> None:
        for block in found:
            body = block[block["type"]]
            assert len(body.get("rich_text", [])) <= MAX_ELEMENTS
            for element in body.get("rich_text", []):
                assert 0 < len(element["text"]["content"].encode("utf-16-le")) <= 2 * TEXT_UNITS
            check(children(block))

    check(blocks(markdown))


@given(st.lists(st.text(st.sampled_from("abc xyz"), min_size=1, max_size=12).filter(lambda t: t.strip()), max_size=6))
def test_words_of_paragraphs_are_never_lost(paragraphs: list[str]) -> None:
    found = blocks("\n\n".join(p.strip() for p in paragraphs))
    assert [text_of(block["paragraph"]["rich_text"]) for block in found] == [p.strip() for p in paragraphs]


def content(page: str, rows: list[list[str]]) -> list[Any]:
    path = f"T {hexed('T')}/x {hexed('x')}.md"
    return outline(planned({"T": rows}, {path: page}).contents.get((0, 0), []))


def test_the_lines_that_repeat_properties_are_no_content() -> None:
    rows = [["name", "status", "notes", "rel", "empty"], ["x", "Done", "one\n\ntwo: 2", link("y"), ""]]
    page = "# x\n\nstatus: Done\nnotes: one\n\ntwo: 2\nrel: y (y.md)\n\nstatus: this is text\n"
    assert content(page, rows) == ["paragraph: status: this is text"]


def test_content_that_only_looks_like_a_property_stays() -> None:
    rows = [["name", "note"], ["x", ""]]
    assert content("# x\n\nnote: mine\n", rows) == ["paragraph: note: mine"]


def test_a_page_with_properties_alone_has_no_content() -> None:
    assert content("# x\n\nstatus: Done\n", [["name", "status"], ["x", "Done"]]) == []


def test_pages_that_are_no_rows_are_pages_below_their_parents() -> None:
    pages = {
        f"Home {hexed('h')}.md": "# Home\n\nHello.\n",
        f"Home {hexed('h')}/Below {hexed('b')}.md": "# Below\n",
        f"T {hexed('T')}/x {hexed('x')}.md": "# x\n",
        f"T {hexed('T')}/x {hexed('x')}/Inside {hexed('i')}.md": "# Inside\n",
        "README.md": "# Not of Notion\n",
    }
    found = planned({"T": [["name"], ["x"]]}, pages)
    assert [(page.title, page.parent) for page in found.pages] == [("Home", None), ("Below", 0), ("Inside", (0, 0))]
    assert any("README.md" in warning for warning in found.warnings)


def test_thousands_of_untitled_pages_take_no_time() -> None:
    rows = [["", str(n)] for n in range(3_000)]
    pages = {f"T {hexed('T')}/Untitled {hexed(str(n))}.md": f"# Untitled\n\nn: {n}\n\ntext\n" for n in range(3_000)}
    assert len(planned({"T": [["name", "n"], *rows]}, pages).contents) == 3_000
