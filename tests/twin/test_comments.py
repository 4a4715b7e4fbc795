"""Comments in their discussions, and what a token without the capability meets."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.twin import Twin, TwinError
from tests.twin.build import make, row, text


@pytest.fixture
def page(twin: Twin) -> str:
    return row(twin, make(twin))


def comment(twin: Twin, page: str, content: str = "c", **more: Any) -> dict[str, Any]:
    return twin.call("POST", "comments", {"parent": {"page_id": page}, "rich_text": text(content), **more})


def test_comments_on_a_page_are_one_discussion_and_come_in_order(twin: Twin, page: str) -> None:
    first, second = comment(twin, page, "a"), comment(twin, page, "b")
    assert first["discussion_id"] == second["discussion_id"]
    third = twin.call("POST", "comments", {"discussion_id": first["discussion_id"], "rich_text": text("c")})
    assert third["parent"] == {"type": "page_id", "page_id": page}
    listed = twin.call("GET", "comments", query={"block_id": page})
    assert [item["rich_text"][0]["plain_text"] for item in listed["results"]] == ["a", "b", "c"]


def test_comments_on_a_block_are_discussions_of_their_own(twin: Twin, page: str) -> None:
    children = [{"paragraph": {"rich_text": text("p")}}]
    block = twin.call("PATCH", f"blocks/{page}/children", {"children": children})["results"][0]["id"]
    body = {"parent": {"block_id": block}, "rich_text": text("c")}
    one, two = twin.call("POST", "comments", body), twin.call("POST", "comments", body)
    assert one["discussion_id"] != two["discussion_id"]
    assert one["parent"] == {"type": "block_id", "block_id": block}


def test_a_comment_is_read_changed_and_deleted(twin: Twin, page: str) -> None:
    made = comment(twin, page)
    assert twin.call("GET", f"comments/{made['id']}")["rich_text"] == made["rich_text"]
    changed = twin.call("PATCH", f"comments/{made['id']}", {"markdown": "**new**"})
    assert changed["rich_text"][0]["annotations"]["bold"] is True
    twin.call("DELETE", f"comments/{made['id']}")
    with pytest.raises(TwinError, match="Could not find comment"):
        twin.call("GET", f"comments/{made['id']}")


def test_a_comment_may_bear_another_name(twin: Twin, page: str) -> None:
    named = comment(twin, page, display_name={"type": "custom", "custom": {"name": "Release bot"}})
    assert named["display_name"] == {"type": "custom", "resolved_name": "Release bot"}
    with pytest.raises(TwinError, match=r"body\.display_name\.custom should be defined"):
        comment(twin, page, display_name={"type": "custom"})


def test_others_comments_are_not_a_tokens_to_change(twin: Twin, page: str) -> None:
    made = comment(twin, page)
    other = twin.admin.token()
    with pytest.raises(TwinError) as caught:
        twin.call("DELETE", f"comments/{made['id']}", token=other)
    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("missing", "method", "path"),
    [
        ("read_comments", "GET", "comments/{id}"),
        ("insert_comments", "DELETE", "comments/{id}"),
        ("read_users", "GET", "users"),
        ("read_users", "GET", "users/{person}"),
    ],
)
def test_what_a_token_may_not_do_is_403(twin: Twin, page: str, missing: str, method: str, path: str) -> None:
    known = {"id": comment(twin, page)["id"], "person": twin.admin.person("Ada", "ada@example.org")}
    every = {"read", "update", "insert", "read_comments", "insert_comments", "read_users", "read_emails"}
    with pytest.raises(TwinError) as caught:
        twin.call(method, path.format(**known), token=twin.admin.token(capabilities=every - {missing}))
    assert (caught.value.status, caught.value.code) == (403, "restricted_resource")


def test_addresses_are_known_to_those_who_may_know_them(twin: Twin) -> None:
    ada = twin.admin.person("Ada", "ada@example.org")
    source = make(twin, P={"people": {}})
    page = row(twin, source, P={"people": [{"id": ada}]})

    def seen(*capabilities: str) -> Any:
        token = twin.admin.token(capabilities={"read", *capabilities})
        return twin.call("GET", f"pages/{page}", token=token)["properties"]["P"]["people"][0]

    assert seen() == {"object": "user", "id": ada}
    assert seen("read_users")["person"] == {}
    assert seen("read_users", "read_emails")["person"] == {"email": "ada@example.org"}


def test_there_are_no_custom_emojis(twin: Twin) -> None:
    assert twin.call("GET", "custom_emojis")["results"] == []


def test_there_are_no_tasks_to_wait_for(twin: Twin) -> None:
    with pytest.raises(TwinError) as caught:
        twin.call("GET", "async_tasks/task_1")
    assert caught.value.code == "object_not_found"
