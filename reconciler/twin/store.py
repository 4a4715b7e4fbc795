"""The twin's memory: one SQLite database, in a file or in memory, one transaction a request.

The file is held exclusively from ``open`` to ``close``; the operating system lets go of it when the process dies,
and the write-ahead log makes every finished request survive ``kill -9``.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reconciler.twin.errors import TwinStoreError

APPLICATION_ID = 0x7774776E
"""Says in the file's header that it is a twin's."""
FORMAT = 3
"""Raised when the tables change."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tokens (token TEXT PRIMARY KEY, bot TEXT NOT NULL, name TEXT NOT NULL, capabilities TEXT NOT NULL);
CREATE TABLE hidden (bot TEXT, id TEXT, PRIMARY KEY (bot, id)) WITHOUT ROWID;
CREATE TABLE users (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, data TEXT NOT NULL);
CREATE TABLE databases (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, data TEXT NOT NULL);
CREATE TABLE data_sources (
    seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, database_id TEXT NOT NULL, position INTEGER NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX data_sources_of ON data_sources (database_id, position);
CREATE TABLE pages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, parent_kind TEXT NOT NULL,
    parent_id TEXT NOT NULL, source TEXT, trashed INTEGER NOT NULL, created INTEGER NOT NULL,
    edited INTEGER NOT NULL, created_by TEXT NOT NULL, edited_by TEXT NOT NULL, vals TEXT NOT NULL,
    meta TEXT NOT NULL, title TEXT NOT NULL
);
CREATE INDEX rows_of ON pages (source, trashed, seq);
CREATE INDEX rows_by_creation ON pages (source, trashed, created, seq);
CREATE TABLE blocks (
    seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, parent_kind TEXT NOT NULL, parent_id TEXT NOT NULL,
    position INTEGER NOT NULL, trashed INTEGER NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL
);
CREATE INDEX blocks_of ON blocks (parent_id, position);
CREATE TABLE views (
    seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, database_id TEXT NOT NULL, source TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE TABLE comments (
    seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, discussion TEXT NOT NULL, parent TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE TABLE uploads (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, bot TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE upload_parts (upload TEXT, number INTEGER, content BLOB NOT NULL, PRIMARY KEY (upload, number));
CREATE TABLE files (key TEXT PRIMARY KEY, content_type TEXT NOT NULL, content BLOB NOT NULL);
"""

_EMPTYING = """
DELETE FROM meta; DELETE FROM tokens; DELETE FROM hidden; DELETE FROM users; DELETE FROM databases;
DELETE FROM data_sources; DELETE FROM pages; DELETE FROM blocks; DELETE FROM views; DELETE FROM comments;
DELETE FROM uploads; DELETE FROM upload_parts; DELETE FROM files;
"""


class Store:
    """The connection. Not for use by two threads at once except through :meth:`transaction`, which serialises."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._depth = 0

    def one(self, sql: str, *arguments: Any) -> Any:
        return self._connection.execute(sql, arguments).fetchone()

    def all(self, sql: str, *arguments: Any) -> list[Any]:
        return self._connection.execute(sql, arguments).fetchall()

    def iterate(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        return self._connection.execute(sql, arguments)

    def run(self, sql: str, *arguments: Any) -> int:
        """Execute a statement; the new row's number where it is an insert."""
        return self._connection.execute(sql, arguments).lastrowid or 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Nested uses join the outer one."""
        with self._lock:
            if self._depth:
                yield
                return
            self._depth = 1
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of a transaction that is undone by itself when it raises."""
        self._connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO attempt")
            raise
        finally:
            self._connection.execute("RELEASE attempt")

    def meta(self, key: str) -> str | None:
        row = self.one("SELECT value FROM meta WHERE key = ?", key)
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        self.run("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)

    def empty(self) -> None:
        """Delete everything."""
        for statement in _EMPTYING.split(";"):
            self._connection.execute(statement)

    def copy_to(self, other: Store) -> None:
        """Everything into another store, in place of what is there."""
        with self._lock:
            self._connection.backup(other._connection)

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def open_store(path: str | Path) -> tuple[Store, bool]:
    """The store at ``path`` (``":memory:"`` for none on disk), and whether it is new.

    Raises TwinStoreError for a file that is locked, damaged, of another program, or of a newer version.
    """
    name = str(path)
    if name != ":memory:" and not Path(name).parent.is_dir():
        raise TwinStoreError(f"The folder of the twin's file {name} does not exist. Create it, or name another file.")
    try:
        connection = sqlite3.connect(name, timeout=0.2, isolation_level=None, check_same_thread=False)
        try:
            return _opened(connection, name)
        except BaseException:
            connection.close()
            raise
    except sqlite3.OperationalError as error:
        raise TwinStoreError(_operational(name, error)) from None
    except sqlite3.DatabaseError:
        raise TwinStoreError(_damaged(name)) from None


def _opened(connection: sqlite3.Connection, name: str) -> tuple[Store, bool]:
    connection.create_function("folded", 1, _folded, deterministic=True)
    connection.create_function("casefolded", 1, _casefolded, deterministic=True)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise TwinStoreError(f"{name} is a database of another program, not a twin's. Name another file.")
    if tables and version > FORMAT:
        raise TwinStoreError(
            f"{name} was written by a newer version (format {version}; this one reads up to {FORMAT}). "
            "Upgrade, or name another file."
        )
    if tables and version < FORMAT:
        raise TwinStoreError(
            f"{name} was written by an older version (format {version}; this one reads {FORMAT}). "
            "Delete it and load the workspace again, or name another file."
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")  # takes the exclusive lock, which this mode then keeps
    if not tables:
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    elif connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise TwinStoreError(_damaged(name))
    connection.execute("COMMIT")
    return Store(connection), not tables


def _folded(stored: str | None) -> str | None:
    """A stored rich text as filters compare it: without formatting, without case."""
    if stored is None or not stored.startswith("[{"):
        return None
    return "".join(item.get("plain_text", "") for item in json.loads(stored)).casefold()


def _casefolded(stored: str | None) -> str | None:
    return None if stored is None else str(stored).casefold()


def _operational(name: str, error: sqlite3.OperationalError) -> str:
    text = str(error)
    if "locked" in text or "busy" in text:
        return f"{name} is locked: another process has this twin open. Stop that one, or name another file."
    if "unable to open" in text:
        return f"{name} cannot be opened: it is a folder or not readable and writable. Name another file."
    if "readonly" in text:
        return f"{name} cannot be written. Change its permissions, or name another file."
    return f"{name} cannot be used ({text})."


def _damaged(name: str) -> str:
    advice = "Name another file, or delete this one and load the workspace again."
    return f"{name} is damaged or no twin's file at all. {advice}"


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
