"""The archive is known by its marker, and one made by an older script is completed without losing anything."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from reconciler.memory import schema
from reconciler.model.finding import WtstateError
from reconciler.model.limits import TEXT_UNITS, utf16_length
from tests.memory.notion import archive

OLDER: dict[str, Any] = {"Name": {"title": {}}, "reasonForMergeOrDrop": {"rich_text": {}}, "Source": {"rich_text": {}}}


def described(body: dict[str, Any]) -> str:
    return "".join(e["text"]["content"] for e in body["description"])


def test_an_archive_has_every_column_that_its_pages_fill() -> None:
    page = schema.page_properties("r", "drop", timestamp="2026-09-15T16:53:01Z", source="s")
    assert page.keys() - {"title"} <= schema.properties().keys()
    assert [name for name, body in schema.properties().items() if "title" in body] == ["recordId"]


@pytest.mark.parametrize(
    "workspace",
    ["Wombat Track", "", 'a"b\\', "x, format 9. y", 'wtstate archive of "Other", format 7.', "\x1b\n", "🤖" * 900],
)
def test_what_is_created_is_an_archive_of_its_state_and_of_no_other(workspace: str) -> None:
    body = schema.create_body("arc", "page", workspace)
    live = archive(body["initial_data_source"]["properties"], description=described(body))
    assert schema.is_archive(live)
    assert schema.belongs_to(live, workspace)
    assert not schema.belongs_to(live, workspace[:20] + "z")
    assert schema.missing(live) == {}
    assert schema.description_body(live, workspace) is None
    schema.check_format(live)


def test_a_database_of_the_same_title_is_not_taken_for_an_archive() -> None:
    assert not schema.is_archive(archive(description="wtstate archive of everything, format free."))


def test_an_older_archive_gets_what_it_lacks_and_keeps_its_title_and_its_words() -> None:
    live = archive(OLDER, description="Ours since May.")
    wanted = schema.missing(live)
    assert wanted["Source"] == {"name": "source"}
    assert "reasonForMergeOrDrop" not in wanted
    assert "recordId" not in wanted
    assert wanted["data"] == {"rich_text": {}}
    body = schema.description_body(live, "Wombat Track")
    assert body is not None
    marked = dataclasses.replace(live, description=described(body))
    assert schema.belongs_to(marked, "Wombat Track")
    assert marked.description.endswith("Ours since May.")


def test_a_long_description_leaves_room_for_the_marker() -> None:
    body = schema.description_body(archive(OLDER, description="x" * TEXT_UNITS), "W")
    assert body is not None
    assert utf16_length(described(body)) == TEXT_UNITS
    assert schema.is_archive(archive(OLDER, description=described(body)))


def test_completing_an_older_archive_once_is_enough() -> None:
    wanted = schema.missing(archive(OLDER))
    renamed = {wanted.get(name, {}).get("name", name): body for name, body in OLDER.items()}
    added = {name: body for name, body in wanted.items() if "name" not in body}
    assert schema.missing(archive({**renamed, **added})) == {}


def test_columns_of_a_type_that_cannot_serve_are_all_named() -> None:
    with pytest.raises(WtstateError) as error:
        schema.missing(archive({"T": {"title": {}}, "Timestamp": {"created_time": {}}, "kind": {"status": {}}}))
    assert [finding.code for finding in error.value.findings] == ["archive-column"] * 2
    assert "'Timestamp'" in str(error.value)
    assert "'kind'" in str(error.value)
    assert all("rename it" in finding.next for finding in error.value.findings)


def test_an_archive_of_a_newer_format_is_refused_by_name() -> None:
    newer = schema.marker("W").replace(f"format {schema.FORMAT}", f"format {schema.FORMAT + 1}")
    live = archive(description=newer, title="wt-merged-data-archive")
    assert schema.is_archive(live)
    with pytest.raises(WtstateError, match="'wt-merged-data-archive'") as error:
        schema.check_format(live)
    assert error.value.findings[0].code == "archive-newer"
