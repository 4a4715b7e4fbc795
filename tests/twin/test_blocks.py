"""Blocks: appended, nested, placed, changed, trashed; comments and views."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.twin import Twin, TwinError
from tests.twin.build import make, row, text


def paragraph(content: str, *children: dict[str, Any]) -> dict[str, Any]:
    return {"paragraph": {"rich_text": text(content), **({"children": list(children)} if children else {})}}


@pytest.fixture
def page(twin: Twin) -> str:
    return str(twin.call("POST", "pages", {"parent": {"page_id": twin.root_page_id}, "properties": {}})["id"])


def append(twin: Twin, parent: str, *children: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = twin.call("PATCH", f"blocks/{parent}/children", {"children": children, **more})[
        "results"
    ]
    return found


def contents(twin: Twin, parent: str) -> list[str]:
    found = twin.call("GET", f"blocks/{parent}/children")["results"]
    return [block["paragraph"]["rich_text"][0]["plain_text"] for block in found]


def test_appended_in_order_and_in_places(twin: Twin, page: str) -> None:
    first = append(twin, page, paragraph("a"), paragraph("b"))[0]["id"]
    place = {"type": "after_block", "after_block": {"id": first}}
    answered = append(twin, page, paragraph("c"), paragraph("d"), position=place)
    assert [block["paragraph"]["rich_text"][0]["plain_text"] for block in answered] == ["c", "d", "b"]
    append(twin, page, paragraph("0"), position={"type": "start"})
    assert contents(twin, page) == ["0", "a", "c", "d", "b"]


def test_nesting_goes_two_levels_below_and_no_deeper(twin: Twin, page: str) -> None:
    top = append(twin, page, paragraph("1", paragraph("2", paragraph("3"))))[0]
    assert top["has_children"]
    inner = twin.call("GET", f"blocks/{top['id']}/children")["results"][0]
    assert contents(twin, inner["id"]) == ["3"]
    with pytest.raises(TwinError, match="children should be not present"):
        append(twin, page, paragraph("1", paragraph("2", paragraph("3", paragraph("4")))))


def test_limits_of_a_request(twin: Twin, page: str) -> None:
    with pytest.raises(TwinError, match=r"body\.children\.length should be ≤ `100`, instead was `101`"):
        append(twin, page, *[paragraph("x")] * 101)
    with pytest.raises(TwinError, match="at most `1000` blocks"):
        append(twin, page, *[paragraph("x", *[paragraph("y")] * 20)] * 50)
    assert contents(twin, page) == []


def test_children_come_in_pages(twin: Twin, page: str) -> None:
    made = [block["id"] for block in append(twin, page, *[paragraph(str(n)) for n in range(7)])]
    first = twin.call("GET", f"blocks/{page}/children", query={"page_size": "5"})
    rest = twin.call("GET", f"blocks/{page}/children", query={"start_cursor": first["next_cursor"]})
    assert [block["id"] for block in first["results"] + rest["results"]] == made
    with pytest.raises(TwinError, match=r"query\.start_cursor should be a valid uuid or `undefined`"):
        twin.call("GET", f"blocks/{page}/children", query={"start_cursor": "bogus"})


def test_what_lies_in_the_trashed_is_in_the_trash(twin: Twin, page: str) -> None:
    top = append(twin, page, paragraph("1", paragraph("2")))[0]["id"]
    inner = twin.call("GET", f"blocks/{top}/children")["results"][0]["id"]
    assert twin.call("DELETE", f"blocks/{top}")["in_trash"]
    assert twin.call("GET", f"blocks/{inner}")["in_trash"]
    assert contents(twin, page) == []
    with pytest.raises(TwinError, match="archived"):
        twin.call("PATCH", f"blocks/{inner}", paragraph("x"))


def test_a_block_changes_within_its_type(twin: Twin, page: str) -> None:
    block = append(twin, page, paragraph("a"))[0]["id"]
    changed = twin.call("PATCH", f"blocks/{block}", {"paragraph": {"rich_text": text("b"), "color": "red"}})
    assert (changed["paragraph"]["rich_text"][0]["plain_text"], changed["paragraph"]["color"]) == ("b", "red")
    with pytest.raises(TwinError, match="Expected block type paragraph in request body"):
        twin.call("PATCH", f"blocks/{block}", {"heading_1": {"rich_text": []}})


def test_child_pages_and_databases_have_their_place(twin: Twin) -> None:
    make(twin, "Tasks")
    twin.call("POST", "pages", {"parent": {"page_id": twin.root_page_id}, "properties": {"title": text("Notes")}})
    found = twin.call("GET", f"blocks/{twin.root_page_id}/children")["results"]
    assert [block[block["type"]] for block in found] == [{"title": "Tasks"}, {"title": "Notes"}]


def test_every_kind_of_block_is_taken_and_answered(twin: Twin, page: str) -> None:
    link = {"url": "https://example.org/a.txt"}
    sent: list[dict[str, Any]] = [
        {"heading_1": {"rich_text": text("h"), "is_toggleable": True}},
        {"to_do": {"rich_text": text("t"), "checked": True}},
        {"code": {"rich_text": text("c"), "language": "python"}},
        {"table": {"table_width": 1, "children": [{"table_row": {"cells": [text("x")]}}]}},
        {"column_list": {"children": [{"column": {"children": [paragraph("l")]}}, {"column": {"children": []}}]}},
        {"file": {"external": link}},
        {"bookmark": link},
        {"callout": {"rich_text": [], "icon": {"emoji": "💡"}}},
        {"divider": {}},
        {"table_of_contents": {}},
        {"equation": {"expression": "x"}},
        {"link_to_page": {"page_id": twin.root_page_id}},
        {"synced_block": {"synced_from": None, "children": [paragraph("s")]}},
    ]
    answered = append(twin, page, *sent)
    assert [block["type"] for block in answered] == [next(iter(block)) for block in sent]
    assert answered[5]["file"]["name"] == "a.txt"


def test_comments_and_views(twin: Twin, page: str) -> None:
    first = twin.call("POST", "comments", {"parent": {"page_id": page}, "rich_text": text("hello")})
    twin.call("POST", "comments", {"discussion_id": first["discussion_id"], "rich_text": text("again")})
    listed = twin.call("GET", "comments", query={"block_id": page})["results"]
    assert [item["rich_text"][0]["plain_text"] for item in listed] == ["hello", "again"]
    source = make(twin)
    views = twin.call("GET", "views", query={"data_source_id": source})["results"]
    assert [set(view) for view in views] == [{"object", "id"}]
    view = twin.call("GET", f"views/{views[0]['id']}")
    assert (view["name"], view["type"]) == ("Default view", "table")
    with pytest.raises(TwinError, match="last view"):
        twin.call("DELETE", f"views/{view['id']}")


def test_a_cell_that_mentions_somebody_shows_them_in_full(twin: Twin) -> None:
    page = row(twin, make(twin))
    cells = [[{"mention": {"user": {"id": twin.bot_id}}}], []]
    table = {"table": {"table_width": 2, "children": [{"table_row": {"cells": cells}}]}}
    (made,) = twin.call("PATCH", f"blocks/{page}/children", {"children": [table]})["results"]
    (shown,) = twin.call("GET", f"blocks/{made['id']}/children")["results"]
    assert shown["table_row"]["cells"][0][0]["mention"]["user"]["name"] == "Twin"
