"""Text is cut without losing or changing any of it, and made harmless where people read it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.memory.text import body_bytes, digest, dumps, exact, pieces, plain, rich, shown
from reconciler.model.limits import TEXT_UNITS, utf16_length


@given(st.lists(st.tuples(st.sampled_from(["x", " ", "\n", "word ", "\\u00e9"]), st.integers(1, 2_500)), max_size=6))
def test_pieces_are_the_text_and_none_is_too_long(parts: list[tuple[str, int]]) -> None:
    text = "".join(part * count for part, count in parts)
    cut = pieces(text)
    assert "".join(cut) == text
    assert all(0 < len(piece) <= TEXT_UNITS for piece in cut)


@given(st.integers(1_700, 2_100), st.integers(1, 90))
def test_no_piece_begins_or_ends_with_a_blank_where_it_can_be_helped(before: int, blanks: int) -> None:
    text = "x" * before + " " * blanks + "y" * 3_000
    assert all(piece == piece.strip() for piece in pieces(text))


def test_pieces_of_nothing_but_blanks_are_full() -> None:
    assert [len(piece) for piece in pieces(" " * 5_000)] == [2_000, 2_000, 1_000]


def test_exact_text_is_not_made_pretty() -> None:
    assert plain(exact("a\n b\t")) == "a\n b\t"


def test_shown_text_is_one_harmless_line_within_its_units() -> None:
    assert shown("a\nb\x1b[2J\u202ec\ud800") == "a b\ufffd[2J\ufffdc\ufffd"
    assert shown("🤖" * 10, 9) == "🤖🤖🤖🤖…"
    assert utf16_length(shown("𝄞" * 3_000)) <= TEXT_UNITS


def test_emoji_and_other_scripts_are_shown_as_they_are() -> None:
    family = "👩‍👩‍👧 ⌨️ עברית é"
    assert shown(family) == family


def test_nothing_to_show_is_no_element() -> None:
    assert rich("") == []


def test_text_is_read_from_answers_and_from_what_was_sent() -> None:
    assert plain([{"plain_text": "a", "text": {"content": "x"}}, {"text": {"content": "b"}}]) == "ab"


def test_json_is_one_ascii_line_the_same_for_equal_data() -> None:
    assert dumps({"b": "é\n🤖", "a": 1}) == '{"a":1,"b":"\\u00e9\\n\\ud83e\\udd16"}' == dumps({"a": 1, "b": "é\n🤖"})


def test_bytes_are_counted_for_the_wordiest_client() -> None:
    assert body_bytes({"a": "é", "b": [1]}) == len('{"a": "\\u00e9", "b": [1]}')


def test_the_digest_is_sha_256() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
