"""The run: phases in order, what is refused kept apart, nothing removed after a refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Any

from reconciler.execute import archive, converted, data, rows, schema
from reconciler.execute.course import Course
from reconciler.execute.ground import Ground, Refused
from reconciler.execute.lease import Stopped
from reconciler.execute.outcome import Report
from reconciler.memory.memory import Batch
from reconciler.model.finding import WtstateError
from reconciler.notion.errors import Conflict, Invalid, NotFound, NotionError, Restricted, finding
from reconciler.planning.plan import Plan
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Phase, Step

_EXECUTORS: dict[type[Any], Callable[[Any, Ground], Awaitable[None]]] = {
    kinds.CreateDatabase: schema.create_database,
    kinds.PatchDatabase: schema.patch_database,
    kinds.PatchSchema: schema.patch_schema,
    kinds.PatchMirror: schema.patch_mirror,
    kinds.Trash: schema.trash,
    kinds.Untrash: schema.untrash,
    kinds.TrashPage: rows.trash_page,
    kinds.TakeLine: rows.take_line,
    kinds.Mark: schema.mark,
    kinds.Sweep: schema.sweep_options,
    kinds.ReadBack: schema.read_back,
    kinds.WriteEntry: archive.write_entry,
    kinds.WriteRow: rows.write_row,
    kinds.CheckMoved: rows.moving_unmoved,
    kinds.Move: rows.move_row,
    kinds.CreateRow: rows.create_row,
    kinds.AppendLine: rows.append_line,
    kinds.Look: rows.last_look,
    kinds.ReadConverted: converted.read_converted,
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
    ground.course = Course.begun(plan.cost.requests, ground.client, ground.reporter, ground.clock)
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
                elif isinstance(step, kinds.OpenArchive):
                    await archive.open_own(step, ground)
        elif report.refused and not settles and (phase is Phase.CONTRACT or turn > 1):
            _held(steps, report)
        elif phase is Phase.DATA:
            await data.carry_out(steps, ground, report, one=partial(_one, ground=ground, report=report))
        elif phase is Phase.SETTLE:
            await _settle(steps, ground, report)
        else:
            for step in steps:
                await _one(step, ground, report)
                ground.progressed(step.addresses)
        ground.progressed()


async def _one(step: Step, ground: Ground, report: Report) -> None:
    """One step, unless its database already met a refusal, or an entry that it relies on was not written."""
    if not report.allows(step):
        report.leave(step)
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


def _held(steps: Iterable[Step], report: Report) -> None:
    for step in steps:
        report.leave(step)


async def _settle(steps: Iterable[Step], ground: Ground, report: Report) -> None:
    """Reads changed databases back and saves the memory; only rules whose every step is done are settled."""
    for step in steps:
        if isinstance(step, kinds.SaveMemory):
            settles = {a: d for a, d in step.settles.items() if step.serves.get(a, a) not in report.failed}
            kept = replace(step, settles=settles)
            await archive.save_memory(kept, ground, done=not report.refused)
        elif isinstance(step, kinds.Release) and ground.tenancy is not None:
            await ground.tenancy.release()
        elif step.database in ground.places:
            await schema.read_back(step, ground) if isinstance(step, kinds.ReadBack) else None
