"""Archive entries survive Notion, and are refused when they did not."""

from __future__ import annotations

import bisect
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.memory import codec
from reconciler.memory.codec import Block, Encoded, decode, encode, remaining, requests, text_of
from reconciler.memory.entry import Entry
from reconciler.memory.text import digest
from reconciler.model import limits
from reconciler.model.finding import WtstateError
from tests.memory.entries import entries, entry, text, value
from tests.memory.notion import answered_blocks, answered_properties, answered_text, element


def back(encoded: Encoded, blocks: list[Block] | None = None) -> Entry:
    return decode(answered_properties(encoded.properties), answered_blocks(encoded) if blocks is None else blocks)


def codes(error: pytest.ExceptionInfo[WtstateError]) -> list[str]:
    return [finding.code for finding in error.value.findings]


def many(count: int) -> Entry:
    return entry(*(value(text(f"Ziele “{n}” 🤖"), number=n, new=text("x") if n % 2 else None) for n in range(count)))


def dense() -> Entry:
    """Text that doubles its size with each escaping."""
    return entry(*(value(text('"\\' * 1_800), number=n) for n in range(150)))


def bodies(encoded: Encoded) -> list[dict[str, Any]]:
    return [
        {"parent": {"data_source_id": "x" * 36}, "properties": encoded.properties, "children": encoded.first},
        *({"children": batch} for batch in encoded.rest),
    ]


def rich_texts(block: Block) -> list[list[dict[str, Any]]]:
    if block["type"] == "code":
        return [block["code"]["rich_text"]]
    return [cell for row in block["table"]["children"] for cell in row["table_row"]["cells"]]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(kept=entries, cuts=st.lists(st.integers(0, 1_000_000), max_size=8))
def test_an_entry_comes_back_as_it_was_however_notion_splits_its_text(kept: Entry, cuts: list[int]) -> None:
    encoded = encode(kept)
    assert back(encoded, answered_blocks(encoded, cuts)) == kept


@pytest.mark.parametrize(
    "old",
    [
        text("x" * 1_999 + "𝄞" + "y" * 1_623),
        text(" " * 9_000),
        text("\x00\x01\x1b[31m\x7f\x9b\u2028\u202e\ud83e"),
        [{"text": "a", "bold": True}, {"text": "b", "link": 'https://x.test/?a="b"', "color": "red"}],
        [{"mention": {"type": "date", "date": {"start": "2026-09-15"}}, "text": "2026-09-15", "italic": True}],
    ],
    ids=["over 2,000 units", "blanks", "control characters", "formatting", "mention"],
)
def test_hard_text_comes_back_to_the_character(old: list[dict[str, Any]]) -> None:
    kept = entry(value(old))
    assert back(encode(kept)) == kept


def test_thirty_relations_come_back_in_order() -> None:
    kept = entry(value([f"{n:08x}-0000-8000-8000-000000000000" for n in range(30)], type_="relation"))
    assert back(encode(kept)).values[0].old == kept.values[0].old


def test_a_false_and_a_zero_are_not_taken_for_nothing() -> None:
    kept = entry(value(True, type_="checkbox", new=False), value(1, type_="number", number=1, new=0))
    assert [v.new for v in back(encode(kept)).values] == [False, 0]
    assert back(encode(kept)).values[0].new is False


def test_ten_thousand_values_take_a_handful_of_requests() -> None:
    kept = many(10_000)
    assert requests(kept) <= 6
    assert back(encode(kept)) == kept


@pytest.mark.parametrize("kept", [many(10_000), dense(), many(3)], ids=["many", "dense", "few"])
def test_every_request_is_within_notions_limits(kept: Entry) -> None:
    for body in bodies(encode(kept)):
        assert len(json.dumps(body).encode()) < limits.PAYLOAD_BYTES
        assert len(body["children"]) <= limits.ARRAY_ITEMS
        texts = [t for block in body["children"] for t in rich_texts(block)]
        assert sum(map(len, texts)) + len(body["children"]) <= limits.BLOCKS_PER_REQUEST
        assert max(map(len, texts)) <= limits.ARRAY_ITEMS
        assert max(limits.utf16_length(e["text"]["content"]) for t in texts for e in t) <= limits.TEXT_UNITS


def test_requests_carry_as_much_as_they_may() -> None:
    sizes = [len(json.dumps(body)) for body in bodies(encode(many(10_000)))]
    assert min(sizes[:-1]) > 380_000


def test_requests_are_counted_before_the_entry_is_stamped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "PAGE_SIZE", 2)
    kept = many(10_000)
    encoded = encode(kept)
    blocks = len(answered_blocks(encoded))
    assert requests(kept) == 1 + len(encoded.rest) + -(-blocks // 2)
    assert requests(dataclasses.replace(kept, batch="", timestamp="")) == requests(kept)


def test_the_unstamped_count_holds_where_the_stamp_is_what_needs_one_more_request() -> None:
    def at(length: int) -> Entry:
        return entry(value(text("x" * length)))

    lengths = range(300_000, 450_000)
    edge = lengths[bisect.bisect_left(lengths, 3, key=lambda length: requests(at(length)))]
    around = [at(length) for length in range(edge - 80, edge + 20, 5)]
    assert {requests(kept) for kept in around} == {2, 3}
    assert all(requests(dataclasses.replace(kept, batch="", timestamp="")) == requests(kept) for kept in around)


def test_equal_entries_are_written_alike() -> None:
    first = entry(value(text("a")), definition={"a": 1, "b": 2})
    assert encode(first) == encode(entry(value(text("a")), definition={"b": 2, "a": 1}))


def test_the_digest_is_of_the_whole_text_and_stands_in_the_page() -> None:
    encoded = encode(many(10_000))
    assert digest(text_of(answered_blocks(encoded))) == encoded.digest
    assert encoded.properties["digest"]["rich_text"][0]["text"]["content"] == encoded.digest


def test_the_body_is_ascii_save_for_what_people_read() -> None:
    assert text_of(encode(many(30)).first).isascii()


def test_a_table_shows_the_first_twenty_values_cut_and_harmless() -> None:
    hostile = "\x1b]0;x\x07\u202e" + "long " * 100 + "\ud800"
    table, *_ = encode(entry(*(value(text(hostile), number=n) for n in range(30)))).first
    rows = table["table"]["children"]
    assert len(rows) == 1 + codec.TABLE_ROWS
    assert [cell[0]["text"]["content"] for cell in rows[0]["table_row"]["cells"]] == ["row", "field", "old", "new"]
    shown = rows[1]["table_row"]["cells"][2][0]["text"]["content"]
    assert limits.utf16_length(shown) == 200
    assert not set(shown) & set("\x1b\x07\u202e\ud800\n")
    assert all(len(row["table_row"]["cells"]) == table["table"]["table_width"] for row in rows)


def test_hostile_text_in_every_word_can_still_be_sent() -> None:
    hostile = "\ud800\x00\u202e" * 900
    words = dict.fromkeys(("address", "database_title", "field", "reason", "source", "where"), hostile)
    for body in bodies(encode(entry(value(text(hostile)), **words))):
        json.dumps(body, ensure_ascii=False).encode("utf-8")
        for column in body.get("properties", {}).values():
            for part in [*column.get("rich_text", ()), *column.get("title", ())]:
                assert limits.utf16_length(part["text"]["content"]) <= limits.TEXT_UNITS


def test_an_entry_without_values_has_no_table() -> None:
    kept = entry()
    assert [block["type"] for block in encode(kept).first] == ["code"]
    assert back(encode(kept)) == kept


def test_values_that_are_not_json_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode(entry(value(float("nan"), type_="number")))


def test_what_a_person_adds_to_the_page_does_not_matter() -> None:
    kept = many(3)
    encoded = encode(kept)
    note: Block = {
        "type": "paragraph",
        "paragraph": {"rich_text": answered_text([{"text": {"content": "Seen by Ada"}}])},
    }
    table, *code = answered_blocks(encoded)
    assert back(encoded, [note, table, *code, note]) == kept


def test_the_title_property_may_have_another_name() -> None:
    encoded = encode(many(3))
    broken = answered_properties({**encoded.properties, "digest": {"rich_text": []}}, title="Name")
    with pytest.raises(WtstateError, match=r"wt-phase-tracker.goals · 20260915-165301-00ff"):
        decode(broken, answered_blocks(encoded))


def _edited(blocks: list[Block]) -> list[Block]:
    """One character of one value is another."""
    text_there = blocks[-1]["code"]["rich_text"]
    typed = element(text_there[0]["plain_text"].replace("Ziele", "Zeile", 1))
    assert typed != text_there[0]
    return [*blocks[:-1], {"type": "code", "code": {"rich_text": [typed, *text_there[1:]]}}]


@pytest.mark.parametrize(
    "harm",
    [
        _edited,
        lambda blocks: blocks[:-1],
        lambda blocks: [*blocks, blocks[-1]],
        lambda blocks: [*blocks[:-2], blocks[-1], blocks[-2]],
        lambda blocks: [],
        lambda blocks: [{"type": "code", "code": {"rich_text": [element("[1]")]}}],
    ],
    ids=["edited", "cut off", "doubled", "reordered", "emptied", "overwritten"],
)
def test_an_entry_that_is_not_what_was_written_is_refused_by_name(harm: Any) -> None:
    encoded = encode(many(4_000))
    blocks = answered_blocks(encoded)
    assert len(blocks) >= 3
    with pytest.raises(WtstateError, match=r"wt-phase-tracker.goals · 20260915-165301-00ff") as error:
        back(encoded, harm(blocks))
    assert codes(error) == ["archive-entry-damaged"]


def _written(lines: list[str]) -> tuple[dict[str, Any], list[Block]]:
    whole = "\n".join(lines)
    properties = {**encode(many(2)).properties, "digest": {"rich_text": [{"text": {"content": digest(whole)}}]}}
    return answered_properties(properties), [{"type": "code", "code": {"rich_text": [element(whole)]}}]


def test_a_newer_entry_is_refused_by_name_whatever_its_digest_is_of() -> None:
    properties, blocks = _written(['{"format": 2, "sum": "other"}', "?"])
    with pytest.raises(WtstateError, match=r"wt-phase-tracker.goals") as error:
        decode({**properties, "digest": {"rich_text": []}}, blocks)
    assert codes(error) == ["archive-entry-newer"]


@pytest.mark.parametrize(
    "change",
    [
        {"values": 3}, {"values": 1}, {"properties": []}, {"properties": [{}]}, {"content": "x"}, {"address": ...},
        {"format": "x"}, {"format": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_forged_entry_with_a_right_digest_is_refused(change: dict[str, Any]) -> None:
    header, *rest = text_of(encode(many(2)).first).split("\n")
    words = {k: v for k, v in {**json.loads(header), **change}.items() if v is not ...}
    with pytest.raises(WtstateError) as error:
        decode(*_written([json.dumps(words), *rest]))
    assert codes(error) == ["archive-entry-damaged"]


def test_a_run_that_was_cut_off_knows_what_is_left_to_write() -> None:
    encoded = encode(many(10_000))
    batches = [encoded.first, *encoded.rest]
    assert len(batches) > 2
    for done in range(1, len(batches) + 1):
        there = Encoded(encoded.properties, encoded.first, encoded.rest[: done - 1], encoded.digest)
        assert remaining(encoded, answered_blocks(there)) == batches[done:]


def test_what_is_not_the_beginning_of_the_entry_is_not_completed() -> None:
    encoded = encode(many(10_000))
    with pytest.raises(WtstateError) as error:
        remaining(encoded, answered_blocks(encode(many(9_999))))
    assert codes(error) == ["archive-entry-damaged"]


def test_the_page_tells_people_what_it_holds() -> None:
    columns = encode(entry(*(value(text(f"goal {n}"), number=n) for n in range(7)))).properties
    shown = {n: c["rich_text"][0]["text"]["content"] for n, c in columns.items() if c.get("rich_text")}
    assert columns["title"]["title"][0]["text"]["content"] == "wt-phase-tracker.goals · 20260915-165301-00ff"
    assert columns["timestamp"] == {"date": {"start": "2026-09-15T16:53:01Z"}}
    assert columns["source"] == {"rich_text": []}
    assert shown["originalValue"] == "goal 0 · goal 1 · goal 2 · goal 3 · goal 4 … (7 values)"
    assert shown["originalRecordTitle"] == "WT-0 · WT-1 · WT-2 · WT-3 · WT-4 … (7 rows)"
    assert (shown["sourceDatabase"], shown["originalFieldName"], shown["file"]) == (
        "WT Phases",
        "goals",
        "state/phases.toml:12:1",
    )


def test_entries_of_one_rule_in_two_databases_have_two_names() -> None:
    names = {
        entry(address="corrections.wt-5", database=key).record_id for key in ("wt-phase-tracker", "wt-project-tracker")
    }
    assert names == {
        "corrections.wt-5 in wt-phase-tracker · 20260915-165301-00ff",
        "corrections.wt-5 in wt-project-tracker · 20260915-165301-00ff",
    }


@pytest.mark.parametrize("address", ["wt-phase-tracker.goals", 'wt."a\nb"', "\x1b\u202e", "x" * 3_000])
def test_an_entry_is_looked_up_by_just_what_its_title_says(address: str) -> None:
    kept = entry(address=address)
    assert [e["text"]["content"] for e in encode(kept).properties["title"]["title"]] == [kept.record_id]
    assert kept.record_id.endswith(kept.batch)
