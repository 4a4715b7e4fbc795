"""A page's content as Markdown: read, inserted, replaced, edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.twin import blocks, checks, markdown, repository
from reconciler.twin.errors import UNDEFINED, TwinError, archived, invalid, misfit
from reconciler.twin.records import Block, JsonObject, Page
from reconciler.twin.request import MAX_PAGE, Request
from reconciler.twin.session import Session

MAX_CONTENT = 400_000
COMMANDS = ("insert_content", "replace_content_range", "update_content", "replace_content")
_WHOLE = ("table", "column_list")
"""Blocks that are made together with what lies in them."""
_CHILDREN = ("child_page", "child_database")


def retrieve(session: Session, request: Request) -> JsonObject:
    page_id = request.uuid("page_id")
    if request.query.get("include_transcript", ["false"])[-1] not in ("true", "false"):
        raise misfit("query.include_transcript", "a boolean or `undefined`", request.query["include_transcript"][-1])
    session.need("read")
    return _answer(session, session.the_page(page_id))


def _answer(session: Session, page: Page) -> JsonObject:
    text = "\n".join(source for _, source in _content(session, page.id))
    return {"object": "page_markdown", "id": page.id, "markdown": text, "truncated": False, "unknown_block_ids": []}


def _content(session: Session, page_id: str) -> list[tuple[Block, str]]:
    """The page's own blocks, each with its lines."""
    found: list[tuple[Block, str]] = []
    number = 0
    for block in repository.children(session.store, page_id):
        number = number + 1 if block.type == "numbered_list_item" else 0
        found.append((block, markdown.written(_node(session, block), number or 1)))
    return found


def _node(session: Session, block: Block) -> markdown.Node:
    inside = [] if block.type in _CHILDREN else repository.children(session.store, block.id)
    return markdown.Node(
        id=block.id,
        type=block.type,
        body=blocks.body(session, block),
        children=tuple(_node(session, child) for child in inside),
    )


def update(session: Session, request: Request) -> JsonObject:
    page_id = request.uuid("page_id")
    body = request.body
    checks.known_keys(body, "body", ("type", "allow_async", *COMMANDS))
    command = checks.one_of(checks.kind(body, COMMANDS), "body.type", COMMANDS)
    given = checks.obj(body.get(command, UNDEFINED), f"body.{command}")
    if body.get("allow_async") is not None:
        checks.boolean(body["allow_async"], "body.allow_async")
    session.need("update")
    page = session.the_page(page_id)
    if page.in_trash or session.buried(page.parent_kind, page.parent_id):
        raise archived()
    _COMMANDS[command](session, page, given, f"body.{command}")
    return _answer(session, session.the_page(page_id))


def _text(given: JsonObject, key: str, path: str) -> str:
    return checks.string(given.get(key, UNDEFINED), f"{path}.{key}", limit=MAX_CONTENT)


def _may_delete(given: JsonObject, path: str) -> bool:
    return checks.boolean(given.get("allow_deleting_content", False), f"{path}.allow_deleting_content")


def _insert(session: Session, page: Page, given: JsonObject, path: str) -> None:
    text = _text(given, "content", path)
    after: int | None = None
    if given.get("after") is not None:
        after = _selected(session, page, _text(given, "after", path), f"{path}.after")[-1].position
    elif given.get("position") is not None:
        place = checks.obj(given["position"], f"{path}.position")
        kind = checks.one_of(place.get("type", UNDEFINED), f"{path}.position.type", ("start", "end"))
        after = 0 if kind == "start" else None
    write(session, page.id, [part.block for part in markdown.parts(text) if part.block is not None], after)


def _replace(session: Session, page: Page, given: JsonObject, path: str) -> None:
    text = _text(given, "new_str", path)
    _rewrite(session, page, text, may_delete=_may_delete(given, path))


def _replace_range(session: Session, page: Page, given: JsonObject, path: str) -> None:
    text, may_delete = _text(given, "content", path), _may_delete(given, path)
    chosen = {block.id for block in _selected(session, page, _text(given, "content_range", path), path)}
    sources: list[str] = []
    for block, source in _content(session, page.id):
        if block.id not in chosen:
            sources.append(source)
        elif text is not None:
            sources.append(text)
            text = ""
    _rewrite(session, page, "\n".join(sources), may_delete=may_delete)


def _edit(session: Session, page: Page, given: JsonObject, path: str) -> None:
    text = "\n".join(source for _, source in _content(session, page.id))
    updates = checks.array(given.get("content_updates", UNDEFINED), f"{path}.content_updates")
    for n, item in enumerate(updates):
        at = f"{path}.content_updates[{n}]"
        change = checks.obj(item, at)
        old, new = _text(change, "old_str", at), _text(change, "new_str", at)
        everywhere = checks.boolean(change.get("replace_all_matches", False), f"{at}.replace_all_matches")
        found = text.count(old) if old else 0
        if found == 0:
            raise invalid(f"Could not find old_str in the page content: {old!r}.")
        if found > 1 and not everywhere:
            raise invalid(f"old_str matches {found} times; set replace_all_matches, or give more of the text.")
        text = text.replace(old, new)
    _rewrite(session, page, text, may_delete=_may_delete(given, path))


_COMMANDS = {
    "insert_content": _insert,
    "replace_content_range": _replace_range,
    "update_content": _edit,
    "replace_content": _replace,
}


def _selected(session: Session, page: Page, selection: str, path: str) -> list[Block]:
    """The blocks from the one that holds the selection's start to the one that holds its end (``start...end``)."""
    start, _, end = selection.partition("...")
    content = _content(session, page.id)
    first = next((n for n, (_, source) in enumerate(content) if start in source), None)
    if first is None:
        raise misfit(path, "text of the page", selection)
    last = next((n for n, (_, source) in enumerate(content) if n >= first and end in source), None)
    if last is None:
        raise misfit(path, "text of the page", selection)
    return [block for block, _ in content[first : last + 1]]


def _rewrite(session: Session, page: Page, text: str, *, may_delete: bool) -> None:
    """The page with this content. Blocks that are the same before and behind what differs stay as they are."""
    before, parts = _content(session, page.id), markdown.parts(text)
    head = 0
    while head < min(len(before), len(parts)) and before[head][1] == parts[head].source:
        head += 1
    tail = 0
    while tail < min(len(before), len(parts)) - head and before[-1 - tail][1] == parts[-1 - tail].source:
        tail += 1
    old, new = before[head : len(before) - tail], parts[head : len(parts) - tail]
    named = {part.child for part in new}
    for block, _ in old:
        if block.type in _CHILDREN and block.id not in named and not may_delete:
            raise _would_delete(block)
    after = before[head - 1][0].position if head else 0
    for block, _ in old:
        if block.id not in named:
            blocks.set_trash(session, block, trash=True)
    write(session, page.id, [part.block for part in new if part.block is not None], after)


def _would_delete(block: Block) -> TwinError:
    noun = "page" if block.type == "child_page" else "database"
    return invalid(
        f"This would delete the child {noun} {block.id}. Set allow_deleting_content to true, or keep it in the content."
    )


def write(session: Session, page_id: str, items: Sequence[JsonObject | None], after: int | None = None) -> None:
    """Append blocks that Markdown came to, as many and as deep as they are."""
    _append(session, "page_id", page_id, [item for item in items if item is not None], after)


def _append(session: Session, kind: str, parent_id: str, items: list[JsonObject], after: int | None = None) -> None:
    for n in range(0, len(items), MAX_PAGE):
        batch = items[n : n + MAX_PAGE]
        made = blocks.append_to(session, kind, parent_id, [_bare(item) for item in batch], "body.markdown", after=after)
        after = None if after is None else after + len(batch)
        for block, item in zip(made, batch, strict=True):
            inner = [] if item["type"] in _WHOLE else item[item["type"]].get("children") or []
            _append(session, "block_id", block.id, inner)
            if item["type"] == "column_list":
                columns = repository.children(session.store, block.id)
                for column, given in zip(columns, item["column_list"].get("children") or [], strict=True):
                    _append(session, "block_id", column.id, given["column"].get("children") or [])


def _bare(item: JsonObject) -> JsonObject:
    """A block without what lies in it, but for those that cannot be without."""
    kind = item["type"]
    body: dict[str, Any] = {key: value for key, value in item[kind].items() if key != "children"}
    if kind == "table":
        body = item[kind]
    if kind == "column_list":
        body = {"children": [_bare(child) for child in item[kind].get("children") or []]}
    return {"type": kind, kind: body}
