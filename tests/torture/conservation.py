"""Random workspaces and desired states, both readings of what nobody knows of Notion and mixtures of them: whatever was
there is in its place or in the archive, the plan converges, and taken back it is what it was. Where a reading is harsh
Notion may ignore or refuse what is asked; then that is said, and still nothing is lost."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from reconciler.desired import load
from reconciler.desired.state import State
from reconciler.model.finding import WtstateError
from reconciler.proof import census as counting
from reconciler.proof.census import Everything
from reconciler.twin import Assumptions, Twin, open_twin
from reconciler.twin.assumptions import GAPS
from tests import census
from tests.engine.undo import Picture, differences, picture
from tests.engine.worlds import BY_HAND, World, toml, worlds
from tests.live import Live
from tests.torture.running import Machine, until_done
from tests.torture.tally import Tally

Readings = tuple[str, ...]
"""As `Assumptions.read` takes them."""
SURE: Readings = ("kind",)
HARSH: Readings = ("harsh",)
MIXED: st.SearchStrategy[Readings] = st.sets(st.sampled_from([gap.name for gap in GAPS]), min_size=1).map(
    lambda harsh: tuple(f"{name}=harsh" for name in sorted(harsh))
)
NAMED = {SURE: "kind", HARSH: "harsh"}


def check(world: World, reading: Readings, tally: Tally) -> None:
    """One world from its making until it is taken back; what is wrong goes into the tally."""
    tally.tried += 1
    tally.figures[f"{NAMED.get(reading, 'mixed')} reading"] += 1
    said = toml(world.state)
    with open_twin(":memory:") as twin, tempfile.TemporaryDirectory() as directory:
        Live(twin).load(world.live)
        twin.assume = Assumptions.read(reading)
        (Path(directory) / "state.toml").write_text(said, encoding="utf-8")
        state = load(Path(directory), env={}, base=Path(directory))
        before, shown = census.everything(twin, archive="archive"), picture(twin, archive="archive")
        machine = Machine(Path(directory))
        ended = asyncio.run(until_done(machine, twin, state, most=4))
        after, kept = census.everything(twin, archive="archive"), census.entries(twin, archive="archive")
        lost = counting.lost(before, after, kept)
        values = [held for held in before.values.values() if held.kept]
        tally.figures["values"] += len(values)
        for held in values:
            tally.figures[f"values of type {held.type}"] += 1
        tally.figures["archived values"] += sum(len(entry.values) for entry in kept)
        wrong = [f"lost: {what}" for what in lost[:3]]
        if not ended.converged:
            tally.figures["not converged and said so, where Notion ignores or refuses"] += 1
            if reading == SURE or not ended.said:
                wrong.append(f"does not converge: {sorted(set(ended.said))}")
            asyncio.run(machine.abandon(twin, state))
        wrong += _restored(machine, twin, state, reading, before, shown, tally)
        if wrong:
            tally.fail(f"{' '.join(reading)}: {'; '.join(wrong)}\n{said}\n{world.live!r}")


def _restored(
    machine: Machine, twin: Twin, state: State, reading: Readings, begun: Everything, shown: Picture, tally: Tally
) -> list[str]:
    """Takes everything back, and holds the workspace against what it was when it had ``begun``; in what it is not that.

    Pages must hold what they held then: the lines that a merge added go again.
    """
    applied = census.everything(twin, archive="archive")
    before = replace(applied, content={p: said for p, said in begun.content.items() if p in applied.rows})
    try:
        asked = asyncio.run(machine.batches(twin, state))
        outcome = asyncio.run(machine.restore(twin, state, asked)) if asked else None
    except WtstateError as error:
        return [f"restore: {finding.code} {finding.address}: {finding.what}" for finding in error.findings]
    after, kept = census.everything(twin, archive="archive"), census.entries(twin, archive="archive")
    wrong = [f"lost by the restore: {what}" for what in counting.lost(before, after, kept)[:3]]
    buttons = [
        f"/{name} is gone" for t in shown.values() for name, (kind, *_) in t["schema"].items() if kind in BY_HAND
    ]
    left = differences(shown, picture(twin, archive="archive"))
    by_hand = [each for each in left if "/schema/" in each and each.endswith(tuple(buttons))]
    tally.figures["buttons and verifications, which only a person can make again"] += len(by_hand)
    left = [each for each in left if each not in by_hand]
    refused = [finding.code for finding in (*outcome.refused, *outcome.unsettled)] if outcome else []
    noted = outcome is not None and any(f.code == "not-restorable" and f.address for f in outcome.after.notes)
    if reading != SURE and (refused or (left and noted)):
        tally.figures["restored in part and said so, where Notion ignores or refuses"] += 1
    elif refused or left:
        wrong += [f"not restored: {refused or ''} {each}" for each in left[:3] or [""]]
    else:
        tally.figures["restored: the workspace is what it was"] += 1
    return wrong


def attack(examples: int, *, entropy: int = 0) -> Tally:
    """So many examples, under the kind reading, the harsh one, or a mixture; the same for the same entropy."""
    tally = Tally("conservation")

    @seed(entropy)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(world=worlds(merges=True) | worlds(), reading=st.just(SURE) | st.just(HARSH) | MIXED)
    def each(world: Any, reading: Readings) -> None:
        check(world, reading, tally)

    each()
    return tally
