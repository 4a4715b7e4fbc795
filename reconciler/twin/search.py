"""Search over titles: fuzzy, ranked, and behind the times by a lag that can be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.twin import checks, data_sources, pages, repository, richtext, values
from reconciler.twin.errors import UNDEFINED
from reconciler.twin.pagination import page_of_list
from reconciler.twin.records import DataSource, JsonObject
from reconciler.twin.request import Request
from reconciler.twin.session import Session

_KEYS = ("query", "sort", "filter", "page_size", "start_cursor")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    rank: int
    edited: int
    id: str
    source: DataSource | None
    """None for a page, which is read when it is answered."""


def search(session: Session, request: Request) -> JsonObject:
    body = request.body
    checks.known_keys(body, "body", _KEYS)
    text = checks.string(body.get("query", ""), "body.query")
    kind, trashed = _filter(body.get("filter"))
    ascending, by_time = _sort(body.get("sort"))
    session.need("read")
    hits = _hits(session, text, kind, trashed=trashed)
    hits.sort(key=lambda hit: hit.edited, reverse=not ascending)
    if not by_time:
        hits.sort(key=lambda hit: -hit.rank)
    reader = values.reader(session)

    def render(hit: _Hit) -> Any:
        if hit.source is not None:
            return data_sources.answer(session, hit.source)
        return pages.answer(reader, session.the_page(hit.id))

    return page_of_list(
        hits, request, kind="page_or_data_source", key=lambda hit: str(hit.id), render=render, uuid_cursor=True
    )


def _filter(given: Any) -> tuple[str | None, bool]:
    if given is None:
        return None, False
    body = checks.obj(given, "body.filter")
    trashed = checks.boolean(body.get("in_trash", False), "body.filter.in_trash")
    if "property" not in body and "value" not in body:
        return None, trashed
    checks.one_of(body.get("property", UNDEFINED), "body.filter.property", ("object",))
    return checks.one_of(body.get("value", UNDEFINED), "body.filter.value", ("page", "data_source")), trashed


def _sort(given: Any) -> tuple[bool, bool]:
    """Whether ascending, and whether by time at all."""
    if given is None:
        return False, False
    body = checks.obj(given, "body.sort")
    if body.get("property") == "relevance":
        return False, False
    checks.one_of(body.get("timestamp", UNDEFINED), "body.sort.timestamp", ("last_edited_time",))
    direction = checks.one_of(body.get("direction", "descending"), "body.sort.direction", ("ascending", "descending"))
    return direction == "ascending", True


def _hits(session: Session, text: str, kind: str | None, *, trashed: bool) -> list[_Hit]:
    horizon = session.now - session.search_lag
    found: list[_Hit] = []
    if kind != "data_source":
        for page_id, title, edited in repository.titles(session.store, trashed=trashed, until=horizon):
            rank = ranked(text, title)
            if rank and session.sees("page_id", page_id):
                found.append(_Hit(rank=rank, edited=edited, id=page_id, source=None))
    if kind != "page":
        for source in repository.all_sources(session.store):
            visible = session.trashed(source) == trashed and session.sees("data_source_id", source.id)
            if source.created <= horizon and visible:
                rank = ranked(text, _title(session, source))
                if rank:
                    found.append(_Hit(rank=rank, edited=source.edited, id=source.id, source=source))
    return found


def _title(session: Session, source: DataSource) -> str:
    """Text is matched against the database's title, not the data source's (documented)."""
    database = session.database(source.database_id)
    return richtext.plain(database.title if database is not None else source.title)


def ranked(text: str, title: str) -> int:
    """How well a title fits: 0 not at all; near-misses that share a word do fit, as they do with Notion."""
    wanted, have = text.casefold().split(), title.casefold()
    whole = " ".join(wanted)
    if not wanted:
        return 1
    if have == whole:
        return 5
    if have.startswith(whole):
        return 4
    if whole in have:
        return 3
    words = have.split()
    shared = sum(any(word.startswith(token) for word in words) for token in wanted)
    return 2 if shared == len(wanted) else 1 if shared else 0
