"""What Notion makes of what is sent to it, as far as the archive can notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from reconciler.memory import schema
from reconciler.memory.codec import Block, Encoded
from reconciler.model.live import LiveDatabase, LiveProperty, LiveRow

PLAIN = {
    "bold": False, "italic": False, "strikethrough": False, "underline": False, "code": False, "color": "default",
}  # fmt: skip


def element(content: str) -> dict[str, Any]:
    return {
        "type": "text",
        "text": {"content": content, "link": None},
        "annotations": dict(PLAIN),
        "plain_text": content,
        "href": None,
    }


def answered_text(sent: Sequence[Mapping[str, Any]], cuts: Sequence[int] = ()) -> list[dict[str, Any]]:
    """Rich text as answered; with ``cuts``, split anew at those places, since elements are not promised to stay."""
    if not cuts:
        return [element(e["text"]["content"]) for e in sent]
    text = "".join(e["text"]["content"] for e in sent)
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [element(text[a:b]) for a, b in pairwise(places)]


def answered_blocks(encoded: Encoded, cuts: Sequence[int] = ()) -> list[Block]:
    """The children of the entry's page, all batches appended."""
    blocks: list[Block] = []
    for block in [*encoded.first, *(b for batch in encoded.rest for b in batch)]:
        answer = {"object": "block", "id": f"block-{len(blocks)}", "in_trash": False, "type": block["type"]}
        body = {word: value for word, value in block[block["type"]].items() if word != "children"}
        if "rich_text" in body:
            body |= {"rich_text": answered_text(body["rich_text"], cuts), "caption": []}
        blocks.append({**answer, "has_children": block["type"] == "table", block["type"]: body})
    return blocks


def answered_properties(sent: Mapping[str, Any], *, title: str = schema.RECORD) -> dict[str, Any]:
    """The properties of the page's answer: keyed by name, with id and type."""
    answer: dict[str, Any] = {}
    for name, entry in sent.items():
        (kind, value), *_ = entry.items()
        shown = answered_text(value) if kind in ("title", "rich_text") else value
        answer[title if name == "title" else name] = {"id": f"id-{name}", "type": kind, kind: shown}
    return answer


def archive(properties: Mapping[str, Any] | None = None, *, description: str = "", title: str = "arc") -> LiveDatabase:
    """A live database with these columns (those of a fresh archive, if none are given)."""
    columns = schema.properties() if properties is None else properties
    live = tuple(
        LiveProperty(id=f"id-{name}", name=name, type=next(iter(body)), config=dict(body[next(iter(body))]))
        for name, body in columns.items()
    )
    return LiveDatabase(id="db", data_source_id="ds", title=title, description=description, properties=live)


def row(page: str, properties: Mapping[str, Any], **changed: str) -> LiveRow:
    """A row of `archive` with these properties in canonical form; ``changed`` text is what someone typed over them."""
    values: dict[str, Any] = {}
    for name in ("data", "digest"):
        text = "".join(e["text"]["content"] for e in properties[name]["rich_text"])
        values[f"id-{name}"] = [{"text": changed.get(name, text)}]
    return LiveRow(
        id=page, values=values, title=properties["title"]["title"][0]["text"]["content"], url=f"https://n/{page}"
    )
