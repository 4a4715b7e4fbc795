"""People and bots."""

from __future__ import annotations

from typing import Any

from reconciler.twin import hosting, repository
from reconciler.twin.errors import TwinError
from reconciler.twin.pagination import page_of_list
from reconciler.twin.records import JsonObject, User
from reconciler.twin.request import Request
from reconciler.twin.session import Session, partial_user


def answer(session: Session, user_id: str, *, own: bool = False) -> JsonObject:
    """A user in full, or the bare reference when nobody by this id is known."""
    user = session.user(user_id)
    unknown = user is None or (user_id != session.actor.bot_id and "read_users" not in session.actor.capabilities)
    return partial_user(user_id) if user is None or unknown else _full(session, user, own=own)


def me(session: Session, _: Request) -> JsonObject:
    return answer(session, session.actor.bot_id, own=True)


def retrieve(session: Session, request: Request) -> JsonObject:
    user_id = request.uuid("user_id")
    if user_id != session.actor.bot_id:
        session.need("read_users")
    user = session.user(user_id)
    if user is None:
        raise TwinError(
            404,
            "object_not_found",
            f"Could not find user with ID: {user_id}. Make sure your integration has capabilities to read user "
            "information. With those capabilities, only members and guests in the integration's workspace are visible.",
            additional_data={"integration_id": session.actor.bot_id},
        )
    return _full(session, user, own=True)


def list_all(session: Session, request: Request) -> JsonObject:
    session.need("read_users")
    everyone = [_full(session, user, own=True) for user in repository.all_users(session.store) if user.listed]
    return page_of_list(everyone, request, kind="user", key=lambda user: str(user["id"]))


def _full(session: Session, user: User, *, own: bool) -> JsonObject:
    body: dict[str, Any]
    if user.kind == "person":
        known = user.email is not None and "read_emails" in session.actor.capabilities
        body = {"type": "person", "person": {"email": user.email} if known else {}}
    elif own and user.id == session.actor.bot_id:
        body = {
            "type": "bot",
            "bot": {
                "owner": {"type": "workspace", "workspace": True},
                "workspace_name": session.workspace.name,
                "workspace_id": session.workspace.id,
                "workspace_limits": {"max_file_upload_size_in_bytes": hosting.max_upload(session.store)},
            },
        }
    else:
        body = {"type": "bot", "bot": {}}
    return {"object": "user", "id": user.id, "name": user.name, "avatar_url": None, **body}
