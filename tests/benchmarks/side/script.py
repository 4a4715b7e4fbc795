"""The Wombat Track migration as one would write it in an afternoon, with notion-client alone.

Written fairly: the same renames, fields, statuses, corrections, links, merge and archive as ``state/`` declares; every
row is read past the first page and its values are kept before they are changed. What a script of its kind leaves out is
left out here too: it compares nothing, remembers nothing, reads nothing back, and sends one call after the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from notion_client import AsyncClient

TITLES = {
    "WT Projects": "wt-project-tracker",
    "WT Phase Database": "wt-phase-tracker",
    "MemSync Implementation Phases": "memsync-implementation-phases",
    "Claude-Gizmo Communication": "claude-gizmo-comm",
    "Sub-Apps": "sub-apps",
}
DESCRIPTIONS = {
    "wt-project-tracker": "Every project of Wombat Track.",
    "wt-phase-tracker": "Every phase of every project.",
    "memsync-implementation-phases": "The phases in which MemSync is built.",
    "claude-gizmo-comm": "What Claude and Gizmo wrote to each other.",
    "sub-apps": "The applications that are built beside Wombat Track.",
}
ARCHIVE = "wt-merged-data-archive"
COLUMNS = ("originalRecordTitle", "originalFieldName", "originalValue", "reason", "sourceDatabase")
STATUSES = {"Planned": "Not Started", "Planning": "Not Started", "Active": "In Progress", "Done": "Complete"} | {
    "Completed": "Complete"
}
OPTIONS = {"Not Started": "gray", "In Progress": "yellow", "Blocked": "red", "On Hold": "orange", "Complete": "green"}
PHASE_FIELDS = {"phaseid": "phaseId", "WT Projects 1": "linkedProjectId", "Status": "status"}
PROJECT_FIELDS = {"projectID": "projectId", "Phase": "linkedPhaseIds", "Status": "status"}
NEW_PHASE_FIELDS = ("goals", "purpose", "expectedOutcome")
NEW_PROJECT_FIELDS = ("tooling", "knownIssues", "forwardGuidance", "openQuestions", "aiPromptLog")
EXCHANGE = "Claude-Gizmo Exchange"


async def migrate(notion: AsyncClient, parent: str) -> None:
    """The whole migration, from the first request to the last."""
    databases = await _databases(notion, parent)
    archive = await _archive(notion, parent, databases)
    for old, new in TITLES.items():
        database = databases.get(old) or databases[new]
        databases[new] = database
        words = {"title": _text(new), "description": _text(DESCRIPTIONS[new])}
        await notion.databases.update(database_id=database["id"], **words)
    await _fields(notion, databases["wt-phase-tracker"], PHASE_FIELDS, NEW_PHASE_FIELDS)
    await _fields(notion, databases["wt-project-tracker"], PROJECT_FIELDS, NEW_PROJECT_FIELDS)
    projects = {
        _plain(row, "projectId").strip(): row["id"] async for row in _rows(notion, databases["wt-project-tracker"])
    }
    await _phases(notion, databases["wt-phase-tracker"], projects, archive)
    await _projects(notion, databases["wt-project-tracker"], archive)
    await _merge(notion, databases[EXCHANGE], databases["claude-gizmo-comm"], archive)
    marked = {"title": _text(f"[ARCHIVED] {EXCHANGE}"), "is_locked": True}
    await notion.databases.update(database_id=databases[EXCHANGE]["id"], **marked)


async def _databases(notion: AsyncClient, parent: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    cursor: dict[str, str] = {}
    while True:
        answer = await notion.blocks.children.list(block_id=parent, **cursor)
        for block in answer["results"]:
            if block["type"] == "child_database":
                title = block["child_database"]["title"].removeprefix("[ARCHIVED] ")
                found[title] = await notion.databases.retrieve(database_id=block["id"])
        if not answer["has_more"]:
            return found
        cursor = {"start_cursor": answer["next_cursor"]}


async def _archive(notion: AsyncClient, parent: str, databases: dict[str, dict[str, Any]]) -> str:
    if ARCHIVE not in databases:
        properties: dict[str, Any] = {"recordId": {"title": {}}} | {name: {"rich_text": {}} for name in COLUMNS}
        databases[ARCHIVE] = await notion.databases.create(
            parent={"type": "page_id", "page_id": parent},
            title=_text(ARCHIVE),
            initial_data_source={"properties": properties},
        )
    return _source(databases[ARCHIVE])


async def _fields(notion: AsyncClient, database: dict[str, Any], renamed: dict[str, str], new: tuple[str, ...]) -> None:
    source = await notion.data_sources.retrieve(data_source_id=_source(database))
    there = source["properties"]
    changes: dict[str, Any] = {old: {"name": name} for old, name in renamed.items() if old in there}
    changes |= {name: {"rich_text": {}} for name in new if name not in there}
    await notion.data_sources.update(data_source_id=source["id"], properties=changes)
    source = await notion.data_sources.retrieve(data_source_id=source["id"])
    live = source["properties"]["status"]["select"]["options"]
    names = {option["name"] for option in live}
    options = [{"id": option["id"], "name": option["name"]} for option in live]
    options += [{"name": name, "color": color} for name, color in OPTIONS.items() if name not in names]
    await notion.data_sources.update(
        data_source_id=source["id"], properties={"status": {"select": {"options": options}}}
    )


async def _phases(notion: AsyncClient, database: dict[str, Any], projects: dict[str, str], archive: str) -> None:
    async for row in _rows(notion, database):
        key = _plain(row, "phaseId").strip()
        linked = {edge["id"] for field in ("linkedProjectId", "WT Projects") for edge in _edges(row, field)}
        if not linked and _plain(row, "projectId").strip() in projects:
            linked = {projects[_plain(row, "projectId").strip()]}
        values = {
            "phaseId": {"rich_text": _text(key)},
            "status": {"select": _status(row, key)},
            "linkedProjectId": {"relation": [{"id": page} for page in sorted(linked)]},
        }
        await _keep(notion, archive, row, "wt-phase-tracker", "phaseId", _plain(row, "phaseId"))
        await _keep(notion, archive, row, "wt-phase-tracker", "status", _name(row, "status"))
        await notion.pages.update(page_id=row["id"], properties=values)


async def _projects(notion: AsyncClient, database: dict[str, Any], archive: str) -> None:
    async for row in _rows(notion, database):
        key = _plain(row, "projectId").strip()
        values = {"projectId": {"rich_text": _text(key)}, "status": {"select": _status(row, key)}}
        await _keep(notion, archive, row, "wt-project-tracker", "status", _name(row, "status"))
        await notion.pages.update(page_id=row["id"], properties=values)


async def _merge(notion: AsyncClient, source: dict[str, Any], target: dict[str, Any], archive: str) -> None:
    there = {_plain(row, "messageId"): row async for row in _rows(notion, target)}
    names = (await notion.data_sources.retrieve(data_source_id=_source(target)))["properties"]
    async for row in _rows(notion, source):
        values = {}
        for name, value in row["properties"].items():
            into = {"message": "content"}.get(name, name)
            if into in names and value["type"] in ("title", "rich_text", "number", "select", "date"):
                values[into] = {value["type"]: value[value["type"]]}
            else:
                await _keep(notion, archive, row, EXCHANGE, name, str(value[value["type"]]))
        match = there.get(_plain(row, "messageId"))
        if match is not None:
            await notion.pages.update(page_id=match["id"], properties=values)
            continue
        blocks = await notion.blocks.children.list(block_id=row["id"])
        content = [{"type": each["type"], each["type"]: each[each["type"]]} for each in blocks["results"]]
        parent = {"type": "data_source_id", "data_source_id": _source(target)}
        await notion.pages.create(parent=parent, properties=values, children=content)


async def _keep(notion: AsyncClient, archive: str, row: dict[str, Any], database: str, field: str, value: str) -> None:
    """One page of the archive a value: what a script that keeps anything at all does."""
    title = next(_plain(row, name) for name, value in row["properties"].items() if value["type"] == "title")
    cells = dict(zip(COLUMNS, (title, field, value, "migration", database), strict=True))
    await notion.pages.create(
        parent={"type": "data_source_id", "data_source_id": archive},
        properties={"recordId": {"title": _text(title)}}
        | {name: {"rich_text": _text(text)} for name, text in cells.items()},
    )


async def _rows(notion: AsyncClient, database: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    cursor: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    while True:
        answer = await notion.data_sources.query(data_source_id=_source(database), **cursor)
        rows += answer["results"]
        if not answer["has_more"]:
            break
        cursor = {"start_cursor": answer["next_cursor"]}
    for row in rows:
        yield row


def _status(row: dict[str, Any], key: str) -> dict[str, str] | None:
    if key == "WT-7.2" or key.startswith("WT-5."):
        return {"name": "Complete"}
    if key == "WT-7.3":
        return {"name": "On Hold"}
    name = _name(row, "status")
    return {"name": STATUSES.get(name, name)} if name else None


def _source(database: dict[str, Any]) -> str:
    return str(database["data_sources"][0]["id"])


def _text(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": {"content": text[:2000]}}] if text else []


def _plain(row: dict[str, Any], field: str) -> str:
    value = row["properties"].get(field)
    return "" if value is None else "".join(part["plain_text"] for part in value[value["type"]])


def _name(row: dict[str, Any], field: str) -> str:
    chosen = row["properties"][field]["select"]
    return str(chosen["name"]) if chosen else ""


def _edges(row: dict[str, Any], field: str) -> list[dict[str, str]]:
    value = row["properties"].get(field)
    return list(value["relation"]) if value else []
