"""Notion's Markdown as blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.twin.markdown import inline
from reconciler.twin.records import JsonObject

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_TO_DO = re.compile(r"[-*+] \[([ xX])\](?:\s+(.*))?")
_BULLET = re.compile(r"[-*+]\s+(.*)")
_NUMBER = re.compile(r"\d+[.)]\s+(.*)")
_FENCE = re.compile(r"(`{3,}|~{3,})(.*)")
_IMAGE = re.compile(r"!\[(.*)\]\((\S+)\)")
_MEDIA = re.compile(r"<(video|pdf|audio|file) src=\"([^\"]*)\"[^>]*>(.*)</\1>")
_CHILD = re.compile(r"<(page|database) ([^>]*)>(.*)</\1>")
_OPENING = re.compile(r"<(details|columns|column|synced_block|table|callout)((?:\s[^>]*)?)>")
_CALLOUT = re.compile(r":{3,}\s*callout\s*(\{.*\})?\s*")
_GIVEN = re.compile(r"\s*\{((?:\s*[\w-]+=\"[^\"]*\")+)\s*\}\s*$")
_CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)
_ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
_PIPES = re.compile(r"\|.*\|\s*")
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+\s*")
_DIVIDER = re.compile(r"(?:-{3,}|\*{3,}|_{3,})\s*")
_SUMMARY = re.compile(r"\s*<summary>(.*)</summary>\s*")
_HEADINGS = 4
_LANGUAGES = {"": "plain text", "js": "javascript", "ts": "typescript", "py": "python", "sh": "shell", "yml": "yaml"}
_WITHOUT_CHILDREN = ("divider", "equation", "code", "image", "video", "pdf", "audio", "file", "table_of_contents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A block of the topmost level with the lines it was read from.

    ``block`` is as a request has it; ``child`` instead names a page or database that is there already.
    """

    source: str
    block: JsonObject | None
    child: str | None = None


def parts(text: str) -> list[Part]:
    """The topmost blocks of a text. Every text is something: what is no other block is a paragraph."""
    lines = text.replace("\r\n", "\n").split("\n")
    found: list[Part] = []
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        block, end = _block(lines, at)
        while end < len(lines) and _depth(lines[end]) > 0 and lines[end].strip():
            end += 1
        source = "\n".join(lines[at:end]).rstrip("\n")
        child = _child(lines[at])
        if child is None and end > at:
            _adopt(block, lines[at:end])
        found.append(Part(source=source, block=None if child is not None else block, child=child))
        at = end
    return found


def _adopt(block: JsonObject, lines: Sequence[str]) -> None:
    """Lines indented below a block of one line are its children."""
    if block[block["type"]].get("children") is not None or block["type"] in _WITHOUT_CHILDREN:
        return
    inside = _blocks([line[1:] for line in lines[1:] if line.startswith("\t")])
    if inside:
        block[block["type"]]["children"] = inside


def _child(line: str) -> str | None:
    found = _CHILD.fullmatch(line.strip())
    return None if found is None else inline.id_in(inline.attributes(found.group(2)).get("url", ""))


def _blocks(lines: Sequence[str]) -> list[JsonObject]:
    return [part.block for part in parts("\n".join(lines)) if part.block is not None]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip("\t"))


def _made(kind: str, **body: Any) -> JsonObject:
    return {"type": kind, kind: body}


def _block(lines: Sequence[str], at: int) -> tuple[JsonObject, int]:
    """The block that begins at a line, without what is indented below it, and the line after it."""
    line = lines[at].strip()
    fence = _FENCE.fullmatch(line)
    if fence is not None:
        end = _until(lines, at + 1, lambda text: text.strip().startswith(fence.group(1)))
        language = fence.group(2).strip().lower()
        content = [{"type": "text", "text": {"content": piece}} for piece in _pieces("\n".join(lines[at + 1 : end]))]
        return _made("code", rich_text=content, language=_LANGUAGES.get(language, language)), end + 1
    if line == "$$":
        end = _until(lines, at + 1, lambda text: text.strip() == "$$")
        return _made("equation", expression="\n".join(text.strip() for text in lines[at + 1 : end])), end + 1
    callout = _CALLOUT.fullmatch(line)
    if callout is not None:
        end = _until(lines, at + 1, lambda text: text.strip() == ":" * len(text.strip()) and len(text.strip()) > 2)
        return _callout(inline.attributes(callout.group(1) or ""), lines[at + 1 : end]), end + 1
    opening = _OPENING.match(line)
    if opening is not None and f"</{opening.group(1)}>" not in line[opening.end() :]:
        end = _closing_tag(lines, at + 1, opening.group(1))
        return _tagged(opening.group(1), inline.attributes(opening.group(2)), lines[at + 1 : end]), end + 1
    if _PIPES.fullmatch(line) and at + 1 < len(lines) and _RULE.fullmatch(lines[at + 1].strip()):
        end = _until(lines, at, lambda text: not _PIPES.fullmatch(text.strip()))
        return _piped([lines[at], *lines[at + 2 : end]]), end
    return _line(line), at + 1


def _until(lines: Sequence[str], at: int, last: Any) -> int:
    return next((n for n in range(at, len(lines)) if last(lines[n])), len(lines))


def _closing_tag(lines: Sequence[str], at: int, tag: str) -> int:
    depth = 1
    for n in range(at, len(lines)):
        depth += len(re.findall(rf"<{tag}[\s>]", lines[n])) - lines[n].count(f"</{tag}>")
        if depth <= 0:
            return n
    return len(lines)


def _pieces(text: str) -> list[str]:
    return [text[n : n + inline.PIECE // 2] for n in range(0, len(text), inline.PIECE // 2)]


def _callout(given: dict[str, str], lines: Sequence[str]) -> JsonObject:
    inside = _blocks([line.removeprefix("\t") for line in lines])
    body: JsonObject = {"rich_text": []}
    if inside and inside[0]["type"] == "paragraph" and "children" not in inside[0]["paragraph"]:
        body["rich_text"] = inside.pop(0)["paragraph"]["rich_text"]
    if given.get("icon"):
        body["icon"] = {"type": "emoji", "emoji": given["icon"]}
    return _made("callout", **body, **_colored(given), **({"children": inside} if inside else {}))


def _tagged(tag: str, given: dict[str, str], lines: Sequence[str]) -> JsonObject:
    if tag == "callout":
        return _callout(given, lines)
    if tag == "table":
        rows = [_CELL.findall(row) for row in _ROW.findall("\n".join(lines))]
        return _table(rows, header=given.get("header-row") == "true", column=given.get("header-column") == "true")
    title: list[JsonObject] = []
    if tag == "details" and lines and _SUMMARY.fullmatch(lines[0]):
        title = inline.rich_text(_SUMMARY.sub(r"\1", lines[0]))
        lines = lines[1:]
    inside = _blocks([line.removeprefix("\t") for line in lines])
    children = {"children": inside} if inside else {}
    match tag:
        case "details":
            return _made("toggle", rich_text=title, **_colored(given), **children)
        case "columns":
            return _made("column_list", **children)
        case "synced_block":
            return _made("synced_block", synced_from=None, **children)
        case _:
            return _made("column", **children)


def _piped(lines: Sequence[str]) -> JsonObject:
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in lines]
    return _table(rows, header=True, column=False)


def _table(rows: list[list[str]], *, header: bool, column: bool) -> JsonObject:
    width = max((len(row) for row in rows), default=1) or 1
    cells = [[inline.rich_text(cell.strip()) for cell in row] + [[]] * (width - len(row)) for row in rows]
    children = [_made("table_row", cells=row) for row in cells] or [_made("table_row", cells=[[]] * width)]
    return _made("table", table_width=width, has_column_header=header, has_row_header=column, children=children)


def _colored(given: dict[str, str]) -> JsonObject:
    return {"color": inline.color(given["color"])} if "color" in given else {}


def _line(line: str) -> JsonObject:
    """A block that is one line."""
    if _DIVIDER.fullmatch(line):
        return _made("divider")
    if line == "<empty-block/>":
        return _made("paragraph", rich_text=[])
    if line.startswith("<table_of_contents"):
        return _made("table_of_contents", **_colored(inline.attributes(line)))
    image = _IMAGE.fullmatch(line)
    media = _MEDIA.fullmatch(line)
    if image is not None or media is not None:
        kind, url, caption = ("image", *image.group(2, 1)) if image is not None else (media.groups() if media else ())
        return _made(kind, type="external", external={"url": url}, caption=inline.rich_text(caption))
    tail = _GIVEN.search(line)
    given = inline.attributes(tail.group(1)) if tail is not None else {}
    return _texted(line[: tail.start()] if tail is not None else line, given)


def _texted(line: str, given: dict[str, str]) -> JsonObject:
    heading = _HEADING.fullmatch(line)
    if heading is not None:
        toggle = {"is_toggleable": True} if given.get("toggle") == "true" else {}
        level = min(len(heading.group(1)), _HEADINGS)
        return _made(f"heading_{level}", rich_text=inline.rich_text(heading.group(2)), **toggle, **_colored(given))
    to_do = _TO_DO.fullmatch(line)
    if to_do is not None:
        text = inline.rich_text(to_do.group(2) or "")
        return _made("to_do", rich_text=text, checked=to_do.group(1) != " ", **_colored(given))
    for pattern, kind in ((_BULLET, "bulleted_list_item"), (_NUMBER, "numbered_list_item")):
        item = pattern.fullmatch(line)
        if item is not None:
            return _made(kind, rich_text=inline.rich_text(item.group(1)), **_colored(given))
    kind = "quote" if line.startswith(">") else "paragraph"
    return _made(kind, rich_text=inline.rich_text(line[1:].strip() if kind == "quote" else line), **_colored(given))
