"""JSON output: ASCII, in the document's order."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.json import json_text


@given(st.dictionaries(st.text(), st.text()))
def test_nothing_in_it_acts_on_a_terminal_and_nothing_is_lost(document: dict[str, str]) -> None:
    text = json_text(document)
    assert all(" " <= c <= "~" or c == "\n" for c in text)
    assert json.loads(text) == document


def test_the_order_is_the_documents() -> None:
    assert json_text({"b": 1, "a": 2}) == '{\n  "b": 1,\n  "a": 2\n}'
