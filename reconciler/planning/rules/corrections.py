"""Corrections: which rows meet them, what they set, what somebody else has set since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.desired.state import Correction
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.condition import AnyOf, Condition, Equals, Not
from reconciler.model.finding import Finding, Location
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.model.properties.base import Lookup
from reconciler.planning import guards
from reconciler.planning.actions.rows import ChangeRows
from reconciler.planning.edits import Edits, spelled, stand_in
from reconciler.planning.effects import Task
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch

Resolve = Callable[[Condition, LiveProperty], Condition]
"""Turns row keys and e-mail addresses in a condition into ids, as far as they are known."""


@dataclass
class Outcome:
    """What a correction came to, over all its databases."""

    matched: int = 0
    complete: bool = True
    claims: dict[tuple[str, str], Value] = field(default_factory=dict)


def correction_tasks(
    rule: Correction,
    pair: DatabaseMatch,
    ledger: Ledger,
    outcome: Outcome,
    *,
    resolve: Resolve,
    lookups: Mapping[str, Lookup],
) -> Iterator[Task | Finding]:
    """The correction in one database; ``lookups`` finds ids of people and rows, by field name."""
    address = addresses.of_rule("corrections", rule.name)
    if pair.live is None:
        return
    if ledger.incomplete:
        outcome.complete = False
        yield guards.incomplete(address, ledger.incomplete, where=rule.where)
        return
    wanted = wanted_values(address, rule.set, pair, lookups, where=rule.where)
    if isinstance(wanted, Finding):
        outcome.complete = False
        yield wanted
        return
    edits = Edits(ledger)
    for row in ledger.rows:
        if not _meets(rule, row, pair, ledger, resolve):
            continue
        outcome.matched += 1
        for name, new in wanted.items():
            prop = stand_in(pair, name)
            outcome.claims[(row.id, prop.id)] = new
            kind = properties.of(prop.type)
            old = ledger.value(row, prop)
            if kind.same(old, new):
                continue
            if name in rule.expect and not kind.meets(old, resolve(rule.expect[name], prop)):
                yield _superseded(rule, address, ledger, row, name, prop)
                continue
            edits.set(row, prop, new)
    if edits:
        kept = edits.entries(
            address,
            "correction",
            field_name=", ".join(rule.set),
            reason=rule.reason or "corrected",
            source=rule.source,
            where=rule.where,
        )
        yield Task(
            action=ChangeRows(
                kind="correct-rows",
                address=address,
                database=pair.desired.key,
                rows=edits.rows,
                archived=edits.archived,
                risk=edits.risk,
                where=rule.where,
                reason=rule.mode,
                source=rule.source or rule.reason,
            ),
            effects=(*edits.writes, *kept),
            needs=tuple(_unmade(name, pair) for name in wanted if pair.fields.get(name) is None),
        )


def _unmade(name: str, pair: DatabaseMatch) -> str:
    """The address of the action that makes a missing field: its owner's where it is a mirror."""
    owner = pair.desired.fields[name].mirror_of
    return addresses.of_field(*owner) if owner else addresses.of_field(pair.desired.key, name)


def wanted_values(
    address: str,
    declared_values: Mapping[str, Any],
    pair: DatabaseMatch,
    lookups: Mapping[str, Lookup],
    *,
    where: Location | None,
) -> dict[str, Value] | Finding:
    """The canonical values that a rule's ``set`` says, by field name; a finding for one that says none."""
    wanted: dict[str, Value] = {}
    for name, scalar in declared_values.items():
        declared = pair.desired.fields.get(name)
        if declared is None:
            continue
        try:
            value = properties.of(declared.type).literal(scalar, lookups.get(name, _nobody))
            wanted[name] = spelled(stand_in(pair, name), declared, value)
        except LookupError:
            return guards.blocked(
                "unknown-reference",
                address,
                f"{scalar!r} names no one and no row that can be seen",
                "mend the value, or share what it names with the connection",
                where=where,
            )
        except ValueError as error:
            return guards.blocked("bad-value", address, f"{name}: {error}", "mend the value in `set`", where=where)
        if name in pair.blocked:
            return guards.needs(address, [addresses.of_field(pair.desired.key, name)], where=where)
    return wanted


def _nobody(text: str) -> str:
    raise LookupError(text)


def _meets(rule: Correction, row: LiveRow, pair: DatabaseMatch, ledger: Ledger, resolve: Resolve) -> bool:
    conditions: list[tuple[str | None, Condition]] = list(rule.where_fields.items())
    if rule.rows is not None:
        conditions.append((pair.desired.key_field, rule.rows))
    return meets_all(conditions, row, pair, ledger, resolve)


def meets_all(
    conditions: list[tuple[str | None, Condition]], row: LiveRow, pair: DatabaseMatch, ledger: Ledger, resolve: Resolve
) -> bool:
    """Whether the row meets every (field, condition); the field None is the title. Missing fields are empty."""
    for name, condition in conditions:
        prop = pair.now(name or "") or (pair.live.title_property if pair.live and name is None else None)
        if prop is None:
            declared = pair.desired.fields.get(name or "")
            kind = properties.of(declared.type if declared else "rich_text")
            if not kind.meets(kind.nothing, condition):
                return False
        elif not properties.of(prop.type).meets(ledger.value(row, prop), resolve(condition, prop)):
            return False
    return True


def _superseded(rule: Correction, address: str, ledger: Ledger, row: LiveRow, name: str, prop: LiveProperty) -> Finding:
    now = ledger.shown(prop.type, ledger.value(row, prop)) or "(empty)"
    return guards.note(
        "superseded",
        address,
        f"{ledger.name(row)}: {name} is {now}, which it does not expect, so it is left alone",
        "nothing to do; set it by hand if the correction should hold here too",
        where=rule.where,
    )


def conflicts(outcomes: Mapping[str, Outcome], state_rules: Mapping[str, Correction]) -> list[Finding]:
    """Two corrections that set one field of one row differently: an error naming both."""
    claimed: dict[tuple[str, str], tuple[str, Value]] = {}
    found: dict[tuple[str, str], Finding] = {}
    for name, outcome in outcomes.items():
        for place, value in outcome.claims.items():
            other = claimed.setdefault(place, (name, value))
            if other[0] != name and other[1] != value:
                pair = (other[0], name)
                for mine, theirs in (pair, pair[::-1]):
                    address = addresses.of_rule("corrections", mine)
                    found[(mine, theirs)] = guards.blocked(
                        "rules-conflict",
                        address,
                        f"it and {addresses.of_rule('corrections', theirs)} set one field of a row differently",
                        "narrow one of them",
                        where=state_rules[mine].where,
                    )
    return list(found.values())


def pending(rule: Correction) -> Finding:
    """The note for a correction that met no row anywhere."""
    asked = _said(rule.rows) if rule.rows else "its conditions"
    return guards.note(
        "pending",
        addresses.of_rule("corrections", rule.name),
        f"no row meets {asked} in {', '.join(rule.databases)}",
        "nothing to do: it is asked again at every plan",
        where=rule.where,
    )


def _said(condition: Condition) -> str:
    match condition:
        case Equals(value):
            return repr(value)
        case AnyOf(several):
            return " or ".join(_said(c) for c in several)
        case Not(inner):
            return f"not {_said(inner)}"
    return repr(getattr(condition, "pattern", "the condition"))
