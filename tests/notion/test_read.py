"""Reading: every page, every value in full, past the cap, and what could not be read said."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.live import LiveDatabase, LiveProperty, Person, Rows
from reconciler.notion import errors, read
from reconciler.notion.client import Client
from reconciler.notion.rows import since
from tests.notion.service import Answer, Service, page_of, problem

DB = LiveDatabase(
    id="db",
    data_source_id="ds",
    title="Rows",
    properties=(LiveProperty(id="title", name="Name", type="title", config={}),),
)
CAP = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}


def text(content: str) -> list[dict[str, Any]]:
    """A title as answered, as far as it is read."""
    return [{"type": "text", "text": {"content": content, "link": None}, "plain_text": content}]


def row(number: int, *, minute: int = 0, **properties: Any) -> dict[str, Any]:
    """A page as a query answers it."""
    made = dt.datetime(2026, 9, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)
    return {
        "object": "page",
        "id": f"{number:032x}",
        "created_time": made.strftime("%Y-%m-%dT%H:%M:00.000Z"),
        "last_edited_time": "2026-09-02T00:00:00.000Z",
        "last_edited_by": {"object": "user", "id": "u"},
        "url": f"https://app.notion.com/p/{number}",
        "properties": {"Name": {"id": "title", "type": "title", "title": text(f"row {number}")}, **properties},
    }


class Queries:
    """A data source whose queries answer ``rows`` in pages of ``size``, ``cap`` rows at most, in order of creation."""

    def __init__(self, rows: list[dict[str, Any]], *, size: int = 100, cap: int = 10_000) -> None:
        self.rows, self.size, self.cap = rows, size, cap
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> Answer:
        body = json.loads(request.content)
        self.bodies.append(body)
        assert body["sorts"] == [{"timestamp": "created_time", "direction": "ascending"}]
        after = next(
            (part["created_time"]["on_or_after"] for part in _parts(body.get("filter")) if "timestamp" in part), ""
        )
        found = [each for each in self.rows if each["created_time"] >= after]
        start = int(body.get("start_cursor", 0))
        end = min(start + self.size, self.cap)
        more = end < min(len(found), self.cap)
        status = {"request_status": CAP} if not more and len(found) > self.cap else {}
        return page_of(found[start:end], cursor=str(end) if more else None, **status)


def _parts(asked: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    if not asked:
        return []
    inner = asked.get("and") or asked.get("or")
    return [part for each in inner for part in _parts(each)] if inner else [asked]


def ask(service: Service, filter: dict[str, Any] | None = None, property_ids: list[str] | None = None) -> Rows:  # noqa: A002
    """The answer to a query."""
    return service.run(lambda client: read.query(client, DB, filter=filter, property_ids=property_ids))


def test_every_page_of_a_query_is_read() -> None:
    service = Service(respond=Queries([row(n, minute=n) for n in range(250)]))
    found = ask(service)
    assert [each.title for each in found.rows] == [f"row {n}" for n in range(250)]
    assert found.incomplete == ""
    assert len(service.seen) == 3
    first = found.rows[0]
    assert first.id == "00000000-0000-0000-0000-000000000000"
    assert (first.last_edited_time, first.last_edited_by) == ("2026-09-02T00:00:00.000Z", "u")
    assert first.values == {"title": [{"text": "row 0"}]}


def test_properties_are_asked_for_in_the_form_notion_answers_their_ids() -> None:
    service = Service(respond=Queries([]))
    ask(service, property_ids=[":J{:", "title"])
    assert service.seen[0].url.params.get_list("filter_properties") == ["%3AJ%7B%3A", "title"]
    ask(service)
    assert "filter_properties" not in service.seen[1].url.params


def test_a_query_goes_on_past_the_cap_and_gives_each_row_once() -> None:
    rows = [row(n, minute=n // 7) for n in range(1_000)]
    queries = Queries(rows, cap=250)
    found = ask(Service(respond=queries), filter={"property": "x", "checkbox": {"equals": True}})
    assert [each.title for each in found.rows] == [f"row {n}" for n in range(1_000)]
    assert found.incomplete == ""
    assert {"property": "x", "checkbox": {"equals": True}} in queries.bodies[-1]["filter"]["and"]


def test_more_rows_in_one_minute_than_the_cap_are_said_to_be_missing() -> None:
    rows = [row(n, minute=0 if n < 10 else 1) for n in range(400)]
    found = ask(Service(respond=Queries(rows, cap=250)))
    assert len(found.rows) == 260
    assert "2026-09-01T00:01:00.000Z" in found.incomplete


def test_another_reason_for_an_incomplete_answer_is_carried() -> None:
    status = {"type": "incomplete", "incomplete_reason": "the_moon"}
    found = ask(Service(script=[page_of([row(1)], request_status=status)]))
    assert len(found.rows) == 1
    assert "the_moon" in found.incomplete


def test_a_list_that_leads_in_a_circle_stops() -> None:
    service = Service(respond=lambda _: page_of([], cursor="again"))
    with pytest.raises(errors.Invalid, match="circle"):
        ask(service)
    assert len(service.seen) == 2


def items(kind: str, entries: list[Any], *, cursor: str | None = None, **about: Any) -> httpx.Response:
    """A page of the property endpoint."""
    results = [{"object": "property_item", "id": "abcd", "type": kind, kind: each} for each in entries]
    return page_of(results, cursor=cursor, property_item={"id": "abcd", "type": kind, kind: {}, **about})


def test_a_cut_relation_is_read_in_full_from_the_property_endpoint() -> None:
    ids = [f"{n:032x}" for n in range(130)]
    cut = {"id": "%3AJ%7B%3A", "type": "relation", "relation": [{"id": each} for each in ids[:25]], "has_more": True}
    service = Service(
        script=[
            page_of([row(1, Links=cut)]),
            items("relation", [{"id": each} for each in ids[:100]], cursor="more"),
            items("relation", [{"id": each} for each in ids[100:]]),
        ]
    )
    (found,) = ask(service).rows
    assert len(found.values[":J{:"]) == 130
    assert service.paths[1:] == [f"GET pages/{1:032x}/properties/:J{{:"] * 2
    assert service.seen[1].url.raw_path.split(b"?")[0].endswith(b"/properties/%3AJ%7B%3A")


def test_cut_people_and_text_are_read_in_full() -> None:
    person = {"object": "user", "id": "p"}
    people = {"id": "pppp", "type": "people", "people": [{"object": "user", "id": str(n)} for n in range(25)]}
    mention = {"type": "mention", "mention": {"type": "user", "user": person}, "plain_text": "@A"}
    prose = {"id": "tttt", "type": "rich_text", "rich_text": [mention] * 25}
    service = Service(
        script=[
            page_of([row(1, People=people, Prose=prose)]),
            items("people", [{"object": "user", "id": str(n)} for n in range(30)]),
            items("rich_text", [mention] * 26),
        ]
    )
    (found,) = ask(service).rows
    assert len(found.values["pppp"]) == 30
    assert len(found.values["tttt"]) == 26


def test_a_cut_rollup_is_read_in_full() -> None:
    numbers = [{"type": "number", "number": n} for n in range(30)]
    cut = {
        "id": "rrrr",
        "type": "rollup",
        "rollup": {"type": "array", "array": numbers[:25], "function": "show_original"},
    }
    about = {"type": "rollup", "rollup": {"type": "array", "array": [], "function": "show_original"}}
    answer = page_of(numbers, property_item={"id": "rrrr", **about})
    (found,) = ask(Service(script=[page_of([row(1, R=cut)]), answer])).rows
    assert [each["number"] for each in found.values["rrrr"]["array"]] == list(range(30))


LEAF = st.sampled_from([{"property": name, "checkbox": {"equals": True}} for name in "abc"])
LEVEL = LEAF | st.lists(LEAF, min_size=1, max_size=3).flatmap(
    lambda each: st.sampled_from([{"or": each}, {"and": each}])
)
FILTERS = LEVEL | st.lists(LEVEL, min_size=1, max_size=4).flatmap(
    lambda each: st.sampled_from([{"or": each}, {"and": each}])
)


def depth(asked: Mapping[str, Any]) -> int:
    """Levels of groups in a filter."""
    inner = asked.get("and") or asked.get("or")
    return 1 + max(map(depth, inner)) if inner else 0


def holds(asked: Mapping[str, Any], true: set[str]) -> bool:
    """Whether a filter of checkboxes holds where those in ``true`` are checked; "time" stands for the time."""
    if "and" in asked:
        return all(holds(each, true) for each in asked["and"])
    if "or" in asked:
        return any(holds(each, true) for each in asked["or"])
    return ("time" if "timestamp" in asked else asked["property"]) in true


@settings(deadline=None)
@given(asked=FILTERS, true=st.sets(st.sampled_from(["a", "b", "c", "time"])))
def test_a_slice_is_the_filter_and_the_time_in_two_levels(asked: dict[str, Any], true: set[str]) -> None:
    sliced = since(asked, "2026-09-01T00:00:00.000Z")
    assert depth(sliced) <= 2
    assert holds(sliced, true) == (holds(asked, true) and "time" in true)


def test_a_slice_of_a_filter_that_is_full_is_the_time_alone() -> None:
    full = {"or": [{"property": str(n), "checkbox": {"equals": True}} for n in range(100)]}
    assert depth(since(full, "t")) == 2
    nested = {"or": [full, full]}
    later = {"timestamp": "created_time", "created_time": {"on_or_after": "t"}}
    assert since(nested, "t") == later
    assert since({"and": full["or"]}, "t") == later
    assert since(None, "t") == later


def block(kind: str, identity: str, *, children: bool = False, **body: Any) -> dict[str, Any]:
    """A block as answered."""
    return {"object": "block", "id": identity, "type": kind, "has_children": children, kind: body}


def blocks(tree: dict[str, list[dict[str, Any]]]) -> Service:
    """A service that knows the children of these blocks, two to a page."""

    def respond(request: httpx.Request) -> Answer:
        parent = request.url.path.split("/")[-2]
        start = int(request.url.params.get("start_cursor", 0))
        found = tree[parent]
        return page_of(found[start : start + 2], cursor=str(start + 2) if len(found) > start + 2 else None)

    return Service(respond=respond)


def test_databases_are_found_in_nested_blocks_but_not_in_subpages() -> None:
    service = blocks(
        {
            "page": [
                block("paragraph", "text"),
                block("column_list", "columns", children=True),
                block("child_database", "one", children=True, title="One"),
                block("child_page", "subpage", children=True, title="Sub"),
                block("synced_block", "copy", children=True, synced_from={"block_id": "columns"}),
                block("toggle", "toggle", children=True),
            ],
            "columns": [block("column", "left", children=True), block("column", "right", children=True)],
            "left": [block("child_database", "two", title="Two")],
            "right": [block("child_database", "one", title="One")],
            "toggle": [block("child_database", "three", title="Three")],
        }
    )
    found = service.run(lambda client: read.databases_under(client, "page"))
    assert [(each.id, each.title) for each in found] == [("one", "One"), ("two", "Two"), ("three", "Three")]
    assert not any("subpage" in path or "copy" in path for path in service.paths)


def test_block_children_nest_where_asked() -> None:
    service = blocks(
        {
            "page": [block("toggle", "t", children=True), block("child_page", "p", children=True)],
            "t": [block("quote", "q")],
        }
    )
    found = service.run(lambda client: read.block_children(client, "page", recursive=True))
    assert [each["id"] for each in found[0]["children"]] == ["q"]
    assert "children" not in found[1]
    assert len(service.run(lambda client: read.block_children(client, "page"))) == 2


SOURCE = {
    "object": "data_source",
    "id": "d" * 32,
    "title": text("Phases"),
    "description": text("All of them"),
    "icon": {"type": "emoji", "emoji": "🧭"},
    "url": "https://app.notion.com/p/x",
    "in_trash": False,
    "parent": {"type": "database_id", "database_id": "b" * 32},
    "database_parent": {"type": "page_id", "page_id": "a" * 32},
    "properties": {
        "Name": {"id": "title", "name": "Name", "description": None, "type": "title", "title": {}},
        "State": {
            "id": "%3AJ%7B%3A",
            "name": "State",
            "description": "why",
            "type": "select",
            "select": {"options": []},
        },
    },
}
DATABASE = {
    "object": "database",
    "id": "b" * 32,
    "title": text("Phases"),
    "description": [],
    "icon": None,
    "parent": {"type": "page_id", "page_id": "a" * 32},
    "data_sources": [{"id": "d" * 32, "name": "Phases"}],
    "url": "https://app.notion.com/p/x",
    "in_trash": False,
}


def dashed(letter: str) -> str:
    """An id of one letter, dashed."""
    return "-".join((letter * 8, letter * 4, letter * 4, letter * 4, letter * 12))


def test_a_data_source_in_one_request() -> None:
    service = Service(script=[httpx.Response(200, json=SOURCE)])
    live = service.run(lambda client: read.data_source(client, "ds"))
    assert (live.id, live.data_source_id, live.parent) == (dashed("b"), dashed("d"), dashed("a"))
    assert (live.title, live.description, live.icon, live.unsupported) == ("Phases", "All of them", "🧭", "")
    state = live.by_id(":J{:")
    assert state == LiveProperty(id=":J{:", name="State", type="select", config={"options": []}, description="why")


def test_a_database_in_two_requests() -> None:
    service = Service(script=[httpx.Response(200, json=DATABASE), httpx.Response(200, json=SOURCE)])
    live = service.run(lambda client: read.database(client, "b" * 32))
    assert service.paths == [f"GET databases/{'b' * 32}", f"GET data_sources/{dashed('d')}"]
    assert (live.id, live.data_source_id, live.icon, live.description) == (dashed("b"), dashed("d"), None, "")


@pytest.mark.parametrize(
    ("sources", "why"), [([], "no data source that the token can see"), ([{"id": "x"}, {"id": "y"}], "2 data sources")]
)
def test_a_database_without_its_one_data_source_is_unsupported(sources: list[dict[str, str]], why: str) -> None:
    service = Service(script=[httpx.Response(200, json={**DATABASE, "data_sources": sources})])
    live = service.run(lambda client: read.database(client, "b" * 32))
    assert why in live.unsupported
    assert (live.id, live.title, live.parent) == (dashed("b"), "Phases", dashed("a"))
    assert len(service.seen) == 1


VERIFIED = {"V": {"id": "verification", "name": "V", "type": "verification", "verification": {}}}
ODD: list[tuple[dict[str, Any], str]] = [
    ({"properties": {**SOURCE["properties"], **VERIFIED}}, "wiki"),  # type: ignore[dict-item]
    ({"parent": {"type": "data_source_id", "data_source_id": "x", "database_id": "y"}}, "synced"),
    ({"properties": {}}, "cannot be seen"),
]


@pytest.mark.parametrize(("change", "why"), ODD)
def test_data_sources_that_are_not_ours_to_change(change: dict[str, Any], why: str) -> None:
    assert why in read.parse_data_source({**SOURCE, **change}).unsupported


ICONS: list[tuple[Any, str | None]] = [
    (None, None),
    ({"type": "external", "external": {"url": "https://x.org/i.png"}}, "https://x.org/i.png"),
    ({"type": "file", "file": {"url": "https://signed"}}, "custom"),
    ({"type": "custom_emoji", "custom_emoji": {"id": "e"}}, "custom"),
    ({"type": "icon", "icon": {"name": "snake", "color": "purple"}}, "custom"),
]


@pytest.mark.parametrize(("icon", "expected"), ICONS)
def test_icons(icon: Any, expected: str | None) -> None:
    assert read.parse_data_source({**SOURCE, "icon": icon}).icon == expected


def test_an_untitled_database_has_one_title_whichever_way_it_is_read() -> None:
    untitled = read.parse_data_source({**SOURCE, "title": []})
    assert untitled.title == "New database"


def test_me_and_the_parent_page() -> None:
    bot = {"owner": {}, "workspace_id": "w", "workspace_name": "Wombat"}
    whoami = httpx.Response(200, json={"object": "user", "id": "u", "name": "Bot", "type": "bot", "bot": bot})
    service = Service(script=[whoami, httpx.Response(200, json=row(7))])

    async def work(client: Client) -> tuple[Any, str]:
        return await read.me(client), await read.parent_page(client, "page")

    workspace, title = service.run(work)
    assert (workspace.id, workspace.name, workspace.bot_id, workspace.bot_name) == ("w", "Wombat", "u", "Bot")
    assert title == "row 7"


def test_people_as_far_as_the_token_may_know_them() -> None:
    ann = {"object": "user", "id": "a", "name": "Ann", "type": "person", "person": {"email": "ann@example.org"}}
    bot = {"object": "user", "id": "b", "name": "Bot", "type": "bot", "bot": {}}
    service = Service(script=[page_of([ann], cursor="more"), page_of([bot])])
    assert service.run(read.people) == (Person("a", "Ann", "ann@example.org"), Person("b", "Bot"))
    assert Service(script=[problem(403, "restricted_resource")]).run(read.people) == ()


def test_search_finds_candidates() -> None:
    trashed = {**SOURCE, "in_trash": True}
    service = Service(script=[page_of([SOURCE, {"object": "page", "id": "p"}, trashed])])
    found = service.run(lambda client: read.search_databases(client, "Phases", trashed=True))
    assert [(each.id, each.title, each.in_trash) for each in found] == [
        (dashed("b"), "Phases", False),
        (dashed("b"), "Phases", True),
    ]
    assert json.loads(service.seen[0].content) == {
        "query": "Phases",
        "filter": {"property": "object", "value": "data_source", "in_trash": True},
        "page_size": 100,
    }
