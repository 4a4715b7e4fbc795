"""What takes away: looks first, then one PATCH a data source, marks, the trash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.planning.compiling.pieces import Piece, only
from reconciler.planning.compiling.schemas import lists, one_each
from reconciler.planning.effects import (
    Effect,
    LastLook,
    MarkDatabase,
    MoveRow,
    OptionsWritten,
    PropertyChange,
    RowWrite,
    SweepOptions,
    TrashDatabase,
    TrashRow,
)
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Phase, Step


def contracts(pieces: list[Piece[Effect]], turn: int) -> Iterator[Step]:
    """Rows that go; looks; two-way sides made one-way; one PATCH a data source that takes away; marks; the trash."""
    if turn == 1:
        for page in only(pieces, TrashRow):
            yield kinds.TrashPage(addresses=(page.address,), database=page.effect.database, row=page.effect.row)
    moved: dict[str, set[str]] = {}
    for move in only(pieces, MoveRow):
        moved.setdefault(move.effect.database, set()).add(move.effect.row)
    for look in only(pieces, LastLook):
        if look.effect.round == turn and not look.effect.retypes:
            arrived = frozenset(moved.get(look.effect.database, ()))
            yield kinds.Look(
                addresses=(look.address,),
                look=replace(look.effect, moved=arrived),
                edits=arrived | {write.effect.row for write in only(pieces, RowWrite)},
            )
    closing = [p for p in only(pieces, PropertyChange) if p.effect.closing and p.effect.round == turn]
    options = [p for p in lists(pieces, turn) if p.effect.without is not None]
    # What reads others goes before what it reads: nobody has seen Notion remove a property that is used.
    rest = [p for p in closing if p.effect.remove and not p.effect.late]
    read = {p.effect.database for p in rest}
    early = [p for p in closing if not p.effect.remove or (p.effect.late and p.effect.database in read)]
    yield from _closings(early, [], turn)
    yield from _closings([p for p in closing if p not in early], options, turn)
    if turn == 1:
        for sweep in only(pieces, SweepOptions):
            yield kinds.Sweep(addresses=(sweep.address,), sweep=sweep.effect)
        for mark in only(pieces, MarkDatabase):
            yield kinds.Mark(addresses=(mark.address,), mark=mark.effect)
        for trashed in only(pieces, TrashDatabase):
            yield kinds.Trash(addresses=(trashed.address,), database=trashed.effect.database)


def _closings(closing: list[Piece[PropertyChange]], options: list[Piece[OptionsWritten]], turn: int) -> Iterator[Step]:
    for key in sorted({p.effect.database for p in closing} | {p.effect.database for p in options}):
        changes = [p for p in closing if p.effect.database == key]
        written = [p for p in options if p.effect.database == key]
        without: dict[str, frozenset[str]] = {}
        for effect in (p.effect for p in written):
            without[effect.property_id] = without.get(effect.property_id, frozenset()) | {effect.without or ""}
        yield kinds.PatchSchema(
            addresses=tuple(sorted({p.address for p in changes} | {p.address for p in written})),
            database=key,
            phase=Phase.CONTRACT,
            changes=tuple(p.effect for p in changes),
            options=one_each(p.effect for p in written),
            without=without,
            round=turn,
        )
