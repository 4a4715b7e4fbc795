"""What a token sees and may do, and what search knows when."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from reconciler.twin import Field, Twin, TwinError
from tests.twin.build import edges, make, patch, query, row, schema, text, values

Json = dict[str, Any]


def status(twin: Twin, method: str, path: str, token: str, body: Json | None = None, **more: Any) -> int:
    try:
        twin.call(method, path, body, token=token, **more)
    except TwinError as error:
        return error.status
    return 200


@pytest.fixture
def world(twin: Twin) -> dict[str, str]:
    """One of each thing, by the word that stands for its id in `REQUESTS`."""
    source = make(twin)
    page = row(twin, source, "a")
    block = twin.call("PATCH", f"blocks/{page}/children", {"children": [{"paragraph": {"rich_text": []}}]})
    database = twin.call("GET", f"data_sources/{source}")["parent"]["database_id"]
    return {
        "SOURCE": source,
        "PAGE": page,
        "BLOCK": block["results"][0]["id"],
        "DATABASE": database,
        "VIEW": twin.call("GET", "views", query={"database_id": database})["results"][0]["id"],
        "ROOT": twin.root_page_id,
    }


NEW: Json = {"parent": {"data_source_id": "SOURCE"}, "properties": {}}
REQUESTS: tuple[tuple[str, str, str, Json | None], ...] = (
    ("read", "GET", "pages/PAGE", None),
    ("read", "GET", "pages/PAGE/properties/title", None),
    ("read", "GET", "data_sources/SOURCE", None),
    ("read", "POST", "data_sources/SOURCE/query", {}),
    ("read", "GET", "databases/DATABASE", None),
    ("read", "GET", "blocks/BLOCK", None),
    ("read", "GET", "blocks/PAGE/children", None),
    ("read", "GET", "views/VIEW", None),
    ("read", "POST", "search", {}),
    ("read", "GET", "file_uploads", None),
    ("update", "PATCH", "pages/PAGE", {"properties": {}}),
    ("update", "PATCH", "data_sources/SOURCE", {}),
    ("update", "PATCH", "databases/DATABASE", {}),
    ("update", "PATCH", "blocks/BLOCK", {"paragraph": {"rich_text": []}}),
    ("update", "DELETE", "blocks/BLOCK", None),
    ("update", "PATCH", "views/VIEW", {"name": "x"}),
    ("update", "POST", "pages/PAGE/move", {"parent": {"page_id": "ROOT"}}),
    ("insert", "POST", "pages", NEW),
    ("insert", "POST", "databases", {"parent": {"page_id": "ROOT"}}),
    ("insert", "POST", "data_sources", {"parent": {"database_id": "DATABASE"}, "properties": {"A": {"title": {}}}}),
    ("insert", "PATCH", "blocks/PAGE/children", {"children": []}),
    ("insert", "POST", "file_uploads", {}),
    ("insert", "POST", "views", {"database_id": "DATABASE", "data_source_id": "SOURCE", "name": "v", "type": "table"}),
)


@pytest.mark.parametrize(("capability", "method", "path", "body"), REQUESTS)
def test_each_request_needs_its_capability_and_nothing_more(
    twin: Twin, world: dict[str, str], capability: str, method: str, path: str, body: Json | None
) -> None:
    def named(said: Any) -> Any:
        if isinstance(said, dict):
            return {key: named(value) for key, value in said.items()}
        return world.get(said, said) if isinstance(said, str) else said

    for word, known in world.items():
        path = path.replace(word, known)
    everything = {"read", "update", "insert"}
    assert status(twin, method, path, twin.admin.token(capabilities=everything - {capability}), named(body)) == 403
    assert status(twin, method, path, twin.admin.token(capabilities={capability}), named(body)) == 200


NAMING = tuple(said[1:] for said in REQUESTS if any(part.isupper() for part in said[2].split("/")))


@pytest.mark.parametrize(("method", "path", "body"), NAMING)
def test_what_is_not_shared_is_404_for_every_request(
    twin: Twin, world: dict[str, str], method: str, path: str, body: Json | None
) -> None:
    for word, known in world.items():
        path = path.replace(word, known)
    token = twin.admin.token()
    twin.admin.unshare(world["DATABASE"], token=token)
    said = {"parent": {"page_id": twin.root_page_id}} if path.endswith("move") else body
    assert status(twin, method, path, token, said) == 404
    twin.admin.share(world["DATABASE"], token=token)
    assert status(twin, method, path, token, said) == 200


def test_search_matches_the_databases_title_and_not_the_data_sources(twin: Twin) -> None:
    source = make(twin, "Company")
    database = twin.call("GET", f"data_sources/{source}")["parent"]["database_id"]
    body = {"parent": {"database_id": database}, "title": text("Employees"), "properties": {"A": {"title": {}}}}
    second = twin.call("POST", "data_sources", body)["id"]

    def found(words: str) -> set[str]:
        said = {"query": words, "filter": {"property": "object", "value": "data_source"}}
        return {hit["id"] for hit in twin.call("POST", "search", said)["results"]}

    assert found("company") == {source, second}
    assert found("employees") == set()


def test_a_relation_to_what_is_not_shared_is_in_no_answer_and_is_there_again(twin: Twin) -> None:
    target = make(twin, "Target")
    source = make(twin, "Source")
    patch(twin, source, R={"relation": {"data_source_id": target, "single_property": {}}})
    page = row(twin, source, "a", R=edges(row(twin, target, "b")))
    twin.admin.unshare(target)
    assert "R" not in schema(twin, source)
    assert "R" not in values(twin, page)
    assert query(twin, source) == ["a"]
    with pytest.raises(TwinError, match="Could not find property"):
        twin.call("POST", f"data_sources/{source}/query", {"filter": {"property": "R", "relation": {"is_empty": True}}})
    twin.admin.share(target)
    assert len(values(twin, page)["R"]) == 1


def test_a_row_that_is_not_shared_is_in_no_page_of_results(twin: Twin) -> None:
    source = make(twin, N={"number": {}})
    pages = [row(twin, source, name, N={"number": n}) for n, name in enumerate("abcde")]
    token = twin.admin.token()
    twin.admin.unshare(pages[2], token=token)
    for body in ({}, {"sorts": [{"property": "N", "direction": "ascending"}]}, {"page_size": 2}):
        ids: list[str] = []
        cursor: Json = {}
        while True:
            answer = twin.call("POST", f"data_sources/{source}/query", {**body, **cursor}, token=token)
            ids += [page["id"] for page in answer["results"]]
            if not answer["has_more"]:
                break
            cursor = {"start_cursor": answer["next_cursor"]}
        assert sorted(ids) == sorted(page for page in pages if page != pages[2])


def test_a_hosted_files_url_is_all_that_is_needed(twin: Twin) -> None:
    """Whoever has the url has the file until it dies; the upload itself is its bot's alone."""
    upload = twin.call("POST", "file_uploads", {"filename": "a.txt"})["id"]
    twin.call("POST", f"file_uploads/{upload}/send", form={"file": Field(content=b"x", filename="a.txt")})
    other = twin.admin.token()
    for method, path in (("GET", ""), ("POST", "/complete")):
        assert status(twin, method, f"file_uploads/{upload}{path}", other) == 404
    assert twin.call("GET", "file_uploads", token=other)["results"] == []


@pytest.mark.parametrize("path", ["pages", "blocks", "databases", "data_sources", "views", "comments", "file_uploads"])
def test_nobodys_id_is_404_and_no_id_is_400(twin: Twin, path: str) -> None:
    assert status(twin, "GET", f"{path}/{uuid.uuid4()}", twin.token) == 404
    assert status(twin, "GET", f"{path}/{uuid.uuid1()}", twin.token) == 400
    assert status(twin, "GET", f"{path}/%20", twin.token) == 400
