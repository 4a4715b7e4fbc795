"""What SQLite does of a query changes nothing but the time: the same rows in the same order as without it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.twin import Twin, TwinError, narrowing, open_twin
from reconciler.twin.narrowing import Narrowing
from tests.twin.build import edges, make, patch, row, text
from tests.twin.conftest import NOON

Json = dict[str, Any]
TEXTS = ("", "a", "Ab", "straße", "STRASSE", "😀 b", "zz")
DATES = (
    "2026-05-28", "2026-05-27T23:30:00-05:00", "2026-05-28T05:00:00+14:00", "2026-05-20", "1999-12-31", "9999-12-31",
    "0001-01-01", "2026-05-28T20:27:00Z",
)  # fmt: skip
OPTIONS = ("x", "y", "Z")
NUMBERS = (0, 1, -1, 2.5, 1e300, 2**53)
EXAMPLES = int(os.environ.get("TWIN_FUZZ", "80"))


@dataclass(frozen=True)
class Rows:
    twin: Twin
    source: str
    people: tuple[str, ...]
    pages: tuple[str, ...]


@pytest.fixture(scope="module")
def rows() -> Iterator[Rows]:
    """Rows with and without values of every type that SQLite looks into, some in the trash, made at several times."""
    now = [NOON]
    with open_twin(":memory:", clock=lambda: now[0]) as twin:
        people = (twin.bot_id, twin.admin.person("Ada", "ada@example.org"))
        options = {"options": [{"name": name} for name in OPTIONS]}
        source = make(
            twin,
            T={"rich_text": {}}, U={"url": {}}, N={"number": {}}, S={"select": options}, M={"multi_select": options},
            W={"status": options}, C={"checkbox": {}}, D={"date": {}}, P={"people": {}}, I={"unique_id": {}},
            F={"files": {}}, K={"created_time": {}}, E={"last_edited_time": {}}, B={"created_by": {}},
        )  # fmt: skip
        patch(twin, source, R={"relation": {"data_source_id": source, "single_property": {}}})
        pages: list[str] = []
        for n in range(40):
            now[0] = NOON + (n // 3) * 3_600_000 * 9
            pages.append(row(twin, source, TEXTS[n % 7], **values(n, people, pages)))
        for n in (3, 17):
            twin.call("PATCH", f"pages/{pages[n]}", {"in_trash": True})
        now[0] += 60_000
        twin.call("PATCH", f"pages/{pages[5]}", {"properties": {"N": {"number": 7}}})
        kept = [item for item in OPTIONS if item != "y"]
        patch(twin, source, S={"select": {"options": [{"name": name} for name in kept]}})
        yield Rows(twin, source, people, tuple(pages))


def values(n: int, people: tuple[str, ...], pages: list[str]) -> Json:
    split = [{"text": {"content": TEXTS[n % 7][:1]}}, {"text": {"content": TEXTS[n % 7][1:]}}]
    found: Json = {
        "T": {"rich_text": split if n % 2 else text(TEXTS[n % 5])},
        "U": {"url": TEXTS[n % 6] or None},
        "N": {"number": NUMBERS[n % 6]},
        "S": {"select": {"name": OPTIONS[n % 3]}},
        "M": {"multi_select": [{"name": name} for name in OPTIONS[: n % 4]]},
        "W": {"status": {"name": OPTIONS[n % 3]}},
        "C": {"checkbox": bool(n % 2)},
        "D": {"date": {"start": DATES[n % 8]}},
        "P": {"people": [{"id": people[n % 2]}]},
        "F": {"files": [{"name": "f", "external": {"url": "https://example.org/f"}}]},
        "R": edges(*pages[-(n % 3) :]) if n % 3 else edges(),
    }
    return {name: value for m, (name, value) in enumerate(found.items()) if (n + m) % 5}


def conditions(rows: Rows) -> st.SearchStrategy[Json]:
    """A filter on one property or timestamp."""
    words = st.sampled_from(("equals", "does_not_equal", "contains", "does_not_contain", "starts_with", "ends_with"))
    texts = st.sampled_from((*TEXTS, "trass", "b"))
    empty = st.sampled_from(("is_empty", "is_not_empty")).map(lambda name: {name: True})
    signs = ("equals", "does_not_equal", "greater_than", "less_than_or_equal_to", "less_than")
    windows = pair(("past_week", "this_week", "next_year", "past_month"), st.just({}))
    moments = ("equals", "before", "after", "on_or_before", "on_or_after")
    dates = st.one_of(pairs(moments, (*DATES, "today", "one_week_ago")), windows, empty)
    chosen = st.one_of(st.sampled_from((*OPTIONS, "none")), st.lists(st.sampled_from(OPTIONS), max_size=2))
    some = st.one_of(st.sampled_from(("me", *rows.people)), st.just(list(rows.people)))
    members = ("contains", "does_not_contain")
    by_type: dict[str, tuple[str, st.SearchStrategy[Json]]] = {
        "Name": ("title", st.one_of(st.builds(lambda w, t: {w: t}, words, texts), empty)),
        "T": ("rich_text", st.one_of(st.builds(lambda w, t: {w: t}, words, texts), empty)),
        "U": ("url", st.one_of(st.builds(lambda w, t: {w: t}, words, texts), empty)),
        "N": ("number", st.one_of(pairs(signs, (*NUMBERS, 7)), empty)),
        "I": ("unique_id", pairs(signs, (1, 5, 40))),
        "S": ("select", st.one_of(pair(("equals", "does_not_equal"), chosen), empty)),
        "W": ("status", st.one_of(pair(("equals", "does_not_equal"), chosen), empty)),
        "M": ("multi_select", st.one_of(pair(members, chosen), empty)),
        "C": ("checkbox", pairs(("equals", "does_not_equal"), (True, False))),
        "D": ("date", dates),
        "K": ("created_time", dates),
        "E": ("last_edited_time", dates),
        "P": ("people", st.one_of(pair(members, some), empty)),
        "B": ("created_by", pair(members, some)),
        "F": ("files", empty),
        "R": ("relation", st.one_of(pairs(members, rows.pages[:6]), empty)),
    }
    of_properties = [st.builds(on_property, st.just(name), st.just(of[0]), of[1]) for name, of in by_type.items()]
    of_times = [st.builds(on_time, st.just(key), dates) for key in TIMES]
    return st.one_of(*of_properties, *of_times)


TIMES = ("created_time", "last_edited_time")


def on_property(name: str, key: str, said: Json) -> Json:
    return {"property": name, key: said}


def on_time(key: str, said: Json) -> Json:
    return {"timestamp": key, key: said}


def pair(names: tuple[str, ...], chosen: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.builds(lambda name, value: {name: value}, st.sampled_from(names), chosen)


def pairs(names: tuple[str, ...], chosen: tuple[Any, ...]) -> st.SearchStrategy[Json]:
    return pair(names, st.sampled_from(chosen))


def filters(rows: Rows) -> st.SearchStrategy[Json]:
    one = conditions(rows)
    group = st.builds(lambda word, items: {word: items}, st.sampled_from(("and", "or")), st.lists(one, max_size=3))
    inner = st.one_of(one, group)
    outer = st.builds(lambda word, items: {word: items}, st.sampled_from(("and", "or")), st.lists(inner, max_size=3))
    return st.one_of(one, group, outer)


def sorts() -> st.SearchStrategy[list[Json]]:
    names = ("Name", "T", "U", "N", "S", "M", "W", "C", "D", "P", "I", "K", "E", "R")
    by = st.one_of(
        st.sampled_from(names).map(lambda name: {"property": name}),
        st.sampled_from(TIMES).map(lambda name: {"timestamp": name}),
    )
    directed = st.builds(lambda said, way: {**said, "direction": way}, by, st.sampled_from(("ascending", "descending")))
    return st.lists(directed, max_size=3)


def answered(rows: Rows, body: Json) -> list[str] | str:
    """Every row's id over all pages, or what was refused."""
    found: list[str] = []
    cursor: Json = {}
    while True:
        try:
            answer = rows.twin.call("POST", f"data_sources/{rows.source}/query", {**body, **cursor, "page_size": 17})
        except TwinError as error:
            return error.message
        found += [page["id"] for page in answer["results"]]
        if not answer["has_more"]:
            return found
        cursor = {"start_cursor": answer["next_cursor"]}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
def test_sqlite_finds_and_orders_what_python_would(rows: Rows, data: st.DataObject) -> None:
    body: Json = {"sorts": data.draw(sorts())}
    if data.draw(st.booleans()):
        body["filter"] = data.draw(filters(rows))
    by_sqlite = answered(rows, body)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(narrowing, "of", lambda *_: Narrowing())
        patched.setattr(narrowing, "sort_key", lambda *_, **__: None)
        by_python = answered(rows, body)
    assert by_sqlite == by_python


def test_a_filter_with_very_many_parts_is_judged_all_the_same(rows: Rows) -> None:
    many = {"or": [{"or": [{"property": "N", "number": {"equals": 7}}] * 100}] * 100}
    assert answered(rows, {"filter": many}) == [rows.pages[5]]
    one_of = {"property": "S", "select": {"equals": ["x"] * 40_000}}
    assert len(answered(rows, {"filter": one_of})) > 5
    assert answered(rows, {"filter": {"and": [{"or": []}]}}) == []


def test_a_filter_that_says_too_much_is_read_alike_by_both(rows: Rows) -> None:
    long_ago = {"before": "1990-01-01"}
    for more in ({"created_time": long_ago}, {"property": "N", "number": {"equals": 7}}):
        both = {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": "1990-01-01"}, **more}
        assert len(answered(rows, {"filter": both})) == 38


def test_selective_queries_read_few_rows_into_python(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 40 rows no more than a handful are made into objects, whatever the filter's type."""
    read: list[object] = []
    kept = narrowing.Narrowing.rows

    def counted(self: Narrowing, *arguments: Any) -> Any:
        sql, given_ = kept(self, *arguments)
        read.extend(rows.twin.store.all(sql, *given_))
        return sql, given_

    monkeypatch.setattr(narrowing.Narrowing, "rows", counted)
    for condition in (
        {"property": "T", "rich_text": {"contains": "trass"}},
        {"property": "U", "url": {"equals": "ab"}},
        {"property": "N", "number": {"equals": 7}},
        {"property": "D", "date": {"before": "0002-01-01"}},
        {"property": "C", "checkbox": {"equals": True}},
        {"property": "M", "multi_select": {"contains": "Z"}},
        {"property": "P", "people": {"contains": rows.people[1]}},
        {"property": "F", "files": {"is_empty": True}},
        {"or": [{"property": "N", "number": {"equals": 7}}, {"property": "I", "unique_id": {"equals": 3}}]},
    ):
        read.clear()
        assert 0 < len(answered(rows, {"filter": condition})) <= len(read) <= 25, condition
