"""Views of databases, and comments."""

from __future__ import annotations

import json

from reconciler.twin.records import Comment, JsonObject, View
from reconciler.twin.repository.record import plain
from reconciler.twin.store import Store, dumps


def view(store: Store, view_id: str) -> View | None:
    row = store.one("SELECT data FROM views WHERE id = ?", view_id)
    return None if row is None else View(**json.loads(row[0]))


def views(store: Store, *, database_id: str | None = None, source: str | None = None) -> list[View]:
    rows = store.all(
        "SELECT data FROM views WHERE (? IS NULL OR database_id = ?) AND (? IS NULL OR source = ?) ORDER BY seq",
        database_id,
        database_id,
        source,
        source,
    )
    return sorted((View(**json.loads(data)) for (data,) in rows), key=lambda view: view.order)


def save_view(store: Store, record: View) -> None:
    store.run(
        "INSERT INTO views (id, database_id, source, data) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "database_id = excluded.database_id, source = excluded.source, data = excluded.data",
        record.id,
        record.database_id,
        record.source,
        plain(record),
    )


def save_view_query(store: Store, query_id: str, record: JsonObject) -> None:
    store.set_meta(f"view_query:{query_id}", dumps(record))


def view_query(store: Store, query_id: str) -> JsonObject | None:
    text = store.meta(f"view_query:{query_id}")
    found: JsonObject | None = None if text is None else json.loads(text)
    return found


def delete_view_query(store: Store, query_id: str) -> None:
    store.run("DELETE FROM meta WHERE key = ?", f"view_query:{query_id}")


def delete_view(store: Store, view_id: str) -> None:
    store.run("DELETE FROM views WHERE id = ?", view_id)


def comments(store: Store, parent_id: str) -> list[Comment]:
    rows = store.all("SELECT data FROM comments WHERE parent = ? ORDER BY seq", parent_id)
    return [Comment(**json.loads(data)) for (data,) in rows]


def comment(store: Store, comment_id: str) -> Comment | None:
    row = store.one("SELECT data FROM comments WHERE id = ?", comment_id)
    return None if row is None else Comment(**json.loads(row[0]))


def delete_comment(store: Store, comment_id: str) -> None:
    store.run("DELETE FROM comments WHERE id = ?", comment_id)


def discussion(store: Store, discussion_id: str) -> Comment | None:
    row = store.one("SELECT data FROM comments WHERE discussion = ? ORDER BY seq LIMIT 1", discussion_id)
    return None if row is None else Comment(**json.loads(row[0]))


def save_comment(store: Store, record: Comment) -> None:
    store.run(
        "INSERT INTO comments (id, discussion, parent, data) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET data = excluded.data",
        record.id,
        record.discussion_id,
        str(record.parent[record.parent["type"]]),
        plain(record),
    )
