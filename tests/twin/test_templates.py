"""Templates: listed, and applied to new rows and to rows that are there."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.twin import Twin, TwinError
from tests.twin.build import make, query, row, values


@pytest.fixture
def source(twin: Twin) -> str:
    return make(twin, N={"number": {}}, S={"select": {}}, Id={"unique_id": {"prefix": "T"}})


@pytest.fixture
def template(twin: Twin, source: str) -> str:
    made = row(twin, source, "Weekly", N={"number": 7}, S={"select": {"name": "x"}})
    nested = {"toggle": {"rich_text": [{"text": {"content": "t"}}], "children": [{"divider": {}}]}}
    twin.call("PATCH", f"blocks/{made}/children", {"children": [nested]})
    twin.call("PATCH", f"pages/{made}", {"icon": {"type": "emoji", "emoji": "📅"}})
    twin.admin.make_template(made, default=True)
    return made


def create(twin: Twin, source: str, template: Any, **properties: Any) -> dict[str, Any]:
    body = {"parent": {"data_source_id": source}, "properties": properties, "template": template}
    return twin.call("POST", "pages", body)


def test_templates_are_listed_and_are_no_rows(twin: Twin, source: str, template: str) -> None:
    listed = twin.call("GET", f"data_sources/{source}/templates")
    assert listed["templates"] == [{"id": template, "name": "Weekly", "is_default": True}]
    assert (listed["has_more"], listed["next_cursor"]) == (False, None)
    assert twin.call("GET", f"data_sources/{source}/templates", query={"name": "month"})["templates"] == []
    assert query(twin, source) == []


@pytest.mark.parametrize("by", ["default", "template_id"])
def test_a_new_row_begins_with_what_its_template_has(twin: Twin, source: str, template: str, by: str) -> None:
    given = {"type": by, "timezone": "Europe/Berlin"} | ({"template_id": template} if by == "template_id" else {})
    made = create(twin, source, given, N={"number": 1})
    found = values(twin, made["id"])
    assert (found["N"], found["S"]["name"], found["Name"][0]["plain_text"]) == (1, "x", "Weekly")
    assert found["Id"]["number"] == 2
    assert made["icon"]["emoji"] == "📅"
    (toggle,) = twin.call("GET", f"blocks/{made['id']}/children")["results"]
    assert twin.call("GET", f"blocks/{toggle['id']}/children")["results"][0]["type"] == "divider"


def test_a_row_that_is_there_gets_what_it_has_not(twin: Twin, source: str, template: str) -> None:
    page = row(twin, source, "Mine")
    twin.call("PATCH", f"pages/{page}", {"template": {"type": "template_id", "template_id": template}})
    found = values(twin, page)
    assert (found["Name"][0]["plain_text"], found["N"]) == ("Mine", 7)
    assert len(twin.call("GET", f"blocks/{page}/children")["results"]) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"type": "default"}, "body.template.type: the data source has no default template"),
        ({"type": "template_id"}, "body.template.template_id should be defined"),
        ({"type": "mine"}, "body.template.type should be"),
        ({"type": "default", "timezone": "Mars"}, "body.template.timezone should be"),
        ("none", "body.template should be an object"),
    ],
)
def test_templates_that_are_not_there_are_refused(twin: Twin, source: str, given: Any, said: str) -> None:
    with pytest.raises(TwinError) as caught:
        create(twin, source, given)
    assert caught.value.code == "validation_error"
    assert said in caught.value.message


def test_a_page_that_is_no_row_has_no_templates(twin: Twin) -> None:
    body = {"parent": {"page_id": twin.root_page_id}, "template": {"type": "default"}}
    with pytest.raises(TwinError, match=r"body\.template should be not present"):
        twin.call("POST", "pages", body)
