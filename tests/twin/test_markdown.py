"""Pages as Markdown, in and out, and edited in place."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.twin import Twin, TwinError, open_twin
from tests.twin.build import make, text

WHOLE = """\
# Heading {color="red"}
Text with **bold**, *italic*, ~~struck~~, `code`, <span underline="true">under</span> and [a link](https://e.org/a)
Line one<br>line two \\* not a mark \\[1\\] {color="blue_bg"}
- one
\t- deeper
\t\t1. deepest
\t\t2. second
- [ ] open
- [x] done
> said
<details>
<summary>Toggle</summary>
\tinside
</details>
::: callout {icon="💡" color="gray_bg"}
Mind this
:::
```python
print("*literal*")
```
$$
E = mc^2
$$
---
<table header-row="true">
<tr><td>a</td><td>b</td></tr>
<tr><td>1</td><td>**2**</td></tr>
</table>
<columns>
\t<column>
\t\tleft
\t</column>
\t<column>
\t\tright
\t</column>
</columns>
![a picture](https://e.org/p.png)
<empty-block/>
$x^2$ inline"""


def page(twin: Twin, markdown: str, **more: Any) -> str:
    made = twin.call("POST", "pages", {"parent": {"page_id": twin.root_page_id}, "markdown": markdown, **more})
    return str(made["id"])


def shown(twin: Twin, page_id: str) -> str:
    return str(twin.call("GET", f"pages/{page_id}/markdown")["markdown"])


def edit(twin: Twin, page_id: str, command: str, **given: Any) -> str:
    answer = twin.call("PATCH", f"pages/{page_id}/markdown", {"type": command, command: given})
    assert list(answer) == ["object", "id", "markdown", "truncated", "unknown_block_ids", "request_id"]
    return str(answer["markdown"])


def children(twin: Twin, block: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = twin.call("GET", f"blocks/{block}/children")["results"]
    return found


def test_what_is_written_is_read_back_the_same(twin: Twin) -> None:
    made = page(twin, WHOLE, properties={"title": text("P")})
    assert shown(twin, made) == WHOLE
    assert [block["type"] for block in children(twin, made)] == [
        "heading_1", "paragraph", "paragraph", "bulleted_list_item", "to_do", "to_do", "quote", "toggle", "callout",
        "code", "equation", "divider", "table", "column_list", "image", "paragraph", "paragraph",
    ]  # fmt: skip


def test_the_first_heading_is_the_title_where_none_is_given(twin: Twin) -> None:
    made = page(twin, "# Notes\n\nText")
    assert twin.call("GET", f"blocks/{made}")["child_page"]["title"] == "Notes"
    assert shown(twin, made) == "Text"


def test_a_row_is_made_from_markdown_too(twin: Twin) -> None:
    body = {"parent": {"data_source_id": make(twin)}, "markdown": "# Kept", "allow_async": True}
    assert shown(twin, twin.call("POST", "pages", body)["id"]) == "# Kept"


@pytest.mark.parametrize("other", ["children", "content"])
def test_markdown_and_blocks_exclude_each_other(twin: Twin, other: str) -> None:
    with pytest.raises(TwinError, match=rf"body\.{other} should be not present"):
        page(twin, "a", **{other: []})


def test_content_is_inserted_at_the_end_the_start_and_behind_a_selection(twin: Twin) -> None:
    made = page(twin, "one\n\ntwo")
    assert edit(twin, made, "insert_content", content="four") == "one\ntwo\nfour"
    assert edit(twin, made, "insert_content", content="zero", position={"type": "start"}).startswith("zero\none")
    assert edit(twin, made, "insert_content", content="three", after="tw...o") == "zero\none\ntwo\nthree\nfour"


def test_an_edit_leaves_the_blocks_that_it_does_not_touch(twin: Twin) -> None:
    made = page(twin, "one\ntwo\nthree")
    before = [block["id"] for block in children(twin, made)]
    assert edit(twin, made, "update_content", content_updates=[{"old_str": "two", "new_str": "2"}]) == "one\n2\nthree"
    after = [block["id"] for block in children(twin, made)]
    assert (after[0], after[2]) == (before[0], before[2])
    assert after[1] != before[1]


@pytest.mark.parametrize(("old", "said"), [("nowhere", "Could not find old_str"), ("o", "matches 2 times")])
def test_an_edit_that_finds_nothing_or_too_much_changes_nothing(twin: Twin, old: str, said: str) -> None:
    made = page(twin, "one\ntwo")
    updates = [{"old_str": "one", "new_str": "o1"}, {"old_str": old, "new_str": "x"}]
    with pytest.raises(TwinError, match=said):
        edit(twin, made, "update_content", content_updates=updates)
    assert shown(twin, made) == "one\ntwo"
    many = [{"old_str": "o", "new_str": "0", "replace_all_matches": True}]
    assert edit(twin, made, "update_content", content_updates=many) == "0ne\ntw0"


def test_a_range_is_replaced(twin: Twin) -> None:
    made = page(twin, "one\ntwo\nthree\nfour")
    assert edit(twin, made, "replace_content_range", content="2-3", content_range="two...three") == "one\n2-3\nfour"


def test_child_pages_are_only_deleted_when_that_is_allowed(twin: Twin) -> None:
    made = page(twin, "text")
    child = twin.call("POST", "pages", {"parent": {"page_id": made}, "properties": {"title": text("Child")}})["id"]
    with pytest.raises(TwinError, match="allow_deleting_content"):
        edit(twin, made, "replace_content", new_str="other")
    reference = shown(twin, made).split("\n")[1]
    assert edit(twin, made, "replace_content", new_str=f"other\n{reference}") == f"other\n{reference}"
    assert edit(twin, made, "replace_content", new_str="gone", allow_deleting_content=True) == "gone"
    assert twin.call("GET", f"pages/{child}")["in_trash"] is True


def test_long_and_deep_markdown_is_kept_whole(twin: Twin) -> None:
    long = "\n".join(["x" * 5000, *(f"- {n}" for n in range(150)), *("\t" * n + f"- level {n}" for n in range(8))])
    assert shown(twin, page(twin, long)) == long


WORDS = ("**", "*", "`", "```", "$", "$$", "[", "](", ")", "<br>", "<span color=", "<details>", "</details>", ":::",
         "::: callout {", "<table>", "<tr><td>", "|", "|-|", "<columns>", "<page url=", "- ", "1. ", "# ", "> ", "\\",
         "\t", "\n", "\n", " ", "a", "é", "{color=\"red\"}", "{color=\"puce\"}", "![x](http://[)", "---")  # fmt: skip


@settings(max_examples=int(os.environ.get("TWIN_FUZZ", "100")), deadline=None)
@given(pieces=st.lists(st.sampled_from(WORDS), max_size=12))
def test_whatever_is_written_is_taken_or_refused_and_what_is_shown_is_taken_again(pieces: list[str]) -> None:
    with open_twin(":memory:") as twin:
        try:
            made = page(twin, "".join(pieces), properties={})
        except TwinError as refused:
            if refused.code != "validation_error":
                raise
            return
        shown(twin, page(twin, shown(twin, made), properties={"title": []}))
