"""What a run that was cut off still owed of a change of type: converted values, and options that nothing holds.

The old values are in the archive entries of the batch that is open, beside what was to take their place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.finding import Finding
from reconciler.model.limits import OPTION_UNITS
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.model.properties.base import EVERYTHING
from reconciler.planning import guards
from reconciler.planning.actions.rows import ChangeRows
from reconciler.planning.asking import Asking
from reconciler.planning.diff.option_list import OPTION_TYPES
from reconciler.planning.edits import Edits
from reconciler.planning.effects import Effect, SweepOptions, Task
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch


def archived_then(
    left_over: Iterable[Entry], pair: DatabaseMatch, live: LiveProperty
) -> Callable[[LiveRow], Value] | None:
    """What the rows held of a computed property when a run that was cut off archived it; None where none had.

    By now it may be computed from what that run wrote since, or show something for rows that it made.
    """
    kept = {
        value.row: value.old
        for entry in left_over
        if entry.kind == "retype" and entry.database == pair.desired.key
        for value in entry.values
        if value.property_id == live.id and value.type == live.type
    }
    return (lambda row: kept.get(row.id, properties.of(live.type).nothing)) if kept else None


def unfinished(pair: DatabaseMatch, left_over: Iterable[Entry]) -> Iterator[tuple[Entry, LiveProperty]]:
    """Entries of a run that was cut off after a type was changed, with the property as it is now."""
    for entry in left_over:
        if entry.kind != "retype" or entry.database != pair.desired.key or not entry.values:
            continue
        to = entry.values[0].to
        live = pair.fields.get(to[1]) if to else None
        if to and live is not None and live.type == to[2]:
            yield entry, live


def asks(asking: Asking, pair: DatabaseMatch, left_over: Iterable[Entry]) -> None:
    """All rows, with what they hold of a property whose type was changed."""
    for _, live in unfinished(pair, left_over):
        asking.add(EVERYTHING, live)


def tasks(pair: DatabaseMatch, ledger: Ledger, left_over: Iterable[Entry], bot: str) -> Iterator[Task | Finding]:
    """Writes the converted values that are owed, and sweeps up options; what people edited since is left and told."""
    for entry, live in unfinished(pair, left_over):
        address = addresses.of_field(pair.desired.key, live.name)
        if ledger.incomplete:
            yield guards.incomplete(address, ledger.incomplete, where=pair.desired.where)
            continue
        rows = {row.id: row for row in ledger.rows}
        edits = Edits(ledger)
        for kept in entry.values:
            row = rows.get(kept.row)
            if row is None or (live.type == "status" and kept.new is None):
                continue
            if properties.of(live.type).same(ledger.value(row, live), kept.new):
                continue
            now, before = ledger.value(row, live), (kept.type, kept.old)
            if edited(row, now, live.type, before=before, since=entry.timestamp, bot=bot):
                yield _edited_since(ledger, row, live, address)
            else:
                edits.set(row, live, kept.new, fate="converted")
        edits.values.clear()
        extras = _made_on_the_way(pair, live, entry)
        if edits or extras:
            yield _task(pair, live, address, edits, extras)


def _task(pair: DatabaseMatch, live: LiveProperty, address: str, edits: Edits, extras: frozenset[str]) -> Task:
    details = ["a run was cut off after the type was changed; the old values are in the archive"]
    effects: list[Effect] = [*edits.writes]
    if extras:
        pair.passing[live.id] = extras
        stay = tuple(str(o["name"]) for o in live.config.get("options", ()) if o["name"] not in extras)
        details.append(f"options that Notion made on the way go, if no row holds them: {', '.join(sorted(extras))}")
        effects.append(SweepOptions(database=pair.desired.key, property_id=live.id, type=live.type, stay=stay))
    return Task(
        action=ChangeRows(
            kind="finish-retype",
            address=address,
            database=pair.desired.key,
            rows=edits.rows,
            details=tuple(details),
            reason="cut-off",
        ),
        effects=tuple(effects),
    )


def edited(row: LiveRow, now: Value, kind: str, *, before: tuple[str, Value], since: str, bot: str) -> bool:
    """Whether a person may have edited a value since its type was changed from what it was ``before``: (type, value).

    ``since`` is in ISO 8601. Notion cuts the time of an edit to the minute, so an edit of the same minute counts; not
    where the value still says, as text, what it did, for then Notion converted it.
    """
    if row.last_edited_by in ("", bot) or row.last_edited_time[:_MINUTE] < since[:_MINUTE]:
        return False
    kind_before, value = before
    if "relation" in (kind, kind_before):
        return True
    one, other = properties.of(kind).text(now), properties.of(kind_before).text(value)
    return one.strip().casefold() != other.strip().casefold()


_MINUTE = len("2026-01-01T00:00")


def _made_on_the_way(pair: DatabaseMatch, live: LiveProperty, entry: Entry) -> frozenset[str]:
    """Options that nobody declared and no converted value needs, and that the old type had or old values bore."""
    if live.type not in OPTION_TYPES:
        return frozenset()
    declared = pair.desired.fields.get(live.name)
    needed = [name for kept in entry.values for name in _names(kept.new)]
    stay = {o.name for o in (declared.options if declared else None) or ()} | set(needed)
    before = entry.definition.get("property", {}).get("config", {}).get("options", ())
    known = {str(option["name"]).casefold() for option in before}
    known |= {name.casefold() for kept in entry.values for name in _as_options(kept)}
    there = {str(option["name"]) for option in live.config.get("options", ())}
    return frozenset(name for name in there - stay if name.casefold() in known)


def _names(value: Value) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else [str(value)] if value else []


def _as_options(kept: ArchivedValue) -> Iterator[str]:
    """What Notion may call the options that it makes of a value: its text without commas, or the parts between them."""
    if kept.type == "relation":
        return
    text = properties.of(kept.type).text(kept.old)
    for name in (text.replace(",", " "), *text.split(",")):
        yield name.strip()[:OPTION_UNITS]


def _edited_since(ledger: Ledger, row: LiveRow, live: LiveProperty, address: str) -> Finding:
    return guards.note(
        "superseded",
        address,
        f"{ledger.name(row)}: {live.name} was edited since its type was changed, so it is left alone",
        "nothing to do; the value before is in the archive",
    )
