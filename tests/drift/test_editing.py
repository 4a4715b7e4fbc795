"""State files changed in place: what is not meant stays to the byte."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.editing.tables import renamed, synced

TEXT = """\
# A state.
[databases.tasks]   # what is to be done
title = "Tasks"     # as Notion shows it
key   = "key"

[databases.tasks.fields]
Name = "title"
"odd name" = 'rich_text'   # literal
notes = { type = "rich_text", description = "Anything" } # a note

# Of the status.
[databases.tasks.fields.status]
type    = "select"
options = [
  { name = "Open",  color = "red" },     # still to do
  # a line of its own
  { name = "Done" },
  "Later",
]
tags = ["a", "b"]

[corrections.x]
set = { status = "Open" }
"""


def changed(edit: Any, text: str = TEXT) -> str:
    """The text with what it says changed by ``edit``; it reads back as that."""
    old, new = tomllib.loads(text), tomllib.loads(text)
    edit(new)
    made = synced(text, old, new)
    assert tomllib.loads(made) == new
    return made


def difference(before: str, after: str) -> tuple[list[str], list[str]]:
    """(lines that went, lines that came), blanks included."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def status(said: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = said["databases"]["tasks"]["fields"]["status"]
    return found


def test_a_value_is_replaced_where_it_stands() -> None:
    made = changed(lambda s: s["databases"]["tasks"].update(title="Chores"))
    assert difference(TEXT, made) == (
        ['title = "Tasks"     # as Notion shows it'],
        ['title = "Chores"     # as Notion shows it'],
    )


def test_a_word_of_an_inline_table_is_replaced_added_and_taken_out() -> None:
    def edit(said: dict[str, Any]) -> None:
        notes = said["databases"]["tasks"]["fields"]["notes"]
        del notes["type"]
        notes["description"] = 'She said "x"'
        notes["mirror_of"] = "a.b"

    made = changed(edit)
    assert difference(TEXT, made)[1] == [r'notes = { description = "She said \"x\"", mirror_of = "a.b" } # a note']


def test_options_are_added_changed_moved_and_taken_out_with_their_comments() -> None:
    def edit(said: dict[str, Any]) -> None:
        options = status(said)["options"]
        options[1]["color"] = "blue"
        status(said)["options"] = [options[2], {"name": "New"}, options[1], options[0]]

    made = changed(edit)
    options = made[made.index("options = [") : made.index("tags")]
    assert options == (
        'options = [\n  "Later",\n  { name = "New" },\n  # a line of its own\n'
        '  { name = "Done", color = "blue" },\n  { name = "Open",  color = "red" },     # still to do\n]\n'
    )
    made = changed(lambda s: status(s)["options"].pop(0))
    assert difference(TEXT, made) == (['  { name = "Open",  color = "red" },     # still to do'], [])


def test_an_array_on_one_line_stays_on_it() -> None:
    assert 'tags = ["a", "b", "c"]\n' in changed(lambda s: status(s)["tags"].append("c"))
    assert 'tags = ["b"]\n' in changed(lambda s: status(s)["tags"].pop(0))
    assert 'tags = ["z", "a", "b"]\n' in changed(lambda s: status(s)["tags"].insert(0, "z"))


def test_keys_are_added_below_those_that_are_there() -> None:
    made = changed(lambda s: s["databases"]["tasks"].update(icon="🧭"))
    assert 'key   = "key"\nicon  = "🧭"\n\n[databases.tasks.fields]' in made
    made = changed(lambda s: s["databases"]["tasks"]["fields"].update(extra={"type": "number"}))
    assert '# a note\nextra = { type = "number" }\n\n# Of the status.' in made
    assert difference(TEXT, made)[0] == []


def test_tables_and_lines_are_taken_out_and_nothing_else() -> None:
    made = changed(lambda s: s["databases"]["tasks"]["fields"].pop("status"))
    assert made == TEXT[: TEXT.index("[databases.tasks.fields.status]")] + TEXT[TEXT.index("\n[corrections.x]") :]
    made = changed(lambda s: s["databases"]["tasks"]["fields"].pop("odd name"))
    assert difference(TEXT, made) == (["\"odd name\" = 'rich_text'   # literal"], [])


def test_a_key_is_renamed_in_headers_lines_and_inline_tables() -> None:
    made = renamed(TEXT, ("databases", "tasks", "fields", "status"), "my state")
    assert difference(TEXT, made) == (["[databases.tasks.fields.status]"], ['[databases.tasks.fields."my state"]'])
    made = renamed(TEXT, ("corrections", "x", "set", "status"), "State")
    assert difference(TEXT, made) == (['set = { status = "Open" }'], ['set = { State = "Open" }'])
    made = renamed(TEXT, ("databases", "tasks", "title"), "t")
    assert 't     = "Tasks"     # as Notion shows it' in made


def test_a_table_that_no_header_names_gets_one() -> None:
    text = "# Of b.\n[databases.a.fields.b]\ntype = 'number'\n"
    made = changed(lambda s: s["databases"]["a"].update(title="A"), text)
    assert made == '[databases.a]\ntitle = "A"\n\n' + text


def test_dotted_keys_are_followed() -> None:
    text = '[databases.a]\nfields.b = "number"\nfields.c.type = "select"\n'
    made = changed(lambda s: s["databases"]["a"]["fields"].update(d="date"), text)
    assert made == text + 'fields.d = "date"\n'
    made = changed(lambda s: s["databases"]["a"]["fields"]["c"].update(type="date"), text)
    assert made == text.replace('"select"', '"date"')


def test_what_cannot_be_changed_in_place_is_refused() -> None:
    text = "[[a]]\nb = 1\n"
    with pytest.raises(ValueError, match="cannot be changed in place"):
        synced(text, {"a": [{"b": 1}]}, {"a": [{"b": 2}]})


_VALUES = st.recursive(
    st.text(max_size=8) | st.booleans() | st.integers(-9, 9) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_TABLES = st.dictionaries(st.text(max_size=5), _VALUES, max_size=4)


@given(old=_TABLES, new=_TABLES, lines=st.booleans())
def test_whatever_a_file_says_it_can_be_made_to_say_something_else(old: Any, new: Any, *, lines: bool) -> None:
    from reconciler.desired.editing.inline import key_text, literal

    body = "".join(f"{key_text(key)} = {literal(value)}  # {n}\n" for n, (key, value) in enumerate(old.items()))
    text = f"# before\n[t]\n{body}# after\n"
    if lines:
        text = text.replace("[", "[\n  ").replace("[\n  t]", "[t]")
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    if said != {"t": old}:
        return
    made = synced(text, {"t": old}, {"t": new})
    assert tomllib.loads(made) == {"t": new}
    assert made.startswith("# before\n[t]\n")
    assert made.endswith("# after\n")
