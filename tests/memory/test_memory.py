"""What is remembered comes back as it was, is written only where it differs, and is refused when it was edited."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.memory import memory as memories
from reconciler.memory.batches import open_batch
from reconciler.memory.entry import batch_id, stamped, timestamp
from reconciler.memory.memory import (
    ArchiveIds,
    Batch,
    Binding,
    Memory,
    Settled,
    changed,
    memory_filter,
    read,
    rule_digest,
)
from reconciler.memory.records import CAPACITY, written_record
from reconciler.memory.text import digest, dumps
from reconciler.model import limits
from reconciler.model.finding import WtstateError
from reconciler.model.live import LiveRow
from tests.memory.entries import MOMENT, entry
from tests.memory.notion import archive, row

ARCHIVE = archive()
IDS = ArchiveIds(database_id="db", data_source_id="ds")
PHASES = Binding(
    key="wt-phase-tracker", database_id="d1", data_source_id="s1", title="WT Phases", owner="Wombat Track",
    fields={"phaseId": "a:b{", "goals": "title"}, formulas={"late": ('prop("x") > 1', "prop(\"x\")  > 1")},
)  # fmt: skip
PROJECTS = Binding(
    key="wt-project-tracker", database_id="d2", data_source_id="s2", title="WT Projects", owner="Wombat Track"
)
RULE = Settled("corrections.wt-5", rule_digest({"set": {"status": "Complete"}}), "20260915-165301-00ff")
RUN = Batch(
    "20260915-165301-00ff", "open", "2026-09-15T16:53:01Z", "2 to change\n  wt-phase-tracker", ("corrections.wt-5",)
)
ALL = Memory(
    bindings={b.key: b for b in (PHASES, PROJECTS)}, settled={RULE.address: RULE}, batches={RUN.id: RUN}, archive=IDS
)  # fmt: skip


class Workspace:
    """The rows of an archive, written as the executors write them."""

    def __init__(self) -> None:
        self.pages: dict[str, dict[str, Any]] = {}

    def write(self, old: Memory, new: Memory) -> int:
        writes = changed(old, new)
        for page, properties in writes:
            self.pages[page or f"page-{len(self.pages)}"] = properties
        return len(writes)

    def rows(self) -> list[LiveRow]:
        return [row(page, properties) for page, properties in self.pages.items()]

    def read(self) -> Memory:
        return read(self.rows(), ARCHIVE)


def plain(memory: Memory) -> Memory:
    return dataclasses.replace(memory, entries={}, stored={})


def codes(rows: Iterable[LiveRow]) -> list[str]:
    with pytest.raises(WtstateError) as error:
        read(rows, ARCHIVE)
    return [finding.code for finding in error.value.findings]


_names = st.text(max_size=30) | st.sampled_from(["", '"', "\\", "\x00\x1b", "🤖" * 50, "a.b", "\u202e"])
_memories = st.builds(
    lambda bindings, settled, batches: Memory(
        bindings={b.key: b for b in bindings}, settled={s.address: s for s in settled},
        batches={b.id: b for b in batches}, archive=IDS,
    ),
    st.lists(
        st.builds(
            Binding, key=_names, database_id=_names, data_source_id=_names, title=_names, owner=_names,
            fields=st.dictionaries(_names, _names, max_size=4),
            formulas=st.dictionaries(_names, st.tuples(_names, _names), max_size=3),
        ),
        max_size=4,
    ),
    st.lists(st.builds(Settled, _names, _names, _names), max_size=5),
    st.lists(
        st.builds(
            Batch, id=_names, status=st.sampled_from(["open", "done", "abandoned", "failed"]), started=_names,
            plan=st.sampled_from(["", "2 to change\n  wt"]), addresses=st.lists(_names, max_size=4).map(tuple),
            finished=_names,
        ),
        max_size=3,
    ),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(first=_memories, second=_memories)
def test_what_is_written_is_what_is_read_and_then_there_is_nothing_to_write(first: Memory, second: Memory) -> None:
    workspace = Workspace()
    workspace.write(Memory(), first)
    assert plain(workspace.read()) == first
    workspace.write(workspace.read(), second)
    assert plain(workspace.read()) == second
    assert workspace.write(workspace.read(), second) == 0


def test_one_entry_a_database_one_for_the_rules_and_one_a_batch() -> None:
    names = [written_record(properties) for _, properties in changed(Memory(), ALL)]
    assert names == [
        "batch 20260915-165301-00ff", "memory-binding wt-phase-tracker", "memory-binding wt-project-tracker",
        "memory-settled",
    ]  # fmt: skip


def test_only_what_differs_is_written_and_where_it_stands() -> None:
    workspace = Workspace()
    workspace.write(Memory(), ALL)
    known = workspace.read()
    closed = dataclasses.replace(RUN, status="done", finished="2026-09-15T16:54:00Z")
    ((page, properties),) = changed(known, dataclasses.replace(known, batches={RUN.id: closed}))
    assert page == known.entries["batch 20260915-165301-00ff"]
    assert written_record(properties) == "batch 20260915-165301-00ff"


def test_an_entry_whose_page_is_unknown_is_made_even_when_the_memory_is_the_same() -> None:
    assert [page for page, _ in changed(ALL, ALL)] == [None] * 4


def test_what_is_forgotten_is_overwritten_and_can_be_learned_again_on_the_same_page() -> None:
    workspace = Workspace()
    workspace.write(Memory(), ALL)
    without = dataclasses.replace(workspace.read(), bindings={PROJECTS.key: PROJECTS})
    assert workspace.write(workspace.read(), without) == 1
    assert workspace.read().bindings == {PROJECTS.key: PROJECTS}
    workspace.write(workspace.read(), dataclasses.replace(workspace.read(), bindings=ALL.bindings))
    assert plain(workspace.read()) == ALL
    assert len(workspace.pages) == 4


def test_what_one_entry_cannot_hold_is_split_and_comes_back_whole() -> None:
    fields = {f"field {n}": f"{n:04}" for n in range(9_000)}
    rules = {f"corrections.r{n}": Settled(f"corrections.r{n}", digest(str(n)), RUN.id) for n in range(5_000)}
    long = dataclasses.replace(RUN, addresses=tuple(f"wt-phase-tracker.f{n}" for n in range(10_000)))
    big = Memory(
        bindings={PHASES.key: dataclasses.replace(PHASES, fields=fields)}, settled=rules, batches={RUN.id: long},
        archive=IDS,
    )  # fmt: skip
    workspace = Workspace()
    assert workspace.write(Memory(), big) == 7
    assert plain(workspace.read()) == big
    for properties in workspace.pages.values():
        texts = properties["data"]["rich_text"]
        assert len(texts) <= limits.ARRAY_ITEMS
        assert max(limits.utf16_length(e["text"]["content"]) for e in texts) <= limits.TEXT_UNITS
        assert len(json.dumps(properties)) < limits.PAYLOAD_BYTES
    assert workspace.write(workspace.read(), ALL) == 8
    assert plain(workspace.read()) == ALL


def test_a_split_memory_of_which_only_one_part_was_written_is_read() -> None:
    rules = {f"corrections.r{n}": Settled(f"corrections.r{n}", digest(str(n)), RUN.id) for n in range(5_000)}
    workspace = Workspace()
    workspace.write(Memory(), Memory(settled=rules))
    workspace.pages.popitem()
    kept = workspace.read().settled
    assert 0 < len(kept) < 5_000
    assert kept.items() <= rules.items()


def test_what_no_entry_can_hold_is_refused_by_name() -> None:
    long = dataclasses.replace(PHASES, formulas={"f": ("x" * CAPACITY, "")})
    with pytest.raises(WtstateError, match="memory-binding wt-phase-tracker") as error:
        memories.binding_properties(long)
    assert error.value.findings[0].code == "memory-too-long"


def test_a_plan_is_kept_on_its_lines_harmless_and_cut() -> None:
    run = dataclasses.replace(RUN, plan="one\n\x1b[2J two\n" + "x\n" * 9_000)
    workspace = Workspace()
    workspace.write(Memory(), Memory(batches={run.id: run}))
    kept = workspace.read().batches[run.id].plan
    assert kept.startswith("one\n\ufffd[2J two\nx\n")
    assert len(kept) == memories.PLAN_CHARACTERS
    assert workspace.write(workspace.read(), dataclasses.replace(workspace.read(), batches={run.id: run})) == 0


@pytest.mark.parametrize("column", ["data", "digest"])
@pytest.mark.parametrize("typed", ["", "x", '{"format":1}', "[]", '{"format":"?"}'])
def test_an_edited_entry_is_refused_by_name(column: str, typed: str) -> None:
    (_, properties), *_ = changed(Memory(), ALL)
    edited = row("p", properties, **{column: typed})
    assert codes([edited]) == ["archive-entry-damaged"]
    with pytest.raises(WtstateError, match=r"'batch 20260915-165301-00ff' \(https://n/p\)"):
        read([edited], ARCHIVE)


def test_one_edited_word_is_noticed() -> None:
    (_, properties), *_ = changed(Memory(), ALL)
    text = "".join(e["text"]["content"] for e in properties["data"]["rich_text"])
    assert codes([row("p", properties, data=text.replace('"open"', '"done"'))]) == ["archive-entry-damaged"]


def test_all_edited_entries_are_named_at_once() -> None:
    rows = [row(f"p{n}", properties, digest="x") for n, (_, properties) in enumerate(changed(Memory(), ALL))]
    assert codes(rows) == ["archive-entry-damaged"] * 4


@pytest.mark.parametrize(
    "change",
    [{"kind": "memory-plan"}, {"kind": "memory-settled"}, {"status": "gone"}, {"id": []}, {"addresses": 1}],
    ids=str,
)
def test_a_forged_entry_with_a_right_digest_is_refused(change: dict[str, Any]) -> None:
    (_, properties), *_ = changed(Memory(), ALL)
    forged = dumps({**json.loads("".join(e["text"]["content"] for e in properties["data"]["rich_text"])), **change})
    assert codes([row("p", properties, data=forged, digest=digest(forged))]) == ["archive-entry-damaged"]


def test_an_entry_of_a_newer_version_is_refused_by_name() -> None:
    (_, properties), *_ = changed(Memory(), ALL)
    text = "".join(e["text"]["content"] for e in properties["data"]["rich_text"])
    assert codes([row("p", properties, data=text.replace('"format":1', '"format":2'))]) == ["archive-entry-newer"]


def test_the_same_entry_twice_is_one_and_two_that_differ_are_refused() -> None:
    workspace = Workspace()
    workspace.write(Memory(), ALL)
    same = [*workspace.rows(), *(dataclasses.replace(r, id=f"{r.id}-again") for r in workspace.rows())]
    assert plain(read(same, ARCHIVE)) == ALL
    assert read(same[::-1], ARCHIVE) == read(same, ARCHIVE)
    other = memories.binding_properties(dataclasses.replace(PHASES, database_id="d9"))
    assert codes([*workspace.rows(), row("copy", other[0])]) == ["archive-entry-doubled"]


def test_a_page_that_someone_retitled_is_read_for_what_it_is() -> None:
    workspace = Workspace()
    workspace.write(Memory(), ALL)
    assert plain(read([dataclasses.replace(r, title="mine") for r in workspace.rows()], ARCHIVE)) == ALL


def test_the_query_asks_for_memory_even_where_one_of_its_marks_was_changed_by_hand() -> None:
    assert memory_filter(ARCHIVE) == {
        "or": [
            {"property": "data", "rich_text": {"is_not_empty": True}},
            {"property": "kind", "select": {"equals": "memory-binding"}},
            {"property": "kind", "select": {"equals": "memory-settled"}},
            {"property": "kind", "select": {"equals": "batch"}},
            {"property": "kind", "select": {"equals": "lease"}},
            {"property": "kind", "select": {"equals": "memory-probed"}},
            {"property": "kind", "select": {"equals": "memory-archives"}},
        ]
    }


def test_a_plan_asks_for_no_batch_that_is_done_for_long() -> None:
    asked = memory_filter(ARCHIVE, since=dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC))
    assert asked is not None
    batch = {"property": "kind", "select": {"equals": "batch"}}
    assert batch not in asked["or"]
    assert [each["and"][1] for each in asked["or"] if each.get("and", [None])[0] == batch] == [
        {"property": "reasonForMergeOrDrop", "rich_text": {"does_not_equal": "apply: done"}},
        {"property": "timestamp", "date": {"on_or_after": "2026-11-22T10:00:00Z"}},
    ]


def test_the_query_names_nothing_that_an_older_scripts_archive_lacks() -> None:
    assert memory_filter(archive({"Name": {"title": {}}})) is None
    some = archive({"data": {"rich_text": {}}, "kind": {"select": {"options": [{"name": "drop"}]}}})
    assert memory_filter(some) == {"or": [{"property": "data", "rich_text": {"is_not_empty": True}}]}


def test_a_rules_digest_tells_what_it_says_not_the_order_in_which() -> None:
    said = {"set": {"status": "Complete", "n": 1}, "rows": {"is": "Glob", "pattern": "WT-5.*"}}
    turned = {"rows": {"pattern": "WT-5.*", "is": "Glob"}, "set": {"n": 1, "status": "Complete"}}
    assert rule_digest(said) == rule_digest(turned)
    others = [{**said, "set": {"status": "Complete", "n": n}} for n in (True, 1.5, "1", None)]
    assert len({rule_digest(each) for each in [said, *others]}) == 5


def test_a_rules_digest_is_the_same_in_every_version() -> None:
    assert rule_digest({"a": ["é", 1]}) == "3aa779099692573bf73c6d4ceab46e81fc5d47c1eda66e0455a43d8ae460a29c"


def test_a_batch_is_named_by_its_second_in_utc() -> None:
    sydney = dt.timezone(dt.timedelta(hours=10))
    assert batch_id(dt.datetime(2026, 9, 16, 2, 53, 1, 999, tzinfo=sydney), "00ff") == "20260915-165301-00ff"


@pytest.mark.parametrize("hex4", ["", "00f", "00FF", "00fg", "00ff0", "00f\n"])
def test_a_batch_needs_four_hexadecimal_digits(hex4: str) -> None:
    with pytest.raises(ValueError, match="four hexadecimal"):
        batch_id(MOMENT, hex4)


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        timestamp(MOMENT.replace(tzinfo=None))


def test_a_stamp_always_has_the_length_that_is_counted_with() -> None:
    made = stamped(entry(), batch=batch_id(MOMENT, "0000"), moment=MOMENT.replace(second=0, microsecond=7))
    assert (len(made.batch), len(made.timestamp)) == (20, 20)


def test_a_cut_off_batch_is_the_newest_that_is_still_open() -> None:
    ends: dict[str, memories.Status] = {
        "1": "open",
        "3": "open",
        "2": "open",
        "4": "done",
        "5": "failed",
        "6": "abandoned",
    }
    batches = {name: dataclasses.replace(RUN, id=name, status=status) for name, status in ends.items()}
    found = open_batch(Memory(batches=batches))
    assert found is not None
    assert found.id == "3"
    assert open_batch(Memory(batches={"4": batches["4"]})) is None
