"""Real-looking answers in canonical form; each case names the false difference that it would be."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.live import Value
from reconciler.model.properties import formula, of, status
from tests.properties_model.answers import PLAIN

UUID = "38c9ce7b-60a4-817b-84ae-e63702a6c78e"


def element(content: str, *, link: str | None = None, **annotations: Any) -> dict[str, Any]:
    """A text element as Notion answers it."""
    return {
        "type": "text",
        "text": {"content": content, "link": {"url": link} if link else None},
        "annotations": {**PLAIN, **annotations},
        "plain_text": content,
        "href": link,
    }


def mention(body: dict[str, Any], shown: str, href: str | None = None) -> dict[str, Any]:
    """A mention as Notion answers it."""
    return {"type": "mention", "mention": body, "annotations": dict(PLAIN), "plain_text": shown, "href": href}


def read(kind: str, body: Any, **more: Any) -> Value:
    """The canonical value of a page's answer."""
    return of(kind).value({"id": "%3AJ%7B%3A", "type": kind, kind: body, **more})


USER = {
    "object": "user",
    "id": UUID.replace("-", ""),
    "name": "Ann",
    "avatar_url": "https://example.org/a.png",
    "type": "person",
}
WHOLE_USER = {**USER, "person": {"email": "ann@example.org", "email_verified": True}}

VALUES: list[tuple[str, str, Any, Value]] = [
    ("runs of one format are joined", "rich_text", [element("a"), element("b"), element("c", bold=True)],
     [{"text": "ab"}, {"text": "c", "bold": True}]),
    ("links part runs", "title", [element("a", link="https://x.org"), element("b")],
     [{"text": "a", "link": "https://x.org"}, {"text": "b"}]),
    ("a mention is its target, not the whole user", "rich_text",
     [mention({"type": "user", "user": WHOLE_USER}, "@Ann")],
     [{"mention": {"type": "user", "user": {"id": UUID}}, "text": "@Ann"}]),
    ("a preview is its text and link", "rich_text",
     [mention({"type": "link_preview", "link_preview": {"url": "https://x.org"}}, "https://x.org", "https://x.org")],
     [{"text": "https://x.org", "link": "https://x.org"}]),
    ("a mention of tomorrow is its text", "rich_text", [mention({"type": "agent", "agent": {"id": "7"}}, "@Bot")],
     [{"text": "@Bot"}]),
    ("an equation keeps its expression", "rich_text",
     [{"type": "equation", "equation": {"expression": "e=mc^2"}, "annotations": PLAIN, "plain_text": "e=mc^2"}],
     [{"equation": "e=mc^2", "text": "e=mc^2"}]),
    ("empty elements are nothing", "rich_text", [element("")], []),
    ("3.0 is 3", "number", 3.0, 3),
    ("0.1 stays", "number", 0.1, 0.1),
    ("an option is its name", "select", {"id": "F<XA", "name": "Done", "color": "green"}, "Done"),
    ("options are names in order", "multi_select", [{"id": "1", "name": "b", "color": "red"}, {"id": "2", "name": "a"}],
     ["b", "a"]),
    ("what is not set of a date is left out", "date", {"start": "2026-09-15", "end": None, "time_zone": None},
     {"start": "2026-09-15"}),
    ("people are ids and what is known", "people", [WHOLE_USER, {"object": "user", "id": UUID}],
     [{"id": UUID, "name": "Ann", "email": "ann@example.org"}, {"id": UUID}]),
    ("a group says so", "people", [{"object": "group", "id": UUID, "name": None}], [{"id": UUID, "object": "group"}]),
    ("a kept file has no address", "files",
     [{"name": "a.pdf", "type": "file", "file": {"url": "https://s3/signed?X-Amz=1", "expiry_time": "2026"}},
      {"name": "b", "type": "external", "external": {"url": "https://x.org/b"}}],
     [{"name": "a.pdf", "hosted": True}, {"name": "b", "url": "https://x.org/b"}]),
    ("ids of rows are dashed", "relation", [{"id": UUID.replace("-", "")}], [UUID]),
    ("what is not known of a place is left out", "place",
     {"lat": 52.5, "lon": 13.0, "name": None, "address": "Berlin", "aws_place_id": None, "google_place_id": None},
     {"lat": 52.5, "lon": 13, "address": "Berlin"}),
    ("an empty string is none", "url", "", None),
    ("a formula's number", "formula", {"type": "number", "number": 4.0}, {"type": "number", "number": 4}),
    ("a formula that is not supported", "formula", {"type": "unsupported", "unsupported": {}},
     {"type": "unsupported", "unsupported": {}}),
    ("items of a rollup are canonical", "rollup",
     {"type": "array", "function": "show_original", "array": [{"type": "title", "title": [element("Item 1")]}]},
     {"type": "array", "function": "show_original", "array": [{"type": "title", "title": [{"text": "Item 1"}]}]}),
    ("who made it", "created_by", {**USER, "type": "bot", "bot": {}}, {"id": UUID, "name": "Ann"}),
    ("an id of its own", "unique_id", {"prefix": "", "number": 3}, {"prefix": None, "number": 3}),
    ("a button holds nothing", "button", {}, None),
    ("verified by whom", "verification",
     {"state": "verified", "verified_by": WHOLE_USER, "date": {"start": "2026-09-15", "end": None}},
     {"state": "verified", "verified_by": {"id": UUID, "name": "Ann", "email": "ann@example.org"},
      "date": {"start": "2026-09-15"}}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "expected"), [case[1:] for case in VALUES], ids=[case[0] for case in VALUES])
def test_an_answered_value_in_canonical_form(kind: str, body: Any, expected: Value) -> None:
    assert read(kind, body) == expected


OPTION = {"id": "F<XA", "name": "Done", "color": "green", "description": ""}

CONFIGS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("number", {"format": "euro"}, {"format": "euro"}, {"format": "euro"}),
    ("select", {"options": [{"id": "F<XA", "name": "Done", "color": "green", "description": None}]},
     {"options": [OPTION]}, {"options": [{"id": "F<XA", "name": "Done"}]}),
    ("status",
     {"options": [{"id": "1", "name": "Done", "color": "green"}],
      "groups": [{"id": "g", "name": "Complete", "color": "green", "option_ids": ["1"]}]},
     {"options": [{**OPTION, "id": "1"}], "groups": [{"id": "g", "name": "Complete", "option_ids": ["1"]}]},
     {"options": [{"id": "1", "name": "Done"}]}),
    ("relation",
     {"database_id": UUID, "data_source_id": UUID, "type": "dual_property",
      "dual_property": {"synced_property_name": "Phases", "synced_property_id": "%5B%3Dyq"}},
     {"database_id": UUID, "data_source_id": UUID, "mirror": {"id": "[=yq", "name": "Phases"}},
     {"data_source_id": UUID, "type": "dual_property", "dual_property": {}}),
    ("relation", {"database_id": UUID, "data_source_id": UUID, "type": "single_property", "single_property": {}},
     {"database_id": UUID, "data_source_id": UUID, "mirror": None},
     {"data_source_id": UUID, "type": "single_property", "single_property": {}}),
    ("rollup",
     {"rollup_property_name": "Date", "relation_property_name": "Rel", "rollup_property_id": "cTg`",
      "relation_property_id": ":J{:", "function": "show_original"},
     {"function": "show_original", "relation_property_id": ":J{:", "rollup_property_id": "cTg`",
      "relation_property_name": "Rel", "rollup_property_name": "Date"},
     {"function": "show_original", "relation_property_name": "Rel", "rollup_property_name": "Date"}),
    ("formula", {"expression": 'prop("A") * 2'}, {"expression": 'prop("A") * 2'}, {"expression": 'prop("A") * 2'}),
    ("unique_id", {"prefix": None}, {"prefix": None}, {"prefix": None}),
    ("date", {}, {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "expected", "request_body"), CONFIGS)
def test_an_answered_configuration_and_what_makes_it_again(
    kind: str, body: dict[str, Any], expected: dict[str, Any], request_body: dict[str, Any]
) -> None:
    config = of(kind).config({"id": "abcd", "name": "Field", "description": None, "type": kind, kind: body})
    assert config == expected
    assert of(kind).schema(config) == {kind: request_body}


def test_a_new_option_carries_color_description_and_group() -> None:
    new = {"name": "New", "color": "blue", "description": "why", "group": "In progress"}
    assert of("status").schema({"options": [new]}) == {"status": {"options": [new]}}


SAME: list[tuple[str, str, Value, Value]] = [
    ("Z and milliseconds", "date", {"start": "2026-09-15T10:00:00Z"}, {"start": "2026-09-15T10:00:00.000+00:00"}),
    ("seconds are cut", "date", {"start": "2026-09-15T10:00:42Z"}, {"start": "2026-09-15T10:00:00.000+00:00"}),
    ("one moment, two offsets", "date", {"start": "2026-09-15T12:00:00+02:00"}, {"start": "2026-09-15T10:00:00.000Z"}),
    ("a zone comes back as an offset", "date", {"start": "2026-06-27T17:57:32.42", "time_zone": "Europe/London"},
     {"start": "2026-06-27T17:57:00.000+01:00"}),
    ("a row's times", "created_time", "2026-06-27T17:11:00.000Z", "2026-06-27T17:11:00Z"),
    ("links in another order", "relation", ["a", "b"], ["b", "a"]),
    ("options in another order", "multi_select", ["a", "b"], ["b", "a"]),
    ("decomposed names", "select", "E\u0301 ", "\u00c9"),
    ("doubles", "number", 2**53 + 1, float(2**53)),
    ("a renamed person", "people", [{"id": UUID, "name": "Ann"}], [{"id": UUID}]),
    ("a mention of a renamed person", "rich_text", [{"mention": {"type": "user", "user": {"id": UUID}}, "text": "@A"}],
     [{"mention": {"type": "user", "user": {"id": UUID}}, "text": "@B"}]),
    ("runs in pieces", "rich_text", [{"text": "a"}, {"text": "b"}], [{"text": "ab"}]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "left", "right"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_two_ways_to_say_one_value(kind: str, left: Value, right: Value) -> None:
    assert of(kind).same(left, right)
    assert of(kind).same(right, left)


DIFFERENT: list[tuple[str, Value, Value]] = [
    ("date", {"start": "2026-09-15"}, {"start": "2026-09-15T00:00:00.000+00:00"}),
    ("date", {"start": "2026-09-15"}, {"start": "2026-09-15", "end": "2026-09-16"}),
    ("date", {"start": "2026-09-15T10:00:00", "time_zone": "Europe/London"}, {"start": "2026-09-15T10:00:00Z"}),
    ("date", {"start": "2026-09-15"}, None),
    ("rich_text", [{"text": "a"}], [{"text": "a", "bold": True}]),
    ("rich_text", [{"text": "a"}], [{"text": "a "}]),
    ("rich_text", [{"text": "a", "link": "https://x.org"}], [{"text": "a"}]),
    ("rich_text", [{"mention": {"type": "page", "page": {"id": UUID}}, "text": "x"}], [{"text": "x"}]),
    ("number", 0, None),
    ("number", 1, 2),
    ("relation", ["a", "b"], ["a"]),
    ("select", "Done", "done"),
    ("select", None, "Done"),
    ("files", [{"name": "a", "url": "https://x.org"}], [{"name": "a", "url": "https://y.org"}]),
    ("checkbox", True, False),
    ("people", [{"id": UUID}], []),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "left", "right"), DIFFERENT)
def test_two_values(kind: str, left: Value, right: Value) -> None:
    assert not of(kind).same(left, right)
    assert not of(kind).same(right, left)


def test_a_written_zone_has_no_offset_beside_it() -> None:
    answered = {"start": "2026-06-27T17:57:00.000+01:00", "time_zone": "Europe/London"}
    assert of("date").wire(answered) == {
        "date": {"start": "2026-06-27T17:57:00.000", "end": None, "time_zone": "Europe/London"}
    }


TRUNCATED: list[tuple[str, dict[str, Any], bool]] = [
    ("relation", {"relation": [{"id": UUID}], "has_more": True}, True),
    ("relation", {"relation": [{"id": UUID}] * 25, "has_more": False}, False),
    ("relation", {"relation": [{"id": UUID}] * 25}, True),
    ("people", {"people": [USER] * 25}, True),
    ("people", {"people": [USER] * 24}, False),
    ("rich_text", {"rich_text": [mention({"type": "user", "user": USER}, "@Ann")] * 25}, True),
    ("title", {"title": [element("a", bold=bool(n % 2)) for n in range(99)]}, False),
    ("rollup", {"rollup": {"type": "array", "array": [{"type": "number", "number": 1}] * 25}}, True),
    ("number", {"number": 1}, False),
]


@pytest.mark.parametrize(("kind", "entry", "expected"), TRUNCATED)
def test_what_a_page_may_have_cut(kind: str, entry: dict[str, Any], expected: bool) -> None:
    assert of(kind).truncated({"id": "abcd", "type": kind, **entry}) is expected


def test_a_cleared_status_reads_as_the_default_option() -> None:
    config = {
        "options": [{"id": "1", "name": "Done"}, {"id": "2", "name": "Not started"}],
        "groups": [
            {"id": "a", "name": "To-do", "option_ids": ["2"]},
            {"id": "b", "name": "Complete", "option_ids": ["1"]},
        ],
    }
    assert status.cleared(config) == "Not started"
    assert status.group_of(config, "Done") == "Complete"
    assert of("status").wire(None) == {"status": None}


def test_a_compiled_formula_is_readable_and_blanks_do_not_count() -> None:
    compiled = '{{notion:block_property:%3AJ%7B%3A:d8f438e1:0000}} == "a  b" and {{notion:block_property:gone:1:2}}'
    assert formula.readable(compiled, {":J{:": 'My "A"'}) == (
        'prop("My \\"A\\"") == "a  b" and {{notion:block_property:gone:1:2}}'
    )
    assert formula.normalised('prop( "A" )*2 and  x == "a  b"') == formula.normalised('prop("A") * 2  and x=="a  b"')
    assert formula.normalised('"a b"') != formula.normalised('"ab"')
    assert formula.normalised("not x") != formula.normalised("notx")
    assert formula.references('prop("A") + prop( "B \\"b\\"" ) + prop("A")') == ("A", 'B "b"')
