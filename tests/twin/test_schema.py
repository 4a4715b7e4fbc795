"""Schemas: one meaning of PATCH, options, statuses, formulas, rollups, numbers, changes of type."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import pytest

from reconciler.twin import Assumptions, Twin, TwinError, open_twin
from reconciler.twin.schema.config import CREATABLE, NUMBER_FORMATS
from tests.twin.build import edges, make, patch, query, row, schema, text, values, write

ALL: dict[str, Any] = {
    "Text": {"rich_text": {}},
    "Number": {"number": {"format": "euro"}},
    "Select": {"select": {"options": [{"name": "A", "color": "red", "description": "first"}]}},
    "Many": {"multi_select": {"options": [{"name": "B"}]}},
    "Status": {"status": {}},
    "Date": {"date": {}},
    "People": {"people": {}},
    "Files": {"files": {}},
    "Check": {"checkbox": {}},
    "Url": {"url": {}},
    "Email": {"email": {}},
    "Phone": {"phone_number": {}},
    "Formula": {"formula": {"expression": 'prop("Number") * 2'}},
    "Made": {"created_time": {}},
    "Maker": {"created_by": {}},
    "Edited": {"last_edited_time": {}},
    "Editor": {"last_edited_by": {}},
    "Id": {"unique_id": {"prefix": "AB"}},
    "Place": {"place": {}},
}


def test_every_creatable_type_is_made_and_answered(twin: Twin) -> None:
    source = make(twin, **ALL)
    shown = schema(twin, source)
    assert {name: value["type"] for name, value in shown.items() if name != "Name"} == {
        name: next(iter(config)) for name, config in ALL.items()
    }
    assert all(value["description"] is None for value in shown.values())


def test_properties_come_ordered_by_decoded_id_shorter_first(twin: Twin) -> None:
    source = make(twin, **ALL)
    row(twin, source)
    for answer in (
        schema(twin, source),
        twin.call("POST", f"data_sources/{source}/query", {})["results"][0]["properties"],
    ):
        decoded = [unquote(value["id"]) for value in answer.values()]
        assert decoded == sorted(decoded, key=lambda key: (len(key), key.encode()))
        assert decoded[-1] == "title"


def test_ids_are_percent_encoded_and_taken_in_either_form_or_by_name(twin: Twin) -> None:
    source = make(twin, **{f"P{n}": {"number": {}} for n in range(30)})
    for name, value in schema(twin, source).items():
        assert value["id"] == quote(unquote(value["id"]), safe="")
        if name != "Name":
            patch(twin, source, **{value["id"]: {"name": f"{name} by id"}})
            patch(twin, source, **{unquote(value["id"]): {"name": f"{name} by decoded id"}})
            assert schema(twin, source)[f"{name} by decoded id"]["id"] == value["id"]


def test_patch_renames_adds_deletes_and_leaves_the_rest(twin: Twin) -> None:
    source = make(twin, A={"number": {}}, B={"rich_text": {}}, C={"checkbox": {}})
    before = schema(twin, source)
    after = patch(twin, source, A={"name": "A2"}, B=None, D={"url": {}}, C={})
    assert set(after) == {"Name", "A2", "C", "D"}
    assert after["A2"]["id"] == before["A"]["id"]
    assert after["C"] == before["C"]


def test_the_title_can_be_renamed_by_its_id_and_not_deleted(twin: Twin) -> None:
    source = make(twin)
    assert "Task" in patch(twin, source, title={"name": "Task"})
    with pytest.raises(TwinError, match="Cannot delete title"):
        patch(twin, source, Task=None)
    with pytest.raises(TwinError, match="Cannot change the type"):
        patch(twin, source, Task={"rich_text": {}})


def test_a_deleted_property_takes_its_values_and_its_id_along(twin: Twin) -> None:
    source = make(twin, A={"number": {}})
    page = row(twin, source, A={"number": 1})
    old = schema(twin, source)["A"]["id"]
    patch(twin, source, A=None)
    new = patch(twin, source, A={"number": {}})["A"]["id"]
    assert new != old
    assert values(twin, page)["A"] is None


def test_a_name_that_is_taken_is_refused_and_nothing_of_the_request_is_done(twin: Twin) -> None:
    source = make(twin, A={"number": {}}, B={"number": {}})
    with pytest.raises(TwinError, match="already exists"):
        patch(twin, source, C={"url": {}}, A={"name": "B"})
    assert set(schema(twin, source)) == {"Name", "A", "B"}


def test_descriptions_are_set_and_cleared(twin: Twin) -> None:
    source = make(twin, A={"number": {}, "description": "how many"})
    assert schema(twin, source)["A"]["description"] == "how many"
    assert patch(twin, source, A={"description": "more"})["A"]["description"] == "more"
    assert patch(twin, source, A={"description": None})["A"]["description"] is None
    with pytest.raises(TwinError, match="≤ `280`, instead was `281`"):
        patch(twin, source, A={"description": "x" * 281})


def test_an_empty_description_is_refused_with_its_path(twin: Twin) -> None:
    source = make(twin, A={"number": {}})
    with pytest.raises(TwinError, match=r"body\.properties\.A\.description\.length should be ≥ `1`"):
        patch(twin, source, A={"description": ""})


@pytest.mark.parametrize("name", NUMBER_FORMATS)
def test_every_number_format_is_kept(twin: Twin, name: str) -> None:
    assert schema(twin, make(twin, N={"number": {"format": name}}))["N"]["number"] == {"format": name}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": {"format": "guilder"}}, "body.properties.A.number.format should be"),
        ({"unique_id": {"prefix": "1A"}}, "body.properties.A.unique_id.prefix should be"),
        ({"title": {}}, "Cannot change the type"),
        ({"place": {}}, "Cannot change the type"),
        ({"verification": {}}, "body.properties.A.title should be defined"),
        ({"rollup": {"function": "sum", "relation_property_name": "B"}}, "B is expected to be relation"),
        ({"relation": {"single_property": {}}}, "body.properties.A.relation.data_source_id should be defined"),
        ({"name": ""}, "cannot be empty"),
        ({"name": 1}, "body.properties.A.name should be a string"),
        ({"type": "select"}, "body.properties.A.select should be defined"),
    ],
)
def test_changes_that_notion_refuses_name_what_is_wrong(twin: Twin, change: dict[str, Any], said: str) -> None:
    source = make(twin, A={"number": {}}, B={"url": {}})
    with pytest.raises(TwinError) as caught:
        patch(twin, source, A=change)
    assert caught.value.code == "validation_error"
    assert said in caught.value.message


def test_a_schema_that_is_too_large_names_its_largest_property(twin: Twin) -> None:
    options = [{"name": f"{n:03d}" + "x" * 97, "description": "d" * 280} for n in range(100)]
    source = make(twin, Small={"select": {"options": options[:10]}})
    largest = patch(twin, source, Large={"select": {"options": options[:90]}})["Large"]
    with pytest.raises(TwinError, match=f"The largest property is Large .*{largest['id'][-2:]}"):
        patch(twin, source, More={"select": {"options": options[:40]}})


def test_there_are_at_most_500_properties(twin: Twin) -> None:
    source = make(twin, **{f"P{n}": {"checkbox": {}} for n in range(499)})
    assert len(schema(twin, source)) == 500
    with pytest.raises(TwinError, match="the limit is 500"):
        patch(twin, source, Over={"checkbox": {}})


def test_columns_that_people_make_are_kept_and_nothing_turns_into_them(twin: Twin) -> None:
    source = make(twin)
    twin.admin.add_property(source, "Go", "button")
    assert patch(twin, source, Go={"name": "Start"})["Start"]["type"] == "button"
    assert row(twin, source, Start={"button": {}})
    with pytest.raises(TwinError, match="Cannot change the type"):
        patch(twin, source, Start={"number": {}})


# -- options -------------------------------------------------------------------------------------------------------


def names(property_: dict[str, Any], kind: str = "select") -> list[str]:
    return [option["name"] for option in property_[kind]["options"]]


def test_an_option_list_replaces_and_keeps_ids_by_id_or_name(twin: Twin) -> None:
    source = make(twin, S={"select": {"options": [{"name": n, "color": "red"} for n in ("A", "B", "C")]}})
    before = {option["name"]: option["id"] for option in schema(twin, source)["S"]["select"]["options"]}
    after = patch(twin, source, S={"select": {"options": [{"name": "New"}, {"id": before["C"]}, {"name": "A"}]}})["S"]
    assert names(after) == ["New", "C", "A"]
    kept = {option["name"]: option for option in after["select"]["options"]}
    assert (kept["C"]["id"], kept["A"]["id"]) == (before["C"], before["A"])
    assert kept["A"]["color"] == "red"


@pytest.mark.parametrize("kind", ["select", "multi_select"])
def test_rows_lose_the_value_of_a_removed_option(twin: Twin, kind: str) -> None:
    source = make(twin, S={kind: {"options": [{"name": "A"}, {"name": "B"}]}})
    value = {"name": "A"}
    page = row(twin, source, S={kind: value if kind == "select" else [value, {"name": "B"}]})
    patch(twin, source, S={kind: {"options": [{"name": "B"}]}})
    left = values(twin, page)["S"]
    assert left is None if kind == "select" else [option["name"] for option in left] == ["B"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([{"name": "a, b"}], "Invalid select option, commas not allowed: a, b"),
        ([{"name": "Done"}, {"name": "DONE"}], "Duplicate option name"),
        ([{"name": f"o{n}"} for n in range(101)], "≤ `100`, instead was `101`"),
        ([{"name": "x", "color": "magenta"}], 'should be `"default"`'),
        ([{"color": "red"}], "should be defined"),
    ],
)
def test_options_that_notion_refuses(twin: Twin, options: list[object], message: str) -> None:
    source = make(twin, S={"select": {}})
    with pytest.raises(TwinError, match=message) as caught:
        patch(twin, source, S={"select": {"options": options}})
    assert caught.value.code == "validation_error"


def test_names_of_options_are_found_without_case(twin: Twin) -> None:
    source = make(twin, S={"select": {"options": [{"name": "Done"}]}})
    page = row(twin, source, S={"select": {"name": "done"}})
    assert values(twin, page)["S"]["name"] == "Done"
    assert names(schema(twin, source)["S"]) == ["Done"]


def test_a_page_write_makes_missing_options_but_no_missing_status(twin: Twin) -> None:
    source = make(twin, S={"select": {}}, M={"multi_select": {}}, T={"status": {}})
    row(twin, source, S={"select": {"name": "A"}}, M={"multi_select": [{"name": "x"}, {"name": "y"}]})
    assert names(schema(twin, source)["S"]) == ["A"]
    assert names(schema(twin, source)["M"], "multi_select") == ["x", "y"]
    with pytest.raises(TwinError, match="Nowhere"):
        row(twin, source, T={"status": {"name": "Nowhere"}})


def test_an_option_with_another_colour_keeps_its_own_or_is_refused(twin: Twin) -> None:
    source = make(twin, S={"select": {"options": [{"name": "A", "color": "red"}]}})
    change = {"select": {"options": [{"name": "A", "color": "blue"}]}}
    assert patch(twin, source, S=change)["S"]["select"]["options"][0]["color"] == "red"
    twin.assume = Assumptions(default="harsh")
    with pytest.raises(TwinError, match="Cannot update color"):
        patch(twin, source, S=change)


# -- status --------------------------------------------------------------------------------------------------------


def groups(property_: dict[str, Any]) -> dict[str, list[str]]:
    status = property_["status"]
    known = {option["id"]: option["name"] for option in status["options"]}
    return {group["name"]: [known[i] for i in group["option_ids"]] for group in status["groups"]}


def test_a_status_has_three_options_in_three_groups_and_a_default(twin: Twin) -> None:
    source = make(twin, T={"status": {}})
    assert groups(schema(twin, source)["T"]) == {
        "To-do": ["Not started"],
        "In progress": ["In progress"],
        "Complete": ["Done"],
    }
    page = row(twin, source)
    assert values(twin, page)["T"]["name"] == "Not started"


def test_status_options_go_to_the_group_named_or_stay_or_go_to_the_first(twin: Twin) -> None:
    source = make(twin, T={"status": {"options": [{"name": "A"}, {"name": "B", "group": "Complete"}]}})
    assert groups(schema(twin, source)["T"]) == {"To-do": ["A"], "In progress": [], "Complete": ["B"]}
    after = patch(twin, source, T={"status": {"options": [{"name": "B"}, {"name": "C", "group": "In progress"}]}})
    assert groups(after["T"]) == {"To-do": [], "In progress": ["C"], "Complete": ["B"]}


# -- formulas, rollups, numbers ------------------------------------------------------------------------------------


def test_a_formula_follows_the_names_it_uses(twin: Twin) -> None:
    source = make(twin, N={"number": {}}, F={"formula": {"expression": 'prop("N") * 2 + length(prop("Name"))'}})
    page = row(twin, source, "abc", N={"number": 4})
    assert values(twin, page)["F"] == {"type": "number", "number": 11}
    after = patch(twin, source, N={"name": 'Nu"m'})
    assert after["F"]["formula"]["expression"] == 'prop("Nu\\"m") * 2 + length(prop("Name"))'
    assert values(twin, page)["F"] == {"type": "number", "number": 11}


def test_a_formula_that_was_answered_is_taken_again(twin: Twin) -> None:
    named = 'N\\n"\u001b[31m'
    source = make(twin, **{named: {"number": {}}, "F": {"formula": {"expression": "1"}}})
    said = 'prop("N\\\\n\\"\u001b[31m")'
    assert patch(twin, source, F={"formula": {"expression": said}})["F"]["formula"]["expression"] == said


@pytest.mark.parametrize("expression", ['prop("Nope")', "1 +", "(1", '"open', "prop(1, 2)", "#"])
def test_a_formula_that_notion_rejects(twin: Twin, expression: str) -> None:
    with pytest.raises(TwinError) as caught:
        make(twin, F={"formula": {"expression": expression}})
    assert caught.value.code == "validation_error"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3 ^ 2", {"type": "number", "number": 19}),
        ('if(empty(prop("Date")), "none", "some")', {"type": "string", "string": "none"}),
        ('prop("Number") * 2', {"type": "number", "number": 0}),
        ('prop("Date")', {"type": "date", "date": None}),
        (
            'dateAdd(parseDate("2024-01-31"), 1, "months")',
            {"type": "date", "date": {"start": "2024-02-29", "end": None, "time_zone": None}},
        ),
        ('dateBetween(parseDate("2024-03-01"), parseDate("2024-02-01"), "days")', {"type": "number", "number": 29}),
        ('prop("Many").includes("B")', {"type": "boolean", "boolean": False}),
        ("[1, 2, 3].map(current * 2).sum()", {"type": "number", "number": 12}),
        ('true ? "y" : "n"', {"type": "string", "string": "y"}),
        ("let(x, 2, x + x)", {"type": "number", "number": 4}),
        ('replaceAll("a.b", ".", "-")', {"type": "unsupported", "unsupported": {}}),
        ("unknownFunction(1)", {"type": "unsupported", "unsupported": {}}),
        ("1 / 0", {"type": "number", "number": None}),
    ],
)
def test_what_formulas_come_to(twin: Twin, expression: str, value: object) -> None:
    source = make(twin, **{**ALL, "Formula": {"formula": {"expression": expression}}})
    page = row(twin, source)
    assert values(twin, page)["Formula"] == value


def test_rollups_are_named_both_ways_with_ids_decoded_and_computed(twin: Twin) -> None:
    source = make(twin, N={"number": {}})
    patch(
        twin,
        source,
        R={"relation": {"data_source_id": source, "single_property": {}}},
        Sum={"rollup": {"function": "sum", "relation_property_name": "R", "rollup_property_name": "N"}},
        All={"rollup": {"function": "show_original", "relation_property_name": "R", "rollup_property_name": "Name"}},
    )
    shown = schema(twin, source)
    assert shown["Sum"]["rollup"] == {
        "rollup_property_name": "N",
        "relation_property_name": "R",
        "rollup_property_id": unquote(shown["N"]["id"]),
        "relation_property_id": unquote(shown["R"]["id"]),
        "function": "sum",
    }
    one, two = row(twin, source, "one", N={"number": 1}), row(twin, source, "two", N={"number": 2})
    both = values(twin, row(twin, source, "both", R=edges(one, two)))
    assert both["Sum"] == {"type": "number", "number": 3, "function": "sum"}
    assert [item["title"][0]["plain_text"] for item in both["All"]["array"]] == ["one", "two"]


def test_unique_ids_count_and_keep_their_prefix(twin: Twin) -> None:
    source = make(twin, Id={"unique_id": {"prefix": "AB"}})
    pages = [row(twin, source) for _ in range(3)]
    assert [values(twin, page)["Id"] for page in pages] == [{"prefix": "AB", "number": n} for n in (1, 2, 3)]
    assert patch(twin, source, Id={"unique_id": {}})["Id"]["unique_id"] == {"prefix": "AB"}
    assert query(twin, source, filter={"property": "Id", "unique_id": {"greater_than": 2}}) == [""]


# -- changes of type -----------------------------------------------------------------------------------------------


def test_a_changed_type_reads_values_again_or_loses_them(twin: Twin) -> None:
    source = make(twin, V={"rich_text": {}})
    good, bad = row(twin, source, V={"rich_text": text("12.5")}), row(twin, source, V={"rich_text": text("many")})
    before = schema(twin, source)["V"]["id"]
    assert patch(twin, source, V={"number": {}})["V"]["id"] == before
    assert (values(twin, good)["V"], values(twin, bad)["V"]) == (12.5, None)
    twin.assume = Assumptions(exceptions={"retype-number-rich_text": "harsh"})
    patch(twin, source, V={"rich_text": {}})
    assert values(twin, good)["V"] == []


def test_the_harsh_reading_of_a_changed_type_gives_a_new_id(twin: Twin) -> None:
    source = make(twin, V={"rich_text": {}})
    page = row(twin, source, V={"rich_text": text("7")})
    before = schema(twin, source)["V"]["id"]
    twin.assume = Assumptions(exceptions={"retyped-id": "harsh"})
    assert patch(twin, source, V={"number": {}})["V"]["id"] != before
    assert values(twin, page)["V"] == 7


def test_the_harsh_reading_of_a_missing_status_is_none(twin: Twin) -> None:
    twin.assume = Assumptions(exceptions={"status-default": "harsh"})
    source = make(twin, T={"status": {}})
    page = row(twin, source)
    assert values(twin, page)["T"] is None
    write(twin, page, T={"status": {"name": "Done"}})
    assert write(twin, page, T={"status": None})["T"]["status"] is None


MOVABLE = [kind for kind in CREATABLE if kind not in ("title", "place", "button", "relation", "rollup", "formula")]


@pytest.mark.parametrize("old", MOVABLE)
def test_every_pair_of_types_leaves_rows_that_can_be_read(old: str) -> None:
    given: dict[str, Any] = {
        "rich_text": text("a, 1"),
        "number": 1,
        "select": {"name": "x"},
        "multi_select": [{"name": "x"}],
        "date": {"start": "2024-01-01"},
        "checkbox": True,
        "url": "u",
        "email": "e",
        "phone_number": "1",
    }
    with open_twin(":memory:") as twin:
        for new in MOVABLE:
            source = make(twin, V={old: {}})
            page = row(twin, source, **({"V": {old: given[old]}} if old in given else {}))
            patch(twin, source, V={new: {}})
            assert schema(twin, source)["V"]["type"] == new
            values(twin, page)


def test_a_multi_select_becomes_a_select_and_text(twin: Twin) -> None:
    source = make(twin, V={"multi_select": {}})
    page = row(twin, source, V={"multi_select": [{"name": "a"}, {"name": "b"}]})
    patch(twin, source, V={"rich_text": {}})
    assert values(twin, page)["V"][0]["plain_text"] == "a, b"
    write(twin, page, V={"rich_text": text("one")})
    patch(twin, source, V={"select": {}})
    assert values(twin, page)["V"]["name"] == "one"
