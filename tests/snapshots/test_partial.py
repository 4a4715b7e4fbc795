"""What a partial snapshot does not tell is unread in the twin: nothing is found by it, nothing shows it as empty."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from reconciler.notion.snapshot import Header, recording
from reconciler.twin import Twin, TwinError, load_snapshot, open_twin
from tests.snapshots.taking import living


@pytest.fixture
def original() -> Iterator[Twin]:
    with open_twin(":memory:") as made:
        living(made)
        yield made


class Reading:
    """Reads a twin and keeps the answers, as a plan's client does."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._recording = recording()
        self._recorder = self._recording.__enter__()

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        answer = self._twin.call(method, path, dict(body) if body is not None else None, query)
        self._recorder.heard(method, path, query, body, json.dumps(answer).encode())
        return answer

    def opened(self) -> Twin:
        header = Header(workspace="w", workspace_name="Original", parent=self._twin.root_page_id)
        twin = open_twin(":memory:")
        load_snapshot(twin, self._recorder.lines(header))
        self._recording.__exit__(None, None, None)
        return twin


def _sources(twin: Twin) -> dict[str, str]:
    hits = twin.call("POST", "search", {"filter": {"property": "object", "value": "data_source"}})["results"]
    return {hit["title"][0]["plain_text"]: hit["id"] for hit in hits if hit["title"]}


@pytest.fixture
def partial(original: Twin) -> Iterator[Twin]:
    """Phases' schema, and of its rows the titles alone; nothing of the projects."""
    reading = Reading(original)
    phases = _sources(original)["Phases"]
    reading.ask("GET", f"data_sources/{phases}")
    reading.ask("POST", f"data_sources/{phases}/query", {}, {"filter_properties": ["title"]})
    with reading.opened() as twin:
        yield twin


def _query(twin: Twin, condition: Mapping[str, Any] | None, *only: str) -> list[str]:
    body = {"filter": dict(condition)} if condition else {}
    query = {"filter_properties": list(only)} if only else None
    phases = _sources(twin)["Phases"]
    found = twin.call("POST", f"data_sources/{phases}/query", body, query)["results"]
    return [row["properties"]["Name"]["title"][0]["plain_text"] for row in found]


def test_what_was_read_is_found(partial: Twin) -> None:
    assert sorted(_query(partial, None, "title")) == ["First", "Second"]
    assert _query(partial, {"property": "Name", "title": {"equals": "First"}}, "title") == ["First"]


@pytest.mark.parametrize(
    "condition",
    [
        {"property": "Notes", "rich_text": {"is_empty": True}},
        {"property": "Notes", "rich_text": {"is_not_empty": True}},
        {"property": "Status", "select": {"does_not_equal": "Open"}},
        {"property": "Ready", "checkbox": {"equals": False}},
        {"property": "Project", "relation": {"is_empty": True}},
    ],
)
def test_no_filter_finds_a_row_by_what_was_not_read(partial: Twin, condition: Mapping[str, Any]) -> None:
    assert _query(partial, condition, "title") == []
    both = {"or": [condition, {"property": "Name", "title": {"equals": "First"}}]}
    assert _query(partial, both, "title") == ["First"]


def test_no_query_answers_what_was_not_read(partial: Twin) -> None:
    assert _query(partial, None, "title", "Notes") == []
    assert _query(partial, None) == []


def test_what_is_written_is_known(partial: Twin) -> None:
    row = partial.call("POST", f"data_sources/{_sources(partial)['Phases']}/query", {}, {"filter_properties": "title"})
    page = next(r for r in row["results"] if r["properties"]["Name"]["title"][0]["plain_text"] == "Second")
    partial.call("PATCH", f"pages/{page['id']}", {"properties": {"Notes": {"rich_text": []}}})
    assert _query(partial, {"property": "Notes", "rich_text": {"is_empty": True}}, "title", "Notes") == ["Second"]


def test_rows_that_only_edges_lead_to_are_there_by_id_and_in_no_query(original: Twin) -> None:
    reading, sources = Reading(original), _sources(original)
    schema = reading.ask("GET", f"data_sources/{sources['Phases']}")
    rows = reading.ask("POST", f"data_sources/{sources['Phases']}/query", {})["results"]
    first = next(row for row in rows if row["properties"]["Project"]["relation"])
    with reading.opened() as twin:
        shown = twin.call("GET", f"pages/{first['id']}")["properties"]
        assert shown["Project"]["relation"] == first["properties"]["Project"]["relation"]
        assert shown["Total"]["rollup"] == first["properties"]["Total"]["rollup"], "what was read holds"
        target = shown["Project"]["relation"][0]["id"]
        assert twin.call("GET", f"pages/{target}")["object"] == "page"
        projects = schema["properties"]["Project"]["relation"]["data_source_id"]
        assert twin.call("POST", f"data_sources/{projects}/query", {})["results"] == []
        # The mirror that lies there is known from this side, and is kept in step.
        twin.call("PATCH", f"pages/{first['id']}", {"properties": {"Project": {"relation": []}}})
        assert twin.call("GET", f"pages/{first['id']}")["properties"]["Project"]["relation"] == []


def test_parts_of_two_answers_make_one_row(original: Twin) -> None:
    reading, phases = Reading(original), _sources(original)["Phases"]
    reading.ask("GET", f"data_sources/{phases}")
    for name in ("Status", "Notes"):
        reading.ask("POST", f"data_sources/{phases}/query", {}, {"filter_properties": ["title", name]})
    with reading.opened() as twin:
        assert sorted(_query(twin, None, "title", "Status", "Notes")) == ["First", "Second"]
        assert _query(twin, {"property": "Status", "select": {"equals": "Done"}}, "title", "Notes") == ["First"]


def test_people_that_were_in_no_list_are_not_listed(original: Twin) -> None:
    reading, phases = Reading(original), _sources(original)["Phases"]
    reading.ask("GET", f"data_sources/{phases}")
    row = reading.ask("POST", f"data_sources/{phases}/query", {})["results"][-1]
    with reading.opened() as twin:
        assert twin.call("GET", f"pages/{row['id']}")["properties"]["Who"] == row["properties"]["Who"]
        assert twin.call("GET", "users")["results"] == []
        person = row["properties"]["Who"]["people"]
        assert not person or twin.call("GET", f"users/{person[0]['id']}")["name"] == person[0]["name"]


def test_what_was_not_read_at_all_is_not_there(partial: Twin, original: Twin) -> None:
    projects = original.call("POST", f"data_sources/{_sources(original)['Projects']}/query", {})["results"]
    with pytest.raises(TwinError, match="object_not_found"):
        partial.call("GET", f"pages/{projects[0]['id']}")


def test_a_long_relation_is_whole(original: Twin) -> None:
    phases, projects = (_sources(original)[title] for title in ("Phases", "Projects"))
    parent = {"type": "data_source_id", "data_source_id": projects}
    made = [original.call("POST", "pages", {"parent": parent, "properties": {}})["id"] for _ in range(30)]
    row = original.call("POST", f"data_sources/{phases}/query", {})["results"][0]["id"]
    edges = {"Plain": {"relation": [{"id": page} for page in made]}}
    original.call("PATCH", f"pages/{row}", {"properties": edges})
    reading = Reading(original)
    schema = reading.ask("GET", f"data_sources/{phases}")
    reading.ask("POST", f"data_sources/{phases}/query", {})
    path, cursor = f"pages/{row}/properties/{schema['properties']['Plain']['id']}", None
    while True:
        answer = reading.ask("GET", path, query={"page_size": "20", **({"start_cursor": cursor} if cursor else {})})
        cursor = answer["next_cursor"]
        if not cursor:
            break
    with reading.opened() as twin:
        results = twin.call("GET", path)["results"]
        assert [item["relation"]["id"] for item in results] == made


def test_answers_that_are_passed_over_are_judged_by_their_request_and_bytes(original: Twin) -> None:
    answers = [original.call("GET", path) for path in ("users/me", "users")]
    with recording() as recorder:
        for path, answer in zip(("users/me", "users"), answers, strict=True):
            recorder.heard("GET", path, {"start_cursor": ',"answer":'}, None, json.dumps(answer).encode())
        asked: list[str] = []

        def passed_over(request: Mapping[str, Any], answer: bytes) -> bool:
            asked.append(request["path"])
            return b'"list"' not in answer

        assert [each["answer"] for each in recorder.answered(passed_over)] == [answers[1]]
    assert asked == ["users/me", "users"]


def test_an_answer_is_kept_as_it_came(original: Twin) -> None:
    with recording() as recorder:
        answer = original.call("GET", "users/me")
        recorder.heard("GET", "users/me", None, None, json.dumps(answer, indent=1).encode())
        assert [each["answer"] for each in recorder.answered()] == [answer]
        lines = list(recorder.lines(Header(workspace="w", workspace_name="n", parent="p")))
    assert json.loads(lines[-1])["end"]["answers"] == 1
