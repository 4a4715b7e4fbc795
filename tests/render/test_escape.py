"""What comes from Notion cannot act on a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.escape import visible


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred", "\\e[31mred"),
        ("\x9b31mred", "\\x9b31mred"),
        ("one\r\ntwo\tthree", "one\\r\\ntwo\\tthree"),
        ("bell\x07 del\x7f nul\x00", "bell\\x07 del\\x7f nul\\x00"),
        ("user\u202etxt.exe", "user\\u202etxt.exe"),
        ("\u2066isolate\u2069", "\\u2066isolate\\u2069"),
        ("a\u200fb\u061cc", "a\\u200fb\\u061cc"),
        ("line\u2028sep", "line\\u2028sep"),
        ("Do\u200bne", "Do\\u200bne"),
        ("Do\u200dne", "Do\\u200dne"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("lone \ud800", "lone \\ud800"),
        ("\ufeffmark", "\\ufeffmark"),
    ],
)
def test_what_acts_or_hides_is_shown(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


@pytest.mark.parametrize(
    "text", ["WT-5.5 ", "🤖 Gizmo", "👩\u200d🚀", "❤️", "café", "שלום", "می\u200cخواهم", "[/] [bold]", "C:\\new"]
)
def test_ordinary_text_stays(text: str) -> None:
    assert visible(text) == text


def test_joiners_cannot_hide_behind_each_other() -> None:
    assert visible("👩\u200d\u200d\u200d🚀") == "👩\\u200d\\u200d\\u200d🚀"


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_no_control_or_reordering_character_is_left(text: str) -> None:
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not [
        c
        for c in shown
        if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    ]
    shown.encode("utf-8")
