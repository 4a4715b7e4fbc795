"""Comments: on pages and blocks, in discussions."""

from __future__ import annotations

from reconciler.twin import checks, ids, repository, richtext
from reconciler.twin.errors import UNDEFINED, misfit
from reconciler.twin.pagination import page_of_list
from reconciler.twin.records import Comment, JsonObject
from reconciler.twin.request import Request
from reconciler.twin.session import Session, partial_user
from reconciler.twin.times import minute

_CREATE_KEYS = ("parent", "discussion_id", "rich_text", "markdown", "attachments", "display_name")


def answer(session: Session, comment: Comment) -> JsonObject:
    author = session.user(comment.created_by)
    kind = "user" if author is not None and author.kind == "person" else "integration"
    return {
        "object": "comment",
        "id": comment.id,
        "parent": comment.parent,
        "discussion_id": comment.discussion_id,
        "created_time": minute(comment.created),
        "last_edited_time": minute(comment.edited),
        "created_by": partial_user(comment.created_by),
        "rich_text": richtext.answer(session, comment.rich_text),
        "display_name": {"type": kind, "resolved_name": author.name if author is not None else session.actor.name},
    }


def create(session: Session, request: Request) -> JsonObject:
    body = request.body
    checks.known_keys(body, "body", _CREATE_KEYS)
    text = richtext.read(session, body.get("rich_text", UNDEFINED), "body.rich_text")
    session.need("insert")
    if body.get("discussion_id") is not None:
        discussion_id = checks.uuid(body["discussion_id"], "body.discussion_id")
        first = repository.discussion(session.store, discussion_id)
        if first is None:
            raise session.absent("discussion", discussion_id)
        parent = first.parent
    else:
        parent = _parent(session, checks.obj(body.get("parent", UNDEFINED), "body.parent"))
        discussion_id = session.new_object_id()
    comment = Comment(
        id=session.new_object_id(),
        parent=parent,
        discussion_id=discussion_id,
        created=session.now,
        edited=session.now,
        created_by=session.actor.bot_id,
        rich_text=text,
    )
    repository.save_comment(session.store, comment)
    return answer(session, comment)


def _parent(session: Session, given: JsonObject) -> JsonObject:
    for kind in ("page_id", "block_id"):
        if kind in given:
            target = checks.uuid(given[kind], f"body.parent.{kind}")
            if kind == "page_id":
                session.the_page(target)
            else:
                session.the_block(target)
            return {"type": kind, kind: target}
    raise checks.union("body.parent", ("page_id", "block_id"))


def list_all(session: Session, request: Request) -> JsonObject:
    if "block_id" not in request.query:
        raise misfit("query.block_id", "defined", UNDEFINED)
    target = ids.parse(request.query["block_id"][-1])
    if target is None:
        raise misfit("query.block_id", "a valid uuid", request.query["block_id"][-1])
    request.page_size()
    session.need("read")
    if repository.page(session.store, target) is not None:
        session.the_page(target)
    else:
        session.the_block(target)
    return page_of_list(
        repository.comments(session.store, target),
        request,
        kind="comment",
        key=lambda comment: str(comment.id),
        render=lambda comment: answer(session, comment),
    )
