"""The plan as Markdown: complete where it fits, cut where it says so, and harmless whatever titles contain."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from syrupy.assertion import SnapshotAssertion

from reconciler.model.limits import utf16_length
from reconciler.planning.actions.base import Described, RowChange
from reconciler.render.escape import visible
from reconciler.render.markdown import LIMIT, plan_markdown
from reconciler.render.marked import code, prose
from tests.render.hostile import HOSTILE
from tests.render.plans import PHASES, MadeAction, hostile, plan_of, whole

OURS = re.compile(
    r"<!-- wtstate \w+ -->|<details>|</details>|<summary>(?:[^<]|<code>[^<]*</code>)*</summary>",
)


def _parsed(text: str) -> list[Token]:
    """As GitHub reads it: CommonMark with HTML, tables, strikethrough and bare addresses as links."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return list(_flat(reader.parse(text)))


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def harmless(text: str) -> None:
    """Nothing is made of the text but what our renderer made: no link, picture, heading, mention, tag of its own."""
    tokens = _parsed(text)
    kinds = {token.type for token in tokens}
    assert kinds.isdisjoint({"link_open", "image", "table_open", "s_open", "em_open", "blockquote_open", "hr", "fence"})
    assert kinds.isdisjoint({"code_block", "html_inline", "ordered_list_open", "hardbreak", "lheading_open"})
    html = "".join(token.content for token in tokens if token.type == "html_block")
    assert OURS.sub("", html).strip() == ""
    words = " ".join(token.content for token in tokens if token.type == "text")
    assert re.findall(r"[@#$]|://|www\.|:\w+:|GH-\d", words, re.IGNORECASE) == []


def test_a_whole_plan(snapshot: SnapshotAssertion) -> None:
    assert plan_markdown(whole()) == snapshot


def test_an_empty_plan_says_so() -> None:
    assert plan_markdown(plan_of()).endswith("\n\nNo changes. The workspace matches the state.\n")


def test_two_hundred_hostile_titles_make_nothing() -> None:
    assert len(set(HOSTILE)) == 200
    harmless(plan_markdown(hostile(HOSTILE), limit=10**9))
    harmless(plan_markdown(hostile(HOSTILE)))


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_is_shown_whole(title: str) -> None:
    """What stands in the code span is the title, escaped as everywhere, and nothing of it is lost or read."""
    spans = [token.content for token in _parsed(f"- {code(title)}") if token.type == "code_inline"]
    assert spans == ([visible(title)] if visible(title) else [])


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1, max_size=3))
def test_any_title_makes_nothing(titles: list[str]) -> None:
    harmless(plan_markdown(hostile(list(dict.fromkeys(titles)))))


@given(st.text(alphabet="`*_ @#<>[]()!|\\~a1.-+:/w\n", max_size=40))
def test_any_sentence_makes_nothing(text: str) -> None:
    harmless(f"- {prose(text)}\n")


def test_ordinary_sentences_stay_as_they_are() -> None:
    said = '3 rows, expected 0: MISC-1, MISC-2; "Renaming" one - or both? (2 of 3) · 50% → 5.5'
    assert prose(said) == said
    assert prose("bind with `wtstate adopt X URL` or a_b") == "bind with `wtstate adopt X URL` or `a_b`"


def _many(actions: int, rows: int) -> str:
    made = [
        MadeAction(
            f"{PHASES}.field-{index:05}",
            PHASES,
            Described("set", "rows", rows=tuple(RowChange(f"R{n}", "f", "a" * 50, "b" * 50) for n in range(rows))),
        )
        for index in range(actions)
    ]
    return plan_markdown(plan_of(*made, requests=1), limit_rows=10)


def test_values_go_before_changes_where_there_is_little_room() -> None:
    text = _many(200, 10)
    assert LIMIT // 2 < utf16_length(text) <= LIMIT
    assert text.count("set rows") == 200
    assert "**Cut:**" not in text


def test_what_does_not_fit_is_said_at_the_top() -> None:
    text = _many(5000, 10)
    assert LIMIT * 0.9 < utf16_length(text) <= LIMIT
    assert text.startswith("<!-- wtstate plan -->\n")
    kept = text.count("- `~` set rows")
    assert f"{5000 - kept:,} items" in text[:1000]
    assert f"… {5000 - kept:,} more changes" in text
    assert text.count("<details>") == text.count("</details>")
    harmless(text)


@pytest.mark.parametrize("limit", [5_000, 20_000, LIMIT])
def test_no_text_is_longer_than_asked(limit: int) -> None:
    assert utf16_length(plan_markdown(hostile(HOSTILE), limit=limit)) <= limit
