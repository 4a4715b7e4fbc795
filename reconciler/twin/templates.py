"""Templates of data sources: people make them, clients list and apply them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from reconciler.twin import checks, repository, richtext, rows
from reconciler.twin.errors import UNDEFINED, invalid, misfit
from reconciler.twin.pagination import page_of_list
from reconciler.twin.records import JsonObject, Page
from reconciler.twin.request import Request
from reconciler.twin.session import Session

_PLACES = ("child_page", "child_database")


def list_all(session: Session, request: Request) -> JsonObject:
    """``name`` narrows to those whose name has it, whatever the case."""
    source_id = request.uuid("data_source_id")
    session.need("read")
    session.the_source(source_id)
    wanted = request.query.get("name", [""])[-1].casefold()
    found = [page for page in repository.templates_of(session.store, source_id) if wanted in _name(page).casefold()]
    listed = page_of_list(found, request, kind="template", key=lambda page: str(page.id), render=_answer)
    return {"templates": listed["results"], "has_more": listed["has_more"], "next_cursor": listed["next_cursor"]}


def _name(page: Page) -> str:
    return richtext.plain(page.values.get("title") or [])


def _answer(page: Page) -> JsonObject:
    return {"id": page.id, "name": _name(page), "is_default": page.default_template}


def chosen(session: Session, source_id: str | None, given: Any, kinds: Collection[str]) -> Page | None:
    """The template that a request names for a row of this data source; None for none."""
    if given is None:
        return None
    body = checks.obj(given, "body.template")
    kind = checks.one_of(body.get("type", UNDEFINED), "body.template.type", kinds)
    if kind == "none":
        return None
    zone = body.get("timezone")
    if zone is not None and checks.string(zone, "body.template.timezone") not in available_timezones():
        raise misfit("body.template.timezone", "a time zone of the tz database", zone)
    if source_id is None:
        raise misfit("body.template", "not present", given)
    there = repository.templates_of(session.store, source_id)
    if kind == "default":
        default = next((page for page in there if page.default_template), None)
        if default is None:
            raise invalid("body failed validation: body.template.type: the data source has no default template.")
        return default
    template_id = checks.uuid(body.get("template_id", UNDEFINED), "body.template.template_id")
    found = next((page for page in there if page.id == template_id), None)
    if found is None:
        raise session.absent("template", template_id)
    return found


def applied(session: Session, page: Page, template: Page, given: Collection[str]) -> Page:
    """The row with the template's values where the request gave none, its icon and cover, and a copy of its content.

    Notion does this a little after it has answered; the twin before.
    """
    source = session.source(page.source or "")
    named = {prop.id for prop in map(source.named, given) if prop is not None} if source is not None else set()
    page = replace(page, icon=page.icon or template.icon, cover=page.cover or template.cover)
    repository.save_page(session.store, page)
    taken = {
        key: value
        for key, value in template.values.items()
        if key not in named and source is not None and key in source.properties
        and source.properties[key].type != "unique_id"
    }  # fmt: skip
    page = rows.write_stored(session, page, taken)
    _copy(session, template.id, "page_id", page.id)
    return page


def _copy(session: Session, from_id: str, kind: str, to_id: str) -> None:
    last = repository.last_position(session.store, to_id)
    for n, block in enumerate(repository.children(session.store, from_id), start=1):
        if block.type in _PLACES:
            continue
        copy = replace(
            block,
            id=session.new_object_id(),
            parent_kind=kind,
            parent_id=to_id,
            position=last + n,
            created=session.now,
            edited=session.now,
            created_by=session.actor.bot_id,
            edited_by=session.actor.bot_id,
        )
        repository.save_block(session.store, copy)
        _copy(session, block.id, "block_id", copy.id)
