"""Rows that a merge moved go back to their database, with the values that they had there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.memory.entry import ArchivedValue
from reconciler.memory.hosted import KeptFile, Place
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.model.properties.convert import Context, Converted, convert
from reconciler.planning.actions.base import Risk, RowChange
from reconciler.planning.actions.restoring import Restore
from reconciler.planning.edits import entry_of
from reconciler.planning.effects import Against, Effect, MoveRow, RemoveLine, RowWrite, SweepOptions, Task
from reconciler.planning.restore.fields import OPTION_TYPES
from reconciler.planning.restore.made import source
from reconciler.planning.restore.material import Files, Material, Turns, departures, walk_back, with_copies
from reconciler.planning.restore.site import Site, holds, kept
from reconciler.planning.survivor import is_line
from reconciler.planning.words import few


@dataclass
class _Return:
    """The rows of one database that go back to another."""

    home: Site
    away: Site
    files: Files
    rows: list[LiveRow] = field(default_factory=list)
    writes: list[RowWrite] = field(default_factory=list)
    values: list[ArchivedValue] = field(default_factory=list)
    changes: list[RowChange] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def leaving(material: Material) -> dict[str, frozenset[str]]:
    """The rows that go back to where they were, by the key of the database that they leave."""
    there = {key: {row.id for row in rows.rows} for key, rows in material.rows.items()}
    found: dict[str, set[str]] = {}
    for row, _, target in material.before.moved:
        if row in there.get(target, ()) and material.wants_row(row):
            found.setdefault(target, set()).add(row)
    return {key: frozenset(rows) for key, rows in found.items()}


def returns(material: Material, found: Mapping[str, Site], steps: Turns) -> Iterator[Task | Finding]:
    """One task for each pair of databases, and one for the lines on the pages of rows that stayed."""
    going = leaving(material)
    left = departures(material)
    pairs: dict[tuple[str, str], _Return] = {}
    for row_id, home_key, away_key in material.before.moved:
        home, away = found.get(home_key), found.get(away_key)
        if home is None or away is None or row_id not in going.get(away_key, ()):
            continue
        back = pairs.setdefault((home_key, away_key), _Return(home=home, away=away, files=material.files))
        row = next(row for row in away.ledger.rows if row.id == row_id)
        _one(row, back, left.get((home_key, row_id), []), steps)
    for back in pairs.values():
        yield from _task(back, material)
    yield from _lines(material, found)


def _one(row: LiveRow, back: _Return, departed: list[tuple[str, ArchivedValue]], steps: Turns) -> None:
    """One row: every value that it had, save where somebody wrote another since, which goes with it."""
    back.rows.append(row)
    ledger = back.away.ledger
    written: dict[str, tuple[LiveProperty, Value]] = {}
    copies: dict[str, tuple[KeptFile, ...]] = {}
    told: set[str] = set()
    for batch, value in departed:
        prop = back.home.now.get(value.property_id) or back.home.after.get(value.property_id)
        there = _there(value, back.away)
        if there is not None:
            told.add(there.id)
        if prop is None or not value.restorable:
            continue
        old = value.old
        if there is not None and value.to is not None:
            now = row.values.get(there.id, properties.of(there.type).nothing)
            if not _is_what_came(value, now, there, row, back.away, steps):
                old = _carried(now, there, value)
                back.said.append(f"{ledger.name(row)}: {there.name}")
        new, copies[prop.id], _ = with_copies(old, value.type, Place(row.id, value.property_id), batch, back.files)
        written[prop.id] = (prop, new)
    _clear(row, back, written)
    for prop, new in written.values():
        if prop.type != "status" or new is not None:
            back.writes.append(
                RowWrite(
                    database=back.home.key, row=row.id, property=prop.id, type=prop.type,
                    old=properties.of(prop.type).nothing, new=new, against=Against.UNCOMPARED,
                    kept=copies.get(prop.id, ()),
                )
            )  # fmt: skip
    _keep(row, back, [value for _, value in departed], {prop_id: new for prop_id, (_, new) in written.items()})
    back.said.extend(
        f"{ledger.name(row)}: {prop.name}"
        for prop in back.away.live.properties
        if prop.id not in told
        and properties.of(prop.type).writable
        and not _explained(row, prop, back.away, steps)
        and not (prop.type == "relation" and prop.config.get("mirror"))
    )


def _there(value: ArchivedValue, away: Site) -> LiveProperty | None:
    if value.to is None:
        return None
    return away.now.get(value.to[0]) or away.live.by_id(value.to[0]) or away.live.by_name(value.to[1])


def _is_what_came(
    value: ArchivedValue, now: Value, there: LiveProperty, row: LiveRow, away: Site, steps: Turns
) -> bool:
    """Whether the value is the one that came with the row, other rules of the batches taken back."""
    former = next((was_id for was_id, prop in away.now.items() if prop.id == there.id), there.id)
    back = walk_back(now, there.type, steps.get((away.key, row.id, former), []))
    kind = properties.of(there.type)
    return (back.type == there.type and kind.same(back.value, value.new)) or kind.same(now, value.new)


def _explained(row: LiveRow, prop: LiveProperty, away: Site, steps: Turns) -> bool:
    """Whether a value that did not come with the row is the batches' own, or none."""
    now = row.values.get(prop.id, properties.of(prop.type).nothing)
    if not holds(prop, now):
        return True
    former = next((was_id for was_id, there in away.now.items() if there.id == prop.id), prop.id)
    return walk_back(now, prop.type, steps.get((away.key, row.id, former), [])).moved


def _carried(now: Value, there: LiveProperty, value: ArchivedValue) -> Value:
    """What somebody wrote, in the type of the field that it came from; the former value where that does not go."""
    if there.type == value.type:
        return now
    turned = convert(there.type, value.type, now, Context())
    return turned.value if isinstance(turned, Converted) else value.old


def _clear(row: LiveRow, back: _Return, written: dict[str, tuple[LiveProperty, Value]]) -> None:
    """Fields that were empty: what a move may bring along under the same name is taken out."""
    for prop in back.home.now.values():
        same = back.away.live.by_name(prop.name)
        if prop.id in written or same is None or same.type != prop.type or not properties.of(prop.type).writable:
            continue
        if prop.type not in ("title", "relation", "status") and holds(same, row.values.get(same.id)):
            written[prop.id] = (prop, properties.of(prop.type).nothing)


def _keep(row: LiveRow, back: _Return, kept_values: list[ArchivedValue], written: Mapping[str, Value]) -> None:
    """The archive's record of all that the row held where it was, with what takes its place."""
    ledger = back.away.ledger
    takers = {there.id: value for value in kept_values if (there := _there(value, back.away)) is not None}
    for prop in sorted(back.away.live.properties, key=lambda p: p.name):
        now = row.values.get(prop.id)
        if prop.id not in row.values or properties.of(prop.type).empty(now):
            continue
        value = takers.get(prop.id)
        home = back.home.now.get(value.property_id) or back.home.after.get(value.property_id) if value else None
        new = written.get(home.id) if home else None
        back.values.append(
            ArchivedValue(
                row=row.id, name=ledger.name(row), property_id=prop.id, property=prop.name, type=prop.type, old=now,
                new=new if home else None, restorable=properties.of(prop.type).writable,
                to=(home.id, home.name, home.type) if home and home.id in written else None,
            )
        )  # fmt: skip
    back.changes.append(RowChange(ledger.name(row), "(row)", back.away.live.title, back.home.was.title, "moved"))


def _task(back: _Return, material: Material) -> Iterator[Task | Finding]:
    home, away = back.home, back.away
    address = addresses.of_database(home.key)
    effects: list[Effect] = [
        entry_of(
            away.pair,
            address,
            "restore",
            field_name="",
            reason=f"its rows go back to {home.was.title}",
            source=source(material),
            values=back.values,
            definition={"departed": {"to": home.key}},
        )
    ]
    effects += [MoveRow(source=away.key, database=home.key, row=row.id) for row in back.rows]
    effects += back.writes
    for prop in home.now.values():
        same = away.live.by_name(prop.name)
        if prop.type in OPTION_TYPES and prop.type != "status" and same is not None and same.type in OPTION_TYPES:
            stay = tuple(str(option["name"]) for option in prop.config.get("options", ()))
            if {str(option["name"]) for option in same.config.get("options", ())} - set(stay):
                effects.append(SweepOptions(database=home.key, property_id=prop.id, type=prop.type, stay=stay))
    yield Task(
        action=Restore(
            kind="restore-rows",
            address=address,
            database=home.key,
            subject="rows",
            old=away.live.title,
            new=home.was.title,
            details=(few(len(back.rows), "row moves back", "rows move back"),),
            rows=tuple(sorted(back.changes)),
            archived=len(back.values),
        ),
        effects=tuple(effects),
    )
    if back.said:
        words = few(len(back.said), "value of these rows was", "values of these rows were")
        yield kept(
            address, f"{words} written since: kept in the row or in the archive: {', '.join(sorted(back.said)[:3])}"
        )


def _lines(material: Material, found: Mapping[str, Site]) -> Iterator[Task]:
    """The lines that tell where a row's values went. In the trash they stand as they were written."""
    names = {value.row: value.name for entry in material.entries for value in entry.values}
    for key, site in found.items():
        there = {row.id for row in site.ledger.rows}
        gone = [
            (row, survivor)
            for home, row, survivor in material.before.lines
            if home == key and material.wants_row(row) and _stands(row, survivor, site, there, material)
        ]
        if not gone:
            continue
        yield Task(
            action=Restore(
                kind="restore-rows",
                address=addresses.of_database(key),
                database=key,
                subject="rows",
                details=("without the line that says where they were merged",),
                rows=tuple(sorted(RowChange(names.get(row, ""), "(line)", "Merged into …", "") for row, _ in gone)),
                risk=Risk.SAFE,
            ),
            effects=tuple(RemoveLine(database=key, row=row, survivor=survivor) for row, survivor in gone),
        )


def _stands(row: str, survivor: str, site: Site, there: set[str], material: Material) -> bool:
    if site.live.in_trash and site.touched.trashes:
        return True
    return row in there and any(is_line(block, survivor) for block in material.content.get(row, ()))
