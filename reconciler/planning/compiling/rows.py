"""Archive entries, moves, new rows, and one write a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from reconciler.memory.entry import Entry
from reconciler.memory.hosted import with_copies
from reconciler.model.live import Value
from reconciler.planning.compiling.pieces import Compiled, Piece, only
from reconciler.planning.effects import (
    Effect,
    MoveRow,
    NewRow,
    RemoveLine,
    RowWrite,
    SurvivorLine,
    WayStation,
)
from reconciler.planning.guards.files import Sizes, copies_of
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Step


def entries(pieces: list[Piece[Effect]], sizes: Sizes) -> Iterator[Step]:
    """Archive entries, with the copies of hosted files that they keep."""
    for piece in only(pieces, Entry):
        entry = with_copies(piece.effect, list(copies_of(piece.effect, sizes)))
        yield kinds.WriteEntry(addresses=(piece.address,), entry=entry)


def way_stations(pieces: Iterable[Piece[Effect]]) -> dict[str, dict[str, str]]:
    """The way stations by property id and option."""
    found: dict[str, dict[str, str]] = {}
    for effect in (p.effect for p in only(pieces, WayStation)):
        found.setdefault(effect.property_id, {})[effect.name] = effect.station
    return found


def moves(pieces: list[Piece[Effect]], turn: int) -> Iterator[Step]:
    """Rows that join another database, rows that come into being, and lines that tell where a row's values went."""
    stations = way_stations(pieces)
    yield from _checks(pieces) if turn == 1 else ()
    for move in only(pieces, MoveRow) if turn == 1 else ():
        yield kinds.Move(addresses=(move.address,), move=move.effect)
    for new in only(pieces, NewRow):
        waits = any(_halted(value, stations.get(name, {})) != value for name, _, value in new.effect.values)
        if waits == (turn > 1):
            yield kinds.CreateRow(addresses=(new.address,), new=new.effect, round=turn)
    for line in only(pieces, SurvivorLine) if turn == 1 else ():
        yield kinds.AppendLine(addresses=(line.address,), line=line.effect)
    for taken in only(pieces, RemoveLine) if turn == 1 else ():
        gone = taken.effect
        yield kinds.TakeLine(addresses=(taken.address,), database=gone.database, row=gone.row, survivor=gone.survivor)


def _checks(pieces: list[Piece[Effect]]) -> Iterator[Step]:
    """A look at the rows of each merge before they move, beside what the archive keeps of them."""
    entries = [piece for piece in only(pieces, Entry) if piece.effect.kind == "merge"]
    for address in sorted({piece.address for piece in entries}):
        mine = [piece.effect for piece in only(pieces, MoveRow) if piece.address == address]
        if mine:
            source = mine[0].source
            kept = [p.effect for p in entries if p.address == address and p.effect.database == source]
            known = {(value.row, value.property_id): value.old for entry in kept for value in entry.values}
            # What another action of this plan writes before the row moves, the archive keeps as written.
            writes = [p.effect for p in only(pieces, RowWrite) if p.effect.database == source]
            known |= {(write.row, write.property): write.old for write in reversed(writes)}
            rows = frozenset(move.row for move in mine)
            yield kinds.CheckMoved(
                addresses=(address,), database=mine[0].database, source=source, rows=rows, known=known
            )


def _halted(value: Value, stations: Mapping[str, str]) -> Value:
    """The value as it is until the second round."""
    if isinstance(value, list):
        return [stations.get(one, one) if isinstance(one, str) else one for one in value]
    return stations.get(value, value) if isinstance(value, str) else value


def _in_turn(write: RowWrite, turn: int, stations: Mapping[str, str]) -> RowWrite | None:
    """What of a write belongs to a round; None for nothing."""
    halted = _halted(write.new, stations)
    if turn == 1:
        return None if halted == write.old and halted != write.new else replace(write, new=halted)
    return None if halted == write.new else replace(write, old=halted)


def row_writes(source: Compiled, turn: int, stations: Mapping[str, Mapping[str, str]]) -> Iterator[Step]:
    """One write a row: the first old value and the last new one of each property.

    Tasks come in the order in which they see each other's values; any other order would write a value in between.
    """
    pieces: list[Piece[Effect]] = [
        Piece(task.action.address, effect) for task in source.tasks for effect in task.effects
    ]
    rows: dict[tuple[str, str], dict[str, RowWrite]] = {}
    said: dict[tuple[str, str], set[str]] = {}
    for piece in only(pieces, RowWrite):
        write = piece.effect
        place = (write.database, write.row)
        values = rows.setdefault(place, {})
        said.setdefault(place, set()).add(piece.address)
        first = values.get(write.property)
        values[write.property] = replace(write, old=first.old, against=first.against) if first else write
    written = {
        place: tuple(filter(None, (_in_turn(w, turn, stations.get(w.property, {})) for w in values.values())))
        for place, values in rows.items()
    }
    steps = [
        kinds.WriteRow(
            addresses=tuple(sorted(said[database, row])),
            database=database,
            row=row,
            writes=writes,
            round=turn,
        )
        for (database, row), writes in sorted(written.items(), key=lambda item: item[0][0])
        if writes
    ]
    if source.state.policy.check == "each":
        steps = [replace(step, checked=step.compared) for step in steps]
    for database, mine in groupby(steps, key=lambda step: step.database):
        compared = [step for step in mine if step.compared]
        if compared:
            yield kinds.CheckRows(
                addresses=tuple(sorted({address for step in compared for address in step.addresses})),
                database=database,
                rows=len(compared),
                every=kinds.written_in(source.state.workspace.rate),
                round=turn,
            )
    yield from steps
