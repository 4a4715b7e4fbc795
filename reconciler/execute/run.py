"""The run: phases in order, what is refused kept apart, nothing removed after a refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from reconciler.execute import archive, rows, schema
from reconciler.execute.ground import Ground, Refused
from reconciler.execute.lease import Stopped
from reconciler.memory.memory import Batch
from reconciler.model.finding import Finding, WtstateError
from reconciler.notion.errors import Conflict, Invalid, NotFound, NotionError, Restricted, finding
from reconciler.planning.plan import Plan
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Phase, Step

WRITES_IN_FLIGHT = 8
"""Row writes under way at once: hides latency; the pacer keeps them within the budget."""
CHECK_SECONDS = 10.0
"""How long rows are written before it is asked again whether somebody edits them (design section 2)."""


@dataclass
class Report:
    """What a run came to: addresses whose steps are all done, and what was refused."""

    refused: list[Finding] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    databases: set[str] = field(default_factory=set)

    def refuse(self, step: Step, said: Finding) -> None:
        """Keeps a refusal; the step's database goes no further."""
        self.refused.append(said)
        self.failed.update(step.addresses)
        self.databases.add(step.database)


_EXECUTORS: dict[type[Any], Callable[[Any, Ground], Awaitable[None]]] = {
    kinds.CreateDatabase: schema.create_database,
    kinds.PatchDatabase: schema.patch_database,
    kinds.PatchSchema: schema.patch_schema,
    kinds.PatchMirror: schema.patch_mirror,
    kinds.Trash: schema.trash,
    kinds.Mark: schema.mark,
    kinds.Sweep: schema.sweep_options,
    kinds.ReadBack: schema.read_back,
    kinds.WriteEntry: archive.write_entry,
    kinds.WriteRow: rows.write_row,
    kinds.Move: rows.move_row,
    kinds.CreateRow: rows.create_row,
    kinds.AppendLine: rows.append_line,
    kinds.Look: rows.last_look,
}


@contextmanager
def stopped() -> Iterator[None]:
    """What stopped a run, as a finding."""
    try:
        yield
    except Stopped as error:
        raise WtstateError(error.finding) from error


async def run(plan: Plan, ground: Ground, *, batch: Batch) -> Report:
    """Carries out a plan's steps. Raises `NotionError` when the service or the way to it fails: the next run goes on.

    Raises `Stopped` when another run holds the lease, or this one lost it. What Notion refuses is kept in the report;
    other databases finish the phase, nothing enters CONTRACT afterwards, nor the second round, which builds on what
    CONTRACT took away. However it ends, the lease is given back.
    """
    report = Report()
    ground.planned, ground.sent_before = plan.cost.requests, ground.client.sent
    ground.reporter.started(ground.planned)
    try:
        await _carry_out(plan, ground, report, batch=batch)
    finally:
        if ground.tenancy is not None:
            await ground.tenancy.release()
    return report


async def _carry_out(plan: Plan, ground: Ground, report: Report, *, batch: Batch) -> None:
    """All phases, in order."""
    stages = groupby(plan.steps, key=lambda s: (s.phase is Phase.SETTLE, s.round, s.phase))
    for (settles, turn, phase), stage in stages:
        steps = list(stage)
        if phase is Phase.OPEN:
            for step in steps:
                if isinstance(step, kinds.OpenBatch):
                    await archive.open_batch(step, ground, batch=batch)
        elif report.refused and not settles and (phase is Phase.CONTRACT or turn > 1):
            _held(steps, report)
        elif phase is Phase.DATA:
            await _data(steps, ground, report)
        elif phase is Phase.SETTLE:
            await _settle(steps, ground, report)
        else:
            for step in steps:
                await _one(step, ground, report)
                ground.progressed(step.addresses)
        ground.progressed()


async def _one(step: Step, ground: Ground, report: Report) -> None:
    """One step, unless its database already met a refusal."""
    if step.database in report.databases:
        report.failed.update(step.addresses)
        return
    try:
        await _EXECUTORS[type(step)](step, ground)
    except Refused as refused:
        report.refuse(step, refused.finding)
    except WtstateError as error:
        for said in error.findings:
            report.refuse(step, said)
    except NotionError as error:
        if not isinstance(error, Invalid | NotFound | Restricted | Conflict):
            raise
        report.refuse(step, replace(finding(error), address=step.addresses[0] if step.addresses else step.database))


async def _data(steps: Sequence[Step], ground: Ground, report: Report) -> None:
    """Rows: asked first whether they were edited, before anything of their database moves; then moved, made, written.

    Where writing goes on, it is asked again every `CHECK_SECONDS`.
    """
    writes = [step for step in steps if isinstance(step, kinds.WriteRow)]
    waiting = {key: list(of_database) for key, of_database in groupby(writes, key=lambda s: s.database)}
    for rows_of in waiting.values():
        await _check(rows_of, ground, report)
    for step in steps:
        if not isinstance(step, kinds.WriteRow | kinds.CheckRows):
            await _one(step, ground, report)
            ground.progressed(step.addresses)
    for key, left in waiting.items():
        rows_left = left
        while rows_left and key not in report.databases:
            rows_left = await _write_for_a_while(rows_left, ground, report)
            await _check(rows_left, ground, report)
        report.failed.update(a for step in rows_left for a in step.addresses)


async def _check(waiting: list[kinds.WriteRow], ground: Ground, report: Report) -> None:
    """Whether somebody edited the rows that wait to be written."""
    if not waiting:
        return
    try:
        await rows.rows_unmoved(waiting, ground)
    except Refused as refused:
        report.refuse(waiting[0], refused.finding)


async def _write_for_a_while(waiting: list[kinds.WriteRow], ground: Ground, report: Report) -> list[kinds.WriteRow]:
    """Writes rows for up to `CHECK_SECONDS`; gives back those that still wait."""
    began = ground.clock.now()
    while waiting and ground.clock.now() - began < CHECK_SECONDS:
        batch, waiting = waiting[:WRITES_IN_FLIGHT], waiting[WRITES_IN_FLIGHT:]
        await asyncio.gather(*(_one(step, ground, report) for step in batch))
        ground.progressed(batch[-1].addresses)
    return waiting


def _held(steps: Iterable[Step], report: Report) -> None:
    for step in steps:
        report.failed.update(step.addresses)


async def _settle(steps: Iterable[Step], ground: Ground, report: Report) -> None:
    """Reads changed databases back and saves the memory; only rules whose every step is done are settled."""
    for step in steps:
        if isinstance(step, kinds.SaveMemory):
            settles = {a: d for a, d in step.settles.items() if a.split(" absorbs ")[0] not in report.failed}
            kept = replace(step, settles=settles)
            await archive.save_memory(kept, ground, done=not report.refused)
        elif isinstance(step, kinds.Release) and ground.tenancy is not None:
            await ground.tenancy.release()
        elif step.database in ground.places:
            await schema.read_back(step, ground) if isinstance(step, kinds.ReadBack) else None
