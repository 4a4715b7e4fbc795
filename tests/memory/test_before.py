"""What a batch keeps of what was there before: whole, told apart from what else stands on its page, joined of runs."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.memory import before as befores
from reconciler.memory.before import Before, MadeRow, Touched, Written
from reconciler.memory.codec import BATCH_BYTES, Block
from reconciler.memory.text import body_bytes
from reconciler.model.finding import WtstateError
from reconciler.model.live import LiveDatabase, LiveProperty

STATUS = LiveProperty(id="a%b", name="Status", type="select", config={"options": [{"id": "x", "name": "Done"}]})
TABLE = LiveDatabase(id="d", data_source_id="s", title="Tasks 🤖", properties=(STATUS,), locked=False)


def whole(**more: Any) -> Before:
    """A record in which everything stands."""
    words: dict[str, Any] = {
        "databases": {
            "t": Touched(
                was=TABLE,
                words={"title": "tasks"},
                changes={"a%b": {"name": "status", "removed": True}},
                made=("new",),
                options={"a%b": ("Complete",)},
                values=("a%b",),
                locks=True,
                trashes=True,
            )
        },
        "created": {"u": "Users"},
        "rows": (MadeRow(database="t", values=(("new", "rich_text", [{"text": "a"}]),)),),
        "written": (Written(database="t", row="r", property="new", type="number", new=1),),
        "moved": (("r", "u", "t"),),
        "lines": (("u", "r", "q"),),
        "trashed": (("t", "r"),),
        "untrashed": (("t", "q"),),
    }
    return Before(**words | more)


def page(*records: Before) -> list[Block]:
    """The blocks of a batch's page that several runs wrote."""
    return [block for record in records for request in befores.blocks(record) for block in request]


def codes(error: pytest.ExceptionInfo[WtstateError]) -> list[str]:
    return [finding.code for finding in error.value.findings]


def test_it_comes_back_as_it_was() -> None:
    assert befores.read(page(whole()), name="b") == whole()


def test_a_report_of_verify_on_the_same_page_is_no_part_of_it() -> None:
    heading: Block = {"type": "heading_3", "heading_3": {"rich_text": [{"plain_text": "wtstate verify, today"}]}}
    report: Block = {"type": "code", "code": {"rich_text": [{"plain_text": "{}"}], "language": "json"}}
    assert befores.read([*page(whole()), heading, report], name="b") == whole()


def test_a_run_that_changes_nothing_says_so() -> None:
    assert befores.read(page(Before()), name="b") == Before()


def test_what_is_too_long_for_a_request_goes_on_in_more() -> None:
    text = [{"text": "long " * 400}]
    rows = tuple(MadeRow(database="t", values=(("title", "title", text), ("n", "number", n))) for n in range(500))
    requests = befores.blocks(whole(rows=rows))
    assert len(requests) > 1
    assert max(map(body_bytes, requests)) <= BATCH_BYTES
    assert befores.read([block for request in requests for block in request], name="b").rows == rows


def test_of_two_runs_the_first_says_what_was_and_both_what_they_do() -> None:
    renamed = LiveDatabase(id="d", data_source_id="s", title="tasks", properties=(STATUS,))
    then = Before(databases={"t": Touched(was=renamed, changes={"c": {"name": "z"}}, made=("other",))})
    found = befores.read(page(whole(), then), name="b").databases["t"]
    assert found.was == TABLE
    assert set(found.changes) == {"a%b", "c"}
    assert found.made == ("new", "other")


def test_a_part_that_was_cut_off_is_passed_over_where_a_whole_one_follows() -> None:
    torn = page(whole(created={"x": "X"}))[:1]
    assert befores.read([*torn, *page(whole())], name="b") == whole()


def test_an_edited_one_is_refused() -> None:
    edited = page(whole())
    edited[1]["code"]["rich_text"][0]["text"]["content"] += " "
    with pytest.raises(WtstateError) as error:
        befores.read(edited, name="b")
    assert codes(error) == ["archive-entry-damaged"]


def test_a_page_without_one_says_so() -> None:
    with pytest.raises(WtstateError) as error:
        befores.read([], name="20260102-091500-7c1e")
    assert codes(error) == ["no-record"]
    assert "20260102-091500-7c1e" in error.value.findings[0].next
