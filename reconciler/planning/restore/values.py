"""Values as they were: each walked back from what is there to what was, and written where nobody wrote since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.memory.hosted import KeptFile, Place
from reconciler.model import properties
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.model.properties.convert import Context, Converted, convert
from reconciler.planning.actions.base import RowChange
from reconciler.planning.edits import Edits
from reconciler.planning.effects import Against, RowWrite
from reconciler.planning.ledger import Ledger
from reconciler.planning.restore.fields import Schema
from reconciler.planning.restore.material import Files, Material, Turn, Turns, walk_back, with_copies
from reconciler.planning.restore.site import Site, holds, kept
from reconciler.planning.words import few

Owed = Mapping[tuple[str, str, str], Value]
"""Values that a run of this restore, which was cut off, has still to write: by (database key, row, property id)."""


@dataclass
class Taking:
    """What is taken back of one property: ``edits`` hold the writes, ``changed`` rows that somebody wrote since.

    ``files`` are the archive's copies, ``kept`` those that a row's value is written with.
    """

    edits: Edits
    files: Files
    kept: dict[str, tuple[KeptFile, ...]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    unrestorable: int = 0

    def written(self) -> list[RowWrite]:
        """The writes, with the copies of the files that come back with them."""
        return [replace(write, kept=self.kept.get(write.row, ())) for write in self.edits.writes]

    def said(self, address: str) -> list[Finding]:
        """What is left as people made it."""
        if not self.changed:
            return []
        words = few(len(self.changed), "value was", "values were")
        return [kept(address, f"{words} changed since, so it stays as it is: {', '.join(sorted(self.changed)[:3])}")]


def owed(left_over: Iterable[Entry]) -> dict[tuple[str, str, str], Value]:
    """What the entries of a cut-off run say that it was about to write."""
    found: dict[tuple[str, str, str], Value] = {}
    for entry in left_over:
        where = str((entry.definition.get("departed") or {}).get("to") or entry.database)
        for value in entry.values:
            if entry.kind == "restore" and value.new is not None:
                found[where, value.row, value.to[0] if value.to else value.property_id] = value.new
    return found


def taken_back(
    was: LiveProperty,
    site: Site,
    schema: Schema,
    steps: Turns,
    owing: Owed,
    *,
    leaving: frozenset[str],
    material: Material,
    consents: bool,
) -> Taking:
    """The values of one former property; rows ``leaving`` the database are none of its matter."""
    taking = Taking(edits=Edits(site.ledger), files=material.files)
    live, after = site.now.get(was.id), site.after[was.id]
    kind = properties.of(was.type)
    for row in site.ledger.rows:
        turns = steps.get((site.key, row.id, was.id), [])
        if row.id in leaving or was.id in site.covered:
            continue
        if not kind.writable:
            taking.unrestorable += any(not turn.restorable for turn in turns if turn.asked) and live is None
        elif schema.retypes and live is not None:
            _turned(row, was, live, after, turns, taking, consents=consents)
        elif live is None:
            _brought(row, was, after, turns, site, taking, consents=consents)
        else:
            place = (site.key, row.id, live.id)
            due = owing.get(place) if row.last_edited_by in ("", material.bot) else None
            _kept(row, was, live, turns, due, taking, consents=consents)
    return taking


def _writable(row: LiveRow, was: LiveProperty, value: Value, batch: str, taking: Taking) -> Value:
    """The value as it can be written: files that Notion hosted come from the copies that the batch kept of them."""
    there, taking.kept[row.id], lost = with_copies(value, was.type, Place(row.id, was.id), batch, taking.files)
    taking.unrestorable += lost
    return there


def _kept(
    row: LiveRow,
    was: LiveProperty,
    live: LiveProperty,
    turns: list[Turn],
    due: Value | None,
    taking: Taking,
    *,
    consents: bool,
) -> None:
    """A property that is there in its type: the value is walked back; one that a cut-off run owes is written."""
    ledger = taking.edits.ledger
    now = ledger.value(row, live)
    back = walk_back(now, live.type, turns)
    if back.changed and due is not None:
        taking.edits.set(row, live, _writable(row, was, due, _first(turns).batch, taking))
    elif back.changed and consents:
        taking.edits.set(row, live, _writable(row, was, _first(turns).old, _first(turns).batch, taking))
    elif back.changed:
        taking.changed.append(ledger.name(row))
    elif back.moved and back.type == was.type and not _fixed(was, back.value):
        taking.edits.set(row, live, _writable(row, was, back.value, back.batch, taking))
    elif not turns and due is not None:
        taking.edits.set(row, live, _writable(row, was, due, "", taking))


def _first(turns: list[Turn]) -> Turn:
    """The turn before all others, as far as they tell."""
    made = [turn for turn in turns if turn.asked]
    starts = [t for t in made if not any(o is not t and o.made(t.old, t.type) for o in turns if o.new is not None)]
    return (starts or made)[-1]


def _fixed(was: LiveProperty, value: Value) -> bool:
    """A status is never empty: what had none keeps Notion's own."""
    return was.type == "status" and value is None


def _brought(
    row: LiveRow,
    was: LiveProperty,
    after: LiveProperty,
    turns: list[Turn],
    site: Site,
    taking: Taking,
    *,
    consents: bool,
) -> None:
    """A property that comes back: its values come from the archive, unless somebody changed what took their place."""
    ledger = taking.edits.ledger
    to = next((turn.to for turn in turns if turn.to is not None), None)
    instead = site.made.get(to[1]) if to else None
    now = ledger.value(row, instead) if instead else properties.of(was.type).nothing
    back = walk_back(now, instead.type if instead else was.type, turns)
    if back.changed and not consents:
        taking.changed.append(ledger.name(row))
        return
    value, batch = (_first(turns).old, _first(turns).batch) if back.changed else (back.value, back.batch)
    if not (back.moved or back.changed) or properties.of(was.type).empty(value) or _fixed(was, value):
        return
    new = _writable(row, was, value, batch, taking)
    if properties.of(was.type).empty(new):
        return
    taking.edits.writes.append(
        RowWrite(
            database=site.key,
            row=row.id,
            property=after.id,
            type=was.type,
            old=properties.of(was.type).nothing,
            new=new,
            against=Against.UNCOMPARED,
        )
    )
    taking.edits.changes.append(RowChange(ledger.name(row), was.name, "", ledger.shown(was.type, new)))
    ledger.becomes(row, after.id, new)


def _turned(
    row: LiveRow,
    was: LiveProperty,
    live: LiveProperty,
    after: LiveProperty,
    turns: list[Turn],
    taking: Taking,
    *,
    consents: bool,
) -> None:
    """A property whose type changes back: all of its values are kept before, and written in the old type after it."""
    ledger = taking.edits.ledger
    now = ledger.value(row, live)
    back = walk_back(now, live.type, turns)
    if back.moved and back.type == was.type:
        value = _writable(row, was, back.value, back.batch, taking)
    elif back.changed and consents:
        value = _writable(row, was, _first(turns).old, _first(turns).batch, taking)
    elif back.moved and properties.of(back.type).empty(back.value):
        # It was empty when the type changed, so that nothing was kept of it then.
        value = properties.of(was.type).nothing
    elif not holds(live, now):
        if not properties.of(live.type).empty(now):
            # Notion would make words of a box that nobody ticked.
            none = properties.of(was.type).nothing
            taking.edits.values.append(ledger.archived(row, live, old=now))
            taking.edits.writes.append(_write(ledger, row, after, was, now, none))
        return
    elif was.type == live.type:
        # Links to rows of another database: they are kept, and what Notion makes of them is its own.
        taking.edits.values.append(ledger.archived(row, live, old=now))
        taking.changed.append(ledger.name(row))
        return
    else:
        turned = convert(live.type, was.type, now, Context())
        value = turned.value if isinstance(turned, Converted) else properties.of(was.type).nothing
        taking.changed.append(ledger.name(row))
    kind = properties.of(was.type)
    if not _fixed(was, value):
        taking.edits.writes.append(_write(ledger, row, after, was, now, value))
    archived: ArchivedValue = ledger.archived(row, live, old=now, new=value)
    taking.edits.values.append(replace(archived, to=(after.id, was.name, was.type)))
    shown = ledger.shown(was.type, value) if not kind.empty(value) else ""
    taking.edits.changes.append(RowChange(ledger.name(row), was.name, ledger.shown(live.type, now), shown))
    ledger.becomes(row, after.id, value)


def _write(ledger: Ledger, row: LiveRow, after: LiveProperty, was: LiveProperty, now: Value, new: Value) -> RowWrite:
    return RowWrite(
        database=ledger.pair.desired.key,
        row=row.id,
        property=after.id,
        type=was.type,
        old=now,
        new=new,
        against=Against.UNCOMPARED,
    )
