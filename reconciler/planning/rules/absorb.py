"""``absorbs``: the values of another field of the same database join a field, once.

Edges, people, files and multi_select options are united, the declared field's order first; of anything else an empty
field takes the other's value, and a differing one stays in the archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.desired.state import Field
from reconciler.memory.entry import Entry
from reconciler.memory.memory import Memory, rule_digest
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty, Value
from reconciler.model.properties.convert import Context, Converted, cell, convert
from reconciler.planning import guards
from reconciler.planning.actions.rows import ChangeRows
from reconciler.planning.asking import Asking, holding
from reconciler.planning.edits import Edits, stand_in
from reconciler.planning.effects import OptionsWritten, Task
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import ABSORBS, DatabaseMatch, Matched
from reconciler.planning.scope import Scope
from reconciler.planning.words import few

UNITED = frozenset({"relation", "people", "multi_select", "files"})


def settle_key(declared: Field, absorbed: str) -> str:
    """Under which name the memory keeps that the field was absorbed."""
    return f"{addresses.of_field(declared.database, declared.name)} absorbs {absorbed}"


def settle_digest(declared: Field, absorbed: str) -> str:
    """The digest of what absorbing says."""
    return rule_digest({"field": declared.name, "type": declared.type, "absorbs": absorbed})


def absorbed_fields(pair: DatabaseMatch, memory: Memory) -> Iterator[tuple[Field, LiveProperty]]:
    """Live fields that a declared one has still to absorb."""
    for name, declared in pair.desired.fields.items():
        for other in declared.absorbs:
            live = pair.live.by_name(other) if pair.live else None
            if live is not None and name not in pair.blocked and settle_key(declared, other) not in memory.settled:
                yield declared, live


def absorbed_before(pair: DatabaseMatch, left_over: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """What a run that was cut off has settled: (key, digest) of fields that it absorbed and has taken away since."""
    kept = {entry.field for entry in left_over if entry.database == pair.desired.key}
    for declared in pair.desired.fields.values():
        for other in declared.absorbs:
            if other in kept and pair.live is not None and pair.live.by_name(other) is None:
                yield settle_key(declared, other), settle_digest(declared, other)


def asks(asking: Asking, pair: DatabaseMatch, memory: Memory, scope: Scope) -> None:
    """Rows that hold something of an absorbed field."""
    for declared, other in absorbed_fields(pair, memory):
        if scope.includes(addresses.of_field(pair.desired.key, declared.name)):
            live = pair.fields.get(declared.name)
            asking.add(holding(other), other, *([live] if live else []))


def arriving(pair: DatabaseMatch, ledger: Ledger, memory: Memory, scope: Scope) -> dict[str, tuple[str, ...]]:
    """Options that absorbed values bring to a field, by its name, in the order of the alphabet."""
    found: dict[str, tuple[str, ...]] = {}
    for declared, other in absorbed_fields(pair, memory):
        prop = stand_in(pair, declared.name)
        if prop.type not in ("select", "multi_select") or not scope.includes(
            addresses.of_field(pair.desired.key, declared.name)
        ):
            continue
        context = _context(declared)
        names: set[str] = set()
        for row in ledger.rows:
            value = ledger.value(row, other)
            turned = convert(other.type, prop.type, value, context) if other.type != prop.type else Converted(value)
            if isinstance(turned, Converted) and turned.value:
                names.update(turned.value if isinstance(turned.value, list) else [turned.value])
        there = {o["name"] for o in prop.config.get("options", ())}
        found[declared.name] = (*found.get(declared.name, ()), *sorted(names - there))
    return found


def _context(declared: Field) -> Context:
    return Context(allows_new_options=False, options=tuple(o.name for o in declared.options or ()))


def _new_options(prop: LiveProperty, declared: Field, edits: Edits) -> Iterator[OptionsWritten]:
    """The list of options with those that absorbed values bring, where it is not declared and so written elsewhere."""
    if prop.type not in ("select", "multi_select") or declared.options is not None or not prop.config:
        return
    there = {o["name"] for o in prop.config.get("options", ())}
    held = {n for w in edits.writes for n in (w.new if isinstance(w.new, list) else [w.new] if w.new else [])}
    new = sorted(held - there)
    if new:
        live = [{"id": o["id"], "name": o["name"]} for o in prop.config.get("options", ())]
        yield OptionsWritten(
            database=declared.database,
            field=declared.name,
            property_id=prop.id,
            type=prop.type,
            options=(*live, *({"name": name} for name in new)),
        )


def tasks(
    pair: DatabaseMatch, matched: Matched, ledger: Ledger, memory: Memory, scope: Scope, settles: dict[str, str]
) -> Iterator[Task | Finding]:
    """One task for each absorbed field; what is settled by it goes into ``settles``."""
    for declared, other in absorbed_fields(pair, memory):
        address = addresses.of_field(pair.desired.key, declared.name)
        if not scope.includes(address):
            continue
        prop = stand_in(pair, declared.name)
        refused = _refused(declared, prop, other, matched, ledger, address)
        if refused is not None:
            yield refused
            continue
        edits = Edits(ledger)
        kept: list[str] = []
        context = _context(declared)
        for row in ledger.rows:
            old, joining = ledger.value(row, prop), ledger.value(row, other)
            if properties.of(other.type).empty(joining):
                continue
            new, lost = joined(prop.type, old, other.type, joining, context)
            if lost:
                kept.append(ledger.name(row))
            edits.set(row, prop, new)
            edits.values.append(ledger.archived(row, other, old=joining, new=joining))
        settles[settle_key(declared, other.name)] = settle_digest(declared, other.name)
        if edits:
            yield _task(declared, other, address, pair, edits, kept, tuple(_new_options(prop, declared, edits)))
        else:
            yield guards.note(
                "nothing-to-absorb",
                address,
                f"{other.name!r} holds nothing that it lacks" + _differing(kept),
                "nothing to do; what comes to that field later is not absorbed",
                where=declared.where,
            )


def joined(kind: str, old: Value, other_kind: str, joining: Value, context: Context) -> tuple[Value, bool]:
    """The value after absorbing, and whether something of the absorbed value stays in the archive alone."""
    if other_kind != kind:
        turned = convert(other_kind, kind, joining, context)
        if not isinstance(turned, Converted):
            return old, True
        joining = turned.value
    if kind in UNITED:
        seen = {_identity(item) for item in old}
        return [*old, *(item for item in joining if _identity(item) not in seen)], False
    if properties.of(kind).empty(old):
        return joining, False
    return old, not properties.of(kind).same(old, joining)


def _identity(item: Value) -> str:
    return str(item.get("id") or item.get("url") or item.get("name")) if isinstance(item, dict) else str(item)


def _refused(
    declared: Field, prop: LiveProperty, other: LiveProperty, matched: Matched, ledger: Ledger, address: str
) -> Finding | None:
    if ledger.incomplete:
        return guards.incomplete(address, ledger.incomplete, where=declared.where)
    if other.type != prop.type:
        why = cell(other.type, prop.type).why_blocked
        if why:
            return guards.blocked(
                "cannot-absorb",
                address,
                f"{other.name!r} ({other.type}) cannot join it: {why}",
                "leave it out of `absorbs`",
                where=declared.where,
            )
    if other.type == "relation" and prop.type == "relation":
        source = other.config.get("data_source_id")
        target = matched.databases.get(declared.to or "")
        if target is None or target.live is None or target.live.data_source_id != source:
            return guards.blocked(
                "other-target",
                address,
                f"{other.name!r} points at another database",
                "leave it out of `absorbs`",
                where=declared.where,
                why="its rows are not rows of the target",
            )
    return None


def _task(
    declared: Field,
    other: LiveProperty,
    address: str,
    pair: DatabaseMatch,
    edits: Edits,
    kept: list[str],
    new_options: tuple[OptionsWritten, ...],
) -> Task:
    two_way = declared.two_way or (other.config.get("mirror") or {}).get("name")
    details = [f"absorbs {other.name}"]
    if two_way and declared.to:
        details.append(f"changes the other side too: {addresses.of_field(declared.to, str(two_way))}")
    if kept:
        words = few(len(kept), "differing value stays", "differing values stay")
        details.append(f"{words} in the archive alone: {', '.join(sorted(kept)[:3])}")
    for written in new_options:
        added = [str(option["name"]) for option in written.options if "id" not in option]
        details.append(f"new options: {', '.join(added)}")
    unmade = () if pair.fields.get(declared.name) or declared.mirror_of else (address,)
    return Task(
        action=ChangeRows(
            kind=ABSORBS,
            address=address,
            database=pair.desired.key,
            rows=edits.rows,
            verb="absorb",
            subject="field",
            old=other.name,
            new=declared.name,
            details=tuple(details[1:]),
            archived=edits.archived,
            risk=edits.risk,
            where=declared.where,
            reason="absorbs",
        ),
        effects=(
            *new_options,
            *edits.writes,
            *edits.entries(
                address,
                "absorb",
                field_name=other.name,
                reason=f"absorbed by {declared.name}",
                where=declared.where,
                definition={
                    "absorbed": {"id": other.id, "name": other.name, "type": other.type, "config": dict(other.config)}
                },
            ),
        ),
        needs=unmade,
    )


def _differing(kept: list[str]) -> str:
    if not kept:
        return ""
    words = few(len(kept), "value differs", "values differ")
    return f"; {words} and stays there" if len(kept) == 1 else f"; {words} and stay there"
