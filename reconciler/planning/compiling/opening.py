"""The steps before everything else: the archives, the lease, the batch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.desired.state import State
from reconciler.memory.batches import open_batch
from reconciler.memory.before import blocks
from reconciler.memory.schema import is_archive, missing
from reconciler.model.limits import PAGE_SIZE
from reconciler.model.live import LiveDatabase
from reconciler.planning.compiling.pieces import Compiled
from reconciler.planning.match import Matched
from reconciler.planning.record import record_of
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Step


@dataclass(frozen=True)
class OwnArchive:
    """An archive that a database has for itself: its title, the live one (None: to be made), the page it lies on."""

    title: str
    live: LiveDatabase | None
    page: str


def own_archives(
    state: State, matched: Matched, there: Mapping[str, LiveDatabase], parent: str
) -> dict[str, OwnArchive]:
    """The archives of databases that say so, by key. A new one is made beside its database: it has its readers."""
    found: dict[str, OwnArchive] = {}
    for key, desired in state.databases.items():
        if desired.archive is None or desired.archive == state.workspace.archive:
            continue
        live, pair = there.get(desired.archive), matched.databases.get(key)
        page = pair.live.parent if pair is not None and pair.live is not None else parent
        found[key] = OwnArchive(title=desired.archive, live=live, page=live.parent if live else page or parent)
    return found


def own(source: Compiled, steps: Iterable[Step]) -> Iterator[Step]:
    """The own archives into which the steps write, made or completed once each."""
    theirs = own_archives(source.state, source.matched, source.own_archives, source.parent)
    needed = {step.entry.database for step in steps if isinstance(step, kinds.WriteEntry)} & theirs.keys()
    for archive in {theirs[key].title: theirs[key] for key in sorted(needed)}.values():
        live = archive.live
        completes = (bool(missing(live)) + (not is_archive(live))) if live is not None else 2
        remembers = live is None or source.memory.archives.get(archive.title) != live.id
        requests = completes + remembers
        yield kinds.OpenArchive(archive=live, title=archive.title, parent=archive.page, requests=requests)


def opening(source: Compiled) -> Step:
    """The step that makes sure of the archive, takes the lease, and writes the batch down."""
    archive = source.archive
    completes = (bool(missing(archive)) + (not is_archive(archive))) if archive is not None else 2
    before = record_of((effect for task in source.tasks for effect in task.effects), source.matched)
    batch = len(blocks(before)) if before or not open_batch(source.memory) else 0
    lease = 1 + math.ceil((len(source.memory.stored) + 1) / PAGE_SIZE)
    return kinds.OpenBatch(
        archive=archive,
        title=source.state.workspace.archive,
        parent=source.state.workspace.archive_page or source.parent,
        requests=completes + lease + batch,
        before=before,
    )
