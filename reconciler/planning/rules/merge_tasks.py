"""The task of a merge: entries first, then moves and values, then the mark on what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.finding import Finding
from reconciler.model.limits import OPTIONS
from reconciler.model.live import LiveProperty, LiveRow, Rows
from reconciler.model.properties.convert import Context
from reconciler.planning import guards
from reconciler.planning.actions.base import RowChange
from reconciler.planning.actions.merge import MergeRows
from reconciler.planning.diff.option_list import OPTION_TYPES
from reconciler.planning.edits import Edits, entry_of
from reconciler.planning.effects import (
    Against,
    Effect,
    MarkDatabase,
    MoveRow,
    OptionsWritten,
    RowWrite,
    SurvivorLine,
    SweepOptions,
    Task,
    TrashDatabase,
)
from reconciler.planning.identity import ARCHIVED
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import Matched
from reconciler.planning.rules.absorb import UNITED, joined
from reconciler.planning.rules.merge import Joining, brought
from reconciler.planning.words import few


def merge_tasks(
    joining: Joining,
    matched: Matched,
    ledgers: Mapping[str, Ledger],
    rows: Mapping[str, Rows],
    people: Mapping[str, str],
) -> Iterator[Task | Finding]:
    """The merge as one task, with the ledger of the target written on behalf of matched rows."""
    source, target = joining.source, joining.target
    if source.live is None:
        return
    filled, told = _fill(joining, ledgers[target.desired.key], people)
    too_many = _too_many_options(joining)
    if too_many is not None:
        yield too_many
        return
    inbound = _inbound(joining, matched, rows)
    effects: list[Effect] = [*_options(joining), *_entries(joining, ledgers, filled, inbound)]
    moved = [row for row in joining.arrivals if row.id not in joining.resumed]
    effects.extend(MoveRow(source.desired.key, target.desired.key, row.id) for row in moved)
    effects.extend(write for row in joining.arrivals for write in _writes(row, joining))
    effects.extend(filled.writes)
    effects.extend(SurvivorLine(source.desired.key, row.id, survivor.id) for row, survivor in joining.matched)
    effects.extend(_sweeps(joining))
    effects.extend(_ending(joining))
    yield Task(
        action=MergeRows(
            address=joining.address,
            database=target.desired.key,
            source_title=source.live.title,
            into=target.desired.title,
            moved=len(moved),
            resumed=len(joining.resumed),
            matched=len(joining.matched),
            rows=tuple(sorted([*_moves(joining, ledgers), *filled.changes, *told])),
            archived=sum(1 for _ in _values(joining, ledgers)) + filled.archived,
            details=tuple(_details(joining, inbound)),
            where=joining.rule.where,
            source=joining.rule.source or joining.rule.reason,
        ),
        effects=tuple(effects),
        needs=() if target.live else (addresses.of_database(target.desired.key),),
    )


def _fill(joining: Joining, ledger: Ledger, people: Mapping[str, str]) -> tuple[Edits, list[RowChange]]:
    """What matched rows bring to their survivors, and what of it stays in the archive alone."""
    edits = Edits(ledger)
    told: list[RowChange] = []
    context = Context()
    for row, survivor in joining.matched:
        for prop, value in brought(row, joining, people):
            if properties.of(prop.type).empty(value):
                continue
            now = ledger.value(survivor, prop)
            new, lost = joined(prop.type, now, prop.type, value, context)
            if lost and joining.rule.prefer == "source" and prop.type not in UNITED:
                edits.set(survivor, prop, value, fate="archived")
            elif lost:
                shown = ledger.shown(prop.type, value)
                told.append(RowChange(ledger.name(survivor), prop.name, shown, "", "archived"))
            else:
                edits.set(survivor, prop, new)
    return edits, told


def _writes(row: LiveRow, joining: Joining) -> Iterator[RowWrite]:
    """Every mapped value of a moved row, whatever the move itself kept."""
    by_id = {prop.id: prop for prop in joining.mapped.values()}
    retyped = {prop.id for prop in joining.target.retyped.values()}
    for property_id, value in row.values.items():
        prop = by_id.get(property_id)
        # What a change of type makes of a value is written with it; nothing stays nothing.
        if prop is not None and not (prop.id in retyped and properties.of(prop.type).empty(value)):
            yield RowWrite(
                database=joining.target.desired.key,
                row=row.id,
                property=prop.id,
                type=prop.type,
                old=properties.of(prop.type).nothing,
                new=value,
                against=Against.UNCOMPARED if row.id in joining.resumed else Against.ARRIVED,
            )


def _values(joining: Joining, ledgers: Mapping[str, Ledger]) -> Iterator[ArchivedValue]:
    """Every value of every source row, with where it goes; moved ones tell the next run what to write."""
    ledger = ledgers[joining.source.desired.key]
    arrived = {row.id: row for row in joining.arrivals}
    for row in ledger.rows:
        for prop in sorted(joining.source.live.properties if joining.source.live else (), key=lambda p: p.name):
            old = ledger.value(row, prop)
            if properties.of(prop.type).empty(old):
                continue
            to = joining.mapped.get(prop.id)
            moved = arrived.get(row.id) if to is not None else None
            yield ArchivedValue(
                row=row.id,
                name=ledger.name(row),
                property_id=prop.id,
                property=prop.name,
                type=prop.type,
                old=old,
                new=moved.values[to.id] if moved and to else None,
                restorable=properties.of(prop.type).writable,
                to=(to.id, to.name, to.type) if moved and to else None,
            )


def _entries(
    joining: Joining, ledgers: Mapping[str, Ledger], filled: Edits, inbound: Mapping[str, list[str]]
) -> Iterator[Entry]:
    source, target, rule = joining.source, joining.target, joining.rule
    lineage = {row.id: "moved" for row in joining.arrivals}
    lineage |= {row.id: f"joined {survivor.id}" for row, survivor in joining.matched}
    live = source.live
    definition = {
        "source": {"id": live.id, "data_source_id": live.data_source_id, "title": live.title} if live else {},
        "properties": [{"id": p.id, "name": p.name, "type": p.type, "config": dict(p.config)} for p in live.properties]
        if live
        else [],
        "into": target.desired.key,
        "lineage": lineage,
        "inbound": {place: list(edges) for place, edges in inbound.items()},
    }
    why = rule.reason or f"merged into {target.desired.title}"
    values = list(_values(joining, ledgers))
    yield entry_of(
        source, joining.address, "merge", field_name="", reason=why, source=rule.source, where=rule.where,
        definition=definition, values=values, content=_stranded(joining, ledgers),
    )  # fmt: skip
    if filled:
        yield from filled.entries(
            joining.address, "merge", field_name="", reason=why, source=rule.source, where=rule.where
        )


def _stranded(joining: Joining, ledgers: Mapping[str, Ledger]) -> dict[str, list[Any]]:
    """The page content of matched rows that go to the trash with what is left of the source."""
    content = ledgers[joining.source.desired.key].content
    return {row.id: content[row.id] for row, _ in joining.matched if row.id in content}


def _options(joining: Joining) -> Iterator[OptionsWritten]:
    """Options that arriving values need, where the field's options are not declared: added before the values come."""
    for prop, new in _new_options(joining):
        declared = joining.target.desired.fields.get(prop.name)
        if declared is not None and declared.options is not None:
            continue
        live = [{"id": o["id"], "name": o["name"]} for o in prop.config.get("options", ())]
        yield OptionsWritten(
            database=joining.target.desired.key,
            field=prop.name,
            property_id=prop.id,
            type=prop.type,
            options=(*live, *({"name": name} for name in new)),
        )


def _new_options(joining: Joining) -> Iterator[tuple[LiveProperty, list[str]]]:
    by_id = {prop.id: prop for prop in joining.mapped.values()}
    for property_id, names in joining.options.items():
        prop = by_id[property_id]
        there = {o["name"] for o in prop.config.get("options", ())}
        new = [name for name in names if name not in there]
        if new:
            yield prop, new


def _sweeps(joining: Joining) -> Iterator[SweepOptions]:
    """Where moved rows bear options under names that the target folds or lacks: Notion may bring those along."""
    by_id = {p.id: p for p in joining.source.live.properties} if joining.source.live else {}
    for source_id, prop in joining.mapped.items():
        if prop.type not in ("select", "multi_select") or by_id[source_id].type not in OPTION_TYPES:
            continue
        declared = joining.target.desired.fields.get(prop.name)
        folded = {old for option in (declared.options or () if declared else ()) for old in option.was}
        brought_along = {o["name"] for o in by_id[source_id].config.get("options", ())}
        stay = [o["name"] for o in prop.config.get("options", ()) if o["name"] not in folded]
        stay += [o.name for o in (declared.options or () if declared else ())] + joining.options.get(prop.id, [])
        if joining.arrivals and brought_along - set(stay):
            yield SweepOptions(
                database=joining.target.desired.key,
                property_id=prop.id,
                type=prop.type,
                stay=tuple(dict.fromkeys(name for name in stay if name not in folded)),
            )


def _too_many_options(joining: Joining) -> Finding | None:
    for prop, new in _new_options(joining):
        total = len(prop.config.get("options", ())) + len(new)
        if total > OPTIONS:
            return guards.blocked(
                "option-limit",
                joining.address,
                f"{prop.name!r} would have {total} options; Notion takes {OPTIONS}",
                "fold options of either side first",
                where=joining.rule.where,
            )
    return None


def arriving_options(joinings: list[Joining], database: str, field_name: str) -> tuple[str, ...]:
    """Options that merges bring to a field whose options are declared."""
    found: list[str] = []
    for joining in joinings:
        if joining.target.desired.key == database:
            found.extend(name for prop, new in _new_options(joining) if prop.name == field_name for name in new)
    return tuple(dict.fromkeys(found))


def _inbound(joining: Joining, matched: Matched, rows: Mapping[str, Rows]) -> dict[str, list[str]]:
    """Edges that point at rows of the source, by the address of the field that holds them: ``row -> row``."""
    source = joining.source.live
    found: dict[str, list[str]] = {}
    for key, pair in matched.databases.items():
        for prop in inbound_properties(
            pair.live.properties if pair.live else (), source.data_source_id if source else ""
        ):
            edges = [
                f"{row.id} -> {page}" for row in rows.get(key, Rows()).rows for page in row.values.get(prop.id) or ()
            ]
            if edges:
                found[addresses.of_field(key, prop.name)] = sorted(edges)
    return found


def inbound_properties(candidates: tuple[LiveProperty, ...], data_source_id: str) -> list[LiveProperty]:
    """The relations among ``candidates`` that point at the data source."""
    return [p for p in candidates if p.type == "relation" and p.config.get("data_source_id") == data_source_id]


def _ending(joining: Joining) -> Iterator[Effect]:
    live = joining.source.live
    if live is None:
        return
    if joining.rule.then == "trash":
        yield TrashDatabase(database=joining.source.desired.key)
    elif joining.rule.then == "mark" and not live.title.startswith(ARCHIVED):
        note = f"Merged into {joining.target.desired.title}."
        if joining.rule.reason:
            note += f" {joining.rule.reason}."
        if live.description.startswith(note):
            note = live.description
        elif live.description:
            note += f" {live.description}"
        yield MarkDatabase(database=joining.source.desired.key, title=ARCHIVED + live.title, note=note)


def _moves(joining: Joining, ledgers: Mapping[str, Ledger]) -> Iterator[RowChange]:
    ledger = ledgers[joining.target.desired.key]
    source = joining.source.live.title if joining.source.live else ""
    for row in joining.arrivals:
        yield RowChange(ledger.name(row), "(row)", source, joining.target.desired.title, "moved")


def _details(joining: Joining, inbound: Mapping[str, list[str]]) -> Iterator[str]:
    live = joining.source.live
    taken = joining.mapped
    names = {p.id: p.name for p in live.properties} if live else {}
    renamed = sorted(f"{names[i]} → {p.name}" for i, p in taken.items() if names[i] != p.name)
    if renamed:
        yield "fields: " + ", ".join(renamed)
    alone = sorted(name for i, name in names.items() if i not in taken)
    if alone:
        yield "to the archive alone: " + ", ".join(alone)
    if joining.unfit:
        words = few(len(joining.unfit), "value does not fit and stays", "values do not fit and stay")
        yield f"{words} in the archive: {', '.join(sorted(joining.unfit)[:3])}"
    for prop, new in _new_options(joining):
        yield f"new options of {prop.name}: {', '.join(new)}"
    for place, edges in sorted(inbound.items()):
        yield few(len(edges), "link of", "links of") + f" {place} to its rows, kept in the archive"
    endings = {
        "mark": f"then titled {ARCHIVED}…, described and locked",
        "trash": "then put into Notion's trash",
        "keep": "",
    }
    if endings[joining.rule.then]:
        yield endings[joining.rule.then]
