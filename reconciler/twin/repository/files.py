"""File uploads, and the files that are hosted."""

from __future__ import annotations

import json

from reconciler.twin.records import Upload
from reconciler.twin.repository.record import plain
from reconciler.twin.store import Store


def upload(store: Store, upload_id: str) -> Upload | None:
    row = store.one("SELECT data FROM uploads WHERE id = ?", upload_id)
    return None if row is None else Upload(**json.loads(row[0]))


def uploads(store: Store, bot_id: str) -> list[Upload]:
    """A bot's, newest first."""
    rows = store.all("SELECT data FROM uploads WHERE bot = ? ORDER BY seq DESC", bot_id)
    return [Upload(**json.loads(data)) for (data,) in rows]


def save_upload(store: Store, record: Upload) -> None:
    store.run(
        "INSERT INTO uploads (id, bot, data) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
        record.id,
        record.created_by,
        plain(record),
    )


def save_part(store: Store, upload_id: str, number: int, content: bytes) -> None:
    store.run("INSERT OR REPLACE INTO upload_parts VALUES (?, ?, ?)", upload_id, number, content)


def part_sizes(store: Store, upload_id: str) -> dict[int, int]:
    """The bytes of the parts that were sent, by number."""
    return dict(store.all("SELECT number, length(content) FROM upload_parts WHERE upload = ?", upload_id))


def parts(store: Store, upload_id: str) -> list[bytes]:
    """What was sent, in order."""
    rows = store.all("SELECT content FROM upload_parts WHERE upload = ? ORDER BY number", upload_id)
    return [content for (content,) in rows]


def delete_parts(store: Store, upload_id: str) -> None:
    store.run("DELETE FROM upload_parts WHERE upload = ?", upload_id)


def save_file(store: Store, key: str, content_type: str, content: bytes) -> None:
    store.run("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", key, content_type, content)


def file(store: Store, key: str) -> tuple[str, bytes] | None:
    """A hosted file's media type and bytes."""
    row: tuple[str, bytes] | None = store.one("SELECT content_type, content FROM files WHERE key = ?", key)
    return row
