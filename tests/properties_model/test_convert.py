"""What text says as each type, what values say as others, and why they do not: by example."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.live import Value
from reconciler.model.properties import ALL
from reconciler.model.properties.convert import TABLE, Context, Converted, Failed, as_markdown, cell, convert, looked_up

PAGE_1, PAGE_2, USER = (f"2a1369f4-9e78-af72-eb88-0fd06fb52ed{n}" for n in (1, 2, 3))
BARE_1, BARE_2 = PAGE_1.replace("-", ""), PAGE_2.replace("-", "")
ROWS = {"WT-1": (PAGE_1,), "WT-2": (PAGE_2,), "twice": (PAGE_1, PAGE_2)}
CONTEXT = Context(
    options=("Not Started", "Complete", "Yes", "Caf\u00e9"),
    folds={"Done": "Complete"},
    people={"jane@example.org": USER, "Jane Roe": USER, "Doe, John": PAGE_2},
    rows=lambda text: ROWS.get(text, ()),
    names={PAGE_1: "One", PAGE_2: "Two, and more"}.__getitem__,
)


def plain(text: str) -> list[dict[str, Any]]:
    return [{"text": text}] if text else []


def of_text(text: str, to_type: str, context: Context = CONTEXT) -> Converted | Failed:
    return convert("rich_text", to_type, plain(text), context)


def value_of(found: Converted | Failed) -> Value:
    assert isinstance(found, Converted), found
    return found.value


@pytest.mark.parametrize(
    ("text", "value", "exact"),
    [
        ("1234", 1234, True),
        ("1,234.5", 1234.5, True),
        ("1,234,567", 1234567, True),
        ("-3", -3, True),
        ("\u22123", -3, True),
        (".5", 0.5, True),
        ("1.5e-07", 1.5e-07, True),
        ("50%", 0.5, True),
        ("12.5 %", 0.125, True),
        ("$5", 5, False),
        ("-$5.50", -5.5, False),
        ("5 \u20ac", 5, False),
        ("EUR 5", 5, False),
        ("007", 7, False),
        (" 7 ", 7, False),
        ("0", 0, True),
    ],
)
def test_a_number_is_read_from_text(text: str, value: float, exact: bool) -> None:
    assert of_text(text, "number") == Converted(value, exact)


@pytest.mark.parametrize(
    "text",
    ["abc", "12,5", "1.234,5", "1,23", "1 234", "WT-7", "WUX 5", "12e4", "$5%", "$5 EUR", "--5", "$", ".", "%",
     "\u0665", "1" * 400, "1e+999", "12345678901234567891"],
)  # fmt: skip
def test_what_is_not_surely_a_number_is_none(text: str) -> None:
    assert isinstance(of_text(text, "number"), Failed)


@pytest.mark.parametrize(
    ("text", "value", "exact"),
    [
        ("2025-07-23", {"start": "2025-07-23"}, True),
        ("2025/7/3", {"start": "2025-07-03"}, True),
        ("July 23, 2025", {"start": "2025-07-23"}, True),
        ("@July 23, 2025", {"start": "2025-07-23"}, True),
        ("23 Sept 2025", {"start": "2025-09-23"}, True),
        ("23/02/2025", {"start": "2025-02-23"}, True),
        ("02/23/2025", {"start": "2025-02-23"}, True),
        ("05/05/2025", {"start": "2025-05-05"}, True),
        ("July 29, 2025 11:24 AM", {"start": "2025-07-29T11:24:00.000+00:00"}, True),
        ("July 29, 2025 12:05 am (GMT+2)", {"start": "2025-07-29T00:05:00.000+02:00"}, True),
        ("2025-07-29T11:24:00.000Z", {"start": "2025-07-29T11:24:00.000+00:00"}, True),
        ("2025-07-29 11:24:31", {"start": "2025-07-29T11:24:00.000+00:00"}, False),
        ("2025-07-23 \u2192 2025-08-01", {"start": "2025-07-23", "end": "2025-08-01"}, True),
        (
            "July 29, 2025 11:24 AM \u2192 12:30 PM",
            {"start": "2025-07-29T11:24:00.000+00:00", "end": "2025-07-29T12:30:00.000+00:00"},
            True,
        ),
    ],
)
def test_a_date_is_read_from_text(text: str, value: dict[str, str], exact: bool) -> None:
    assert of_text(text, "date") == Converted(value, exact)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("01/02/2025", "'01/02/2025' could be two dates: day and month are not told apart"),
        ("2025-02-30", "'2025-02-30' is not a date"),
        ("Summer 12, 2025", "'Summer 12, 2025' is not a date"),
        ("2025-07-23 25:00", "'2025-07-23 25:00' is not a date"),
        ("July 1, 2025 13:00 PM", "'July 1, 2025 13:00 PM' is not a date"),
        ("2025-08-01 \u2192 2025-07-23", "'2025-08-01 \u2192 2025-07-23' ends before it starts"),
        ("2025-07-23 \u2192 2025-07-24 10:00", "'2025-07-23 \u2192 2025-07-24 10:00' has a time on one side only"),
        ("2025-07-23 \u2192", "'2025-07-23 \u2192' is not a date"),
        ("0001-01-01 00:00+14:00", "'0001-01-01 00:00+14:00' is not a date"),
        ("20250723", "'20250723' is not a date"),
    ],
)
def test_what_is_not_surely_a_date_is_none(text: str, why: str) -> None:
    assert of_text(text, "date") == Failed(why)


@pytest.mark.parametrize(
    ("text", "value"),
    [("Yes", True), ("TRUE", True), ("\u2713", True), ("x", True), ("No", False), ("false", False), ("\u2717", False)],
)
def test_words_for_yes_and_no_are_a_checkbox(text: str, value: bool) -> None:
    assert of_text(text, "checkbox") == Converted(value)


def test_other_words_are_no_checkbox() -> None:
    assert of_text("maybe", "checkbox") == Failed("'maybe' is neither yes nor no")


@pytest.mark.parametrize(
    ("kind", "text", "good"),
    [
        ("url", "https://example.org/a?b=c", True),
        ("url", "www.example.org", True),
        ("url", "see https://example.org", False),
        ("url", "javascript:alert(1)", False),
        ("url", "https://example.org/" + "a" * 2_000, False),
        ("email", "jane@example.org", True),
        ("email", "a@example.org, b@example.org", False),
        ("email", "jane@localhost", False),
        ("phone_number", "+49 (170) 123-45.67", True),
        ("phone_number", "555-1234 ext. 12", True),
        ("phone_number", "call me", False),
        ("phone_number", "12", False),
    ],
)
def test_strings_stand_as_they_are_where_they_look_like_one(kind: str, text: str, good: bool) -> None:
    found = of_text(text, kind)
    assert found == Converted(text) if good else isinstance(found, Failed)


def test_text_that_links_as_a_whole_gives_its_address_and_loses_its_words() -> None:
    linked = [{"text": "docs", "link": "https://example.org/docs"}]
    assert convert("rich_text", "url", linked, CONTEXT) == Converted("https://example.org/docs", exact=False)
    assert isinstance(convert("rich_text", "url", [*linked, {"text": " and more"}], CONTEXT), Failed)


def test_an_option_is_found_by_its_name_or_folded() -> None:
    assert of_text("Cafe\u0301", "select") == Converted("Caf\u00e9")
    assert of_text("Done", "select") == Converted("Complete", exact=False)
    assert of_text("complete", "select") == Failed("'complete' is none of the options")


def test_new_options_are_made_where_allowed_and_never_of_a_status() -> None:
    free = replace(CONTEXT, allows_new_options=True)
    assert of_text("Later", "select", free) == Converted("Later")
    assert of_text("complete", "select", free) == Converted("Complete", exact=False)
    assert isinstance(of_text("Later", "status", free), Failed)
    assert isinstance(of_text("Old", "select", replace(free, folds={"Old": " "})), Failed)
    for text in ("a, b", "two\nlines", "a" * 101):
        assert isinstance(of_text(text, "select", free), Failed)


def test_a_list_of_names_is_separated_by_commas() -> None:
    free = replace(CONTEXT, allows_new_options=True)
    assert of_text("Yes, Done,Yes", "multi_select") == Converted(["Yes", "Complete"], exact=False)
    assert of_text("b, a", "multi_select", free) == Converted(["b", "a"])
    assert isinstance(of_text("Yes, unknown", "multi_select"), Failed)
    assert isinstance(of_text(",", "multi_select", free), Failed)


def test_more_values_than_notion_takes_do_not_convert() -> None:
    free = replace(CONTEXT, allows_new_options=True)
    names = [f"o{n}" for n in range(101)]
    assert len(value_of(of_text(",".join(names[:100]), "multi_select", free))) == 100
    assert of_text(",".join(names), "multi_select", free) == Failed("holds 101 values, and Notion takes 100 in one")


def test_people_are_named_by_address_or_by_a_name_that_one_has() -> None:
    assert of_text("Jane@Example.org", "people") == Converted([{"id": USER}])
    assert of_text("Jane Roe, jane@example.org", "people") == Converted([{"id": USER}])
    assert of_text("Doe, John", "people") == Converted([{"id": PAGE_2}])
    assert of_text("Nobody", "people") == Failed("'Nobody' is no person, or several, of this workspace")


def test_mentions_are_what_they_point_at() -> None:
    def mention(kind: str, body: Any) -> dict[str, Any]:
        return {"mention": {"type": kind, kind: body}, "text": "@shown"}

    people = [mention("user", {"id": USER}), {"text": ", "}, mention("user", {"id": PAGE_1})]
    assert convert("rich_text", "people", people, CONTEXT) == Converted([{"id": USER}, {"id": PAGE_1}])
    assert isinstance(convert("rich_text", "people", [*people, {"text": "and co"}], CONTEXT), Failed)
    page = [mention("page", {"id": PAGE_1})]
    assert convert("rich_text", "relation", page, CONTEXT) == Converted([PAGE_1])
    assert isinstance(convert("rich_text", "relation", page, replace(CONTEXT, is_row=lambda _: False)), Failed)
    date = [mention("date", {"start": "2025-07-23"})]
    assert convert("rich_text", "date", date, CONTEXT) == Converted({"start": "2025-07-23"})


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (f"One (https://www.notion.so/One-{BARE_1}?pvs=21)", [PAGE_1]),
        (f"One, or (so) (https://app.notion.com/p/One-{BARE_1}), (https://notion.so/{PAGE_2})", [PAGE_1, PAGE_2]),
        (f"One (../Phases/One%20{BARE_1}.md)", [PAGE_1]),
        (f"https://acme.notion.site/Db-{BARE_2}?v={BARE_2}&p={BARE_1}&pm=s", [PAGE_1]),
        (f"One (https://notion.so/{BARE_1}), One (https://notion.so/{BARE_1})", [PAGE_1]),
    ],
)
def test_cells_with_addresses_link_by_the_page_id(text: str, ids: list[str]) -> None:
    assert of_text(text, "relation") == Converted(ids)


@pytest.mark.parametrize(
    "text",
    [
        f"One (https://notion.so/{BARE_1}) and more",
        f"see (https://example.org), One (https://notion.so/{BARE_1})",
        f"One (https://example.org/{BARE_1})",
        f"One (https://notion.so.example.org/{BARE_1})",
        f"One (https://notion.so/f{BARE_1})",
        "One (https://notion.so/about)",
        "One (https://[)",
    ],
)
def test_prose_around_addresses_is_not_read_as_links(text: str) -> None:
    assert isinstance(of_text(text, "relation"), Failed)


def test_text_without_addresses_is_looked_up_as_a_whole() -> None:
    assert of_text(" WT-1 ", "relation") == Converted([PAGE_1], exact=False)
    assert of_text("WT-9", "relation") == Failed("'WT-9' matches no row of the target")
    assert of_text("twice", "relation") == Failed("'twice' matches several rows of the target")
    assert isinstance(of_text("WT-1, WT-2", "relation"), Failed)


def test_what_will_be_looked_up_is_told_before() -> None:
    assert looked_up("rich_text", plain(" WT-1 ")) == ("WT-1",)
    assert looked_up("multi_select", ["WT-1", "WT-2", "WT-1"]) == ("WT-1", "WT-2")
    assert looked_up("rich_text", plain(f"One (https://notion.so/{BARE_1}), (https://notion.so/{BARE_2})")) == ("One",)
    assert looked_up("checkbox", True) == ()
    assert looked_up("number", None) == ()


def test_a_link_to_a_page_elsewhere_falls_back_to_its_title() -> None:
    elsewhere = replace(CONTEXT, is_row=lambda page: page == PAGE_1)
    assert of_text(f"WT-1 (https://notion.so/{BARE_2})", "relation", elsewhere) == Converted([PAGE_1])
    assert isinstance(of_text(f"WT-9 (https://notion.so/{BARE_2})", "relation", elsewhere), Failed)
    assert isinstance(of_text(f"https://notion.so/{BARE_2}", "relation", elsewhere), Failed)
    found = convert("relation", "relation", [PAGE_1, PAGE_2], elsewhere)
    assert found == Failed("1 of 2 links are to rows of another database")


def test_formatting_is_a_loss_and_a_link_to_itself_is_none() -> None:
    assert convert("rich_text", "number", [{"text": "7", "bold": True}], CONTEXT) == Converted(7, exact=False)
    address = "https://example.org"
    assert convert("rich_text", "url", [{"text": address, "link": address}], CONTEXT) == Converted(address)


def test_several_values_become_one_only_where_there_is_one() -> None:
    assert convert("multi_select", "select", ["Yes"], CONTEXT) == Converted("Yes")
    found = convert("multi_select", "select", ["Yes", "Complete"], CONTEXT)
    assert found == Failed("'Yes, Complete' is 2 values, and the field holds one")
    assert convert("select", "multi_select", "Done", CONTEXT) == Converted(["Complete"], exact=False)
    assert convert("multi_select", "relation", ["WT-1", "WT-2"], CONTEXT) == Converted([PAGE_1, PAGE_2])


def test_a_checkbox_becomes_an_option_that_says_it() -> None:
    assert convert("checkbox", "select", True, CONTEXT) == Converted("Yes")
    assert isinstance(convert("checkbox", "select", False, CONTEXT), Failed)
    assert convert("checkbox", "status", False, replace(CONTEXT, options=("on", "off"))) == Converted("off")
    unclear = replace(CONTEXT, options=("on", "true"))
    assert convert("checkbox", "select", True, unclear) == Failed("Yes could be each of 'on, true'")


def test_numbers_and_checkboxes_are_told_by_one_and_zero() -> None:
    assert convert("number", "checkbox", 1, CONTEXT) == Converted(True)
    assert convert("number", "checkbox", 3, CONTEXT) == Failed("3 is neither 0 nor 1")
    assert convert("checkbox", "number", False, CONTEXT) == Converted(0)


def test_files_that_notion_keeps_have_no_address() -> None:
    hosted = [{"name": "a.pdf", "hosted": True}]
    assert convert("files", "url", hosted, CONTEXT) == Failed("'a.pdf' is kept by Notion: it has no address that lasts")
    assert convert("files", "rich_text", hosted, CONTEXT) == Converted(plain("a.pdf"), exact=False)


def test_addresses_become_files_named_after_them() -> None:
    found = of_text("https://example.org/a%20b.pdf, https://example.org/c,d", "files")
    assert [file["name"] for file in value_of(found)] == ["a b.pdf", "c,d"]


def test_a_row_whose_name_has_a_comma_is_no_option() -> None:
    free = replace(CONTEXT, allows_new_options=True)
    assert convert("relation", "multi_select", [PAGE_1], free) == Converted(["One"], exact=False)
    assert isinstance(convert("relation", "multi_select", [PAGE_2], free), Failed)


def test_a_rollup_of_one_converts_as_its_item_and_of_several_as_a_list() -> None:
    def rollup(*names: str) -> dict[str, Any]:
        return {"type": "array", "array": [{"type": "select", "select": name} for name in names]}

    assert convert("rollup", "select", rollup("Yes"), CONTEXT) == Converted("Yes")
    assert convert("rollup", "select", rollup("Yes", "Complete"), CONTEXT) == Failed(
        "holds 2 values, and the field holds one"
    )
    assert convert("rollup", "multi_select", rollup("Yes", "Complete"), CONTEXT) == Converted(["Yes", "Complete"])
    assert convert("rollup", "rich_text", rollup("Yes", "Complete"), CONTEXT) == Converted(
        plain("Yes, Complete"), False
    )
    assert convert("rollup", "number", rollup(), CONTEXT) == Converted(None)


def test_failures_quote_values_on_one_short_line() -> None:
    found = of_text("\x1b[31m\n\u202e" + "a" * 500, "number")
    assert isinstance(found, Failed)
    assert found.why.isprintable()
    assert len(found.why) < 140


def test_every_pair_has_a_cell_that_converts_or_says_why_not() -> None:
    assert set(TABLE) == {(old, new) for old in ALL for new in ALL}
    for found in TABLE.values():
        assert (found.convert is None) is bool(found.why_blocked)
        assert (found.convert is not None) is bool(found.how)


def test_what_notion_fills_in_is_blocked_as_a_target_and_not_in_place_as_a_source() -> None:
    for (old, new), found in TABLE.items():
        if not ALL[new].writable:
            assert "make a new field" in found.why_blocked
        if not ALL[old].writable and found.convert is not None:
            assert not found.in_place
        if old != new and {"title", "place"} & {old, new}:
            assert found.convert is None


def test_a_type_that_is_not_known_is_blocked() -> None:
    assert "'wombat'" in cell("wombat", "number").why_blocked
    assert isinstance(convert("number", "wombat", 3, CONTEXT), Failed)


def test_each_empty_value_is_one_of_its_own() -> None:
    one = value_of(convert("rich_text", "people", [], CONTEXT))
    one.append({"id": USER})
    assert convert("rich_text", "people", [], CONTEXT) == Converted([])


def test_the_reference_page_is_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "retype.md"
    assert page.read_text(encoding="utf-8") == as_markdown(), "write as_markdown() to docs/reference/retype.md"
