"""Queries of data sources: filters, sorts, pages of results, the 10,000 cap."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from reconciler.twin import checks, conditions, ids, narrowing, pages, repository, times, values
from reconciler.twin.conditions import Asked
from reconciler.twin.errors import TwinError, invalid, misfit
from reconciler.twin.narrowing import Narrowing, Order
from reconciler.twin.pagination import envelope
from reconciler.twin.records import DataSource, JsonObject, Page, Property
from reconciler.twin.request import Request
from reconciler.twin.session import Session
from reconciler.twin.values import TYPES, Reader

RESULT_LIMIT = 10_000
MAX_LEVELS = 2
_KEYS = (
    "filter", "sorts", "page_size", "start_cursor", "result_type", "is_archived", "archived", "in_trash",
    "filter_properties",
)  # fmt: skip
_TEXT_TYPES = ("title", "rich_text", "url", "email", "phone_number")

_BATCH = 256
"""Sorted rows that are read together."""

RowTest = Callable[[Reader, Page], bool]


def query(session: Session, request: Request) -> JsonObject:
    source_id = request.uuid("data_source_id")
    body = request.body
    checks.known_keys(body, "body", _KEYS)
    size, cursor = request.page_size(), _Cursor.read(request.cursor())
    session.need("read")
    source = session.the_source(source_id)
    only = request.properties_asked()
    pages.check_names(source, only)
    asked = Asked.by(session)
    reader = values.reader(session)
    seen = _seen(reader, source)
    test = None if body.get("filter") is None else row_test(seen, body["filter"], "body.filter", asked)
    shown_ids = frozenset(prop.id for name in only if (prop := source.named(name))) or frozenset(source.properties)
    sorts = sorts_of(seen, body.get("sorts"))
    rows = _Rows(
        source=source,
        test=test,
        narrowing=replace(narrowing.of(source, body.get("filter"), asked), trashed=_in_trash(session, body)),
        archived=checks.boolean(body.get("is_archived", False), "body.is_archived"),
        pages=_result_type(body) != "data_source",
        shown=shown_ids,
        late=session.recent.rows if test is not None or sorts else frozenset(),
    )
    returned = cursor.returned if cursor is not None else 0
    room = RESULT_LIMIT - returned
    order = _kept_order(sorts)
    if order is None:
        found = _sorted(reader, rows, sorts, cursor, size + 1)
    else:
        found = rows.read(reader, order, _row_of(session, cursor), size + 1)
    shown, more = found[:size], len(found) > size
    capped = more and room <= len(shown)
    shown = shown[:room] if capped else shown
    following = None
    if more and not capped:
        following = str(_Cursor(returned=returned + len(shown), page_id=found[size].id))
    _preload(reader, source, shown)
    results = [pages.answer(reader, row, only) for row in shown]
    answer = envelope(results, kind="page_or_data_source", next_cursor=following)
    if capped:
        answer["request_status"] = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    return answer


def found(session: Session, source: DataSource, given: Any, order: Any) -> tuple[list[str], bool]:
    """Ids of what a filter and sorts, which were checked, come to; and whether the cap cut them short."""
    asked = Asked.by(session)
    test = None if given is None else row_test(source, given, "body.filter", asked)
    rows = _Rows(
        source=source,
        test=test,
        narrowing=narrowing.of(source, given, asked),
        shown=frozenset(),
        late=frozenset(),
    )
    sorts, reader = sorts_of(source, order), values.reader(session)
    kept = _kept_order(sorts)
    if kept is None:
        pages_found = _sorted(reader, rows, sorts, None, RESULT_LIMIT + 1)
    else:
        pages_found = rows.read(reader, kept, None, RESULT_LIMIT + 1)
    return [page.id for page in pages_found[:RESULT_LIMIT]], len(pages_found) > RESULT_LIMIT


def _in_trash(session: Session, body: JsonObject) -> bool:
    """Whether rows in the trash are asked for, by either version's word."""
    asked = [checks.boolean(body[word], f"body.{word}") for word in ("in_trash", "archived") if word in body]
    return any(asked) and not session.assume.harsh("query-in-trash")


def _result_type(body: JsonObject) -> str | None:
    """Pages, data sources (of wikis, which the twin has not) or both."""
    given = body.get("result_type")
    return None if given is None else checks.one_of(given, "body.result_type", ("page", "data_source"))


def _seen(reader: Reader, source: DataSource) -> DataSource:
    """The data source as the token sees it: without the relations that lead to what it does not see."""
    shown = {key: prop for key, prop in source.properties.items() if reader.shows(prop)}
    return source if len(shown) == len(source.properties) else replace(source, properties=shown)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where the next page begins, and how many results came before: the cap counts over all pages of a query."""

    returned: int
    page_id: str

    def __str__(self) -> str:
        marked = uuid.uuid4().hex[:24] + f"{self.returned:08x}"
        return f"s:{ids.dashed(marked)}:{self.page_id}"

    @staticmethod
    def read(text: str | None) -> _Cursor | None:
        if text is None:
            return None
        parts = text.split(":")
        page_id = ids.parse(parts[-1])
        if page_id is None or (len(parts), parts[0]) not in ((3, "s"), (1, parts[0])):
            raise invalid(f"The start_cursor provided is invalid: {text}")
        try:
            returned = int(parts[1][-8:], 16) if len(parts) == 3 else 0
        except ValueError:
            raise invalid(f"The start_cursor provided is invalid: {text}") from None
        return _Cursor(returned, page_id)


# -- rows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The live rows that a query selects. ``shown`` are the properties that it asks for."""

    source: DataSource
    test: RowTest | None
    narrowing: Narrowing
    shown: frozenset[str]
    archived: bool = False
    """Rows that were archived, which are not in the trash, or the others."""
    pages: bool = True
    late: frozenset[str]
    """Rows that a service which is behind does not find yet."""

    def shows(self, reader: Reader, page: Page) -> bool:
        """Whether a row is one of them: never a template, nor what a snapshot does not tell of what is asked."""
        if page.is_archived is not self.archived or not self.pages:
            return False
        if page.template or (page.unread and not self.shown.isdisjoint(page.unread)):
            return False
        if page.id in reader.session.hidden or not (self.test is None or self.test(reader, page)):
            return False
        return page.id not in self.late or not reader.session.assume.harsh("query-lag")

    def read(self, reader: Reader, order: Order, start: Page | None, wanted: int) -> list[Page]:
        """From a row's place on, as many as wanted; rows are read only until these are found."""
        sql, arguments = self.narrowing.rows(self.source.id, order, start)
        shown = (page for page in self._stream(reader, sql, arguments) if self.shows(reader, page))
        return list(itertools.islice(shown, wanted))

    def selected(self, reader: Reader) -> Iterator[Page]:
        """Every row, newest first."""
        sql, arguments = self.narrowing.rows(self.source.id, narrowing.NEWEST_FIRST, None)
        return (page for page in self._stream(reader, sql, arguments) if self.shows(reader, page))

    def _stream(self, reader: Reader, sql: str, arguments: tuple[Any, ...]) -> Iterator[Page]:
        return map(repository.page_of, reader.session.store.iterate(sql, *arguments))

    def in_order(self, reader: Reader, keys: list[str], start: Page | None, wanted: int) -> list[Page] | None:
        """In the order of SQLite's sort keys, from a row on. None where that row is none of those that SQLite finds."""
        sql, arguments = self.narrowing.sorted(self.source.id, keys)
        found_ids: Iterator[str] = (page_id for (page_id,) in reader.session.store.iterate(sql, *arguments))
        if start is not None:
            found_ids = itertools.dropwhile(lambda page_id: page_id != start.id, found_ids)
        shown: list[Page] = []
        met = False
        while len(shown) < wanted and (batch := list(itertools.islice(found_ids, _BATCH))):
            met = True
            pages_found = repository.pages(reader.session.store, batch)
            shown += [page for page_id in batch if self.shows(reader, page := pages_found[page_id])]
        return shown[:wanted] if met or start is None else None


def _row_of(session: Session, cursor: _Cursor | None) -> Page | None:
    """The row that a cursor names, which keeps its place also when the query does not find it any more."""
    if cursor is None:
        return None
    page = repository.page(session.store, cursor.page_id)
    if page is None:
        raise invalid(f"The start_cursor provided is invalid: {cursor}")
    return page


def _kept_order(sorts: list[_Sort]) -> Order | None:
    """The order, if SQLite keeps it: none asked for, or one timestamp."""
    if not sorts:
        return narrowing.NEWEST_FIRST
    if len(sorts) > 1 or sorts[0].timestamp is None:
        return None
    return narrowing.BY_TIME[sorts[0].timestamp, "descending" if sorts[0].descending else "ascending"]


def _sorted(reader: Reader, rows: _Rows, sorts: list[_Sort], cursor: _Cursor | None, wanted: int) -> list[Page]:
    """Live rows in the order asked, from the cursor's on. A cursor's row keeps its place if it left the result.

    Where SQLite cannot sort, only what rows are ordered by is kept of them; whole ones are read for the answer alone.
    """
    row = _row_of(reader.session, cursor)
    keys = [narrowing.sort_key(s.prop, s.timestamp, descending=s.descending) for s in sorts]
    by_sqlite = [key for key in keys if key is not None]
    if len(by_sqlite) == len(keys):
        in_order = rows.in_order(reader, by_sqlite, row, wanted)
        if in_order is not None:
            return in_order
    chosen = [(page.seq, page.id, [s.key(reader, page) for s in sorts]) for page in rows.selected(reader)]
    anchor = row is not None and all(page_id != row.id for _, page_id, _ in chosen)
    if row is not None and anchor:
        chosen.append((row.seq, row.id, [s.key(reader, row) for s in sorts]))
        chosen.sort(key=lambda item: -item[0])
    for n in range(len(sorts) - 1, -1, -1):
        filled = [item for item in chosen if item[2][n] is not None]
        filled.sort(key=lambda item: item[2][n], reverse=sorts[n].descending)
        chosen = [*filled, *(item for item in chosen if item[2][n] is None)]
    start = 0
    if row is not None:
        start = next(n for n, item in enumerate(chosen) if item[1] == row.id) + anchor
    found = [page_id for _, page_id, _ in chosen[start : start + wanted]]
    pages_found = repository.pages(reader.session.store, found)
    return [pages_found[page_id] for page_id in found]


def _preload(reader: Reader, source: DataSource, shown: list[Page]) -> None:
    """All related pages of a page of results in one read."""
    relations = [prop.id for prop in source.properties.values() if prop.type == "relation"]
    reader.preload({edge for page in shown for prop in relations for edge in page.values.get(prop) or ()})


# -- sorts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sort:
    prop: Property | None
    timestamp: str | None
    descending: bool

    def key(self, reader: Reader, page: Page) -> Any:
        """What rows are ordered by; None, which comes last, for rows without a value."""
        if self.prop is None:
            return page.created if self.timestamp == "created_time" else page.edited
        return _order(self.prop, reader.plain(self.prop, page))


def _order(prop: Property, plain: Any) -> Any:
    if prop.type in ("select", "status"):
        names = [option["name"] for option in prop.config["options"]]
        return names.index(plain) if plain in names else None
    return _comparable(plain)


def _comparable(plain: Any) -> Any:
    """Values of all kinds in one order: numbers, then moments, then text."""
    if isinstance(plain, dict) and "function" in plain:
        plain = plain.get(plain["type"])
    if isinstance(plain, dict) and plain.get("start"):
        found = times.moment(plain["start"])
        return None if found is None else (1, found.timestamp())
    if conditions.is_blank(plain):
        return None
    if isinstance(plain, bool | int | float):
        return (0, plain)
    if isinstance(plain, list):
        return (2, ", ".join(str(item) for item in plain).casefold())
    return (2, plain.casefold()) if isinstance(plain, str) else None


def sorts_of(source: DataSource, given: Any) -> list[_Sort]:
    """Sorts, checked."""
    if given is None:
        return []
    found: list[_Sort] = []
    for n, item in enumerate(checks.array(given, "body.sorts")):
        path = f"body.sorts[{n}]"
        body = checks.obj(item, path)
        direction = checks.one_of(body.get("direction", "ascending"), f"{path}.direction", ("ascending", "descending"))
        prop, timestamp = None, None
        if body.get("timestamp") is not None:
            timestamp = checks.one_of(body["timestamp"], f"{path}.timestamp", ("created_time", "last_edited_time"))
        elif body.get("property") is not None:
            name = checks.string(body["property"], f"{path}.property")
            prop = source.named(name)
            if prop is None:
                raise invalid(f"Could not find sort property with name or id: {name}")
        else:
            raise checks.union(path, ("property", "timestamp"))
        found.append(_Sort(prop=prop, timestamp=timestamp, descending=direction == "descending"))
    return found


# -- filters -------------------------------------------------------------------------------------------------------


def row_test(source: DataSource, given: Any, path: str, asked: Asked, levels: int = MAX_LEVELS) -> RowTest:
    """A filter as a function. Raises for one that Notion refuses."""
    body = checks.obj(given, path)
    for word, quantifier in (("and", all), ("or", any)):
        if word in body:
            return _compound(source, body[word], f"{path}.{word}", asked, levels, quantifier)
    if body.get("timestamp") is not None or ("property" not in body and body.keys() & set(_TIMESTAMPS)):
        return _timestamp(body, path, asked)
    if "property" not in body:
        raise checks.union(path, ("or", "and", "property", "timestamp"))
    name = checks.string(body["property"], f"{path}.property")
    prop = source.named(name)
    if prop is None:
        raise invalid(f"Could not find property with name or id: {name}")
    return _property(prop, body, path, asked)


def _compound(
    source: DataSource,
    given: Any,
    path: str,
    asked: Asked,
    levels: int,
    quantifier: Callable[[Any], bool],
) -> RowTest:
    if levels == 0:
        raise _too_deep(path, given)
    items = checks.array(given, path)
    tests = [row_test(source, item, f"{path}[{n}]", asked, levels - 1) for n, item in enumerate(items)]
    return lambda reader, page: quantifier(test(reader, page) for test in tests)


def _too_deep(path: str, given: Any) -> TwinError:
    return misfit(path, "not present", given)


_TIMESTAMPS: dict[str, Callable[[Page], int]] = {
    "created_time": lambda page: page.created,
    "last_edited_time": lambda page: page.edited,
}


def _timestamp(body: JsonObject, path: str, asked: Asked) -> RowTest:
    key = body.get("timestamp") or next(name for name in _TIMESTAMPS if name in body)
    checks.one_of(key, f"{path}.timestamp", tuple(_TIMESTAMPS))
    test = conditions.compiled("date", body.get(key), f"{path}.{key}", asked)
    when = _TIMESTAMPS[key]
    return lambda _, page: test({"start": times.minute(when(page))})


def _by_group(prop: Property, condition: JsonObject) -> JsonObject:
    """A condition on a status in which a group stands for its options."""
    groups = {group["name"]: group["option_ids"] for group in prop.config.get("groups", ())}
    names = {option["id"]: option["name"] for option in prop.config.get("options", ())}
    own = set(names.values())

    def expanded(value: Any) -> Any:
        items = value if isinstance(value, list) else [value]
        if not any(isinstance(item, str) and item in groups and item not in own for item in items):
            return value
        return [
            name
            for item in items
            for name in ([item] if item in own or item not in groups else map(names.get, groups[item]))
        ]

    return {operator: expanded(value) for operator, value in condition.items()} if groups else condition


def _property(prop: Property, body: JsonObject, path: str, asked: Asked) -> RowTest:
    kind = TYPES[prop.type]
    key = next((name for name in body if name in conditions.KEYS), None)
    if key is None:
        raise checks.union(path, tuple(conditions.KEYS))
    fits = key == prop.type or (key == "rich_text" and prop.type in _TEXT_TYPES)
    fits = fits or (key == "date" and kind.conditions == "date") or (key == "people" and kind.conditions == "people")
    if not fits:
        raise conditions.mismatch(prop.type, key)
    if prop.type == "formula" and asked.assume.harsh("formula-filtered"):
        raise invalid("Unable to filter based on a formula of unknown type")
    condition = _by_group(prop, checks.obj(body[key], f"{path}.{key}"))
    test = conditions.compiled(kind.conditions, condition, f"{path}.{key}", asked)
    # Of what was not read nothing is known, so no condition holds of it, and what is empty is not found by it.
    return lambda reader, page: prop.id not in page.unread and test(reader.plain(prop, page))
