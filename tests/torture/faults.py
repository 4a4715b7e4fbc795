"""Applies in which every fifth request goes wrong, in every way that the twin knows: all must end as they should."""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial
from pathlib import Path

from reconciler.twin import Fault, Faults, Twin
from tests import census
from tests.engine import undo
from tests.torture.canonical import ids_in, picture
from tests.torture.crash import Start, judged
from tests.torture.running import Ended, Machine, until_done, until_nothing
from tests.torture.tally import Tally
from tests.torture.workspaces import Workspace, image, revived

CHANCE = 0.2
WAYS: tuple[tuple[str, bool], ...] = (
    ("429", False), ("529", False), ("409", False), ("500", False), ("500", True), ("502", False), ("502", True),
    ("503", False), ("503", True), ("504", False), ("504", True), ("cut", False), ("cut", True), ("slow", False),
)  # fmt: skip
"""Every failure, not saved and (where that can be) saved before it fails."""


def faults(seed: int) -> Faults:
    """One request in five fails, evenly in all ways; the same for the same seed."""
    left, rules = 1.0, []
    for fail, saved in WAYS:
        chance = CHANCE / len(WAYS)
        # A rule is asked only where none before it struck, so the later ones need a little more of what is left.
        rules.append(Fault(fail=fail, saved=saved, chance=chance / left, seconds=0.0, retry_after=3))  # type: ignore[arg-type]
        left -= chance
    return Faults(rules=tuple(rules), seed=seed)


async def ended_undisturbed(workspace: Workspace) -> Start:
    """What one run without faults comes to."""
    twin = workspace.twin()
    born, before = ids_in(twin), census.everything(twin, archive=workspace.archive)
    with tempfile.TemporaryDirectory() as home:
        ended = await until_done(Machine(Path(home)), twin, workspace.state)
    if not ended.converged or ended.said:
        raise RuntimeError(f"{workspace.name} does not migrate undisturbed: {ended}")
    return Start(born, before, picture(twin, archive=workspace.archive, born=born))


async def attack(workspace: Workspace, seeds: range, *, tally: Tally | None = None) -> Tally:
    """One apply a seed, run again until a run finds nothing to do."""
    tally = tally or Tally("faults")
    start = await ended_undisturbed(workspace)
    for seed in seeds:
        twin = workspace.twin()
        twin.faults = faults(seed)
        tally.tried += 1
        with tempfile.TemporaryDirectory() as home:
            ended = await until_done(Machine(Path(home)), twin, workspace.state, most=40)
        _count(twin, ended, tally)
        twin.faults = Faults()
        wrong = judged(twin, workspace, start)
        if not ended.converged:
            wrong.insert(0, f"does not converge: {sorted(set(ended.said))}")
        if wrong:
            tally.fail(f"{workspace.name}, seed {seed}: {'; '.join(wrong)}")
        twin.close()
    return tally


def _count(twin: Twin, ended: Ended, tally: Tally) -> None:
    tally.figures["requests"] += len(twin.requests)
    tally.figures["requests that failed"] += sum(1 for request in twin.requests if request.status != 200)
    tally.figures[f"converged in {ended.runs} runs"] += ended.converged
    for code in set(ended.said):
        tally.figures[f"runs that ended with {code}"] += ended.said.count(code)


async def restores(workspace: Workspace, seeds: range) -> Tally:
    """The same while everything is taken back, on another machine: at the end the workspace is what it was."""
    tally = Tally(f"faults while {workspace.name} is restored")
    twin = workspace.twin()
    begun = undo.picture(twin, archive=workspace.archive)
    with tempfile.TemporaryDirectory() as home:
        machine = Machine(Path(home))
        await until_done(machine, twin, workspace.state)
        asked = await machine.batches(twin, workspace.state)
    applied = image(twin)
    for seed in seeds:
        twin = revived(applied)
        twin.faults = faults(seed)
        tally.tried += 1
        with tempfile.TemporaryDirectory() as home:
            machine = Machine(Path(home))
            ended = await until_nothing(machine, partial(machine.restore, twin, workspace.state, asked), most=40)
        _count(twin, ended, tally)
        twin.faults = Faults()
        wrong = undo.differences(begun, undo.picture(twin, archive=workspace.archive))[:3]
        if not ended.converged:
            wrong.insert(0, f"does not converge: {sorted(set(ended.said))}")
        if wrong:
            tally.fail(f"{workspace.name}, seed {seed}: {'; '.join(wrong)}")
        twin.close()
    return tally


def run(workspaces: tuple[Workspace, ...], applies: int) -> Tally:
    """So many applies, the workspaces in turn; each seed is used once."""
    tally = Tally("faults")
    share = -(-applies // len(workspaces))
    for number, workspace in enumerate(workspaces):
        seeds = range(number * share, min(applies, (number + 1) * share))
        asyncio.run(attack(workspace, seeds, tally=tally))
    return tally
