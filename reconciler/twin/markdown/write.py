"""Blocks as Notion's Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.twin.markdown import inline
from reconciler.twin.records import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A block with what lies in it; ``body`` as answered."""

    id: str
    type: str
    body: JsonObject
    children: tuple[Node, ...] = ()


_LISTED = {"bulleted_list_item": "- ", "quote": "> ", "paragraph": ""}
_MEDIA = ("image", "video", "pdf", "audio", "file")


def written(node: Node, number: int = 1) -> str:
    """The lines of one block and of what lies in it, tabs for every level. ``number`` is that of a numbered item."""
    return "\n".join(_lines(node, number))


def _lines(node: Node, number: int) -> list[str]:
    body, kind = node.body, node.type
    match kind:
        case "code":
            content = "".join(item["plain_text"] for item in body["rich_text"])
            return [f"```{body['language']}", *content.split("\n"), "```"]
        case "equation":
            return ["$$", *str(body["expression"]).split("\n"), "$$"]
        case "toggle":
            head = f"<details{_color(body, tag=True)}>"
            return [head, f"<summary>{inline.markdown(body['rich_text'])}</summary>", *_inside(node), "</details>"]
        case "callout":
            icon = (body.get("icon") or {}).get("emoji")
            marks = [f'icon="{icon}"'] if icon else []
            marks += [f'color="{_named(body)}"'] if _named(body) else []
            text = inline.markdown(body["rich_text"])
            given = f" {{{' '.join(marks)}}}" if marks else ""
            return [f"::: callout{given}", *([text] if text else []), *_all(node.children), ":::"]
        case "table":
            return _table(node)
        case "column_list" | "column":
            tag = "columns" if kind == "column_list" else "column"
            return [f"<{tag}>", *_inside(node), f"</{tag}>"]
        case "synced_block":
            return ["<synced_block>", *_inside(node), "</synced_block>"]
        case _:
            return [_line(node, number), *_inside(node)]


def _line(node: Node, number: int) -> str:
    body, kind = node.body, node.type
    text = inline.markdown(body.get("rich_text") or [])
    if kind.startswith("heading_"):
        toggle = ' toggle="true"' if body.get("is_toggleable") else ""
        marks = f"{toggle}{_color(body, tag=True)}".strip()
        return f"{'#' * int(kind[-1])} {text}" + (f" {{{marks}}}" if marks else "")
    if kind == "numbered_list_item":
        return f"{number}. {text}{_color(body)}"
    if kind == "to_do":
        return f"- [{'x' if body['checked'] else ' '}] {text}{_color(body)}"
    if kind == "paragraph" and not text:
        return "<empty-block/>"
    if kind in _LISTED:
        return f"{_LISTED[kind]}{text}{_color(body)}"
    if kind in _MEDIA:
        url = body[body["type"]].get("url", "")
        caption = inline.markdown(body["caption"])
        return f"![{caption}]({url})" if kind == "image" else f'<{kind} src="{url}">{caption}</{kind}>'
    return _reference(node)


def _reference(node: Node) -> str:
    match node.type:
        case "divider":
            return "---"
        case "table_of_contents":
            return f"<table_of_contents{_color(node.body, tag=True)}/>"
        case "child_page" | "child_database":
            tag = "page" if node.type == "child_page" else "database"
            url = f"https://app.notion.com/p/{node.id.replace('-', '')}"
            return f'<{tag} url="{url}">{inline.escaped(node.body["title"])}</{tag}>'
        case _:
            url = node.body.get("url") or ""
            given = f' url="{url}"' if url else ""
            return f'<unknown{given} alt="{node.type}"/>'


def _table(node: Node) -> list[str]:
    flags = [("header-row", "has_column_header"), ("header-column", "has_row_header")]
    given = "".join(f' {name}="true"' for name, key in flags if node.body[key])
    rows = []
    for row in node.children:
        cells = "".join(f"<td>{inline.markdown(cell)}</td>" for cell in row.body["cells"])
        rows.append(f"<tr>{cells}</tr>")
    return [f"<table{given}>", *rows, "</table>"]


def _inside(node: Node) -> list[str]:
    return [f"\t{line}" for line in _all(node.children)]


def _all(nodes: Sequence[Node]) -> list[str]:
    lines: list[str] = []
    number = 0
    for node in nodes:
        number = number + 1 if node.type == "numbered_list_item" else 0
        lines.extend(_lines(node, number or 1))
    return lines


def _named(body: JsonObject) -> str:
    name = str(body.get("color") or "default")
    return "" if name == "default" else name.replace("_background", "_bg")


def _color(body: JsonObject, *, tag: bool = False) -> str:
    name = _named(body)
    if not name:
        return ""
    return f' color="{name}"' if tag else f' {{color="{name}"}}'
