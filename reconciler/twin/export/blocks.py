"""Markdown as Notion writes it, as Notion blocks. Pure; what is no block that Notion has becomes a paragraph of its
source, so nothing that a page says is dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from reconciler.twin.export import inline
from reconciler.twin.export.attachments import exported, kind

Block = dict[str, Any]
"""A block as a request has it, with its own blocks under ``children`` inside the body of its type."""

MAX_TABLE_ROWS = 100
MAX_TABLE_LENGTH = 20_000
MAX_NESTING = 60
"""Levels of Markdown in each other; the parser drops what lies deeper, so such a page is kept as its source."""
_TO_DO = re.compile(r"\[([ xX])\](?:\s+|\Z)")
_LANGUAGE_NAMES = """
abap arduino bash basic c c# c++ clojure coffeescript css dart diff docker elixir elm erlang flow fortran f# gherkin
glsl go graphql groovy haskell html java javascript json julia kotlin latex less lisp livescript lua makefile
markdown markup matlab mermaid nix objective-c ocaml pascal perl php powershell prolog protobuf python r reason ruby
rust sass scala scheme scss shell sql swift typescript vb.net verilog vhdl webassembly xml yaml
"""
_LANGUAGES = frozenset(_LANGUAGE_NAMES.split())
_ALIASES = {"js": "javascript", "ts": "typescript", "py": "python", "sh": "shell", "yml": "yaml", "rb": "ruby"}


@dataclass(frozen=True)
class _Source:
    """The page's lines, and which file of the export a reference in it means."""

    lines: list[str]
    file: Callable[[str], str | None]


def _no_file(_: str) -> None:
    return None


def blocks(markdown: str, file: Callable[[str], str | None] = _no_file) -> list[Block]:
    """The blocks of a page: headings, paragraphs, lists, to-dos, quotes, code, tables, dividers, images, files.

    ``file`` says which file of the export a reference means, if any.
    """
    page = _Source(markdown.split("\n"), file)
    tokens = _parser().parse(markdown)
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        return _texts("paragraph", inline.plain(markdown.strip("\n")), [])
    return [block for node in SyntaxTreeNode(tokens).children for block in _of(node, page)]


def _parser() -> MarkdownIt:
    """CommonMark with tables, less what Notion never writes and what would drop or rewrite text: indented code,
    underlined headings, reference definitions, entities."""
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    return parser.disable(["code", "lheading", "reference", "entity"])


def children(block: Block) -> list[Block]:
    """The blocks inside a block; a table's rows are part of the table."""
    body = block[block["type"]]
    found: list[Block] = [] if block["type"] == "table" else body.get("children", [])
    return found


def _block(type_: str, body: dict[str, Any], inside: list[Block] | None = None) -> Block:
    return {"object": "block", "type": type_, type_: body | ({"children": inside} if inside else {})}


def _texts(type_: str, rich_text: list[dict[str, Any]], inside: list[Block], **more: Any) -> list[Block]:
    """A block with text; text of more elements than a request may hold goes on in paragraphs below."""
    step = inline.BLOCK_ELEMENTS
    first, rest = rich_text[:step], rich_text[step:]
    made = [_block(type_, {"rich_text": first, **more}, inside)]
    while rest:
        made.append(_block("paragraph", {"rich_text": rest[:step]}))
        rest = rest[step:]
    return made


def _of(node: SyntaxTreeNode, page: _Source) -> list[Block]:
    match node.type:
        case "heading":
            return _texts(f"heading_{min(int(node.tag[1:]), 3)}", _inline(node), [])
        case "paragraph":
            return _paragraph(node, page)
        case "bullet_list" | "ordered_list":
            kind = "bulleted_list_item" if node.type == "bullet_list" else "numbered_list_item"
            return [block for item in node.children for block in _item(item, kind, page)]
        case "blockquote":
            return _with_first_text("quote", _inside(node, page))
        case "fence" | "code_block":
            return code(node.content.removesuffix("\n"), node.info if node.type == "fence" else "")
        case "hr":
            return [_block("divider", {})]
        case "table":
            return _table(node, page)
        case _:
            return _texts("paragraph", inline.plain(_source(node, page)), [])


def heading(text: str) -> list[Block]:
    """A small heading."""
    return _texts("heading_3", inline.plain(text), [])


def code(content: str, language: str = "") -> list[Block]:
    """Code blocks that hold ``content``, one after the other where it is longer than a block can be."""
    name = _ALIASES.get(language.strip().lower(), language.strip().lower())
    rich_text = inline.plain(content)
    step = inline.BLOCK_ELEMENTS
    return [
        _block(
            "code", {"rich_text": rich_text[at : at + step], "language": name if name in _LANGUAGES else "plain text"}
        )
        for at in range(0, max(len(rich_text), 1), step)
    ]


def _inline(node: SyntaxTreeNode) -> list[dict[str, Any]]:
    return inline.rich_text([token for child in node.children for token in _tokens(child)])


def _tokens(node: SyntaxTreeNode) -> list[Any]:
    return list(node.token.children or []) if node.token is not None else []


def _paragraph(node: SyntaxTreeNode, page: _Source) -> list[Block]:
    tokens = [token for child in node.children for token in _tokens(child)]
    shown = _picture(tokens, page) or _linked_file(tokens, page)
    return [shown] if shown is not None else _texts("paragraph", inline.rich_text(tokens), [])


def _picture(tokens: list[Any], page: _Source) -> Block | None:
    """An image that has a paragraph to itself."""
    if len(tokens) != 1 or tokens[0].type != "image":
        return None
    source = str(tokens[0].attrGet("src") or "")
    path = page.file(source)
    if path is None and not inline.is_web(source):
        return None
    body = {"type": "external", "external": {"url": source}} if path is None else exported(path)
    said = tokens[0].content
    caption = [] if path is not None and said == path.rsplit("/", 1)[-1] else inline.plain(said)
    return _block("image", {**body, "caption": caption[: inline.BLOCK_ELEMENTS]})


def _linked_file(tokens: list[Any], page: _Source) -> Block | None:
    """A link to a file of the export that has a paragraph to itself, which is how Notion writes blocks of files."""
    if [token.type for token in tokens] != ["link_open", "text", "link_close"]:
        return None
    path = page.file(str(tokens[0].attrGet("href") or ""))
    return None if path is None else _block(kind(path), exported(path))


def _inside(node: SyntaxTreeNode, page: _Source) -> list[Block]:
    return [block for child in node.children for block in _of(child, page)]


def _with_first_text(type_: str, inside: list[Block], **more: Any) -> list[Block]:
    """A block whose text is its first paragraph, the rest its children."""
    if inside and inside[0]["type"] == "paragraph":
        return _texts(type_, inside[0]["paragraph"]["rich_text"], inside[1:], **more)
    return _texts(type_, [], inside, **more)


def _item(node: SyntaxTreeNode, kind: str, page: _Source) -> list[Block]:
    inside = _inside(node, page)
    text = inside[0]["paragraph"]["rich_text"] if inside and inside[0]["type"] == "paragraph" else []
    box = _TO_DO.match(text[0]["text"]["content"]) if text and "annotations" not in text[0] else None
    if box is None or kind != "bulleted_list_item":
        return _with_first_text(kind, inside)
    rest = text[0]["text"]["content"][box.end() :]
    text = [{**text[0], "text": {**text[0]["text"], "content": rest}}, *text[1:]] if rest else text[1:]
    return _texts("to_do", text, inside[1:], checked=box[1] != " ")


def _table(node: SyntaxTreeNode, page: _Source) -> list[Block]:
    rows = [row for part in node.children for row in part.children]
    cells = [[_inline(cell) for cell in row.children] for row in rows]
    width = max((len(row) for row in cells), default=0)
    fits = 0 < len(rows) <= MAX_TABLE_ROWS and all(len(cell) <= inline.MAX_ELEMENTS for row in cells for cell in row)
    source = _source(node, page)
    if not (fits and 0 < width <= inline.MAX_ELEMENTS and len(source) <= MAX_TABLE_LENGTH):
        return code(source, "markdown")
    filled = [row + [[]] * (width - len(row)) for row in cells]
    body = {"table_width": width, "has_column_header": True, "has_row_header": False}
    return [_block("table", body, list(_rows(filled)))]


def _rows(cells: list[list[list[dict[str, Any]]]]) -> Iterator[Block]:
    for row in cells:
        yield _block("table_row", {"cells": row})


def _source(node: SyntaxTreeNode, page: _Source) -> str:
    start, end = node.map or (0, 0)
    return "\n".join(page.lines[start:end]).strip("\n") or node.content
