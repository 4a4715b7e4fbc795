"""Text with formatting: between Notion's Markdown and rich text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reconciler.twin.records import JsonObject

PIECE = 2000
"""UTF-16 units that one element of rich text may have."""
_ESCAPED = re.compile(r"[\\*~`$\[\]<>{}|^]")
_MARKS = (("**", "bold"), ("~~", "strikethrough"), ("*", "italic"))
_SPAN = re.compile(r"<span ([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_LINK_END = re.compile(r"\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)")
_MENTION = re.compile(r"<mention-(user|page|database|data-source|date)([^>]*?)(?:/>|>.*?</mention-\1>)")
_MATH = re.compile(r"\$([^$\n]+)\$")
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def attributes(text: str) -> dict[str, str]:
    """``name="value"`` pairs of a tag or an attribute list."""
    return dict(_ATTRIBUTE.findall(text))


def id_in(url: str) -> str | None:
    """The last id that a url of Notion's names."""
    found = _ID.findall(url.lower())
    return found[-1] if found else None


def color(name: str) -> str:
    """Notion's Markdown says ``red_bg`` where the API says ``red_background``."""
    return name.replace("_bg", "_background")


# -- reading -------------------------------------------------------------------------------------------------------


def rich_text(text: str) -> list[JsonObject]:
    """Rich text as a request has it."""
    runs: list[JsonObject] = []
    for item in _runs(text, {}, None):
        last = runs[-1] if runs else None
        alike = last is not None and last["type"] == item["type"] == "text" and _style(last) == _style(item)
        if last is not None and alike:
            last["text"]["content"] += item["text"]["content"]
        else:
            runs.append(item)
    return [piece for item in runs for piece in _pieces(item)]


def _style(item: JsonObject) -> Any:
    return item["annotations"], item["text"].get("link")


def _pieces(item: JsonObject) -> Iterator[JsonObject]:
    if item["type"] != "text":
        yield item
        return
    part, length = "", 0
    for char in item["text"]["content"]:
        width = 2 if ord(char) > 0xFFFF else 1
        if length + width > PIECE:
            yield {**item, "text": {**item["text"], "content": part}}
            part, length = "", 0
        part, length = part + char, length + width
    if part:
        yield {**item, "text": {**item["text"], "content": part}}


def _text(content: str, marks: JsonObject, link: str | None) -> JsonObject:
    body: JsonObject = {"content": content}
    if link:
        body["link"] = {"url": link}
    return {"type": "text", "text": body, "annotations": marks}


def _runs(text: str, marks: JsonObject, link: str | None) -> Iterator[JsonObject]:
    at = 0
    while at < len(text):
        taken = _special(text, at, marks, link)
        if taken is None:
            width = 2 if text[at] == "\\" and at + 1 < len(text) else 1
            yield _text(text[at + width - 1 : at + width], marks, link)
            at += width
        else:
            items, at = taken
            yield from items


def _special(text: str, at: int, marks: JsonObject, link: str | None) -> tuple[list[JsonObject], int] | None:
    """What begins here other than plain text, and where it ends."""
    match text[at]:
        case "`":
            end = text.find("`", at + 1)
            return None if end < 0 else ([_text(text[at + 1 : end], {**marks, "code": True}, link)], end + 1)
        case "*" | "~":
            return _marked(text, at, marks, link)
        case "$":
            math = _MATH.match(text, at)
            expression = math.group(1).strip("`") if math else ""
            equation = {"type": "equation", "equation": {"expression": expression}, "annotations": marks}
            return ([equation], math.end()) if math else None
        case "[":
            end_of_link = _LINK_END.search(text, at)
            if end_of_link is None:
                return None
            return list(_runs(text[at + 1 : end_of_link.start()], marks, end_of_link.group(1))), end_of_link.end()
        case "<":
            return _tag(text, at, marks, link)
        case _:
            return None


def _marked(text: str, at: int, marks: JsonObject, link: str | None) -> tuple[list[JsonObject], int] | None:
    for mark, name in _MARKS:
        if text.startswith(mark, at):
            end = _closing(text, at + len(mark), mark)
            if end > at + len(mark):
                return list(_runs(text[at + len(mark) : end], {**marks, name: True}, link)), end + len(mark)
    return None


def _closing(text: str, at: int, mark: str) -> int:
    """Where the mark stands again, not escaped and not as part of a longer one; -1 if nowhere."""
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif mark == "*" and text.startswith("**", at):
            inner = _closing(text, at + 2, "**")
            at = inner + 2 if inner > 0 else at + 2
        elif text.startswith(mark, at):
            return at
        else:
            at += 1
    return -1


def _tag(text: str, at: int, marks: JsonObject, link: str | None) -> tuple[list[JsonObject], int] | None:
    if text.startswith("<br>", at):
        return [_text("\n", marks, link)], at + 4
    span = _SPAN.match(text, at)
    if span is not None:
        end = text.find("</span>", span.end())
        if end < 0:
            return None
        given = attributes(span.group(1))
        inner = {**marks, "underline": True} if given.get("underline") == "true" else dict(marks)
        if "color" in given:
            inner["color"] = color(given["color"])
        return list(_runs(text[span.end() : end], inner, link)), end + len("</span>")
    mention = _MENTION.match(text, at)
    made = None if mention is None else _mention(mention.group(1), attributes(mention.group(2)))
    return None if mention is None or made is None else ([{**made, "annotations": marks}], mention.end())


def _mention(kind: str, given: dict[str, str]) -> JsonObject | None:
    if kind == "date":
        date = {"start": given.get("start", ""), "end": given.get("end")}
        return {"type": "mention", "mention": {"type": "date", "date": date}}
    target = id_in(given.get("url", ""))
    name = kind.replace("-", "_")
    return None if target is None else {"type": "mention", "mention": {"type": name, name: {"id": target}}}


# -- writing -------------------------------------------------------------------------------------------------------


def escaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\\" + found.group(), text).replace("\n", "<br>")


def markdown(text: list[JsonObject]) -> str:
    """Answered rich text as Markdown."""
    return "".join(_element(item) for item in text)


def _element(item: JsonObject) -> str:
    marks = item["annotations"]
    match item["type"]:
        case "equation":
            shown = f"${item['equation']['expression']}$"
        case "mention":
            shown = _mentioned(item)
        case _:
            content = item["text"]["content"]
            shown = f"`{content}`" if marks["code"] else escaped(content)
    for mark, name in _MARKS:
        if marks[name] and shown.strip():
            shown = f"{mark}{shown}{mark}"
    if marks["underline"]:
        shown = f'<span underline="true">{shown}</span>'
    if marks["color"] != "default":
        shown = f'<span color="{marks["color"].replace("_background", "_bg")}">{shown}</span>'
    return f"[{shown}]({item['href']})" if item["type"] == "text" and item["href"] else shown


def _mentioned(item: JsonObject) -> str:
    mention = item["mention"]
    kind = mention["type"]
    if kind == "date":
        date = mention["date"]
        end = f' end="{date["end"]}"' if date["end"] else ""
        return f'<mention-date start="{date["start"]}"{end}/>'
    if kind in ("user", "page", "database", "data_source"):
        tag = f"mention-{kind.replace('_', '-')}"
        url = f"user://{mention['user']['id']}" if kind == "user" else item["href"]
        return f'<{tag} url="{url}">{escaped(item["plain_text"])}</{tag}>'
    return escaped(item["plain_text"])
