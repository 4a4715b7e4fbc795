"""Reads the views and templates of databases in which something goes, and of no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.desired.state import State
from reconciler.memory.memory import Memory
from reconciler.model.finding import Finding
from reconciler.notion.client import Client
from reconciler.notion.errors import Invalid, NotFound, Restricted
from reconciler.notion.listing import pages
from reconciler.planning.diff import mentions
from reconciler.planning.match import Matched
from reconciler.planning.scope import Scope


async def mentioned(client: Client, state: State, matched: Matched, memory: Memory, scope: Scope) -> list[Finding]:
    """What a person has to mend by hand because something goes that views, templates or formulas name.

    One request a view and template besides two lists, for databases with a fold or a drop of a field alone.
    """
    goings = {
        key: one
        for key, pair in matched.databases.items()
        if pair.live is not None and (one := mentions.going(state, pair, memory, scope))
    }
    told = list(mentions.formulas(matched, goings))
    for key, one in goings.items():
        pair = matched.databases[key]
        if pair.live is None:
            continue
        told += mentions.views(pair, one, await _views(client, pair.live.data_source_id))
        told += mentions.templates(pair, one, await _templates(client, pair.live.data_source_id))
    return told


async def _views(client: Client, data_source_id: str) -> tuple[Mapping[str, Any], ...]:
    """The views of a data source; none where the token may not see them."""
    try:
        listed = [
            each
            async for page in pages(client, "GET", "views", query={"data_source_id": data_source_id})
            for each in page.get("results") or ()
        ]
        return tuple([await client.request("GET", f"views/{each['id']}") for each in listed])
    except (NotFound, Restricted, Invalid):
        return ()


async def _templates(client: Client, data_source_id: str) -> tuple[Mapping[str, Any], ...]:
    """The pages that are templates of a data source."""
    try:
        found = [
            each
            async for page in pages(client, "GET", f"data_sources/{data_source_id}/templates")
            for each in page.get("templates") or ()
        ]
        return tuple([await client.request("GET", f"pages/{each['id']}") for each in found])
    except (NotFound, Restricted, Invalid):
        return ()
