"""What a backup is not to hold: the values of databases that the state declares sensitive, wherever they lie."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from reconciler.desired.state import State
from reconciler.memory import schema
from reconciler.model.condition import normal
from reconciler.model.properties import common
from reconciler.notion import shapes
from reconciler.notion.hiding import Hiding
from reconciler.planning.identity import Seen
from reconciler.survey.find import Found

_TOLD = frozenset({schema.RECORD, "kind", "sourceDatabase", "originalFieldName", "timestamp", "migrationBatch", "file"})
"""Columns of an archive's entry that say what it is of, and none of what it holds."""


def hiding_of(state: State, found: Found, seen: Mapping[str, Seen]) -> Hiding | None:
    """What is to be hidden; None where nothing is declared sensitive.

    A database that a merge joins with a sensitive one is as sensitive. An entry of an archive stays only where it says
    that it is of another database that is known.
    """
    keys = _sensitive(state)
    if not keys:
        return None
    bound = {binding.data_source_id for key, binding in found.memory.bindings.items() if key in keys}
    sources = bound | {live.data_source_id for key in keys & seen.keys() for live in seen[key].live}
    closed = {normal(title) for key in keys for title in _titles(state, key)}
    open_ = {normal(title) for key in state.databases.keys() - keys for title in _titles(state, key)} - closed
    archives = {archive.data_source_id for archive in found.archives}

    def hides(page: Mapping[str, Any]) -> bool:
        source = common.fields(page.get("parent")).get("data_source_id")
        return source in archives and not _may_show(page, open_)

    return Hiding(sources=frozenset(sources), entries=hides, told=_TOLD)


def _sensitive(state: State) -> frozenset[str]:
    """Keys, or titles of what has none, of databases whose values must not be shown."""
    keys = {key for key, desired in state.databases.items() if desired.sensitive}
    sides = [{rule.into, rule.from_key or rule.from_title or ""} for rule in state.merges.values()]
    while joined := [side for side in sides if side & keys and not side <= keys]:
        keys.update(*joined)
    return frozenset(keys)


def _titles(state: State, key: str) -> tuple[str, ...]:
    """What a database is called, and was; ``key`` is a title where it is not declared."""
    desired = state.databases.get(key)
    return (key,) if desired is None else (key, desired.title, *desired.was)


def _may_show(page: Mapping[str, Any], titles: Collection[str]) -> bool:
    columns = common.fields(page.get("properties"))
    kind = common.fields(common.fields(columns.get("kind")).get("select")).get("name")
    of = shapes.plain(common.fields(columns.get("sourceDatabase")).get("rich_text") or [])
    return kind in (*schema.MEMORY_KINDS, schema.PURGED) or normal(of) in titles
