"""The archive: that every entry is whole, and that every batch kept what it took away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler.memory.batches import plan_lines
from reconciler.memory.memory import Batch
from reconciler.memory.text import shown
from reconciler.observe.archived import Archived
from reconciler.observe.evidence import Evidence
from reconciler.observe.verify_report import Group, Result, Status, counted, listed

KEEPS = frozenset({"merge-rows", "remove"})
"""Kinds of actions that always write an archive entry; others do where the batch says that they archive values."""


def archive(evidence: Evidence) -> Iterator[Result]:
    """The archive itself, each of its entries, each batch."""
    found, memory = evidence.archived, evidence.reading.memory
    if evidence.reading.archive is None:
        title = repr(evidence.state.workspace.archive)
        yield Result(Group.ARCHIVE, "exists", "", Status.WARN, f"there is no archive {title} yet: nothing was applied")
        return
    others = f", and {counted(found.others, 'page')} that wtstate did not write" if found.others else ""
    what = f"{counted(len(found.entries) + len(found.damaged), 'entry')}{others}"
    status = Status.WARN if found.incomplete else Status.OK
    details = (f"not every entry was read: {found.incomplete}",) if found.incomplete else ()
    yield Result(Group.ARCHIVE, "exists", "", status, what, details)
    for damaged in found.damaged:
        yield Result(Group.ARCHIVE, f"entry {damaged.title}", "", Status.FAIL, damaged.what)
    for entry in found.entries:
        held = f"{counted(len(entry.values), 'value')}, as its digest says"
        yield Result(Group.ARCHIVE, f"entry {entry.record_id}", entry.address, Status.OK, held)
    for _, batch in sorted(memory.batches.items()):
        yield _batch(batch, found)


def _batch(batch: Batch, found: Archived) -> Result:
    """Whether the batch is closed, and each of its actions that took something away has its entry."""

    def told(status: Status, what: str, details: tuple[str, ...] = ()) -> Result:
        return Result(Group.ARCHIVE, f"batch {batch.id}", "", status, what, details)

    if batch.status == "open":
        return told(
            Status.WARN, "it is still open: its run was cut off", ("run `wtstate apply`: it goes on from there",)
        )
    if batch.status != "done":
        return told(Status.WARN, f"it is {batch.status}: not everything in it could be done")
    lacking = list(missing(batch, found))
    if lacking:
        return told(Status.FAIL, f"the archive lacks entries of {counted(len(lacking), 'action')}", listed(lacking))
    return told(Status.OK, "every action that took something away has its entry")


def missing(batch: Batch, found: Archived) -> Iterator[str]:
    """The actions that have fewer entries than they must: an action writes one in each database that it changes."""
    there = Counter(shown(entry.address) for entry in found.of_batch(batch.id))
    damaged = [d.title for d in found.damaged if d.batch == batch.id or d.title.endswith(batch.id)]
    for address, number in sorted(_kept_by(batch).items()):
        broken = sum(1 for title in damaged if title.startswith(f"{address} "))
        lacking = number - there[address] - broken
        if lacking > 0:
            yield f"{address}: {counted(lacking, 'entry')} missing"


def _kept_by(batch: Batch) -> Counter[str]:
    """How many entries each address must have, from the batch's plan."""
    return Counter(line.address for line in plan_lines(batch) if line.archived or line.kind in KEEPS)
