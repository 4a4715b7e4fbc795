"""Pages and rows: defaults, values in and out, trash, moves."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.twin import Assumptions, Twin, TwinError
from tests.twin.build import edges, make, query, row, schema, text, values, write

EVERYTHING: dict[str, Any] = {
    "Text": {"rich_text": {}},
    "Number": {"number": {}},
    "Check": {"checkbox": {}},
    "Select": {"select": {}},
    "Many": {"multi_select": {}},
    "Date": {"date": {}},
    "People": {"people": {}},
    "Files": {"files": {}},
    "Url": {"url": {}},
    "Email": {"email": {}},
    "Phone": {"phone_number": {}},
    "Place": {"place": {}},
}


def test_a_new_row_answers_every_property_with_its_empty_value(twin: Twin) -> None:
    source = make(twin, **EVERYTHING)
    body = {"parent": {"data_source_id": source}, "properties": {}}
    shown = twin.call("POST", "pages", body)["properties"]
    assert {name: value[value["type"]] for name, value in shown.items()} == {
        "Name": [], "Text": [], "Number": None, "Check": False, "Select": None, "Many": [], "Date": None, "People": [],
        "Files": [], "Url": None, "Email": None, "Phone": None, "Place": None,
    }  # fmt: skip


def test_page_keys_and_times_are_as_recorded(twin: Twin) -> None:
    page = twin.call("GET", f"pages/{row(twin, make(twin), 'A & b_c/ 1')}")
    assert list(page) == [
        "object", "id", "created_time", "last_edited_time", "created_by", "last_edited_by", "cover", "icon", "parent",
        "in_trash", "is_archived", "is_locked", "properties", "url", "public_url", "request_id",
    ]  # fmt: skip
    assert page["created_time"] == "2026-05-28T20:27:00.000Z"
    assert page["url"] == f"https://app.notion.com/p/A-b-c-1-{page['id'].replace('-', '')}"
    assert page["id"][14:16] == "81"


def test_database_times_have_milliseconds_and_stand_still(twin: Twin) -> None:
    source = make(twin)
    database = twin.call("GET", f"data_sources/{source}")["parent"]["database_id"]
    twin.clock = lambda: 1_790_000_000_000
    after = twin.call("PATCH", f"databases/{database}", {"description": text("why"), "is_locked": True})
    assert after["created_time"] == after["last_edited_time"] == "2026-05-28T20:27:10.500+00:00"
    assert twin.call("GET", f"data_sources/{source}")["description"][0]["plain_text"] == "why"


def test_titles_of_a_single_source_are_one_value(twin: Twin) -> None:
    source = make(twin, "One")
    database = twin.call("GET", f"data_sources/{source}")["parent"]["database_id"]
    twin.call("PATCH", f"data_sources/{source}", {"title": text("Two")})
    assert twin.call("GET", f"databases/{database}")["title"][0]["plain_text"] == "Two"
    twin.call("PATCH", f"databases/{database}", {"title": text("Three")})
    assert twin.call("GET", f"data_sources/{source}")["title"][0]["plain_text"] == "Three"
    twin.call("PATCH", f"data_sources/{source}", {"title": []})
    shown = twin.call("GET", f"databases/{database}")
    assert (shown["title"][0]["plain_text"], shown["data_sources"][0]["name"]) == ("New database", "New database")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"start": "2021-01-01"}, "2021-01-01"),
        ({"start": "2026-06-27T17:57:32.42", "time_zone": "Europe/London"}, "2026-06-27T17:57:00.000+01:00"),
        ({"start": "2026-06-27T17:57:32Z"}, "2026-06-27T17:57:00.000+00:00"),
        ({"start": "2026-06-27T17:57:32"}, "2026-06-27T17:57:00.000+00:00"),
    ],
)
def test_dates_are_cut_to_the_minute_and_their_zone_becomes_an_offset(
    twin: Twin, sent: dict[str, str], kept: str
) -> None:
    page = row(twin, make(twin, Date={"date": {}}), Date={"date": sent})
    assert values(twin, page)["Date"] == {"start": kept, "end": None, "time_zone": None}


def test_text_keeps_formatting_links_and_mentions(twin: Twin) -> None:
    page = row(twin, make(twin, Text={"rich_text": {}}))
    sent = [
        {"text": {"content": "bold", "link": {"url": "https://example.org"}}, "annotations": {"bold": True}},
        {"mention": {"user": {"id": twin.bot_id}}},
        {"equation": {"expression": "x^2"}},
    ]
    bold, mention, equation = write(twin, page, Text={"rich_text": sent})["Text"]["rich_text"]
    assert (bold["annotations"]["bold"], bold["href"]) == (True, "https://example.org")
    assert (mention["plain_text"], mention["mention"]["user"]["name"]) == ("@Twin", "Twin")
    assert equation["plain_text"] == "x^2"
    again = write(twin, page, Text={"rich_text": [bold, mention, equation]})["Text"]["rich_text"]
    assert again == [bold, mention, equation]


def test_lengths_count_utf16_units(twin: Twin) -> None:
    source = make(twin)
    row(twin, source, "😀" * 1000)
    with pytest.raises(TwinError, match="≤ `2000`, instead was `2002`"):
        row(twin, source, "😀" * 1001)


def test_hosted_files_get_fresh_urls_that_expire(twin: Twin) -> None:
    page = row(twin, make(twin, Files={"files": {}}))
    twin.admin.attach(page, "Files", "plan.pdf")
    first, second = values(twin, page)["Files"][0], values(twin, page)["Files"][0]
    assert (first["name"], first["type"], first["file"]["expiry_time"]) == (
        "plan.pdf",
        "file",
        "2026-05-28T21:27:10.000Z",
    )
    assert first["file"]["url"] != second["file"]["url"]


def test_all_values_that_do_not_fit_are_named_in_one_message(twin: Twin) -> None:
    source = make(twin, Genre={"multi_select": {}})
    with pytest.raises(TwinError) as caught:
        row(twin, source, Genre={"select": {"name": "x"}}, Status={"status": {"name": "y"}})
    assert caught.value.message == "Genre is expected to be multi_select. Status is not a property that exists."
    with pytest.raises(TwinError) as caught:
        write(twin, row(twin, source), Name=None)
    assert caught.value.message == 'Body Validation Failed. Fix the following:\nInvalid property value for: "Name".'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"number": "1"}, r"body\.properties\.Number\.number should be a number or `null`, instead was `\"1\"`"),
        ({"number": True}, "should be a number"),
        ({}, r"Fix one:\nbody\.properties\.Number\.title should be defined"),
    ],
)
def test_a_misshapen_value_names_its_path(twin: Twin, value: dict[str, Any], message: str) -> None:
    source = make(twin, Number={"number": {}})
    with pytest.raises(TwinError, match=message):
        row(twin, source, Number=value)


def test_computed_values_cannot_be_written(twin: Twin) -> None:
    source = make(twin, Made={"created_time": {}})
    with pytest.raises(TwinError, match="should be not present"):
        row(twin, source, Made={"created_time": "2020-01-01"})


def test_trash_and_back(twin: Twin) -> None:
    source = make(twin)
    page = row(twin, source, "a")
    gone = twin.call("PATCH", f"pages/{page}", {"in_trash": True})
    assert (gone["in_trash"], gone["is_archived"]) == (True, False)
    assert query(twin, source) == []
    with pytest.raises(TwinError, match="Can't edit block that is archived"):
        write(twin, page, Name={"title": text("b")})
    twin.call("PATCH", f"pages/{page}", {"in_trash": False})
    assert query(twin, source) == ["a"]


def test_a_trashed_database_takes_its_source_and_rows_along(twin: Twin) -> None:
    source = make(twin)
    page = row(twin, source, "a")
    database = twin.call("GET", f"data_sources/{source}")["parent"]["database_id"]
    block = twin.call("DELETE", f"blocks/{database}")
    assert (block["type"], block["child_database"], block["in_trash"]) == ("child_database", {"title": "Tasks"}, True)
    assert twin.call("GET", f"databases/{database}")["in_trash"]
    assert twin.call("GET", f"data_sources/{source}")["in_trash"]
    assert twin.call("GET", f"pages/{page}")["in_trash"]
    twin.call("PATCH", f"blocks/{database}", {"in_trash": False})
    assert not twin.call("GET", f"pages/{page}")["in_trash"]


def test_old_versions_say_archived_and_new_ones_do_not(twin: Twin) -> None:
    page = row(twin, make(twin))
    old = twin.call("PATCH", f"pages/{page}", {"archived": True}, version="2025-09-03")
    assert (old["archived"], old["in_trash"]) == (True, True)
    with pytest.raises(TwinError, match=r"body\.archived should be not present"):
        twin.call("PATCH", f"pages/{page}", {"archived": False})


# -- moves ---------------------------------------------------------------------------------------------------------


def test_a_moved_row_keeps_its_id_content_and_values_of_the_same_name_and_type(twin: Twin) -> None:
    projects = make(twin, "Projects")
    dual = {"relation": {"data_source_id": projects, "dual_property": {}}}
    old = make(twin, "Old", Same={"number": {}}, Tag={"select": {}}, Other={"url": {}}, P=dual)
    new = make(twin, "New", Same={"number": {}}, Tag={"select": {}}, Other={"email": {}}, P=dual)
    project = row(twin, projects, "p")
    page = row(
        twin,
        old,
        "x",
        Same={"number": 1},
        Tag={"select": {"name": "t"}},
        Other={"url": "u"},
        P=edges(project),
    )
    twin.call("PATCH", f"blocks/{page}/children", {"children": [{"paragraph": {"rich_text": text("kept")}}]})
    moved = twin.call("POST", f"pages/{page}/move", {"parent": {"data_source_id": new}})
    assert (moved["id"], moved["parent"]["data_source_id"]) == (page, new)
    found = values(twin, page)
    assert (found["Same"], found["Tag"]["name"], found["Other"]) == (1, "t", None)
    assert [o["name"] for o in schema(twin, new)["Tag"]["select"]["options"]] == ["t"]
    there = values(twin, project)
    assert (there["Related to Old (P)"], there["Related to New (P)"]) == ([], [{"id": page}])
    assert len(twin.call("GET", f"blocks/{page}/children")["results"]) == 1
    assert (query(twin, old), query(twin, new)) == ([], ["x"])


def test_the_harsh_reading_of_a_move_keeps_the_title_only(twin: Twin) -> None:
    old, new = make(twin, "Old", Same={"number": {}}), make(twin, "New", Same={"number": {}})
    page = row(twin, old, "x", Same={"number": 1})
    twin.assume = Assumptions(exceptions={"moved-row-values": "harsh"})
    twin.call("POST", f"pages/{page}/move", {"parent": {"data_source_id": new}})
    assert values(twin, page)["Same"] is None
    assert query(twin, new) == ["x"]


def test_a_page_becomes_a_row_and_a_row_a_page(twin: Twin) -> None:
    source = make(twin)
    page = twin.call("POST", "pages", {"parent": {"page_id": twin.root_page_id}, "properties": {"title": text("p")}})[
        "id"
    ]
    twin.call("POST", f"pages/{page}/move", {"parent": {"data_source_id": source}})
    assert query(twin, source) == ["p"]
    assert page not in [b["id"] for b in twin.call("GET", f"blocks/{twin.root_page_id}/children")["results"]]
    back = twin.call("POST", f"pages/{page}/move", {"parent": {"page_id": twin.root_page_id}})
    assert list(back["properties"]) == ["title"]
    assert page in [b["id"] for b in twin.call("GET", f"blocks/{twin.root_page_id}/children")["results"]]


def test_a_page_cannot_be_moved_into_itself(twin: Twin) -> None:
    outer = twin.call("POST", "pages", {"parent": {"page_id": twin.root_page_id}, "properties": {}})["id"]
    inner = twin.call("POST", "pages", {"parent": {"page_id": outer}, "properties": {}})["id"]
    with pytest.raises(TwinError, match="outside of the page"):
        twin.call("POST", f"pages/{outer}/move", {"parent": {"page_id": inner}})


def test_several_sources_in_one_database(twin: Twin) -> None:
    first = make(twin, "Items")
    database = twin.call("GET", f"data_sources/{first}")["parent"]["database_id"]
    body = {"parent": {"database_id": database}, "title": text("People"), "properties": {"Name": {"title": {}}}}
    second = twin.call("POST", "data_sources", body)["id"]
    assert [s["name"] for s in twin.call("GET", f"databases/{database}")["data_sources"]] == ["Items", "People"]
    with pytest.raises(TwinError) as caught:
        twin.call("POST", "pages", {"parent": {"database_id": database}, "properties": {}})
    assert caught.value.additional_data is not None
    assert caught.value.additional_data["child_data_source_ids"] == [first, second]
    other = twin.call("GET", f"data_sources/{make(twin, 'Other')}")["parent"]["database_id"]
    moved = twin.call("PATCH", f"data_sources/{second}", {"parent": {"database_id": other}})
    assert moved["parent"]["database_id"] == other
    assert [s["name"] for s in twin.call("GET", f"databases/{other}")["data_sources"]] == ["Other", "People"]


def test_search_finds_by_title_and_lags(twin: Twin) -> None:
    make(twin, "Project tracker")
    hits = twin.call("POST", "search", {"query": "project", "filter": {"property": "object", "value": "data_source"}})
    assert [hit["title"][0]["plain_text"] for hit in hits["results"]] == ["Project tracker"]
    twin.search_lag = 60_000
    assert twin.call("POST", "search", {"query": "project"})["results"] == []
