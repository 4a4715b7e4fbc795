"""Reads what a purge would delete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.desired.state import State
from reconciler.memory.memory import Memory
from reconciler.memory.schema import BATCH, MEMORY_KINDS, PURGED
from reconciler.model.finding import Finding, WtstateError
from reconciler.model.live import LiveDatabase
from reconciler.model.properties import common
from reconciler.notion.client import Client
from reconciler.notion.listing import items
from reconciler.survey.archive import Kept, decoded_page, entries_of, entry_at, kind_of, unknown
from reconciler.survey.find import Found


@dataclass(frozen=True)
class Purging:
    """The entries that would be purged, and the ``pages`` of whole batches whose record goes with them."""

    kept: tuple[Kept, ...]
    pages: tuple[str, ...]
    batches: tuple[str, ...]
    memory: Memory
    archive_source: str

    @property
    def values(self) -> int:
        """How many values would go."""
        return sum(len(kept.entry.values) for kept in self.kept)


async def purging(
    client: Client, state: State, found: Found, asked: Sequence[str], *, expired: bool, now: dt.datetime
) -> Purging:
    """What ``asked`` (ids of batches or entries) and, with ``expired``, the age of entries come to."""
    kept: dict[str, Kept] = {}
    batches: list[str] = []
    for name in asked:
        if name in found.memory.batches:
            batches.append(name)
            kept.update({one.page: one for one in await entries_of(client, found.archives, name)})
            continue
        one = await entry_at(client, found.archives, name)
        if one is None:
            raise WtstateError(unknown(name))
        kept[one.page] = one
    if expired:
        before = now - dt.timedelta(days=_keep_days(state))
        for archive in found.archives:
            kept.update({one.page: one for one in await _older(client, archive, before)})
        batches += [b.id for b in found.memory.batches.values() if _ended(b.finished, before) and b.id not in batches]
    entries = found.memory.entries
    return Purging(
        kept=tuple(one for one in kept.values() if one.entry.kind != PURGED),
        pages=tuple(page for b in batches if (page := entries.get(f"{BATCH} {b}"))),
        batches=tuple(sorted(batches)),
        memory=found.memory,
        archive_source=found.archive.data_source_id if found.archive else "",
    )


def _keep_days(state: State) -> int:
    if state.policy.keep_days is None:
        raise WtstateError(
            Finding(
                code="no-keep",
                what="nothing expires: [policy] keep is not set",
                next='say how long archived values are kept, for example keep = "400d"',
            )
        )
    return state.policy.keep_days


def _ended(finished: str, before: dt.datetime) -> bool:
    return bool(finished) and dt.datetime.fromisoformat(finished) < before


async def _older(client: Client, archive: LiveDatabase | None, before: dt.datetime) -> list[Kept]:
    """Entries written before that moment; Notion is asked by the day, the time is judged here."""
    column = archive.by_name("timestamp") if archive is not None else None
    if archive is None or column is None:
        return []
    asked = {"property": common.encoded(column.id), "date": {"on_or_before": before.date().isoformat()}}
    pages = await items(client, "POST", f"data_sources/{archive.data_source_id}/query", body={"filter": asked})
    found = [await decoded_page(client, page) for page in pages if kind_of(page) not in (*MEMORY_KINDS, PURGED, "")]
    return [kept for kept in found if _ended(kept.entry.timestamp, before)]
