"""Databases as containers: where they may lie, and how a new one gets its place."""

from __future__ import annotations

from typing import Any

from reconciler.twin import blocks, checks, ids, richtext
from reconciler.twin.errors import UNDEFINED, archived, invalid
from reconciler.twin.records import Database, JsonObject
from reconciler.twin.session import Session, parent_of

LINKED_TITLE = "Untitled"
"""What a database of linked views is called (recorded)."""
_PARENTS = ("page_id", "block_id", "workspace")


def parent(session: Session, given: JsonObject) -> JsonObject:
    """Where a database may lie: in a page or a block that is there and not in the trash."""
    kind = checks.kind(given, _PARENTS)
    if kind == "workspace":
        raise invalid("Internal integrations cannot create databases at the workspace level.")
    if kind not in _PARENTS:
        raise checks.union("body.parent", _PARENTS)
    parent_id = checks.uuid(given.get(kind, UNDEFINED), f"body.parent.{kind}")
    if kind == "page_id":
        page = session.the_page(parent_id)
        if page.in_trash or session.buried(page.parent_kind, page.parent_id):
            raise archived()
    if kind == "block_id":
        session.the_block(parent_id)
    return {"type": kind, kind: parent_id}


def store(session: Session, database: Database, *, after: int | None = None) -> None:
    """A new database, in the last place of its parent or behind another."""
    session.save_database(database)
    kind, parent_id = parent_of(database.parent)
    blocks.save_place(session, database.id, kind, parent_id, "child_database", after=after)
    session.touch(kind, parent_id)


def linked(session: Session, given: Any, path: str) -> str:
    """A new database without a data source of its own, for views of another's; its id."""
    body = checks.obj(given, path)
    where = checks.obj(body.get("parent", UNDEFINED), f"{path}.parent")
    page_id = checks.uuid(where.get("page_id", UNDEFINED), f"{path}.parent.page_id")
    above = parent(session, {"type": "page_id", "page_id": page_id})
    after: int | None = None
    if body.get("position") is not None:
        at = f"{path}.position"
        place = checks.obj(body["position"], at)
        checks.one_of(place.get("type", UNDEFINED), f"{at}.type", ("after_block",))
        after = blocks.position_of(session, page_id, place.get("block_id", UNDEFINED), f"{at}.block_id")
    database = Database(
        id=ids.database_id(),
        parent=above,
        title=richtext.of(LINKED_TITLE),
        description=[],
        icon=None,
        cover=None,
        is_inline=True,
        is_locked=False,
        in_trash=False,
        created=session.now,
        edited=session.now,
        created_by=session.actor.bot_id,
        edited_by=session.actor.bot_id,
    )
    store(session, database, after=after)
    return database.id
