"""Actions into requests: one PATCH a data source and phase, one write a row, one entry an action and database."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Generic, TypeVar

from reconciler.desired.state import State
from reconciler.memory.batches import open_batch
from reconciler.memory.before import blocks
from reconciler.memory.entry import Entry
from reconciler.memory.hosted import with_copies
from reconciler.memory.memory import Memory
from reconciler.memory.schema import is_archive, missing
from reconciler.model import address as addresses
from reconciler.model.limits import PAGE_SIZE
from reconciler.model.live import LiveDatabase, Value
from reconciler.planning.diff import formula
from reconciler.planning.effects import (
    DatabaseWords,
    Effect,
    LastLook,
    MarkDatabase,
    MoveRow,
    NameMirror,
    NewDatabase,
    NewRow,
    OptionsWritten,
    PropertyChange,
    RemoveLine,
    RowWrite,
    SurvivorLine,
    SweepOptions,
    Task,
    TrashDatabase,
    TrashRow,
    UntrashDatabase,
    UntrashRow,
    WayStation,
)
from reconciler.planning.guards.files import Sizes, copies_of
from reconciler.planning.identity import targets
from reconciler.planning.match import Matched
from reconciler.planning.record import record_of
from reconciler.planning.rules import absorb
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Phase, Step

ROUNDS = (1, 2)

_Effect = TypeVar("_Effect", bound=Effect, covariant=True)


@dataclass(frozen=True)
class Compiled:
    """What the steps are compiled from; ``settling`` are the digests of once-rules that this run settles."""

    tasks: tuple[Task, ...]
    matched: Matched
    memory: Memory
    state: State
    archive: LiveDatabase | None
    settling: Mapping[str, str]
    records: tuple[Entry, ...]
    parent: str
    sizes: Sizes = field(default_factory=dict)
    own_archives: Mapping[str, LiveDatabase] = field(default_factory=dict)
    forgets: tuple[str, ...] = ()
    """Keys that the memory lets go because their database goes to the trash."""
    binds: frozenset[str] | None = None
    """Keys whose binding changes, where that is known already."""


@dataclass(frozen=True)
class _Piece(Generic[_Effect]):
    """An effect with the address of its action."""

    address: str
    effect: _Effect


def _only(pieces: Iterable[_Piece[Effect]], kind: type[_Effect]) -> list[_Piece[_Effect]]:
    return [_Piece(p.address, p.effect) for p in pieces if isinstance(p.effect, kind)]


def compile_steps(source: Compiled) -> tuple[Step, ...]:
    """The steps in the order in which they run; () when there is nothing to do."""
    if not source.tasks:
        return ()
    ordered = sorted(source.tasks, key=lambda t: (t.action.database, t.action.address, t.action.kind))
    pieces: list[_Piece[Effect]] = [_Piece(task.action.address, effect) for task in ordered for effect in task.effects]
    steps: list[Step] = [_open(source)]
    for turn in ROUNDS:
        if turn == 1:
            steps.extend(_creates(pieces, source))
        steps.extend(_expands(pieces, source, turn))
        if turn == 1:
            steps.extend(_entries(pieces, source.sizes))
            steps.extend(kinds.WriteEntry(addresses=(entry.address,), entry=entry) for entry in source.records)
            steps.extend(_converts(pieces, source))
        steps.extend(_moves(pieces, turn))
        steps.extend(_row_writes(source, turn, _stations(pieces)))
        steps.extend(_contracts(pieces, turn))
    steps.extend(_settles(source, steps))
    return (steps[0], *_own(source, steps), *steps[1:])


@dataclass(frozen=True)
class OwnArchive:
    """An archive that a database has for itself: its title, the live one (None: to be made), the page it lies on."""

    title: str
    live: LiveDatabase | None
    page: str


def own_archives(
    state: State, matched: Matched, there: Mapping[str, LiveDatabase], parent: str
) -> dict[str, OwnArchive]:
    """The archives of databases that say so, by key. A new one is made beside its database: it has its readers."""
    found: dict[str, OwnArchive] = {}
    for key, desired in state.databases.items():
        if desired.archive is None or desired.archive == state.workspace.archive:
            continue
        live, pair = there.get(desired.archive), matched.databases.get(key)
        page = pair.live.parent if pair is not None and pair.live is not None else parent
        found[key] = OwnArchive(title=desired.archive, live=live, page=live.parent if live else page or parent)
    return found


def _own(source: Compiled, steps: Iterable[Step]) -> Iterator[Step]:
    """The own archives into which the steps write, made or completed once each."""
    own = own_archives(source.state, source.matched, source.own_archives, source.parent)
    needed = {step.entry.database for step in steps if isinstance(step, kinds.WriteEntry)} & own.keys()
    for archive in {own[key].title: own[key] for key in sorted(needed)}.values():
        live = archive.live
        completes = (bool(missing(live)) + (not is_archive(live))) if live is not None else 2
        remembers = live is None or source.memory.archives.get(archive.title) != live.id
        requests = completes + remembers
        yield kinds.OpenArchive(archive=live, title=archive.title, parent=archive.page, requests=requests)


def _open(source: Compiled) -> Step:
    archive = source.archive
    completes = (bool(missing(archive)) + (not is_archive(archive))) if archive is not None else 2
    before = record_of((effect for task in source.tasks for effect in task.effects), source.matched)
    batch = len(blocks(before)) if open_batch(source.memory) else max(1, len(blocks(before)))
    lease = 1 + math.ceil((len(source.memory.stored) + 1) / PAGE_SIZE)
    return kinds.OpenBatch(
        archive=archive,
        title=source.state.workspace.archive,
        parent=source.state.workspace.archive_page or source.parent,
        requests=completes + lease + batch,
        before=before,
    )


def _creates(pieces: list[_Piece[Effect]], source: Compiled) -> Iterator[Step]:
    for piece in _only(pieces, NewDatabase):
        yield kinds.CreateDatabase(addresses=(piece.address,), new=piece.effect, parent=source.parent)
    for back in _only(pieces, UntrashDatabase):
        yield kinds.Untrash(addresses=(back.address,), database=back.effect.database)
    for row in _only(pieces, UntrashRow):
        yield kinds.Untrash(addresses=(row.address,), database=row.effect.database, row=row.effect.row)


def _expands(pieces: list[_Piece[Effect]], source: Compiled, turn: int) -> Iterator[Step]:
    """Renames, fields, options, relations; then the mirrors' names; then what reads other fields, level by level."""
    changes = [p for p in _only(pieces, PropertyChange) if _opens(p.effect) and p.effect.round == turn]
    options = [p for p in _lists(pieces, turn) if p.effect.without is None]
    words = _only(pieces, DatabaseWords) if turn == 1 else []
    for piece in words:
        if piece.effect.description is not None or piece.effect.locked is not None:
            yield kinds.PatchDatabase(
                addresses=(piece.address,),
                database=piece.effect.database,
                description=piece.effect.description,
                locked=piece.effect.locked,
            )
    early = [p for p in changes if not p.effect.late]
    yield from _waves(early, options, words, source, turn)
    if turn == 1:
        for mirror in _only(pieces, NameMirror):
            if not mirror.effect.retypes:
                yield kinds.PatchMirror(addresses=(mirror.address,), mirror=mirror.effect)
    for level in _levels([p for p in changes if p.effect.late], source):
        yield from _waves(level, [], [], source, turn, done=early)


def _opens(change: PropertyChange) -> bool:
    return not change.closing and not change.retypes


def _converts(pieces: list[_Piece[Effect]], source: Compiled) -> Iterator[Step]:
    """Types change once the old values are in the archive, before the converted ones are written."""
    changes = [p for p in _only(pieces, PropertyChange) if p.effect.retypes]
    opened = [p for p in _only(pieces, PropertyChange) if _opens(p.effect)]
    for step in _waves(changes, [], [], source, 1, done=opened):
        yield replace(step, phase=Phase.CONVERT)
    for mirror in _only(pieces, NameMirror):
        if mirror.effect.retypes:
            yield kinds.PatchMirror(addresses=(mirror.address,), mirror=mirror.effect)


def _waves(
    changes: list[_Piece[PropertyChange]],
    options: list[_Piece[OptionsWritten]],
    words: list[_Piece[DatabaseWords]],
    source: Compiled,
    turn: int,
    done: Iterable[_Piece[PropertyChange]] = (),
) -> Iterator[kinds.PatchSchema]:
    """One PATCH a database; more only where one property takes the name that another is just giving up.

    ``done`` are changes of earlier requests, whose names are given up and taken already.
    """
    titled = [p for p in words if p.effect.title is not None or p.effect.icon is not None]
    databases = {p.effect.database for p in changes} | {p.effect.database for p in options}
    for key in sorted(databases | {p.effect.database for p in titled}):
        mine = [p for p in changes if p.effect.database == key]
        before = [p.effect for p in done if p.effect.database == key]
        lists = [p for p in options if p.effect.database == key]
        word = next((p for p in titled if p.effect.database == key), None)
        for number, wave in enumerate(_by_freed_names(mine, source.matched, key, before) or [[]]):
            extra, named = (lists, word) if number == 0 else ([], None)
            said = {p.address for p in wave} | {p.address for p in extra} | ({named.address} if named else set())
            yield kinds.PatchSchema(
                addresses=tuple(sorted(said)),
                database=key,
                phase=Phase.EXPAND,
                changes=tuple(p.effect for p in wave),
                options=_one_each(p.effect for p in extra),
                title=named.effect.title if named else None,
                icon=named.effect.icon if named else None,
                round=turn,
            )


def _lists(pieces: Iterable[_Piece[Effect]], turn: int) -> list[_Piece[OptionsWritten]]:
    """The lists of options of a round."""
    lists = [p for p in _only(pieces, OptionsWritten) if p.effect.round == turn]
    gone = _gone(pieces) if turn > 1 else {}
    return [_Piece(p.address, _shortened(p.effect, gone)) for p in lists]


def _gone(pieces: Iterable[_Piece[Effect]]) -> dict[str, frozenset[str]]:
    """The options that the first round takes away, by property id."""
    gone: dict[str, frozenset[str]] = {}
    for effect in (p.effect for p in _only(pieces, OptionsWritten)):
        if effect.without is not None and effect.round == 1:
            gone[effect.property_id] = gone.get(effect.property_id, frozenset()) | {effect.without}
    return gone


def _shortened(written: OptionsWritten, gone: Mapping[str, frozenset[str]]) -> OptionsWritten:
    """The list without what is gone: named once more, Notion would make it anew."""
    left = [o for o in written.options if o["name"] not in gone.get(written.property_id, frozenset())]
    return replace(written, options=tuple(left))


def _stations(pieces: Iterable[_Piece[Effect]]) -> dict[str, dict[str, str]]:
    """The way stations by property id and option."""
    found: dict[str, dict[str, str]] = {}
    for effect in (p.effect for p in _only(pieces, WayStation)):
        found.setdefault(effect.property_id, {})[effect.name] = effect.station
    return found


def _one_each(lists: Iterable[OptionsWritten]) -> tuple[OptionsWritten, ...]:
    return tuple({written.property_id: replace(written, without=None) for written in lists}.values())


def _by_freed_names(
    changes: list[_Piece[PropertyChange]], matched: Matched, key: str, done: Iterable[PropertyChange]
) -> list[list[_Piece[PropertyChange]]]:
    """Waves of changes such that no wave takes a name that is still held; a ring of names goes by a temporary one."""
    pair = matched.databases[key]
    held = {p.name.casefold(): p.id for p in pair.live.properties} if pair.live else {}
    held = _renamed(held, done)
    waiting = list(changes)
    waves: list[list[_Piece[PropertyChange]]] = []
    while waiting:
        ready = [p for p in waiting if not _taken(p.effect, held)]
        if ready:
            waiting = [p for p in waiting if p not in ready]
        else:
            ring = waiting[0].effect
            station = PropertyChange(
                database=key, field=ring.field, property_id=ring.property_id, name=f"{ring.name} (wtstate)"
            )
            ready = [_Piece(waiting[0].address, station)]
        waves.append(ready)
        held = _renamed(held, (p.effect for p in ready))
    return waves


def _renamed(held: Mapping[str, str], changes: Iterable[PropertyChange]) -> dict[str, str]:
    """Who holds which name once the changes are made."""
    now = dict(held)
    named = [change for change in changes if change.name is not None]
    for change in named:
        now = {name: owner for name, owner in now.items() if owner != change.property_id}
    return now | {str(change.name).casefold(): change.property_id or f"new {change.name}" for change in named}


def _taken(change: PropertyChange, held: Mapping[str, str]) -> bool:
    if change.name is None:
        return False
    holder = held.get(change.name.casefold())
    return holder is not None and holder != change.property_id


def _levels(late: list[_Piece[PropertyChange]], source: Compiled) -> list[list[_Piece[PropertyChange]]]:
    """Formulas and rollups in an order in which each finds what it reads."""
    by_name = {(p.effect.database, p.effect.field): p for p in late}
    depth: dict[tuple[str, str], int] = {}

    def level(place: tuple[str, str], above: frozenset[tuple[str, str]]) -> int:
        if place not in by_name or place in above:
            return 0
        if place not in depth:
            depth[place] = 1 + max((level(read, above | {place}) for read in _reads(place, source)), default=0)
        return depth[place]

    levels: dict[int, list[_Piece[PropertyChange]]] = {}
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


def _entries(pieces: list[_Piece[Effect]], sizes: Sizes) -> Iterator[Step]:
    for piece in _only(pieces, Entry):
        entry = with_copies(piece.effect, list(copies_of(piece.effect, sizes)))
        yield kinds.WriteEntry(addresses=(piece.address,), entry=entry)


def _moves(pieces: list[_Piece[Effect]], turn: int) -> Iterator[Step]:
    """Rows that join another database, rows that come into being, and lines that tell where a row's values went."""
    stations = _stations(pieces)
    for move in _only(pieces, MoveRow) if turn == 1 else ():
        yield kinds.Move(addresses=(move.address,), move=move.effect)
    for new in _only(pieces, NewRow):
        waits = any(_halted(value, stations.get(name, {})) != value for name, _, value in new.effect.values)
        if waits == (turn > 1):
            yield kinds.CreateRow(addresses=(new.address,), new=new.effect, round=turn)
    for line in _only(pieces, SurvivorLine) if turn == 1 else ():
        yield kinds.AppendLine(addresses=(line.address,), line=line.effect)
    for taken in _only(pieces, RemoveLine) if turn == 1 else ():
        gone = taken.effect
        yield kinds.TakeLine(addresses=(taken.address,), database=gone.database, row=gone.row, survivor=gone.survivor)


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


def _row_writes(source: Compiled, turn: int, stations: Mapping[str, Mapping[str, str]]) -> Iterator[Step]:
    """One write a row: the first old value and the last new one of each property.

    Tasks come in the order in which they see each other's values; any other order would write a value in between.
    """
    pieces: list[_Piece[Effect]] = [
        _Piece(task.action.address, effect) for task in source.tasks for effect in task.effects
    ]
    rows: dict[tuple[str, str], dict[str, RowWrite]] = {}
    said: dict[tuple[str, str], set[str]] = {}
    for piece in _only(pieces, RowWrite):
        write = piece.effect
        place = (write.database, write.row)
        values = rows.setdefault(place, {})
        said.setdefault(place, set()).add(piece.address)
        first = values.get(write.property)
        values[write.property] = replace(write, old=first.old, compared=first.compared) if first else write
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
            checked=source.state.policy.check == "each" and any(write.compared for write in writes),
        )
        for (database, row), writes in sorted(written.items(), key=lambda item: item[0][0])
        if writes
    ]
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


def _contracts(pieces: list[_Piece[Effect]], turn: int) -> Iterator[Step]:
    """Rows that go; looks; two-way sides made one-way; one PATCH a data source that takes away; marks; the trash."""
    if turn == 1:
        for page in _only(pieces, TrashRow):
            yield kinds.TrashPage(addresses=(page.address,), database=page.effect.database, row=page.effect.row)
    moved: dict[str, set[str]] = {}
    for move in _only(pieces, MoveRow):
        moved.setdefault(move.effect.database, set()).add(move.effect.row)
    for look in _only(pieces, LastLook):
        if look.effect.round == turn:
            arrived = frozenset(moved.get(look.effect.database, ()))
            yield kinds.Look(
                addresses=(look.address,),
                look=replace(look.effect, moved=arrived),
                edits=arrived | {write.effect.row for write in _only(pieces, RowWrite)},
            )
    closing = [p for p in _only(pieces, PropertyChange) if p.effect.closing and p.effect.round == turn]
    options = [p for p in _lists(pieces, turn) if p.effect.without is not None]
    yield from _closings([p for p in closing if not p.effect.remove], [], turn)
    yield from _closings([p for p in closing if p.effect.remove], options, turn)
    if turn == 1:
        for sweep in _only(pieces, SweepOptions):
            yield kinds.Sweep(addresses=(sweep.address,), sweep=sweep.effect)
        for mark in _only(pieces, MarkDatabase):
            yield kinds.Mark(addresses=(mark.address,), mark=mark.effect)
        for trashed in _only(pieces, TrashDatabase):
            yield kinds.Trash(addresses=(trashed.address,), database=trashed.effect.database)


def _closings(
    closing: list[_Piece[PropertyChange]], options: list[_Piece[OptionsWritten]], turn: int
) -> Iterator[Step]:
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
            options=_one_each(p.effect for p in written),
            without=without,
            round=turn,
        )


def _settles(source: Compiled, steps: Iterable[Step]) -> Iterator[Step]:
    """Changed databases are read once more, and what the memory must know is written."""
    schema = (kinds.CreateDatabase, kinds.PatchSchema, kinds.PatchMirror, kinds.PatchDatabase, kinds.Mark)
    changed = [step for step in steps if isinstance(step, schema)]
    trashed = {step.database for step in steps if isinstance(step, kinds.Trash)}
    touched = {step.database for step in changed} - trashed
    binds = {key for key in touched if key in targets(source.state) and _rebinds(key, source, changed)}
    if source.binds is not None:
        binds = touched & source.binds
    binds |= {
        key
        for key, pair in source.matched.databases.items()
        if pair.live is not None and key not in source.memory.bindings and key not in trashed
    } & targets(source.state).keys()
    if open_batch(source.memory) is not None and source.binds is None:
        # A run that was cut off may have changed ids that it could not keep.
        binds |= {key for key in source.memory.bindings if key not in trashed and _outdated(key, source)}
    for key in sorted(touched):
        yield kinds.ReadBack(database=key)
    gone = tuple(
        sorted(key for key in source.memory.bindings if key not in targets(source.state) or key in source.forgets)
    )
    held = {key: frozenset(source.matched.databases[key].blocked) for key in binds}
    yield kinds.SaveMemory(
        binds=tuple(sorted(binds)), forgets=gone, settles=source.settling, unbound=held, serves=_serving(source)
    )
    yield kinds.Release()


def _serving(source: Compiled) -> dict[str, str]:
    """The addresses of the actions that settle rules which are kept under another key than their address."""
    found: dict[str, str] = {}
    for key, pair in source.matched.databases.items():
        for name, declared in pair.desired.fields.items():
            for prop in pair.live.properties if pair.live else ():
                found[absorb.settle_key(declared, prop.name)] = addresses.of_field(key, name)
    return {key: address for key, address in found.items() if key in source.settling}


def _outdated(key: str, source: Compiled) -> bool:
    """Whether the ids of a database's fields are other ones than those that the memory keeps."""
    pair = source.matched.databases.get(key)
    if pair is None or pair.live is None:
        return False
    known = {name: prop.id for name, prop in pair.fields.items() if prop is not None and name not in pair.blocked}
    return known != {name: i for name, i in source.memory.bindings[key].fields.items() if name in pair.desired.fields}


def _rebinds(key: str, source: Compiled, changed: Iterable[Step]) -> bool:
    """Whether what the memory keeps of a changed database will differ: its title, its fields' ids, its formulas."""
    binding, pair = source.memory.bindings.get(key), source.matched.databases[key]
    if binding is None or pair.live is None:
        return True
    patches = [step for step in changed if isinstance(step, kinds.PatchSchema) and step.database == key]
    mirrors = any(isinstance(step, kinds.PatchMirror) and step.database == key for step in changed)
    title = next((step.title for step in patches if step.title is not None), pair.live.title)
    made = bool(pair.begun) or any(change.property_id is None for step in patches for change in step.changes)
    known = {name: prop.id for name, prop in pair.fields.items() if prop is not None}
    marked = any(isinstance(step, kinds.Mark) and step.database == key for step in changed)
    formulas = any(prop.type == "formula" for prop in pair.live.properties) and any(step.changes for step in patches)
    return made or mirrors or marked or formulas or title != binding.title or known != dict(binding.fields)
