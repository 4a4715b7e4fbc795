"""Actions into requests: one PATCH a data source and phase, one write a row, one entry an action and database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.desired.state import State
from reconciler.memory.batches import open_batch
from reconciler.memory.entry import Entry
from reconciler.memory.memory import Memory
from reconciler.memory.schema import is_archive, missing
from reconciler.model.live import LiveDatabase
from reconciler.planning import formula
from reconciler.planning.effects import (
    DatabaseWords,
    Effect,
    LastLook,
    NameMirror,
    NewDatabase,
    OptionsWritten,
    PropertyChange,
    RowWrite,
    Task,
    TrashDatabase,
)
from reconciler.planning.match import Matched
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Phase, Step

ROUNDS = (1, 2)


@dataclass(frozen=True)
class Compiled:
    """What the steps are compiled from; ``settling`` are the digests of once-rules that this run settles."""

    tasks: tuple[Task, ...]
    matched: Matched
    memory: Memory
    state: State
    archive: LiveDatabase | None
    settling: Mapping[str, str]
    parent: str


@dataclass(frozen=True)
class _Piece:
    """An effect with the address of its action."""

    address: str
    effect: Effect


def compile_steps(source: Compiled) -> tuple[Step, ...]:
    """The steps in the order in which they run; () when there is nothing to do."""
    if not source.tasks:
        return ()
    ordered = sorted(source.tasks, key=lambda t: (t.action.database, t.action.address, t.action.kind))
    pieces = [_Piece(task.action.address, effect) for task in ordered for effect in task.effects]
    steps: list[Step] = [_open(source)]
    for turn in ROUNDS:
        steps.extend(_creates(pieces, source) if turn == 1 else ())
        steps.extend(_expands(pieces, source, turn))
        steps.extend(_entries(pieces) if turn == 1 else ())
        steps.extend(_row_writes(pieces, turn))
        steps.extend(_contracts(pieces, turn))
    steps.extend(_settles(source, steps))
    return tuple(steps)


def _open(source: Compiled) -> Step:
    archive = source.archive
    completes = (bool(missing(archive)) + (not is_archive(archive))) if archive is not None else 1
    return kinds.OpenBatch(
        archive=archive,
        title=source.state.workspace.archive,
        parent=source.state.workspace.archive_page or source.parent,
        requests=completes + (open_batch(source.memory) is None),
    )


def _creates(pieces: Iterable[_Piece], source: Compiled) -> Iterator[Step]:
    for piece in pieces:
        if isinstance(piece.effect, NewDatabase):
            yield kinds.CreateDatabase(addresses=(piece.address,), new=piece.effect, parent=source.parent)


def _expands(pieces: list[_Piece], source: Compiled, turn: int) -> Iterator[Step]:
    """Renames, fields, options, relations; then the mirrors' names; then what reads other fields, level by level."""
    changes = [
        p for p in pieces if isinstance(p.effect, PropertyChange) and not p.effect.closing and p.effect.round == turn
    ]
    options = [
        p
        for p in pieces
        if isinstance(p.effect, OptionsWritten) and p.effect.without is None and p.effect.round == turn
    ]
    words = [p for p in pieces if isinstance(p.effect, DatabaseWords)] if turn == 1 else []
    for piece in words:
        if isinstance(piece.effect, DatabaseWords) and piece.effect.description is not None:
            yield kinds.PatchDatabase(
                addresses=(piece.address,), database=piece.effect.database, description=piece.effect.description
            )
    early = [p for p in changes if isinstance(p.effect, PropertyChange) and not p.effect.late]
    yield from _waves(early, options, words, source, turn)
    if turn == 1:
        for piece in pieces:
            if isinstance(piece.effect, NameMirror):
                yield kinds.PatchMirror(addresses=(piece.address,), mirror=piece.effect)
    late = [p for p in changes if isinstance(p.effect, PropertyChange) and p.effect.late]
    for level in _levels(late, source):
        yield from _waves(level, [], [], source, turn)


def _databases(pieces: Iterable[_Piece]) -> list[str]:
    return sorted({str(p.effect.database) for p in pieces if not isinstance(p.effect, NewDatabase)})


def _waves(
    changes: list[_Piece], options: list[_Piece], words: list[_Piece], source: Compiled, turn: int
) -> Iterator[Step]:
    """One PATCH a database; more only where one property takes the name that another is just giving up."""
    titled = [
        p
        for p in words
        if isinstance(p.effect, DatabaseWords) and (p.effect.title is not None or p.effect.icon is not None)
    ]
    for key in _databases([*changes, *options, *titled]):
        mine = [p for p in changes if isinstance(p.effect, PropertyChange) and p.effect.database == key]
        lists = [p for p in options if isinstance(p.effect, OptionsWritten) and p.effect.database == key]
        word = next((p for p in titled if isinstance(p.effect, DatabaseWords) and p.effect.database == key), None)
        first = True
        for wave in _by_freed_names(mine, source.matched, key) or [[]]:
            extra = lists if first else []
            named = word.effect if first and word is not None and isinstance(word.effect, DatabaseWords) else None
            holders = [*wave, *extra, *([word] if first and word else [])]
            if holders:
                yield kinds.PatchSchema(
                    addresses=tuple(sorted({p.address for p in holders})),
                    database=key,
                    phase=Phase.EXPAND,
                    changes=tuple(p.effect for p in wave if isinstance(p.effect, PropertyChange)),
                    options=_one_each(p.effect for p in extra if isinstance(p.effect, OptionsWritten)),
                    title=named.title if named else None,
                    icon=named.icon if named else None,
                    round=turn,
                )
            first = False


def _one_each(lists: Iterable[OptionsWritten]) -> tuple[OptionsWritten, ...]:
    return tuple({written.property_id: replace(written, without=None) for written in lists}.values())


def _by_freed_names(changes: list[_Piece], matched: Matched, key: str) -> list[list[_Piece]]:
    """Waves of changes such that no wave takes a name that is still held; a ring of names goes by a temporary one."""
    pair = matched.databases[key]
    held = {p.name.casefold(): p.id for p in pair.live.properties} if pair.live else {}
    waiting = list(changes)
    waves: list[list[_Piece]] = []
    while waiting:
        ready = [p for p in waiting if not _taken(p.effect, held)]
        if not ready:
            ring = waiting[0].effect
            if not isinstance(ring, PropertyChange) or ring.name is None:
                break
            station = PropertyChange(
                database=key, field=ring.field, property_id=ring.property_id, name=f"{ring.name} (wtstate)"
            )
            ready = [_Piece(waiting[0].address, station)]
        else:
            waiting = [p for p in waiting if p not in ready]
        waves.append(ready)
        for piece in ready:
            change = piece.effect
            if isinstance(change, PropertyChange) and change.name is not None:
                held = {name: owner for name, owner in held.items() if owner != change.property_id}
                held[change.name.casefold()] = change.property_id or f"new {change.name}"
    return waves


def _taken(change: Effect, held: Mapping[str, str]) -> bool:
    if not isinstance(change, PropertyChange) or change.name is None:
        return False
    holder = held.get(change.name.casefold())
    return holder is not None and holder != change.property_id


def _levels(late: list[_Piece], source: Compiled) -> list[list[_Piece]]:
    """Formulas and rollups in an order in which each finds what it reads."""
    by_name = {(p.effect.database, p.effect.field): p for p in late if isinstance(p.effect, PropertyChange)}
    depth: dict[tuple[str, str], int] = {}

    def level(place: tuple[str, str], above: frozenset[tuple[str, str]]) -> int:
        if place not in by_name or place in above:
            return 0
        if place not in depth:
            depth[place] = 1 + max((level(read, above | {place}) for read in _reads(place, source)), default=0)
        return depth[place]

    levels: dict[int, list[_Piece]] = {}
    for place, piece in by_name.items():
        levels.setdefault(level(place, frozenset()), []).append(piece)
    return [levels[n] for n in sorted(levels)]


def _reads(place: tuple[str, str], source: Compiled) -> Iterator[tuple[str, str]]:
    database, name = place
    pair = source.matched.databases.get(database)
    declared = pair.desired.fields.get(name) if pair else None
    if pair is None or declared is None:
        return
    for read in formula.references(declared.expression or ""):
        yield database, read
    over = pair.desired.fields.get(declared.rollup_relation or "")
    if over is not None and over.to and declared.rollup_property:
        yield over.to, declared.rollup_property


def _entries(pieces: Iterable[_Piece]) -> Iterator[Step]:
    for piece in pieces:
        if isinstance(piece.effect, Entry):
            yield kinds.WriteEntry(addresses=(piece.address,), entry=piece.effect)


def _row_writes(pieces: Iterable[_Piece], turn: int) -> Iterator[Step]:
    """One write a row: the first old value and the last new one of each property."""
    rows: dict[tuple[str, str], dict[str, RowWrite]] = {}
    said: dict[tuple[str, str], set[str]] = {}
    for piece in pieces:
        write = piece.effect
        if not isinstance(write, RowWrite) or write.round != turn:
            continue
        place = (write.database, write.row)
        values = rows.setdefault(place, {})
        said.setdefault(place, set()).add(piece.address)
        values[write.property] = replace(write, old=values[write.property].old) if write.property in values else write
    for (database, row), values in rows.items():
        yield kinds.WriteRow(
            addresses=tuple(sorted(said[database, row])),
            database=database,
            row=row,
            writes=tuple(values.values()),
            round=turn,
        )


def _contracts(pieces: list[_Piece], turn: int) -> Iterator[Step]:
    """Looks first, then two-way sides made one-way, then one PATCH a data source that takes away, then the trash."""
    mine = [p for p in pieces if getattr(p.effect, "round", 1) == turn]
    for piece in mine:
        if isinstance(piece.effect, LastLook):
            yield kinds.Look(addresses=(piece.address,), look=piece.effect)
    closing = [p for p in mine if isinstance(p.effect, PropertyChange) and p.effect.closing]
    options = [p for p in mine if isinstance(p.effect, OptionsWritten) and p.effect.without is not None]
    for removes in (False, True):
        part = [p for p in closing if isinstance(p.effect, PropertyChange) and p.effect.remove is removes]
        lists = options if removes else []
        for key in _databases([*part, *lists]):
            changes = [p for p in part if isinstance(p.effect, PropertyChange) and p.effect.database == key]
            written = [p for p in lists if isinstance(p.effect, OptionsWritten) and p.effect.database == key]
            without: dict[str, frozenset[str]] = {}
            for piece in written:
                if isinstance(piece.effect, OptionsWritten) and piece.effect.without is not None:
                    place = piece.effect.property_id
                    without[place] = without.get(place, frozenset()) | {piece.effect.without}
            yield kinds.PatchSchema(
                addresses=tuple(sorted({p.address for p in [*changes, *written]})),
                database=key,
                phase=Phase.CONTRACT,
                changes=tuple(p.effect for p in changes if isinstance(p.effect, PropertyChange)),
                options=_one_each(p.effect for p in written if isinstance(p.effect, OptionsWritten)),
                without=without,
                round=turn,
            )
    for piece in mine:
        if isinstance(piece.effect, TrashDatabase):
            yield kinds.Trash(addresses=(piece.address,), database=piece.effect.database)


def _settles(source: Compiled, steps: Iterable[Step]) -> Iterator[Step]:
    """Changed databases are read once more, and what the memory must know is written."""
    schema = (kinds.CreateDatabase, kinds.PatchSchema, kinds.PatchMirror, kinds.PatchDatabase)
    trashed = {step.database for step in steps if isinstance(step, kinds.Trash)}
    touched = {step.database for step in steps if isinstance(step, schema)} - trashed
    for key in sorted(touched):
        yield kinds.ReadBack(database=key)
    unbound = {
        key
        for key, pair in source.matched.databases.items()
        if key in source.state.databases and pair.live is not None and key not in source.memory.bindings
    }
    gone = tuple(sorted(key for key in source.memory.bindings if key not in source.state.databases))
    yield kinds.SaveMemory(
        binds=tuple(sorted((touched & source.state.databases.keys()) | (unbound - trashed))),
        forgets=gone,
        settles=source.settling,
    )
