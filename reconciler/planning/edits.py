"""Values that one action sets in the rows of one database: gathered once, for the machine, people and the archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.desired.state import Field
from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.model import properties
from reconciler.model.condition import normal
from reconciler.model.finding import Location
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.planning.actions.base import Risk, RowChange
from reconciler.planning.effects import RowWrite
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch


@dataclass
class Edits:
    """What is set so far. Values that are equal already are never written."""

    ledger: Ledger
    writes: list[RowWrite] = field(default_factory=list)
    changes: list[RowChange] = field(default_factory=list)
    values: list[ArchivedValue] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.writes)

    def set(self, row: LiveRow, prop: LiveProperty, new: Value, *, fate: str = "") -> bool:
        """Sets one value, unless it is there already; whether it was set."""
        if properties.of(prop.type).same(self.ledger.value(row, prop), new):
            return False
        write, change, archived = self.ledger.write(row, prop, new)
        self.writes.append(write)
        self.changes.append(RowChange(change.row, change.field, change.old, change.new, fate))
        if prop.id in row.values:
            self.values.append(archived)
        return True

    @property
    def rows(self) -> tuple[RowChange, ...]:
        """Every change, sorted, for people."""
        return tuple(sorted(self.changes))

    @property
    def archived(self) -> int:
        """How many values were there before and go to the archive."""
        return sum(1 for value in self.values if not properties.of(value.type).empty(value.old))

    def entries(
        self,
        address: str,
        kind: str,
        *,
        field_name: str,
        reason: str,
        source: str = "",
        where: Location | None = None,
        definition: Mapping[str, Any] | None = None,
    ) -> tuple[Entry, ...]:
        """The archive entry that keeps every old value beside the new one; none where nothing was there before."""
        if not self.values:
            return ()
        kept = entry_of(
            self.ledger.pair,
            address,
            kind,
            field_name=field_name,
            reason=reason,
            source=source,
            where=where,
            definition=definition,
            values=self.values,
        )
        return (kept,)

    @property
    def risk(self) -> Risk:
        """Whether values that were there become others."""
        return Risk.CONVERTS if self.archived else Risk.SAFE


def entry_of(
    pair: DatabaseMatch,
    address: str,
    kind: str,
    *,
    field_name: str,
    reason: str,
    source: str = "",
    where: Location | None = None,
    definition: Mapping[str, Any] | None = None,
    values: list[ArchivedValue] | None = None,
    content: Mapping[str, list[Any]] | None = None,
) -> Entry:
    """An archive entry of one database, not yet stamped with its batch and time."""
    return Entry(
        address=address,
        kind=kind,
        batch="",
        database=pair.desired.key,
        database_title=pair.live.title if pair.live else "",
        field=field_name,
        reason=reason,
        source=source,
        where=str(where) if where else "",
        timestamp="",
        definition=definition or {},
        values=tuple(values or ()),
        content=content or {},
        sensitive=pair.sensitive,
    )


def spelled(prop: LiveProperty, declared: Field | None, value: Value) -> Value:
    """The value with options in the spelling that is live or declared; names are one after NFC and trimming."""
    if prop.type not in ("select", "multi_select", "status") or not value:
        return value
    known = [o.name for o in (declared.options or () if declared else ())]
    known += [str(o["name"]) for o in prop.config.get("options", ())]
    by_text = {normal(name): name for name in reversed(known)}

    def one(name: str) -> str:
        return name if name in known else by_text.get(normal(name), name)

    return list(dict.fromkeys(map(one, value))) if isinstance(value, list) else one(value)


def stand_in(pair: DatabaseMatch, name: str) -> LiveProperty:
    """The live property of a declared field; for one that this plan makes, a stand-in that is addressed by name."""
    live = pair.now(name)
    return live or LiveProperty(id=name, name=name, type=pair.desired.fields[name].type, config={})
