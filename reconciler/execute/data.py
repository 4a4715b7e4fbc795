"""The DATA phase: rows are looked at, moved, made and written, several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import groupby

from reconciler.execute import rows
from reconciler.execute.ground import Ground, Refused
from reconciler.execute.outcome import Report
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Step

IN_FLIGHT = 8
"""Writes under way at once: hides latency; the pacer keeps them within the budget."""

One = Callable[[Step], Awaitable[None]]
"""Carries out one step and keeps what is refused."""


async def carry_out(steps: Sequence[Step], ground: Ground, report: Report, *, one: One) -> None:
    """Asks of every database whether its rows were edited, before anything of it moves; then moves, makes and writes.

    While rows are written it is asked again, before every so many of them (`kinds.CheckRows.every`), and whenever
    writing had to wait for long.
    """
    every = {step.database: step.every for step in steps if isinstance(step, kinds.CheckRows)}
    writes = [step for step in steps if isinstance(step, kinds.WriteRow)]
    waiting = {key: list(of_database) for key, of_database in groupby(writes, key=lambda step: step.database)}
    for key, left in waiting.items():
        if key not in report.databases:
            await _check(left, ground, report)
    others = [step for step in steps if not isinstance(step, kinds.WriteRow | kinds.CheckRows)]
    for _, alike in groupby(others, key=type):
        for some in _in_lots(list(alike), IN_FLIGHT):
            await _together(some, ground, one)
    for key, left in waiting.items():
        await _write(left, every.get(key, len(left)), ground, report, one)


async def _write(left: Sequence[kinds.WriteRow], every: int, ground: Ground, report: Report, one: One) -> None:
    """Writes the rows of one database, which were looked at just before; first those that people may have edited."""
    left = sorted(left, key=lambda step: not step.compared)
    checked = ground.clock.now()
    done = 0
    while done < len(left) and left[done].database not in report.databases:
        pending = left[done:]
        if (done and done % every == 0) or ground.clock.now() - checked > kinds.CHECK_SECONDS:
            await _check(pending, ground, report)
            checked = ground.clock.now()
            if pending[0].database in report.databases:
                break
        some = pending[: min(IN_FLIGHT, every - done % every)]
        await _together(some, ground, one)
        done += len(some)
    for step in left[done:]:
        report.leave(step)


async def _together(steps: Sequence[Step], ground: Ground, one: One) -> None:
    await asyncio.gather(*(one(step) for step in steps))
    ground.progressed(steps[-1].addresses)


async def _check(pending: Sequence[kinds.WriteRow], ground: Ground, report: Report) -> None:
    """Whether somebody edited the rows that are to be written."""
    pending = [step for step in pending if step.compared]
    if not pending:
        return
    try:
        await rows.rows_unmoved(pending, ground)
    except Refused as refused:
        report.refuse(pending[0], refused.finding)


def _in_lots(steps: Sequence[Step], size: int) -> Iterator[Sequence[Step]]:
    for start in range(0, len(steps), size):
        yield steps[start : start + size]
