"""Blocks: page content, and the places of child pages and databases in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.twin import block_types, checks, repository, richtext
from reconciler.twin.errors import UNDEFINED, archived, invalid
from reconciler.twin.pagination import envelope, page_of_list
from reconciler.twin.records import Block, JsonObject, Page
from reconciler.twin.request import MAX_PAGE, Request
from reconciler.twin.session import OLD_VERSION, Session, parent_answer, partial_user
from reconciler.twin.times import minute

MAX_BLOCKS = 1000
MAX_DEPTH = 3
"""Levels of blocks in one request: what is appended, and two below."""
_PLACES = ("child_page", "child_database")


# -- answers -------------------------------------------------------------------------------------------------------


def answer(session: Session, block: Block) -> JsonObject:
    in_trash = block.in_trash or session.buried(block.parent_kind, block.parent_id)
    children = block.type != "child_database" and repository.has_children(session.store, _holder(block))
    shown: JsonObject = {
        "object": "block",
        "id": block.id,
        "parent": _parent(session, block),
        "created_time": minute(block.created),
        "last_edited_time": minute(block.edited),
        "created_by": partial_user(block.created_by),
        "last_edited_by": partial_user(block.edited_by),
        "has_children": children,
        "in_trash": in_trash,
        "type": block.type,
        block.type: body(session, block),
    }
    if session.version == OLD_VERSION:
        shown["archived"] = in_trash
    return shown


def _parent(session: Session, block: Block) -> JsonObject:
    parent = parent_answer(block.parent_kind, block.parent_id)
    source = session.source(block.parent_id) if block.parent_kind == "data_source_id" else None
    return parent if source is None else {**parent, "database_id": source.database_id}


def _holder(block: Block) -> str:
    """Whose children a block shows: a synced copy shows those of its original."""
    original = block.body.get("synced_from") if block.type == "synced_block" else None
    return str(original["block_id"]) if original is not None else block.id


def body(session: Session, block: Block) -> JsonObject:
    """What stands under a block's type."""
    if block.type == "child_page":
        return {"title": richtext.title_of(session, block.id)}
    if block.type == "child_database":
        return {"title": richtext.title_of(session, block.id) or "New database"}
    return block_types.answer(session, block.type, block.body)


def _the_block(session: Session, block_id: str) -> Block:
    """The block, also where the id is a page's (rows have no place of their own) or a database's."""
    block = repository.block(session.store, block_id)
    if block is None:
        page = repository.page(session.store, block_id)
        if page is None:
            raise session.absent("block", block_id)
        block = _page_as_block(page)
    if not session.sees(block.parent_kind, block.parent_id) or block_id in session.hidden:
        raise session.absent("block", block_id)
    return block


def _page_as_block(page: Page) -> Block:
    return Block(
        id=page.id,
        parent_kind=page.parent_kind,
        parent_id=page.parent_id,
        position=0,
        type="child_page",
        body={},
        in_trash=page.in_trash,
        created=page.created,
        edited=page.edited,
        created_by=page.created_by,
        edited_by=page.edited_by,
    )


# -- endpoints -----------------------------------------------------------------------------------------------------


def retrieve(session: Session, request: Request) -> JsonObject:
    block_id = request.uuid("block_id")
    session.need("read")
    return answer(session, _the_block(session, block_id))


def children(session: Session, request: Request) -> JsonObject:
    block_id = request.uuid("block_id")
    session.need("read")
    block = _the_block(session, block_id)
    found = repository.children(session.store, _holder(block))
    return page_of_list(
        found,
        request,
        kind="block",
        key=lambda block: str(block.id),
        render=lambda block: answer(session, block),
        uuid_cursor=True,
    )


def append(session: Session, request: Request) -> JsonObject:
    block_id = request.uuid("block_id")
    body = request.body
    place_key = "after" if session.version == OLD_VERSION else "position"
    checks.known_keys(body, "body", ("children", place_key))
    given = checks.array(body.get("children", UNDEFINED), "body.children")
    session.need("insert")
    parent = _the_block(session, block_id)
    if parent.in_trash or session.buried(parent.parent_kind, parent.parent_id):
        raise archived()
    kind = "page_id" if parent.type == "child_page" else "block_id"
    after = _after(session, block_id, body)
    made = append_to(session, kind, block_id, given, "body.children", after=after)
    if after is not None:  # the answer holds what follows, too (recorded)
        made = [block for block in repository.children(session.store, block_id) if block.position > after]
    shown, rest = made[:MAX_PAGE], made[MAX_PAGE:]
    following = rest[0].id if rest else None
    return envelope([answer(session, block) for block in shown], kind="block", next_cursor=following)


def _after(session: Session, parent_id: str, body: JsonObject) -> int | None:
    """The position behind which to insert; None for the end."""
    if body.get("after") is not None:
        return position_of(session, parent_id, body["after"], "body.after")
    if body.get("position") is None:
        return None
    place = checks.obj(body["position"], "body.position")
    kind = checks.one_of(place.get("type", UNDEFINED), "body.position.type", ("after_block", "start", "end"))
    if kind == "after_block":
        inner = checks.obj(place.get("after_block", UNDEFINED), "body.position.after_block")
        return position_of(session, parent_id, inner.get("id", UNDEFINED), "body.position.after_block.id")
    return 0 if kind == "start" else None


def position_of(session: Session, parent_id: str, block_id: Any, path: str) -> int:
    """The place of a child in its parent. Raises for a block that is not one."""
    sibling = repository.block(session.store, checks.uuid(block_id, path))
    if sibling is None or sibling.parent_id != parent_id:
        raise invalid(f"Block to append children after is not a child of the parent: {block_id}")
    return sibling.position


def append_to(
    session: Session, kind: str, parent_id: str, given: Any, path: str, *, after: int | None = None
) -> list[Block]:
    """Store new blocks with what is nested in them; the top ones are returned."""
    items = checks.array(given, path)
    parsed = [block_types.read(session, item, f"{path}[{n}]", MAX_DEPTH) for n, item in enumerate(items)]
    if sum(map(block_types.count, parsed)) > MAX_BLOCKS:
        raise invalid(f"body failed validation: {path} should have at most `{MAX_BLOCKS}` blocks in all.")
    if after is None:
        after = repository.last_position(session.store, parent_id)
    else:
        repository.make_room(session.store, parent_id, after, len(parsed))
    made = [_store(session, kind, parent_id, after + n, block) for n, block in enumerate(parsed, start=1)]
    session.touch(*_page_above(session, kind, parent_id))
    return made


def _store(session: Session, kind: str, parent_id: str, position: int, parsed: block_types.Parsed) -> Block:
    block = Block(
        id=session.new_object_id(),
        parent_kind=kind,
        parent_id=parent_id,
        position=position,
        type=parsed.type,
        body=parsed.body,
        in_trash=False,
        created=session.now,
        edited=session.now,
        created_by=session.actor.bot_id,
        edited_by=session.actor.bot_id,
    )
    repository.save_block(session.store, block)
    for n, child in enumerate(parsed.children, start=1):
        _store(session, "block_id", block.id, n, child)
    return block


def _page_above(session: Session, kind: str, object_id: str) -> tuple[str, str]:
    while kind == "block_id":
        block = repository.block(session.store, object_id)
        if block is None:
            break
        kind, object_id = block.parent_kind, block.parent_id
    return kind, object_id


def update(session: Session, request: Request) -> JsonObject:
    block_id = request.uuid("block_id")
    body = session.in_new_words(request.body)
    session.need("update")
    block = _the_block(session, block_id)
    trash = body.get("in_trash")
    if trash is not None and checks.boolean(trash, "body.in_trash") != block.in_trash:
        block = set_trash(session, block, trash=trash)
    kinds = [key for key in body if key in block_types.TYPES]
    if not kinds:
        return answer(session, block)
    if block.in_trash or session.buried(block.parent_kind, block.parent_id):
        raise archived()
    if block.type not in body or block.type in _PLACES:
        raise invalid(f"Expected block type {block.type} in request body")
    changed = block_types.update(session, block.type, block.body, body[block.type], f"body.{block.type}")
    block = replace(block, body=changed, edited=session.now, edited_by=session.actor.bot_id)
    repository.save_block(session.store, block)
    session.touch(*_page_above(session, block.parent_kind, block.parent_id))
    return answer(session, block)


def delete(session: Session, request: Request) -> JsonObject:
    block_id = request.uuid("block_id")
    session.need("update")
    block = _the_block(session, block_id)
    if block.in_trash:
        raise archived()
    return answer(session, set_trash(session, block, trash=True))


def set_trash(session: Session, block: Block, *, trash: bool) -> Block:
    """Into the trash or back, with the page or database that the block stands for."""
    page = repository.page(session.store, block.id)
    if page is not None:
        if page.parent_kind == "workspace":
            raise invalid("Archiving workspace level pages via API not supported.")
        repository.save_page(
            session.store, replace(page, in_trash=trash, edited=session.now, edited_by=session.actor.bot_id)
        )
    database = session.database(block.id)
    if database is not None:
        session.save_database(replace(database, in_trash=trash))
    session.forget_trash()
    block = replace(block, in_trash=trash, edited=session.now, edited_by=session.actor.bot_id)
    if page is None or page.source is None:
        repository.save_block(session.store, block)
    session.touch(*_page_above(session, block.parent_kind, block.parent_id))
    return block


# -- places of child pages and databases ---------------------------------------------------------------------------


def save_place(
    session: Session, object_id: str, kind: str, parent_id: str, block_type: str, *, after: int | None = None
) -> None:
    """Put a child page or database into its parent: last, or behind a place."""
    if after is None:
        after = repository.last_position(session.store, parent_id)
    else:
        repository.make_room(session.store, parent_id, after, 1)
    place = Block(
        id=object_id,
        parent_kind=kind,
        parent_id=parent_id,
        position=after + 1,
        type=block_type,
        body={},
        in_trash=False,
        created=session.now,
        edited=session.now,
        created_by=session.actor.bot_id,
        edited_by=session.actor.bot_id,
    )
    repository.save_block(session.store, place)


def forget_place(session: Session, object_id: str) -> None:
    """The page became a row: it is in no page's content any more."""
    session.store.run("DELETE FROM blocks WHERE id = ? AND type IN ('child_page', 'child_database')", object_id)


def erase(session: Session, page_id: str) -> None:
    """All content of a page goes to the trash."""
    for block in repository.children(session.store, page_id):
        set_trash(session, block, trash=True)
