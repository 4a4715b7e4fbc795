"""What is written where a field changes its type: the change itself, and our own conversion of each value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reconciler.desired.state import Field
from reconciler.model import properties
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.model.properties.convert import Converted, Failed
from reconciler.planning.actions.base import RowChange
from reconciler.planning.asking import narrowed
from reconciler.planning.diff.fields import initial_config
from reconciler.planning.diff.option_list import OPTION_TYPES
from reconciler.planning.edits import Edits
from reconciler.planning.effects import Against, Effect, LastLook, PropertyChange, RowWrite, SweepOptions
from reconciler.planning.identity import FORMER
from reconciler.planning.ledger import Ledger


def in_place(declared: Field, live: LiveProperty, edits: Edits) -> Iterator[Effect]:
    """The type is changed under the same id; options that Notion makes of old values on the way are swept up after."""
    config = _config(declared, edits)
    if properties.of(live.type).writable:
        known = {value.row: value.old for value in edits.values}
        yield LastLook(
            database=declared.database,
            property_id=live.id,
            type=live.type,
            filter=narrowed(live),
            known=known,
            retypes=True,
        )
    yield PropertyChange(
        database=declared.database,
        field=declared.name,
        property_id=live.id,
        name=declared.name if declared.name != live.name else None,
        type=declared.type,
        config=config,
        description=declared.description,
        retypes=True,
    )
    if declared.type in OPTION_TYPES:
        stay = tuple(str(o["name"]) for o in config.get("options", ()))
        yield SweepOptions(database=declared.database, property_id=live.id, type=declared.type, stay=stay)


def filled(row: LiveRow, begun: LiveProperty, ledger: Ledger, turned: Converted | Failed) -> bool:
    """Whether a person put something else into the new field since a run which was cut off made it."""
    kind, now = properties.of(begun.type), ledger.value(row, begun)
    return not kind.empty(now) and not (isinstance(turned, Converted) and kind.same(now, turned.value))


def new_beside(declared: Field, live: LiveProperty, edits: Edits, *, begun: LiveProperty | None) -> Iterator[Effect]:
    """A new field takes the name; the old one, whose values Notion computes, goes once they are archived.

    ``begun`` is the new one where a run that was cut off has made it.
    """
    if begun is None:
        if live.name.casefold() == declared.name.casefold():
            yield PropertyChange(
                database=declared.database, field=live.name, property_id=live.id, name=live.name + FORMER
            )
        yield PropertyChange(
            database=declared.database,
            field=declared.name,
            name=declared.name,
            type=declared.type,
            config=_config(declared, edits),
            description=declared.description,
        )
    yield PropertyChange(database=declared.database, field=live.name, property_id=live.id, remove=True, closing=True)


def _config(declared: Field, edits: Edits) -> dict[str, Any]:
    if declared.type in ("select", "multi_select") and declared.options is None:
        return {"options": [{"name": name} for name in _names(edits)]}
    return initial_config(declared)


def record(
    edits: Edits,
    row: LiveRow,
    live: LiveProperty,
    after: LiveProperty,
    old: Value,
    turned: Converted | Failed,
    *,
    written: bool = True,
) -> None:
    """One value, written in its new type whatever Notion itself made of the old one.

    A status is never empty: where nothing fits, Notion's default stands and nothing is written. What is not ``written``
    is archived alone.
    """
    ledger = edits.ledger
    new = turned.value if isinstance(turned, Converted) else properties.of(after.type).nothing
    if written and not (after.type == "status" and new is None):
        edits.writes.append(_write(ledger, row, live, after, old, new))
    shown = ledger.shown(after.type, new) if isinstance(turned, Converted) else ""
    fate = "converted" if isinstance(turned, Converted) else "archived"
    edits.changes.append(RowChange(ledger.name(row), after.name, ledger.shown(live.type, old), shown, fate))
    kept = ledger.archived(row, live, old=old, new=new)
    edits.values.append(replace(kept, to=(after.id, after.name, after.type)))
    ledger.becomes(row, after.id, new)


def _write(ledger: Ledger, row: LiveRow, live: LiveProperty, after: LiveProperty, old: Value, new: Value) -> RowWrite:
    """The write of a converted value: into the property itself, or into the new one beside it, which holds nothing."""
    there, against = old, Against.CONVERTED
    if after.id != live.id:
        begun = ledger.pair.begun.get(after.name)
        there = ledger.value(row, begun) if begun else properties.of(after.type).nothing
        against = Against.READ
    return RowWrite(
        database=ledger.pair.desired.key,
        row=row.id,
        property=after.id,
        type=after.type,
        old=there,
        new=new,
        against=against,
    )


def _names(edits: Edits) -> list[str]:
    """The option names that converted values need, in the order of the alphabet."""
    found: dict[str, str] = {}
    for write in edits.writes:
        for name in write.new if isinstance(write.new, list) else [write.new] if write.new else []:
            found.setdefault(name.casefold(), name)
    return sorted(found.values())
