"""Changes of databases and their fields: one PATCH a data source, more only where one must wait for another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import groupby

from reconciler.planning.compiling.pieces import Compiled, Piece, only
from reconciler.planning.diff import formula
from reconciler.planning.effects import (
    DatabaseWords,
    Effect,
    LastLook,
    MoveRow,
    NameMirror,
    NewDatabase,
    OptionsWritten,
    PropertyChange,
    UntrashDatabase,
    UntrashRow,
)
from reconciler.planning.match import Matched
from reconciler.planning.steps import kinds
from reconciler.planning.steps.base import Phase, Step


def creates(pieces: list[Piece[Effect]], source: Compiled) -> Iterator[Step]:
    """New databases."""
    for piece in only(pieces, NewDatabase):
        yield kinds.CreateDatabase(addresses=(piece.address,), new=piece.effect, parent=source.parent)
    for back in only(pieces, UntrashDatabase):
        yield kinds.Untrash(addresses=(back.address,), database=back.effect.database)
    for row in only(pieces, UntrashRow):
        yield kinds.Untrash(addresses=(row.address,), database=row.effect.database, row=row.effect.row)


def expands(pieces: list[Piece[Effect]], source: Compiled, turn: int) -> Iterator[Step]:
    """Renames, fields, options, relations; then the mirrors' names; then what reads other fields, level by level."""
    changes = [p for p in only(pieces, PropertyChange) if _opens(p.effect) and p.effect.round == turn]
    options = [p for p in lists(pieces, turn) if p.effect.without is None]
    words = only(pieces, DatabaseWords) if turn == 1 else []
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
        for mirror in only(pieces, NameMirror):
            if not mirror.effect.retypes:
                yield kinds.PatchMirror(addresses=(mirror.address,), mirror=mirror.effect)
    for level in _levels([p for p in changes if p.effect.late], source):
        yield from _waves(level, [], [], source, turn, done=early)


def _opens(change: PropertyChange) -> bool:
    return not change.closing and not change.retypes


def converts(pieces: list[Piece[Effect]], source: Compiled) -> Iterator[Step]:
    """Types change once the old values are in the archive and still what was archived; then it is read what became of
    them, and ours are written."""
    coming = {move.effect.row for move in only(pieces, MoveRow)}  # They arrive later, and are not there to be seen.
    looks = [_without_rows(look, coming) for look in only(pieces, LastLook) if look.effect.retypes]
    for look in looks:
        yield kinds.Look(addresses=(look.address,), look=look.effect)
    changes = [p for p in only(pieces, PropertyChange) if p.effect.retypes]
    opened = [p for p in only(pieces, PropertyChange) if _opens(p.effect)]
    for step in _waves(changes, [], [], source, 1, done=opened):
        yield replace(step, phase=Phase.CONVERT)
    for mirror in only(pieces, NameMirror):
        if mirror.effect.retypes:
            yield kinds.PatchMirror(addresses=(mirror.address,), mirror=mirror.effect)
    held = [look for look in looks if look.effect.known]
    for key, mine in groupby(sorted(held, key=lambda p: p.effect.database), key=lambda p: p.effect.database):
        of_database = list(mine)
        said = tuple(sorted({p.address for p in of_database}))
        yield kinds.ReadConverted(addresses=said, database=key, looks=tuple(p.effect for p in of_database))


def _without_rows(look: Piece[LastLook], rows: AbstractSet[str]) -> Piece[LastLook]:
    known = {row: value for row, value in look.effect.known.items() if row not in rows}
    return Piece(look.address, replace(look.effect, known=known))


def _waves(
    changes: list[Piece[PropertyChange]],
    options: list[Piece[OptionsWritten]],
    words: list[Piece[DatabaseWords]],
    source: Compiled,
    turn: int,
    done: Iterable[Piece[PropertyChange]] = (),
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
                options=one_each(p.effect for p in extra),
                title=named.effect.title if named else None,
                icon=named.effect.icon if named else None,
                round=turn,
            )


def lists(pieces: Iterable[Piece[Effect]], turn: int) -> list[Piece[OptionsWritten]]:
    """The lists of options of a round."""
    lists = [p for p in only(pieces, OptionsWritten) if p.effect.round == turn]
    gone = _gone(pieces) if turn > 1 else {}
    return [Piece(p.address, _shortened(p.effect, gone)) for p in lists]


def _gone(pieces: Iterable[Piece[Effect]]) -> dict[str, frozenset[str]]:
    """The options that the first round takes away, by property id."""
    gone: dict[str, frozenset[str]] = {}
    for effect in (p.effect for p in only(pieces, OptionsWritten)):
        if effect.without is not None and effect.round == 1:
            gone[effect.property_id] = gone.get(effect.property_id, frozenset()) | {effect.without}
    return gone


def _shortened(written: OptionsWritten, gone: Mapping[str, frozenset[str]]) -> OptionsWritten:
    """The list without what is gone: named once more, Notion would make it anew."""
    left = [o for o in written.options if o["name"] not in gone.get(written.property_id, frozenset())]
    return replace(written, options=tuple(left))


def one_each(lists: Iterable[OptionsWritten]) -> tuple[OptionsWritten, ...]:
    return tuple({written.property_id: replace(written, without=None) for written in lists}.values())


def _by_freed_names(
    changes: list[Piece[PropertyChange]], matched: Matched, key: str, done: Iterable[PropertyChange]
) -> list[list[Piece[PropertyChange]]]:
    """Waves of changes such that no wave takes a name that is still held; a ring of names goes by a temporary one."""
    pair = matched.databases[key]
    held = {p.name.casefold(): p.id for p in pair.live.properties} if pair.live else {}
    held = _renamed(held, done)
    waiting = list(changes)
    waves: list[list[Piece[PropertyChange]]] = []
    while waiting:
        ready = [p for p in waiting if not _taken(p.effect, held)]
        if ready:
            waiting = [p for p in waiting if p not in ready]
        else:
            ring = waiting[0].effect
            station = PropertyChange(
                database=key, field=ring.field, property_id=ring.property_id, name=f"{ring.name} (wtstate)"
            )
            ready = [Piece(waiting[0].address, station)]
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


def _levels(late: list[Piece[PropertyChange]], source: Compiled) -> list[list[Piece[PropertyChange]]]:
    """Formulas and rollups in an order in which each finds what it reads."""
    by_name = {(p.effect.database, p.effect.field): p for p in late}
    depth: dict[tuple[str, str], int] = {}

    def level(place: tuple[str, str], above: frozenset[tuple[str, str]]) -> int:
        if place not in by_name or place in above:
            return 0
        if place not in depth:
            depth[place] = 1 + max((level(read, above | {place}) for read in _reads(place, source)), default=0)
        return depth[place]

    levels: dict[int, list[Piece[PropertyChange]]] = {}
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
