"""Short words for what tests do to a twin."""

from __future__ import annotations

from typing import Any

from reconciler.twin import Twin

Json = dict[str, Any]


def text(content: str) -> list[Json]:
    return [{"text": {"content": content}}]


def make(twin: Twin, title: str = "Tasks", /, **properties: Any) -> str:
    """A database with a title property "Name" and these; its data source's id."""
    answer = twin.call(
        "POST",
        "databases",
        {
            "parent": {"page_id": twin.root_page_id},
            "title": text(title),
            "initial_data_source": {"properties": {"Name": {"title": {}}, **properties}},
        },
    )
    return str(answer["data_sources"][0]["id"])


def schema(twin: Twin, source: str) -> Json:
    properties: Json = twin.call("GET", f"data_sources/{source}")["properties"]
    return properties


def patch(twin: Twin, source: str, **properties: Json | None) -> Json:
    changed: Json = twin.call("PATCH", f"data_sources/{source}", {"properties": properties})["properties"]
    return changed


def row(twin: Twin, source: str, name: str = "", /, **values: Any) -> str:
    properties = {"Name": {"title": text(name)}, **values}
    body = {"parent": {"data_source_id": source}, "properties": properties}
    return str(twin.call("POST", "pages", body)["id"])


def write(twin: Twin, page: str, **values: Any) -> Json:
    properties: Json = twin.call("PATCH", f"pages/{page}", {"properties": values})["properties"]
    return properties


def values(twin: Twin, page: str) -> Json:
    properties: Json = twin.call("GET", f"pages/{page}")["properties"]
    return {name: value[value["type"]] for name, value in properties.items()}


def titles(answer: Json) -> list[str]:
    return [
        "".join(
            part["plain_text"]
            for value in page["properties"].values()
            if value["type"] == "title"
            for part in value["title"]
        )
        for page in answer["results"]
    ]


def query(twin: Twin, source: str, **body: Any) -> list[str]:
    return titles(twin.call("POST", f"data_sources/{source}/query", body))


def edges(*pages: str) -> Json:
    return {"relation": [{"id": page} for page in pages]}
