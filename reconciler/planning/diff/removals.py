"""Removals: named drops and ``undeclared = "archive"``. Values first go to the archive, then the thing goes."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.desired.state import Drop
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.finding import Finding, Location
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.planning import guards
from reconciler.planning.actions.base import RowChange
from reconciler.planning.actions.removal import Remove
from reconciler.planning.asking import narrowed
from reconciler.planning.diff import formula
from reconciler.planning.diff.fields import LATE_TYPES
from reconciler.planning.diff.option_list import OptionContext
from reconciler.planning.diff.options import remove_option
from reconciler.planning.edits import entry_of
from reconciler.planning.effects import Effect, LastLook, PropertyChange, Task, TrashDatabase
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch, Matched
from reconciler.planning.scope import Scope


def undeclared_fields(
    pair: DatabaseMatch, matched: Matched, ledger: Ledger, scope: Scope, kept: set[str]
) -> Iterator[Task | Finding]:
    """Live fields that nothing names: reported, or archived and dropped; ``kept`` are ids that others speak for."""
    rest = [p for p in pair.undeclared if p.id not in kept and p.type != "title"]
    key = pair.desired.key
    if pair.desired.undeclared == "keep":
        if rest:
            yield guards.note(
                "undeclared-fields",
                addresses.of_database(key),
                ", ".join(p.name for p in rest),
                where=pair.desired.where,
            )
        return
    for prop in rest:
        address = addresses.of_field(key, prop.name)
        if scope.includes(address):
            yield from remove_field(
                prop, pair, matched, ledger, address=address, where=pair.desired.where, reason="undeclared"
            )


def remove_field(
    prop: LiveProperty,
    pair: DatabaseMatch,
    matched: Matched,
    ledger: Ledger,
    *,
    address: str,
    where: Location,
    reason: str,
    source: str = "",
) -> Iterator[Task | Finding]:
    """A field goes: its values and its definition are archived; a two-way side is made one-way first."""
    guard = _field_guard(prop, pair, matched, ledger, address=address, where=where)
    if guard is not None:
        yield guard
        return
    kind = properties.of(prop.type)
    holding = [row for row in ledger.rows if not kind.empty(ledger.value(row, prop))]
    rows = tuple(sorted(_gone(ledger, row, prop) for row in holding))
    known: dict[str, Value] = {row.id: ledger.value(row, prop) for row in holding}
    archived = [ledger.archived(row, prop, old=ledger.value(row, prop)) for row in holding]
    definition = {
        "property": {
            "id": prop.id,
            "name": prop.name,
            "type": prop.type,
            "config": dict(prop.config),
            "description": prop.description,
        }
    }
    key = pair.desired.key
    effects: list[Effect] = [
        entry_of(
            pair,
            address,
            "drop",
            field_name=prop.name,
            reason=reason,
            source=source,
            where=where,
            definition=definition,
            values=archived,
        )
    ]
    if kind.writable:
        effects.append(LastLook(database=key, property_id=prop.id, type=prop.type, filter=narrowed(prop), known=known))
    if prop.type == "relation" and prop.config.get("mirror"):
        one_way = {"data_source_id": prop.config["data_source_id"], "mirror": None}
        effects.append(
            PropertyChange(
                database=key, field=prop.name, property_id=prop.id, type="relation", config=one_way, closing=True
            )
        )
    late = prop.type in LATE_TYPES
    effects.append(
        PropertyChange(database=key, field=prop.name, property_id=prop.id, remove=True, closing=True, late=late)
    )
    details = tuple(_speakers(prop, pair))
    yield Task(
        action=Remove(
            address=address,
            database=key,
            subject="field",
            name=f"{prop.name} ({prop.type})",
            rows=rows,
            computed=0 if kind.writable else len(rows),
            details=details,
            where=where,
            reason=reason,
            source=source,
        ),
        effects=tuple(effects),
    )


def _gone(ledger: Ledger, row: LiveRow, prop: LiveProperty) -> RowChange:
    return RowChange(ledger.name(row), prop.name, ledger.shown(prop.type, ledger.value(row, prop)), "", "archived")


def _field_guard(
    prop: LiveProperty, pair: DatabaseMatch, matched: Matched, ledger: Ledger, *, address: str, where: Location
) -> Finding | None:
    if pair.desired.protect and any(p and p.id == prop.id for p in pair.fields.values()):
        return guards.blocked(
            "protected", address, "its database says protect = true", "take `protect` away first", where=where
        )
    if prop.type == "title":
        return guards.blocked(
            "title-stays", address, "the title property cannot be dropped", "rename it instead", where=where
        )
    if ledger.incomplete:
        return guards.incomplete(address, ledger.incomplete, where=where)
    if (
        prop.type == "relation"
        and prop.config.get("mirror")
        and matched.key_of(str(prop.config.get("data_source_id"))) is None
    ):
        return guards.blocked(
            "foreign-mirror",
            address,
            f"its mirror {prop.config['mirror'].get('name')!r} is in a database outside the state",
            "declare that database too, so that both sides are guarded",
            where=where,
        )
    return None


def _speakers(prop: LiveProperty, pair: DatabaseMatch) -> Iterator[str]:
    """What else in the database speaks of the property."""
    for other in pair.live.properties if pair.live else ():
        if other.type == "formula" and prop.name in formula.references(str(other.config.get("expression", ""))):
            yield f"the formula {other.name} uses it"
        if other.type == "rollup" and other.config.get("relation_property_id") == prop.id:
            yield f"the rollup {other.name} goes over it"


def drop_tasks(
    rule: Drop, matched: Matched, ledgers: dict[str, Ledger], dropped_again: bool
) -> Iterator[Task | Finding]:
    """A named drop. ``dropped_again``: it is settled, so what bears the name now is another thing."""
    key, field_name, option = rule.what
    address = addresses.of_rule("drops", rule.name)
    pair = matched.databases.get(key)
    if pair is None or pair.live is None:
        return
    prop = pair.live.by_name(field_name) if field_name is not None else None
    declared = pair.fields.get(field_name or "")
    prop = prop or declared
    if field_name is not None and prop is None:
        return
    if option is not None and (prop is None or option not in [o["name"] for o in prop.config.get("options", ())]):
        return
    if dropped_again:
        yield guards.note(
            "dropped-name-is-back",
            address,
            f"{_said(rule)} was dropped before; what bears the name now is another one",
            "drop it under a new name if it should go too",
            where=rule.where,
        )
        return
    source = rule.source or rule.reason
    ledger = ledgers[key]
    if prop is None:
        yield from _drop_database(rule, pair, ledger, address)
    elif option is None:
        yield from remove_field(
            prop, pair, matched, ledger, address=address, where=rule.where, reason="drop", source=source
        )
    else:
        owner = next(
            (f for name, f in pair.desired.fields.items() if (p := pair.fields.get(name)) and p.id == prop.id), None
        )
        if owner is None:
            yield guards.blocked(
                "undeclared-field",
                address,
                f"the field {field_name!r}, whose option it drops, is not declared",
                "declare the field",
                where=rule.where,
            )
            return
        context = OptionContext(declared=owner, live=prop, pair=pair, ledger=ledger, scope=Scope())
        yield from remove_option(context, option, reason="drop", where=rule, source=source, address=address)


def _said(rule: Drop) -> str:
    key, field_name, option = rule.what
    if field_name is None:
        return addresses.of_database(key)
    return addresses.of_option(key, field_name, option) if option else addresses.of_field(key, field_name)


def _trashed(rows: int) -> str:
    return f"{rows} {'row goes' if rows == 1 else 'rows go'} to Notion's trash with it"


def _drop_database(rule: Drop, pair: DatabaseMatch, ledger: Ledger, address: str) -> Iterator[Task | Finding]:
    live = pair.live
    if live is None:
        return
    if pair.desired.protect:
        yield guards.blocked(
            "protected", address, "the database says protect = true", "take `protect` away first", where=rule.where
        )
        return
    if ledger.incomplete:
        yield guards.incomplete(address, ledger.incomplete, where=rule.where)
        return
    values, changes, computed = [], [], 0
    for row in ledger.rows:
        for prop in sorted(live.properties, key=lambda p: p.name):
            kind = properties.of(prop.type)
            value = ledger.value(row, prop)
            if kind.empty(value):
                continue
            values.append(ledger.archived(row, prop, old=value))
            changes.append(_gone(ledger, row, prop))
            computed += not kind.writable
    schema = [
        {"id": p.id, "name": p.name, "type": p.type, "config": dict(p.config), "description": p.description}
        for p in live.properties
    ]
    yield Task(
        action=Remove(
            address=address,
            database=pair.desired.key,
            subject="database",
            name=live.title,
            rows=tuple(sorted(changes)),
            computed=computed,
            details=(_trashed(len(ledger.rows)),),
            where=rule.where,
            reason="drop",
            source=rule.source or rule.reason,
        ),
        effects=(
            entry_of(
                pair,
                address,
                "drop",
                field_name="",
                reason=rule.reason or "drop",
                source=rule.source,
                where=rule.where,
                definition={
                    "database": {
                        "id": live.id,
                        "title": live.title,
                        "description": live.description,
                        "properties": schema,
                    }
                },
                values=values,
                content=ledger.content,
            ),
            TrashDatabase(database=pair.desired.key),
        ),
    )
