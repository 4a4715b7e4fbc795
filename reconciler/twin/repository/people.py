"""People, bots and their tokens."""

from __future__ import annotations

import json

from reconciler.twin.records import Actor, User
from reconciler.twin.repository.record import plain
from reconciler.twin.store import Store


def user(store: Store, user_id: str) -> User | None:
    row = store.one("SELECT data FROM users WHERE id = ?", user_id)
    return None if row is None else User(**json.loads(row[0]))


def all_users(store: Store) -> list[User]:
    return [User(**json.loads(data)) for (data,) in store.all("SELECT data FROM users ORDER BY seq")]


def save_user(store: Store, record: User) -> None:
    store.run(
        "INSERT INTO users (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
        record.id,
        plain(record),
    )


def actor(store: Store, token: str) -> Actor | None:
    row = store.one("SELECT bot, name, capabilities FROM tokens WHERE token = ?", token)
    return None if row is None else Actor(bot_id=row[0], name=row[1], capabilities=frozenset(row[2].split()))


def save_token(store: Store, token: str, record: Actor) -> None:
    words = " ".join(sorted(record.capabilities))
    store.run("INSERT INTO tokens VALUES (?, ?, ?, ?)", token, record.bot_id, record.name, words)


def hidden(store: Store, bot_id: str) -> frozenset[str]:
    return frozenset(row[0] for row in store.all("SELECT id FROM hidden WHERE bot = ?", bot_id))
