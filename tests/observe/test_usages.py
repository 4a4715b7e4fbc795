"""Old names in texts: whole names only, everyday words only where quoted, at the right place."""

from __future__ import annotations

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.observe.old_names import OldName
from reconciler.observe.quoting import Syntax
from reconciler.observe.usages import find, prepare

NAMES = (
    OldName("projectID", "projectId", "projects.projectId", "field"),
    OldName("WT Projects", "project-tracker", "projects", "database"),
    OldName("WT Projects 1", "project", "phases.project", "field"),
    OldName("Sub-Apps", "sub-apps", "sub-apps", "database"),
    OldName("Größe (m²)", "size", "projects.size", "field"),
    OldName("Done", "Complete", "projects.status[Complete]", "option"),
    OldName("Progress", "In Progress", "projects.status[In Progress]", "option"),
)
PLAIN = [name.old for name in NAMES if not name.ordinary]


def places(text: str, syntax: Syntax = Syntax.PLAIN, current: tuple[str, ...] = ()) -> list[tuple[int, int, str]]:
    search = prepare(NAMES, current)
    assert search is not None
    return [(hit.line, hit.column, hit.old) for hit in find(text, search, syntax)]


APART = st.text(st.sampled_from(" \t\n.,;:()[]{}<>=+*/|&'\"`$@#äöx€🧭"), max_size=6)


@given(st.lists(st.tuples(APART, st.sampled_from(PLAIN)), max_size=6), APART)
def test_every_planted_name_is_found_where_it_is(planted: list[tuple[str, str]], end: str) -> None:
    text = ""
    expected = []
    for apart, name in planted:
        text += apart + " "
        line = text.count("\n") + 1
        expected.append((line, len(text) - (text.rfind("\n") + 1) + 1, name))
        text += name + ";"
    assert places(text + end) == expected


JOINED = st.text(st.sampled_from("aZ0_äß字é\u0301"), min_size=1, max_size=3)


@given(name=st.sampled_from(PLAIN), before=JOINED, after=JOINED, hyphen=st.sampled_from(["", "-"]))
def test_no_name_is_found_in_a_larger_identifier(name: str, before: str, after: str, hyphen: str) -> None:
    for text in (f"{before}{hyphen}{name}", f"{name}{hyphen}{after}", f'"{before}{hyphen}{name}{hyphen}{after}"'):
        assert name not in [old for _, _, old in places(text)]


def test_the_longer_of_two_names_is_meant() -> None:
    assert places("'WT Projects 1' 'WT Projects' 'WT Projects 12'") == [
        (1, 2, "WT Projects 1"),
        (1, 18, "WT Projects"),
        (1, 32, "WT Projects"),
    ]


def test_case_counts() -> None:
    assert places("projectId PROJECTID ProjectID projectid") == []


def test_an_escape_before_a_name_is_no_letter_of_it() -> None:
    assert places(r'"Title\nWT Projects"') == [(1, 9, "WT Projects")]
    assert places(r'"{\"status\": \"Done\"}"') == [(1, 17, "Done")]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_letters_composed_or_not(form: Literal["NFC", "NFD"]) -> None:
    text = unicodedata.normalize(form, "x = Größe (m²)")
    assert places(text) == [(1, 5, "Größe (m²)")]


def test_a_mark_that_changes_the_last_letter_makes_another_name() -> None:
    assert places("projectID\u0301") == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_end_in_every_way(newline: str) -> None:
    assert places(f"a{newline}{newline}  projectID{newline}projectID") == [(3, 3, "projectID"), (4, 1, "projectID")]


@pytest.mark.parametrize(
    "text",
    [
        "'Done'",
        '"Done"',
        "`Done`",
        "“Done”",
        "<b>Done</b>",
        "<option>\n  Done\n</option>",
        '{"Done": 1}',
        '"""Done"""',
    ],
)
def test_an_everyday_word_counts_where_it_is_quoted(text: str) -> None:
    assert [old for _, _, old in places(text)] == ["Done"]


@pytest.mark.parametrize(
    "text",
    [
        "Done",
        "We are Done.",
        "'Done\"",
        '"All Done"',
        '"Done and dusted"',
        "x.Done",
        "Done: 1",
        "- Done",
        "(Done)",
        "> Done",
    ],
)
def test_an_everyday_word_does_not_count_elsewhere(text: str) -> None:
    assert places(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "status: Done",
        "- Done",
        "- - Done",
        "Done: 1",
        "Done:",
        "[Active, Done]",
        "{a: Done}",
        "a: Done # why",
        "  Done,",
    ],
)
def test_yaml_keys_and_values_are_strings(text: str) -> None:
    assert [old for _, _, old in places(f"x: 1\n{text}\ny: 2", Syntax.YAML)] == ["Done"]


@pytest.mark.parametrize(
    "text", ["# Done", "a: 1 # Done", "a: Done and dusted", "a: is Done", "a: first, Done, last", "a: b - Done"]
)
def test_other_words_of_yaml_are_none(text: str) -> None:
    assert places(f"x: 1\n{text}\ny: 2", Syntax.YAML) == []


@pytest.mark.parametrize(
    "text", ["Done = 1", "a.Done = 1", "[Done]", "[[a.Done]]", "[Done.a]", "a = { b = 1, Done = 2 }"]
)
def test_toml_keys_are_strings(text: str) -> None:
    assert [old for _, _, old in places(f"x = 1\n{text}\ny = 2", Syntax.TOML)] == ["Done"]


@pytest.mark.parametrize("text", ["# Done = 1", "a = 1 # Done", "a = 'is Done'"])
def test_other_words_of_toml_are_none(text: str) -> None:
    assert places(f"x = 1\n{text}\ny = 2", Syntax.TOML) == []


def test_a_current_name_around_an_old_one_is_passed_over() -> None:
    names = (OldName("Phase Code", "code", "a.code", "field"),)
    text = "'Old Phase Code' 'Phase Code'"
    alone = prepare(names)
    shielded = prepare(names, ["Old Phase Code", "Phase Code"])
    assert alone is not None
    assert shielded is not None
    assert [hit.column for hit in find(text, alone)] == [6, 19]
    assert [hit.column for hit in find(text, shielded)] == [19]


def test_one_place_has_all_the_meanings_of_its_name() -> None:
    names = (
        OldName("Done", "Complete", "a.status[Complete]", "option"),
        OldName("Done", "done_at", "a.done_at", "field"),
    )
    search = prepare(names)
    assert search is not None
    (hit,) = find("'Done'", search)
    assert [name.kind for name in hit.names] == ["field", "option"]


def test_a_word_that_is_everyday_for_one_meaning_only() -> None:
    names = (
        OldName("phaseid", "phaseId", "a.phaseId", "field"),
        OldName("phaseid", "identifier", "b.identifier", "field"),
    )
    search = prepare(names)
    assert search is not None
    assert [name.new for hit in find("row.phaseid", search) for name in hit.names] == ["phaseId"]
    assert [name.new for hit in find("row['phaseid']", search) for name in hit.names] == ["identifier", "phaseId"]


def test_no_names_no_search() -> None:
    assert prepare(()) is None


@given(st.text(max_size=80), st.sampled_from(list(Syntax)))
def test_whatever_the_text_a_place_holds_the_name(text: str, syntax: Syntax) -> None:
    planted = f'{text}\n"Done" projectID'
    found = places(planted, syntax)
    assert [old for _, _, old in found][-2:] == ["Done", "projectID"]
