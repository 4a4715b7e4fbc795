"""Everything in a twin, as one document and as a tree."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

from reconciler.twin import birth, block_types, repository, richtext, values
from reconciler.twin.records import Block, Database, DataSource, JsonObject, Page, Property
from reconciler.twin.schema import config
from reconciler.twin.session import Session, parent_answer, parent_of
from reconciler.twin.store import open_store
from reconciler.twin.twin import Twin, system_clock
from reconciler.twin.values import TYPES, Reader

FORMAT_VERSION = 1


def dump(twin: Twin) -> JsonObject:
    """Databases, properties, rows, values and content, in order of creation; the same for the same contents."""
    with twin.store.transaction():
        session = twin.session(twin.token)
        reader = values.reader(session)
        sources = repository.all_sources(twin.store)
        return {
            "format_version": FORMAT_VERSION,
            "workspace": {"id": twin.workspace_id, "name": twin.workspace_name, "root_page_id": twin.root_page_id},
            "users": [
                {"id": user.id, "name": user.name, "type": user.kind, "email": user.email}
                for user in repository.all_users(twin.store)
            ],
            "pages": [_page(session, page) for page in repository.all_pages(twin.store)],
            "databases": [_database(reader, source) for source in sources],
        }


def _page(session: Session, page: Page) -> JsonObject:
    return {
        "id": page.id,
        "title": richtext.plain(page.values.get("title") or []),
        "parent": parent_answer(page.parent_kind, page.parent_id),
        "in_trash": page.in_trash,
        "content": _content(session, page.id),
    }


def _database(reader: Reader, source: DataSource) -> JsonObject:
    """A data source with the database that it belongs to."""
    session = reader.session
    database = session.database(source.database_id)
    properties = list(source.properties.values())
    return {
        "id": source.database_id,
        "data_source_id": source.id,
        "title": richtext.plain(source.title),
        "description": richtext.plain(database.description) if database is not None else "",
        "parent": parent_answer(*parent_of(database.parent)) if database is not None else None,
        "icon": source.icon or (database.icon if database is not None else None),
        "is_locked": database.is_locked if database is not None else False,
        "in_trash": session.trashed(source),
        "properties": {prop.name: _property(session, source, prop) for prop in properties},
        "rows": [_row(reader, properties, page) for page in repository.rows_of(session.store, source.id)],
    }


def _property(session: Session, source: DataSource, prop: Property) -> JsonObject:
    shown = config.answer(session, source, prop)
    return {"id": prop.id, "type": prop.type, "description": prop.description, "config": shown[prop.type]}


def _row(reader: Reader, properties: list[Property], page: Page) -> JsonObject:
    return {
        "id": page.id,
        "title": richtext.plain(page.values.get("title") or []),
        "values": {prop.name: plain_value(reader, prop, page) for prop in properties},
        "icon": page.icon,
        "in_trash": page.in_trash,
        "content": _content(reader.session, page.id),
    }


def plain_value(reader: Reader, prop: Property, page: Page) -> Any:
    """A value as plain JSON: text, numbers, option names, ids of users and pages, dates by start and end."""
    if prop.type in ("formula", "rollup"):
        answer = reader.answer(prop, page)[prop.type]
        return answer.get(answer["type"])
    if prop.type == "place":
        return reader.stored(prop, page)
    if prop.type == "files":
        return [
            {"name": item["name"], "url": item["external"]["url"] if item["type"] == "external" else None}
            for item in reader.stored(prop, page)
        ]
    if prop.type == "relation":
        return list(page.values.get(prop.id) or [])
    value = TYPES[prop.type].plain(reader, prop, page, reader.stored(prop, page))
    if isinstance(value, dict):
        return {"start": value["start"], "end": value["end"]}
    return value


def _content(session: Session, parent_id: str) -> list[JsonObject]:
    return [_block(session, block) for block in repository.children(session.store, parent_id)]


def _block(session: Session, block: Block) -> JsonObject:
    if block.type in ("child_page", "child_database"):
        return {"type": block.type, "id": block.id, "title": richtext.title_of(session, block.id)}
    body = block_types.answer(session, block.type, block.body)
    return {"type": block.type, block.type: body, "children": _content(session, block.id)}


# -- the tree ------------------------------------------------------------------------------------------------------


def tree(twin: Twin) -> str:
    """The workspace as an indented tree: pages, databases with their columns and number of rows."""
    with twin.store.transaction():
        session = twin.session(twin.token)
        lines = [f"{escaped(twin.workspace_name)}  (workspace)"]
        for page in repository.all_pages(twin.store):
            if page.parent_kind == "workspace" and not page.in_trash:
                lines += _page_lines(session, page, 1)
        return "\n".join(lines)


def _page_lines(session: Session, page: Page, depth: int) -> list[str]:
    title = richtext.plain(page.values.get("title") or []) or "Untitled"
    lines = [f"{'  ' * depth}{escaped(title)}"]
    return lines + _below(session, page.id, depth + 1)


def _below(session: Session, parent_id: str, depth: int) -> list[str]:
    lines: list[str] = []
    for block in repository.children(session.store, parent_id):
        page = repository.page(session.store, block.id) if block.type == "child_page" else None
        database = session.database(block.id) if block.type == "child_database" else None
        if page is not None:
            lines += _page_lines(session, page, depth)
        elif database is not None:
            lines += _database_lines(session, database, depth)
        else:
            lines += _below(session, block.id, depth)
    return lines


def _database_lines(session: Session, database: Database, depth: int) -> list[str]:
    lines: list[str] = []
    indent = "  " * depth
    for source in repository.sources_of(session.store, database.id):
        if source.in_trash:
            continue
        count = session.store.one("SELECT count(*) FROM pages WHERE source = ? AND NOT trashed", source.id)[0]
        title = richtext.plain(source.title) or richtext.plain(database.title) or "New database"
        lines.append(f"{indent}{escaped(title)}  (database, {count} row{'' if count == 1 else 's'})")
        lines += [f"{indent}  - {escaped(prop.name)}: {prop.type}" for prop in source.properties.values()]
    return lines


def escaped(text: str) -> str:
    """Text that cannot steer a terminal: control, format and separator characters as ``\\xNN`` or ``\\uNNNN``."""
    return "".join(char if _harmless(char) else _escape(char) for char in text)


def _harmless(char: str) -> bool:
    return char.isprintable() and unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp", "Cs")


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def reset(path: str | Path) -> None:
    """Empty the twin at ``path``: a new workspace with a new token. TwinStoreError as for opening."""
    store, _ = open_store(path)
    try:
        with store.transaction():
            store.empty()
            birth.populate(store, system_clock())
    finally:
        store.close()
