"""Actions into requests: one PATCH a data source and phase, one write a row, one entry an action and database."""

from __future__ import annotations

from reconciler.planning.compiling.opening import opening, own
from reconciler.planning.compiling.pieces import Compiled, Piece
from reconciler.planning.compiling.removals import contracts
from reconciler.planning.compiling.rows import entries, moves, row_writes, way_stations
from reconciler.planning.compiling.schemas import converts, creates, expands
from reconciler.planning.compiling.settling import settles
from reconciler.planning.effects import (
    Effect,
)
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Step

ROUNDS = (1, 2)


def compile_steps(source: Compiled) -> tuple[Step, ...]:
    """The steps in the order in which they run; () when there is nothing to do."""
    if not source.tasks:
        return ()
    ordered = sorted(source.tasks, key=lambda t: (t.action.database, t.action.address, t.action.kind))
    pieces: list[Piece[Effect]] = [Piece(task.action.address, effect) for task in ordered for effect in task.effects]
    steps: list[Step] = [opening(source)]
    for turn in ROUNDS:
        if turn == 1:
            steps.extend(creates(pieces, source))
        steps.extend(expands(pieces, source, turn))
        if turn == 1:
            steps.extend(entries(pieces, source.sizes))
            steps.extend(kinds.WriteEntry(addresses=(entry.address,), entry=entry) for entry in source.records)
            steps.extend(converts(pieces, source))
        steps.extend(moves(pieces, turn))
        steps.extend(row_writes(source, turn, way_stations(pieces)))
        steps.extend(contracts(pieces, turn))
    steps.extend(settles(source, steps))
    return (steps[0], *own(source, steps), *steps[1:])
