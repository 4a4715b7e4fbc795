"""Comments: on pages and blocks, in discussions."""

from __future__ import annotations

from dataclasses import replace

from reconciler.twin import checks, hosting, ids, markdown, repository, richtext
from reconciler.twin.errors import UNDEFINED, misfit
from reconciler.twin.pagination import page_of_list
from reconciler.twin.records import Comment, JsonObject
from reconciler.twin.request import Request
from reconciler.twin.session import Session, partial_user
from reconciler.twin.times import minute

_CREATE_KEYS = ("parent", "discussion_id", "rich_text", "markdown", "attachments", "display_name")
_PARENTS = ("page_id", "block_id")
MAX_ATTACHMENTS = 3
_CATEGORIES = {"audio": "audio", "image": "image", "video": "video", "application/pdf": "pdf"}


def answer(session: Session, comment: Comment) -> JsonObject:
    shown: JsonObject = {
        "object": "comment",
        "id": comment.id,
        "parent": comment.parent,
        "discussion_id": comment.discussion_id,
        "created_time": minute(comment.created),
        "last_edited_time": minute(comment.edited),
        "created_by": partial_user(comment.created_by),
        "rich_text": richtext.answer(session, comment.rich_text),
        "display_name": _display_name(session, comment),
    }
    if comment.attachments:
        shown["attachments"] = [
            {"category": item["category"], "file": hosting.answer(session, item["key"])} for item in comment.attachments
        ]
    return shown


def _display_name(session: Session, comment: Comment) -> JsonObject:
    author = session.user(comment.created_by)
    chosen = comment.display_name
    if chosen is not None and chosen["type"] == "custom":
        return {"type": "custom", "resolved_name": chosen["custom"]["name"]}
    kind = "user" if author is not None and author.kind == "person" else "integration"
    kind = kind if chosen is None else chosen["type"]
    return {"type": kind, "resolved_name": author.name if author is not None else session.actor.name}


# -- endpoints -----------------------------------------------------------------------------------------------------


def create(session: Session, request: Request) -> JsonObject:
    body = request.body
    checks.known_keys(body, "body", _CREATE_KEYS)
    text = _text(session, body)
    display_name = _checked_name(body.get("display_name"))
    session.need("insert_comments")
    parent, discussion_id = _place(session, body)
    comment = Comment(
        id=session.new_object_id(),
        parent=parent,
        discussion_id=discussion_id,
        created=session.now,
        edited=session.now,
        created_by=session.actor.bot_id,
        rich_text=text,
        display_name=display_name,
        attachments=_attachments(session, body.get("attachments")),
    )
    repository.save_comment(session.store, comment)
    return answer(session, comment)


def _text(session: Session, body: JsonObject) -> list[JsonObject]:
    if "markdown" in body and "rich_text" in body:
        raise misfit("body.markdown", "not present", body["markdown"])
    if "markdown" in body:
        return richtext.read(session, markdown.rich_text(checks.string(body["markdown"], "body.markdown")), "body")
    return richtext.read(session, body.get("rich_text", UNDEFINED), "body.rich_text")


def _checked_name(given: object) -> JsonObject | None:
    if given is None:
        return None
    body = checks.obj(given, "body.display_name")
    path = "body.display_name"
    kind = checks.one_of(body.get("type", UNDEFINED), f"{path}.type", ("integration", "user", "custom"))
    if kind == "custom":
        custom = checks.obj(body.get("custom", UNDEFINED), f"{path}.custom")
        return {"type": kind, "custom": {"name": checks.string(custom.get("name", UNDEFINED), f"{path}.custom.name")}}
    return {"type": kind}


def _place(session: Session, body: JsonObject) -> tuple[JsonObject, str]:
    """The parent and the discussion: the one named, the page's own (recorded), or a new one."""
    if body.get("discussion_id") is not None:
        discussion_id = checks.uuid(body["discussion_id"], "body.discussion_id")
        first = repository.discussion(session.store, discussion_id)
        if first is None or not _sees(session, first):
            raise session.absent("discussion", discussion_id)
        return first.parent, discussion_id
    parent = _parent(session, checks.obj(body.get("parent", UNDEFINED), "body.parent"))
    if parent["type"] == "page_id":
        there = repository.comments(session.store, parent["page_id"])
        if there:
            return parent, there[0].discussion_id
    return parent, session.new_object_id()


def _parent(session: Session, given: JsonObject) -> JsonObject:
    for kind in _PARENTS:
        if kind in given:
            target = checks.uuid(given[kind], f"body.parent.{kind}")
            if kind == "page_id":
                session.the_page(target)
            else:
                session.the_block(target)
            return {"type": kind, kind: target}
    raise checks.union("body.parent", _PARENTS)


def _attachments(session: Session, given: object) -> list[JsonObject]:
    found: list[JsonObject] = []
    for n, item in enumerate([] if given is None else checks.array(given, "body.attachments", limit=MAX_ATTACHMENTS)):
        path = f"body.attachments[{n}]"
        upload_id = checks.uuid(checks.obj(item, path).get("file_upload_id", UNDEFINED), f"{path}.file_upload_id")
        key = hosting.attach(session, upload_id)["file"]["key"]
        kind = hosting.type_of(key) or ""
        category = _CATEGORIES.get(kind) or _CATEGORIES.get(kind.split("/")[0]) or "productivity"
        found.append({"category": category, "key": key})
    return found


def retrieve(session: Session, request: Request) -> JsonObject:
    comment_id = request.uuid("comment_id")
    session.need("read_comments")
    return answer(session, _the_comment(session, comment_id))


def update(session: Session, request: Request) -> JsonObject:
    comment_id = request.uuid("comment_id")
    checks.known_keys(request.body, "body", ("rich_text", "markdown"))
    text = _text(session, request.body)
    session.need("insert_comments")
    comment = replace(_own(session, comment_id), rich_text=text, edited=session.now)
    repository.save_comment(session.store, comment)
    return answer(session, comment)


def delete(session: Session, request: Request) -> JsonObject:
    comment_id = request.uuid("comment_id")
    session.need("insert_comments")
    comment = _own(session, comment_id)
    repository.delete_comment(session.store, comment_id)
    return answer(session, comment)


def _the_comment(session: Session, comment_id: str) -> Comment:
    comment = repository.comment(session.store, comment_id)
    if comment is None or not _sees(session, comment):
        raise session.absent("comment", comment_id)
    return comment


def _own(session: Session, comment_id: str) -> Comment:
    """A comment that this token wrote; others' are not its to change."""
    comment = _the_comment(session, comment_id)
    if comment.created_by != session.actor.bot_id:
        raise session.absent("comment", comment_id)
    return comment


def _sees(session: Session, comment: Comment) -> bool:
    kind = str(comment.parent["type"])
    return session.sees(kind, str(comment.parent[kind]))


def list_all(session: Session, request: Request) -> JsonObject:
    if "block_id" not in request.query:
        raise misfit("query.block_id", "defined", UNDEFINED)
    target = ids.parse(request.query["block_id"][-1])
    if target is None:
        raise misfit("query.block_id", "a valid uuid", request.query["block_id"][-1])
    request.page_size()
    session.need("read_comments")
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
