"""What is written reads back as the same value, and every handler keeps its contract for every value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.properties import ALL, of
from reconciler.model.properties import text as rich
from tests.properties_model.answers import answered
from tests.strategies import TYPES, WRITABLE, configs, property_ids, values, writable_values


def test_every_type_has_strategies_and_no_other() -> None:
    assert set(TYPES) == set(ALL)
    assert {name for name, handler in ALL.items() if handler.writable} == set(WRITABLE)


@pytest.mark.parametrize("kind", WRITABLE)
@settings(deadline=None)
@given(data=st.data())
def test_a_written_value_reads_back_the_same(kind: str, data: st.DataObject) -> None:
    handler = of(kind)
    value = data.draw(writable_values(kind, data.draw(configs(kind))))
    entry = answered(kind, data.draw(property_ids), handler.wire(value))
    assert handler.same(handler.value(json.loads(json.dumps(entry))), value)


@pytest.mark.parametrize("kind", TYPES)
@settings(deadline=None)
@given(data=st.data())
def test_a_value_is_itself_and_its_text_is_told(kind: str, data: st.DataObject) -> None:
    handler = of(kind)
    value = data.draw(values(kind, data.draw(configs(kind))))
    assert handler.same(value, json.loads(json.dumps(value)))
    assert isinstance(handler.text(value), str)
    if handler.empty(value):
        assert handler.text(value) == ""


@pytest.mark.parametrize("kind", TYPES)
def test_nothing_is_empty_and_has_no_text(kind: str) -> None:
    handler = of(kind)
    assert handler.empty(handler.nothing) or kind == "checkbox"
    assert handler.same(handler.nothing, handler.value({"id": "x", "type": kind}))


@pytest.mark.parametrize("kind", [kind for kind in WRITABLE if kind not in ("status", "checkbox")])
def test_the_empty_text_of_a_state_file_clears(kind: str) -> None:
    handler = of(kind)
    cleared = handler.literal("", lambda key: key)
    assert handler.empty(cleared)
    assert handler.same(handler.value(answered(kind, "abcd", handler.wire(cleared))), handler.nothing)


@settings(deadline=None)
@given(text=st.text(max_size=9_000), link=st.booleans())
def test_long_text_is_sent_in_pieces_and_joined_again(text: str, link: bool) -> None:
    run = {"text": text * 3, "bold": True, **({"link": "https://example.org"} if link else {})}
    value = rich.joined([run])
    entry = answered("rich_text", "abcd", of("rich_text").wire(value))
    assert of("rich_text").value(entry) == value


def test_text_of_more_than_a_hundred_pieces_is_refused_with_its_size() -> None:
    value = [{"text": "x" * 2_000 * 101}]
    assert len(rich.elements(value)) == 101
    with pytest.raises(ValueError, match="101 pieces of rich text"):
        of("rich_text").wire(value)


@pytest.mark.parametrize("kind", ["relation", "people", "multi_select", "files"])
def test_lists_of_more_than_a_hundred_are_refused(kind: str) -> None:
    made = {
        "relation": [str(n) for n in range(101)],
        "people": [{"id": str(n)} for n in range(101)],
        "multi_select": [str(n) for n in range(101)],
        "files": [{"name": str(n), "url": "https://example.org"} for n in range(101)],
    }
    with pytest.raises(ValueError, match="101"):
        of(kind).wire(made[kind])


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind not in WRITABLE])
def test_computed_types_refuse_to_be_written_or_set(kind: str) -> None:
    with pytest.raises(ValueError, match="Notion fills"):
        of(kind).wire(None)
    with pytest.raises(ValueError, match="Notion fills"):
        of(kind).literal("x", str)


HOSTILE: list[Any] = [
    None, True, 7, "text", [], {}, [None], [7], {"type": 7}, {"options": 5}, [{"id": 5}], {"type": "array", "array": 3},
]  # fmt: skip


@pytest.mark.parametrize("kind", [*TYPES, "a_type_of_tomorrow"])
@pytest.mark.parametrize("body", HOSTILE)
def test_no_answer_crashes_a_reader(kind: str, body: object) -> None:
    handler = of(kind)
    entry = {"id": "abcd", "type": kind, "name": "n", kind: body}
    value = handler.value(entry)
    json.dumps([value, handler.config(entry), handler.text(value), handler.truncated(entry), handler.empty(value)])


def test_a_type_of_tomorrow_is_read_as_raw_json_without_signed_addresses() -> None:
    entry = {
        "id": "x",
        "type": "hologram",
        "hologram": {"deep": [{"type": "file", "name": "f", "file": {"url": "https://signed"}}]},
    }
    handler = of("hologram")
    assert handler.name == "unknown"
    assert handler.value(entry) == {"deep": [{"name": "f", "hosted": True}]}
    with pytest.raises(ValueError, match="not known"):
        handler.schema({})
