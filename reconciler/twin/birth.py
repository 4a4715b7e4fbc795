"""A new workspace: its bot, its token, its first page."""

from __future__ import annotations

import secrets
import uuid

from reconciler.twin import ids, repository, richtext
from reconciler.twin.errors import TwinStoreError
from reconciler.twin.records import Actor, Page, User, Workspace
from reconciler.twin.store import Store

WORKSPACE_NAME = "Twin workspace"
BOT_NAME = "Twin"
ROOT_TITLE = "Home"
_IDENTITY = ("token", "bot_id", "workspace_id", "workspace_name", "root_page_id", "secret")
CAPABILITIES = frozenset({"read", "update", "insert", "read_comments", "insert_comments", "read_users", "read_emails"})
"""What a token may do with content and comments, and know of people."""


def populate(store: Store, now: int) -> None:
    """A workspace with one page."""
    workspace_id, bot_id = str(uuid.uuid4()), str(uuid.uuid4())
    root = Page(
        id=ids.object_id(workspace_id),
        seq=0,
        parent_kind="workspace",
        parent_id="",
        source=None,
        in_trash=False,
        created=now,
        edited=now,
        created_by=bot_id,
        edited_by=bot_id,
        values={"title": richtext.of(ROOT_TITLE)},
    )
    repository.save_page(store, root)
    settle(
        store,
        workspace_id=workspace_id,
        workspace_name=WORKSPACE_NAME,
        root_page_id=root.id,
        bot=User(id=bot_id, name=BOT_NAME, kind="bot"),
    )


def settle(store: Store, *, workspace_id: str, workspace_name: str, root_page_id: str, bot: User) -> None:
    """Who the workspace is: written down, with a new token for its bot."""
    token = f"ntn_{secrets.token_hex(23)}"
    repository.save_user(store, bot)
    repository.save_token(store, token, Actor(bot_id=bot.id, name=bot.name, capabilities=CAPABILITIES))
    known = {
        "workspace_id": workspace_id,
        "workspace_name": workspace_name,
        "root_page_id": root_page_id,
        "bot_id": bot.id,
        "token": token,
        "secret": secrets.token_hex(32),
    }
    for key, value in known.items():
        store.set_meta(key, value)


def untouched(store: Store) -> bool:
    """Whether nothing was made in the workspace since its birth."""
    counted = store.one("SELECT (SELECT count(*) FROM pages), (SELECT count(*) FROM databases)")
    return tuple(counted) == (1, 0)


def identity(store: Store) -> tuple[str, str, Workspace]:
    """Token, bot and workspace of a store."""
    found = {key: store.meta(key) for key in _IDENTITY}
    known = {key: value for key, value in found.items() if value is not None}
    if len(known) != len(found):
        raise TwinStoreError("The twin's file is incomplete. Delete it and load the workspace again.")
    workspace = Workspace(
        id=known["workspace_id"],
        name=known["workspace_name"],
        root_page_id=known["root_page_id"],
        secret=known["secret"],
    )
    return known["token"], known["bot_id"], workspace
