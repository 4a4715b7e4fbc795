"""Databases, data sources, pages and blocks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from reconciler.twin.records import Block, Database, DataSource, JsonObject, Page, Property
from reconciler.twin.repository.record import plain
from reconciler.twin.store import Store, dumps

_META = ("icon", "cover", "is_locked", "is_archived", "template", "default_template", "unread")
_NOTHING = (None, None, False, False, False, False, ())
_PLAIN_META = "{}"

# -- databases and data sources ------------------------------------------------------------------------------------


def database(store: Store, database_id: str) -> Database | None:
    row = store.one("SELECT data FROM databases WHERE id = ?", database_id)
    return None if row is None else Database(**json.loads(row[0]))


def save_database(store: Store, record: Database) -> None:
    store.run(
        "INSERT INTO databases (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
        record.id,
        plain(record),
    )


def data_source(store: Store, source_id: str) -> DataSource | None:
    row = store.one("SELECT data FROM data_sources WHERE id = ?", source_id)
    return None if row is None else _source(row[0])


def sources_of(store: Store, database_id: str) -> list[DataSource]:
    rows = store.all("SELECT data FROM data_sources WHERE database_id = ? ORDER BY position", database_id)
    return [_source(data) for (data,) in rows]


def all_sources(store: Store) -> list[DataSource]:
    return [_source(data) for (data,) in store.all("SELECT data FROM data_sources ORDER BY seq")]


def save_source(store: Store, record: DataSource) -> None:
    """Write it. One that is new to its database comes last there."""
    before = store.one("SELECT database_id FROM data_sources WHERE id = ?", record.id)
    data = plain(record, without=("properties",))
    properties = ",".join(plain(prop) for prop in record.properties.values())
    data = f'{data[:-1]},"properties":[{properties}]}}'
    if before is not None and before[0] == record.database_id:
        store.run("UPDATE data_sources SET data = ? WHERE id = ?", data, record.id)
        return
    position = store.one(
        "SELECT coalesce(max(position), 0) + 1 FROM data_sources WHERE database_id = ?", record.database_id
    )[0]
    store.run(
        "INSERT INTO data_sources (id, database_id, position, data) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "database_id = excluded.database_id, position = excluded.position, data = excluded.data",
        record.id,
        record.database_id,
        position,
        data,
    )


def _source(data: str) -> DataSource:
    plain = json.loads(data)
    properties = [Property(**prop) for prop in plain.pop("properties")]
    return DataSource(**plain, properties={prop.id: prop for prop in properties})


# -- pages ---------------------------------------------------------------------------------------------------------


def page(store: Store, page_id: str) -> Page | None:
    row = store.one("SELECT * FROM pages WHERE id = ?", page_id)
    return None if row is None else page_of(row)


def pages(store: Store, page_ids: Iterable[str]) -> dict[str, Page]:
    """Those of the pages that exist, by id."""
    rows = store.all("SELECT * FROM pages WHERE id IN (SELECT value FROM json_each(?))", dumps(list(page_ids)))
    return {record.id: record for record in map(page_of, rows)}


def rows_of(store: Store, source_id: str) -> list[Page]:
    """Every row of a data source, trashed ones too, oldest first."""
    return [page_of(r) for r in store.all("SELECT * FROM pages WHERE source = ? ORDER BY seq", source_id)]


def templates_of(store: Store, source_id: str) -> list[Page]:
    """The templates of a data source, oldest first."""
    rows = store.all("SELECT * FROM pages WHERE source = ? AND meta <> ? ORDER BY seq", source_id, _PLAIN_META)
    return [page for page in map(page_of, rows) if page.template]


def all_pages(store: Store) -> list[Page]:
    """Every page that is not a row, oldest first."""
    return [page_of(row) for row in store.all("SELECT * FROM pages WHERE source IS NULL ORDER BY seq")]


def titles(store: Store, *, trashed: bool, until: int) -> list[tuple[str, str, int]]:
    """Id, folded title and time of the last edit of every page, rows too, made until then."""
    return store.all(
        "SELECT id, title, edited FROM pages WHERE trashed = ? AND created <= ? ORDER BY seq", int(trashed), until
    )


def page_of(row: Any) -> Page:
    """A page of a row of the table, which is read with all its columns."""
    return Page(
        seq=row[0],
        id=row[1],
        parent_kind=row[2],
        parent_id=row[3],
        source=row[4],
        in_trash=bool(row[5]),
        created=row[6],
        edited=row[7],
        created_by=row[8],
        edited_by=row[9],
        values=json.loads(row[10]),
        **meta_of(row[11]),
    )


def meta_of(text: str) -> JsonObject:
    """What a page has besides values, by field."""
    if text == _PLAIN_META:
        return {}
    meta: JsonObject = json.loads(text)
    return {**meta, "unread": tuple(meta.get("unread", ()))}


def _meta(record: Page) -> str:
    said = tuple(getattr(record, name) for name in _META)
    return _PLAIN_META if said == _NOTHING else dumps(dict(zip(_META, said, strict=True)))


def folded_title(values: JsonObject) -> str:
    """The title as searches and filters compare it: without formatting, without case."""
    return "".join(item["plain_text"] for item in values.get("title") or ()).casefold()


def save_page(store: Store, record: Page) -> Page:
    """Write it. A new page has ``seq`` 0 and gets its number here."""
    meta = _meta(record)
    columns = (
        record.parent_kind,
        record.parent_id,
        record.source,
        int(record.in_trash),
        record.created,
        record.edited,
        record.created_by,
        record.edited_by,
        dumps(record.values),
        meta,
        folded_title(record.values),
    )
    if record.seq:
        store.run(
            "UPDATE pages SET parent_kind = ?, parent_id = ?, source = ?, trashed = ?, created = ?, edited = ?, "
            "created_by = ?, edited_by = ?, vals = ?, meta = ?, title = ? WHERE id = ?",
            *columns,
            record.id,
        )
        return record
    seq = store.run(
        "INSERT INTO pages (parent_kind, parent_id, source, trashed, created, edited, created_by, edited_by, vals, "
        "meta, title, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *columns,
        record.id,
    )
    return Page(**{f.name: getattr(record, f.name) for f in fields(record) if f.name != "seq"}, seq=seq)


# -- blocks --------------------------------------------------------------------------------------------------------


def block(store: Store, block_id: str) -> Block | None:
    row = store.one(
        "SELECT id, parent_kind, parent_id, position, trashed, type, data FROM blocks WHERE id = ?", block_id
    )
    return None if row is None else _block(row)


def children(store: Store, parent_id: str) -> list[Block]:
    """The live child blocks in order."""
    rows = store.all(
        "SELECT id, parent_kind, parent_id, position, trashed, type, data FROM blocks "
        "WHERE parent_id = ? AND NOT trashed ORDER BY position",
        parent_id,
    )
    return [_block(row) for row in rows]


def has_children(store: Store, parent_id: str) -> bool:
    return store.one("SELECT 1 FROM blocks WHERE parent_id = ? AND NOT trashed LIMIT 1", parent_id) is not None


def last_position(store: Store, parent_id: str) -> int:
    return int(store.one("SELECT coalesce(max(position), 0) FROM blocks WHERE parent_id = ?", parent_id)[0])


def make_room(store: Store, parent_id: str, after: int, count: int) -> None:
    """Move what comes after ``after`` so that ``count`` positions behind it are free."""
    store.run("UPDATE blocks SET position = position + ? WHERE parent_id = ? AND position > ?", count, parent_id, after)


def save_block(store: Store, record: Block) -> None:
    data = dumps(
        {
            "body": record.body,
            "created": record.created,
            "edited": record.edited,
            "created_by": record.created_by,
            "edited_by": record.edited_by,
        }
    )
    store.run(
        "INSERT INTO blocks (id, parent_kind, parent_id, position, trashed, type, data) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET parent_kind = excluded.parent_kind, parent_id = excluded.parent_id, "
        "position = excluded.position, trashed = excluded.trashed, type = excluded.type, data = excluded.data",
        record.id,
        record.parent_kind,
        record.parent_id,
        record.position,
        int(record.in_trash),
        record.type,
        data,
    )


def _block(row: Any) -> Block:
    return Block(
        id=row[0],
        parent_kind=row[1],
        parent_id=row[2],
        position=row[3],
        in_trash=bool(row[4]),
        type=row[5],
        **json.loads(row[6]),
    )
