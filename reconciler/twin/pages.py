"""Pages: create, read, change, move."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reconciler.twin import (
    blocks,
    checks,
    files,
    ids,
    markdown,
    page_markdown,
    repository,
    richtext,
    rows,
    templates,
    values,
)
from reconciler.twin.errors import UNDEFINED, archived, invalid, misfit
from reconciler.twin.records import DataSource, JsonObject, Page, Property
from reconciler.twin.request import Request
from reconciler.twin.session import OLD_VERSION, Session, parent_answer, partial_user
from reconciler.twin.times import minute
from reconciler.twin.values import Reader

_TITLE = Property(id="title", name="title", type="title")
_CREATE_KEYS = (
    "parent", "properties", "icon", "cover", "content", "children", "markdown", "template", "position", "allow_async",
    "is_locked", "filter_properties",
)  # fmt: skip
_UPDATE_KEYS = (
    "properties", "icon", "cover", "is_locked", "in_trash", "is_archived", "template", "erase_content",
    "filter_properties",
)  # fmt: skip
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


# -- answers -------------------------------------------------------------------------------------------------------


def answer(reader: Reader, page: Page, only: Sequence[str] = ()) -> JsonObject:
    """A page object. ``only`` narrows the properties, by id or name, in that order."""
    session = reader.session
    source = session.source(page.source) if page.source is not None else None
    in_trash = page.in_trash or session.buried(page.parent_kind, page.parent_id)
    shown: JsonObject = {
        "object": "page",
        "id": page.id,
        "created_time": minute(page.created),
        "last_edited_time": minute(page.edited),
        "created_by": partial_user(page.created_by),
        "last_edited_by": partial_user(page.edited_by),
        "cover": files.answer(session, page.cover),
        "icon": files.answer(session, page.icon),
        "parent": _parent(page, source),
        "in_trash": in_trash,
        "is_archived": page.is_archived,
        "is_locked": page.is_locked,
        "properties": _properties(reader, page, source, only),
        "url": url(page),
        "public_url": None,
    }
    if session.version == OLD_VERSION:
        shown["archived"] = in_trash
    return shown


def _parent(page: Page, source: DataSource | None) -> JsonObject:
    parent = parent_answer(page.parent_kind, page.parent_id)
    return parent if source is None else {**parent, "database_id": source.database_id}


def _properties(reader: Reader, page: Page, source: DataSource | None, only: Sequence[str]) -> JsonObject:
    if source is None:
        return {"title": reader.answer(_TITLE, page)}
    return {prop.name: reader.answer(prop, page) for prop in shown_properties(reader, source, only)}


def shown_properties(reader: Reader, source: DataSource, only: Sequence[str] = ()) -> list[Property]:
    """In Notion's order, or those asked for in the order asked."""
    if only:
        named = (source.named(key) for key in only)
        return [source.properties[key] for key in dict.fromkeys(prop.id for prop in named if prop is not None)]
    ordered = sorted(source.properties.values(), key=lambda prop: ids.order(prop.id))
    return [prop for prop in ordered if reader.shows(prop)]


def url(page: Page) -> str:
    """Where Notion would show it: a slug of the title's own text, and the id."""
    title = page.values.get("title") or []
    text = "".join(item["plain_text"] for item in title if item["type"] != "mention")
    slug = _NOT_ALPHANUMERIC.sub("-", text).strip("-")
    return f"https://app.notion.com/p/{f'{slug}-' if slug else ''}{ids.bare(page.id)}"


# -- endpoints -----------------------------------------------------------------------------------------------------


def retrieve(session: Session, request: Request) -> JsonObject:
    page_id = request.uuid("page_id")
    session.need("read")
    return answer(values.reader(session), session.the_page(page_id), _only(session, request, page_id))


def _only(session: Session, request: Request, page_id: str) -> list[str]:
    asked = request.properties_asked()
    page = repository.page(session.store, page_id) if asked else None
    source = session.source(page.source) if page is not None and page.source is not None else None
    check_names(source, asked)
    return asked


def check_names(source: DataSource | None, names: Sequence[str]) -> None:
    for name in names:
        if source is not None and source.named(name) is None:
            raise invalid(f"Could not find property with name or id: {name}")


def create(session: Session, request: Request) -> JsonObject:
    body = request.body
    checks.known_keys(body, "body", _CREATE_KEYS)
    parent = checks.obj(body.get("parent", UNDEFINED), "body.parent")
    session.need("insert")
    kind, parent_id = _checked_parent(session, parent, "body.parent")
    source_id = parent_id if kind == "data_source_id" else None
    template = templates.chosen(session, source_id, body.get("template"), ("none", "default", "template_id"))
    page = Page(
        id=session.new_object_id(),
        seq=0,
        parent_kind=kind,
        parent_id=parent_id,
        source=source_id,
        in_trash=False,
        created=session.now,
        edited=session.now,
        created_by=session.actor.bot_id,
        edited_by=session.actor.bot_id,
        values={},
        icon=files.read_icon(session, body.get("icon"), "body.icon"),
        cover=files.read_cover(session, body.get("cover"), "body.cover"),
        is_locked=checks.boolean(body.get("is_locked", False), "body.is_locked"),
    )
    properties, written = _from_markdown(body, kind)
    page = add(session, page, properties, _position(session, kind, parent_id, body.get("position")))
    content = body.get("children", body.get("content"))
    if content is not None:
        blocks.append_to(session, "page_id", page.id, content, "body.children")
    page_markdown.write(session, page.id, written)
    if template is not None:
        page = templates.applied(session, page, template, checks.obj(properties, "body.properties"))
    return answer(values.reader(session), page, _only(session, request, page.id))


def _from_markdown(body: JsonObject, kind: str) -> tuple[Any, list[JsonObject]]:
    """Properties and blocks of a page that is made from Markdown: its first heading is the title if none is given."""
    properties, text = body.get("properties", {}), body.get("markdown")
    if body.get("allow_async") is not None and checks.boolean(body["allow_async"], "body.allow_async") and text is None:
        raise misfit("body.allow_async", "not present", body["allow_async"])
    if text is None:
        return properties, []
    for other in ("children", "content"):
        if body.get(other) is not None:
            raise misfit(f"body.{other}", "not present", body[other])
    text = checks.string(text, "body.markdown", limit=page_markdown.MAX_CONTENT)
    written = [part.block for part in markdown.parts(text) if part.block is not None]
    given = checks.obj(properties, "body.properties")
    titled = kind == "data_source_id" or "title" in given
    if titled or not written or written[0]["type"] != "heading_1":
        return properties, written
    return {**given, "title": {"title": written[0]["heading_1"]["rich_text"]}}, written[1:]


def _position(session: Session, kind: str, parent_id: str, given: Any) -> int | None:
    """Behind which place of its parent's content a new page comes; None for the end. Rows have no place."""
    if given is None:
        return None
    body = checks.obj(given, "body.position")
    kinds = ("after_block", "page_start", "page_end")
    where = checks.one_of(body.get("type", UNDEFINED), "body.position.type", kinds)
    if kind != "page_id":
        raise misfit("body.position", "not present", given)
    if where == "after_block":
        path = "body.position.after_block"
        inner = checks.obj(body.get("after_block", UNDEFINED), path)
        return blocks.position_of(session, parent_id, inner.get("id", UNDEFINED), f"{path}.id")
    return 0 if where == "page_start" else None


def add(session: Session, page: Page, properties: Any, after: int | None = None) -> Page:
    """Store a new page with its values, and its place in its parent: the last, or the one behind ``after``."""
    if page.source is None:
        page = replace(page, values=_page_title(session, properties))
        page = repository.save_page(session.store, page)
        blocks.save_place(session, page.id, page.parent_kind, page.parent_id, "child_page", after=after)
        session.touch(page.parent_kind, page.parent_id)
        return page
    return rows.create(session, page, properties)


def _page_title(session: Session, given: Any) -> JsonObject:
    properties = checks.obj(given, "body.properties")
    for name in properties:
        if name != "title":
            raise invalid(f"{name} is not a property that exists.")
    value = properties.get("title")
    if value is None:
        return {}
    inner = value if isinstance(value, list) else checks.obj(value, "body.properties.title").get("title", UNDEFINED)
    return {"title": richtext.read(session, inner, "body.properties.title.title")}


def _checked_parent(session: Session, parent: JsonObject, path: str) -> tuple[str, str]:
    kinds = ("page_id", "database_id", "data_source_id", "workspace")
    kind = checks.kind(parent, kinds)
    if kind == "workspace":
        raise invalid(
            "Internal integrations aren't owned by a single user, so creating workspace-level private pages is not "
            "supported."
        )
    if kind not in kinds:
        raise checks.union(path, kinds)
    parent_id = checks.uuid(parent.get(kind, UNDEFINED), f"{path}.{kind}")
    if kind == "page_id":
        above = session.the_page(parent_id)
        if above.in_trash or session.buried(above.parent_kind, above.parent_id):
            raise archived()
        return kind, parent_id
    if kind == "database_id":
        parent_id = _single_source(session, parent_id)
    source = session.the_source(parent_id)
    if session.trashed(source):
        raise archived()
    return "data_source_id", parent_id


def _single_source(session: Session, database_id: str) -> str:
    session.the_database(database_id)
    sources = repository.sources_of(session.store, database_id)
    if not sources:
        raise invalid(f"Database with ID {database_id} does not contain any data sources accessible by this API bot.")
    if len(sources) > 1:
        error = invalid("Databases with multiple data sources are not supported in this API version.")
        error.additional_data = {
            "error_type": "multiple_data_sources_for_database",
            "database_id": database_id,
            "child_data_source_ids": [source.id for source in sources],
            "minimum_api_version": OLD_VERSION,
        }
        raise error
    return sources[0].id


def update(session: Session, request: Request) -> JsonObject:
    page_id = request.uuid("page_id")
    body = session.in_new_words(request.body)
    checks.known_keys(body, "body", _UPDATE_KEYS)
    session.need("update")
    page = session.the_page(page_id)
    template = templates.chosen(session, page.source, body.get("template"), ("default", "template_id"))
    trash = body.get("in_trash")
    if trash is not None and checks.boolean(trash, "body.in_trash") != page.in_trash:
        page = set_trash(session, page, trash=trash)
    edits = body.keys() & {"properties", "icon", "cover", "is_locked", "is_archived", "erase_content"}
    if (edits or template) and (page.in_trash or session.buried(page.parent_kind, page.parent_id)):
        raise archived()
    if edits:
        page = _changed(session, page, body)
    if template is not None:
        page = templates.applied(session, page, template, [*page.values, *body.get("properties", {})])
    return answer(values.reader(session), page, _only(session, request, page_id))


def _changed(session: Session, page: Page, body: JsonObject) -> Page:
    page = replace(page, edited=session.now, edited_by=session.actor.bot_id)
    if "icon" in body:
        page = replace(page, icon=files.read_icon(session, body["icon"], "body.icon"))
    if "cover" in body:
        page = replace(page, cover=files.read_cover(session, body["cover"], "body.cover"))
    if body.get("is_locked") is not None:
        page = replace(page, is_locked=checks.boolean(body["is_locked"], "body.is_locked"))
    if body.get("is_archived") is not None:
        page = replace(page, is_archived=checks.boolean(body["is_archived"], "body.is_archived"))
    if body.get("erase_content"):
        blocks.erase(session, page.id)
    if "properties" in body and page.source is not None:
        return rows.update(session, page, body["properties"])
    if "properties" in body:
        page = replace(page, values={**page.values, **_page_title(session, body["properties"])})
    return repository.save_page(session.store, page)


def set_trash(session: Session, page: Page, *, trash: bool) -> Page:
    """Into the trash or back. The parent's last_edited_time moves (recorded)."""
    page = replace(page, in_trash=trash, edited=session.now, edited_by=session.actor.bot_id)
    repository.save_page(session.store, page)
    place = repository.block(session.store, page.id)
    if place is not None:
        repository.save_block(session.store, replace(place, in_trash=trash, edited=session.now))
    session.touch(page.parent_kind, page.parent_id)
    session.forget_trash()
    return page


def move(session: Session, request: Request) -> JsonObject:
    page_id = request.uuid("page_id")
    checks.known_keys(request.body, "body", ("parent",))
    parent = checks.obj(request.body.get("parent", UNDEFINED), "body.parent")
    session.need("update")
    page = session.the_page(page_id)
    if page.in_trash:
        raise archived()
    if page.parent_kind == "workspace":
        raise invalid("Cannot move a workspace-level page.")
    kind, parent_id = _checked_parent(session, parent, "body.parent")
    if session.lies_in(kind, parent_id, page_id):
        raise misfit(f"body.parent.{kind}", "a page outside of the page that is moved", parent_id)
    page = rows.move(session, page, kind, parent_id)
    return answer(values.reader(session), page)
