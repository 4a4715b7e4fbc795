"""Merges: the rows of one database join another, as the pages that they are.

A row whose key is unique on both sides and there on both stays where it is: its values fill the empty fields of the
target's row, and its page gets a line that links there. Every other row moves. What a move keeps of the values is
documented nowhere, so every mapped value is archived before and written after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.desired.state import Merge
from reconciler.memory.entry import Entry
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.condition import normal
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty, LiveRow, Rows, Value
from reconciler.model.properties.convert import Context, Converted, convert
from reconciler.planning import guards
from reconciler.planning.diff.unfinished import edited
from reconciler.planning.edits import spelled, stand_in
from reconciler.planning.match import DatabaseMatch

Mapped = Mapping[str, LiveProperty]
"""Target properties by the id of the source property whose values they take."""


@dataclass
class Joining:
    """What a merge comes to: which rows move, which stay matched, and what each brings along.

    ``arrivals`` are the moved rows as they will be in the target, before any other rule; ``resumed`` are those among
    them that an earlier run moved already; ``matched`` pairs source rows with target rows; ``unfit`` names values that
    the target cannot hold, which stay in the archive alone.
    """

    rule: Merge
    source: DatabaseMatch
    target: DatabaseMatch
    mapped: Mapped
    arrivals: list[LiveRow] = field(default_factory=list)
    resumed: set[str] = field(default_factory=set)
    matched: list[tuple[LiveRow, LiveRow]] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    """Data source ids by database key: where a relation leads that this plan makes."""

    @property
    def address(self) -> str:
        """The merge's address."""
        return addresses.of_rule("merges", self.rule.name)


def mapping(rule: Merge, source: DatabaseMatch, target: DatabaseMatch) -> dict[str, LiveProperty]:
    """Which target property takes which source property's values: named ones, the titles, and equal names."""
    mapped: dict[str, LiveProperty] = {}
    for prop in source.live.properties if source.live else ():
        name = rule.fields.get(prop.name, prop.name)
        found = _target_property(target, name)
        if found is None and prop.type == "title":
            found = _title(target)
        if found is not None and properties.of(found.type).writable and found.id not in {p.id for p in mapped.values()}:
            mapped[prop.id] = found
    return mapped


def _target_property(target: DatabaseMatch, name: str) -> LiveProperty | None:
    if name in target.desired.fields:
        return None if name in target.blocked else stand_in(target, name)
    former = next((n for n, f in target.desired.fields.items() if name in f.was), None)
    if former is not None:
        return stand_in(target, former)
    return target.live.by_name(name) if target.live else None


def _title(target: DatabaseMatch) -> LiveProperty | None:
    if target.live is not None:
        return target.live.title_property
    declared = target.desired.title_field
    return stand_in(target, declared.name) if declared else None


def join(
    rule: Merge,
    source: DatabaseMatch,
    target: DatabaseMatch,
    rows: Mapping[str, Rows],
    left_over: list[Entry],
    people: Mapping[str, str],
    sources: Mapping[str, str],
    bot: str,
) -> Joining:
    """Who moves, who is matched, and with which values; ``left_over`` are archive entries of a run that was cut off."""
    mapped = mapping(rule, source, target)
    joining = Joining(rule=rule, source=source, target=target, mapped=mapped, sources=sources)
    theirs, here = rows.get(source.desired.key, Rows()).rows, rows.get(target.desired.key, Rows()).rows
    moved = _moved_before(left_over, here, {row.id for row in theirs}, bot)
    ours = tuple(row for row in here if row.id not in moved)
    key = _key(rule, mapped)
    survivors = _survivors(key, theirs, ours, moved.values()) if key else {}
    for row in theirs:
        if row.id in survivors:
            joining.matched.append((row, survivors[row.id]))
        else:
            joining.arrivals.append(_arrival(row, joining, people))
    joining.arrivals.extend(moved.values())
    joining.resumed.update(moved)
    return joining


def _key(rule: Merge, mapped: Mapped) -> tuple[str, LiveProperty] | None:
    """The (source property id, target property) whose equal texts make one row of two."""
    if rule.match is None:
        return None
    return next(((sid, prop) for sid, prop in mapped.items() if rule.match in (prop.name, prop.id)), None)


def _survivors(
    key: tuple[str, LiveProperty], theirs: tuple[LiveRow, ...], ours: tuple[LiveRow, ...], moved: Iterable[LiveRow]
) -> dict[str, LiveRow]:
    """Target rows by source row: keys that are not empty and unique on each side alone (design section 4).

    ``moved`` rows left the source in a run that was cut off; they still count on its side.
    """
    source_id, prop = key
    kind = properties.of(prop.type)

    def text(row: LiveRow, property_id: str) -> str:
        value = row.values.get(property_id)
        return normal(kind.text(value)) if value is not None else ""

    there = Counter(text(row, source_id) for row in theirs) + Counter(text(row, prop.id) for row in moved)
    here = Counter(text(row, prop.id) for row in ours)
    by_key = {text(row, prop.id): row for row in ours}
    keys = {row.id: text(row, source_id) for row in theirs}
    return {row: by_key[k] for row, k in keys.items() if k and there[k] == 1 and here[k] == 1}


def brought(row: LiveRow, joining: Joining, people: Mapping[str, str]) -> Iterator[tuple[LiveProperty, Value]]:
    """The values that a source row has for the target's properties, converted; what does not fit is kept as unfit."""
    by_id = {p.id: p for p in joining.source.live.properties} if joining.source.live else {}
    for source_id, prop in joining.mapped.items():
        source_prop = by_id[source_id]
        value = row.values.get(source_id, properties.of(source_prop.type).nothing)
        turned = _converted(source_prop, prop, value, joining, people)
        if properties.of(source_prop.type).empty(value):
            turned = properties.of(prop.type).nothing
        elif turned is None:
            hidden = joining.source.desired.sensitive or joining.target.desired.sensitive
            title = "(sensitive)" if hidden else row.title or "(untitled)"
            joining.unfit.append(f"{title}: {source_prop.name}")
            turned = properties.of(prop.type).nothing
        if prop.type in ("select", "multi_select"):
            names = turned if isinstance(turned, list) else [turned] if turned else []
            wanted = joining.options.setdefault(prop.id, [])
            wanted.extend(name for name in names if name not in wanted)
        yield prop, turned


def _converted(
    source: LiveProperty, target: LiveProperty, value: Value, joining: Joining, people: Mapping[str, str]
) -> Value | None:
    """The value in the target's type; None where it does not fit. Folded options get their new name."""
    declared = next(
        (f for n, f in joining.target.desired.fields.items() if stand_in(joining.target, n).id == target.id), None
    )
    folds = {old: o.name for o in (declared.options or ()) for old in o.was} if declared else {}
    if source.type == target.type:
        if target.type in ("select", "status"):
            value = folds.get(value, value)
        elif target.type == "multi_select":
            value = list(dict.fromkeys(folds.get(name, name) for name in value))
        value = spelled(target, declared, value)
        if target.type == "status" and value and value not in [o["name"] for o in target.config.get("options", ())]:
            return None
        leads_to = target.config.get("data_source_id") or joining.sources.get(declared.to or "" if declared else "")
        other = source.config.get("data_source_id") != leads_to
        if target.type == "relation" and value and other:
            return None
        return value
    context = Context(
        options=tuple(o["name"] for o in target.config.get("options", ())),
        folds=folds,
        people=people,
        allows_new_options=target.type != "status",
    )
    turned = convert(source.type, target.type, value, context)
    return turned.value if isinstance(turned, Converted) else None


def _arrival(row: LiveRow, joining: Joining, people: Mapping[str, str]) -> LiveRow:
    values = {prop.id: value for prop, value in brought(row, joining, people)}
    return replace(row, values=values)


def _moved_before(left_over: list[Entry], here: tuple[LiveRow, ...], there: set[str], bot: str) -> dict[str, LiveRow]:
    """Rows that a run which was cut off moved already, with the values that its archive entry says, by page id.

    What a person has put there since stays.
    """
    rows = {row.id: row for row in here if row.id not in there}
    values: dict[str, dict[str, Value]] = {}
    for since, kept in ((entry.timestamp, value) for entry in left_over for value in entry.values):
        row = rows.get(kept.row)
        if row is None or kept.to is None:
            continue
        property_id, _, kind = kept.to
        now = row.values.get(property_id, properties.of(kind).nothing)
        theirs = not properties.of(kind).empty(now) and edited(
            row, now, kind, before=(kept.type, kept.old), since=since, bot=bot
        )
        values.setdefault(row.id, {})[property_id] = now if theirs else kept.new
    return {row: replace(rows[row], values={**rows[row].values, **found}) for row, found in values.items()}


def refusal(
    rule: Merge, source: DatabaseMatch | None, target: DatabaseMatch | None, rows: Mapping[str, Rows]
) -> Finding | None:
    """Why the merge cannot be planned; None when it can."""
    address = addresses.of_rule("merges", rule.name)
    if target is None:
        return guards.needs(address, [addresses.of_database(rule.into)], where=rule.where)
    if source is None or source.live is None:
        return guards.note(
            "pending",
            address,
            f"there is no database {rule.from_title or rule.from_key!r} to merge",
            "nothing to do: it is looked for at every plan",
            where=rule.where,
        )
    for key in (source.desired.key, target.desired.key):
        if rows.get(key, Rows()).incomplete:
            return guards.incomplete(address, rows[key].incomplete, where=rule.where)
    if rule.match and _key(rule, mapping(rule, source, target)) is None:
        return guards.blocked(
            "match-missing",
            address,
            f"the field {rule.match!r} that tells equal rows is not on both sides",
            "name it in `fields`, or leave `match` out: then every row moves",
            where=rule.where,
        )
    if source.desired.protect and rule.then == "trash":
        return guards.blocked(
            "protected",
            address,
            "its source says protect = true",
            'use then = "mark", or take `protect` away',
            where=rule.where,
        )
    return None
