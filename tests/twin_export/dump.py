"""What is in a twin, read back through its API, cells as the export spelled them."""

from __future__ import annotations

from typing import Any

from reconciler.twin import Twin
from reconciler.twin.export import cells


def pages(twin: Twin, method: str, path: str) -> list[dict[str, Any]]:
    """All results of a listing or query."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        in_body = method == "POST"
        answer = twin.call(method, path, dict(cursor) if in_body else None, None if in_body else cursor)
        found += answer["results"]
        if not answer["has_more"]:
            return found
        cursor = {"start_cursor": answer["next_cursor"]}


def databases(twin: Twin) -> list[dict[str, Any]]:
    """The databases under the root page, in the order in which they were made."""
    children = pages(twin, "GET", f"/v1/blocks/{twin.root_page_id}/children")
    return [twin.call("GET", f"/v1/databases/{c['id']}") for c in children if c["type"] == "child_database"]


def schema(twin: Twin, database: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of a database's data source, by name."""
    found: dict[str, dict[str, Any]] = twin.call("GET", f"/v1/data_sources/{database['data_sources'][0]['id']}")[
        "properties"
    ]
    return found


def rows(twin: Twin, database: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows as they are answered, in the order in which they were made."""
    return pages(twin, "POST", f"/v1/data_sources/{database['data_sources'][0]['id']}/query")[::-1]


def text(rich_text: list[dict[str, Any]]) -> str:
    """The text of rich text."""
    return "".join(element["plain_text"] for element in rich_text)


def title_of(page: dict[str, Any]) -> str:
    """A row's title."""
    return next(text(p["title"]) for p in page["properties"].values() if p["type"] == "title")


def shows(prop: dict[str, Any], cell: str) -> bool:
    """Whether a value, as answered, is what the cell says: exactly, but for the spelling of dates and numbers."""
    value = prop[prop["type"]]
    match prop["type"]:
        case "title" | "rich_text":
            return text(value) == cell
        case "checkbox":
            return value is (cell == "Yes") and cell in ("Yes", "No")
        case "select" | "status":
            return bool(cell == (value["name"] if value else ""))
        case "multi_select":
            return cell == ", ".join(option["name"] for option in value)
        case "number":
            number = cells.number(cell)
            return bool((number.value if number else None) == value)
        case "date":
            wanted = cells.date(cell, "day") or cells.date(cell, "month") if cell else None
            return bool((value and value["start"][:16]) == (wanted and wanted["start"][:16]))
        case _:
            return bool((value or "") == cell)


def blocks(twin: Twin, page_id: str) -> list[str]:
    """Type and text of the blocks of a page, those inside indented below."""
    lines = []
    for block in pages(twin, "GET", f"/v1/blocks/{page_id}/children"):
        body = block[block["type"]]
        lines.append(f"{block['type']}: {text(body.get('rich_text', []))}".rstrip())
        if block["has_children"]:
            lines += [f"  {line}" for line in blocks(twin, block["id"])]
    return lines
