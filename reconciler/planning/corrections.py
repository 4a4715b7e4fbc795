"""Corrections: which rows meet them, what they set, what somebody else has set since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.desired.state import Correction
from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.condition import AnyOf, Condition, Equals, Not
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.model.properties.base import Lookup
from reconciler.planning import guards
from reconciler.planning.actions.base import RowChange
from reconciler.planning.actions.rows import CorrectRows
from reconciler.planning.effects import RowWrite, Task
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
    wanted = _wanted(rule, pair, lookups)
    if isinstance(wanted, Finding):
        outcome.complete = False
        yield wanted
        return
    writes: list[RowWrite] = []
    changes: list[RowChange] = []
    archived: list[ArchivedValue] = []
    for row in ledger.rows:
        if not _meets(rule, row, pair, ledger, resolve):
            continue
        outcome.matched += 1
        for name, new in wanted.items():
            prop = _property(pair, name)
            outcome.claims[(row.id, prop.id)] = new
            kind = properties.of(prop.type)
            old = ledger.value(row, prop)
            if kind.same(old, new):
                continue
            if name in rule.expect and not kind.meets(old, resolve(rule.expect[name], prop)):
                yield _superseded(rule, address, ledger, row, name, prop)
                continue
            write, change, kept = ledger.write(row, prop, new)
            writes.append(write)
            changes.append(change)
            archived.append(kept)
    if writes:
        yield Task(
            action=CorrectRows(
                address=address,
                database=pair.desired.key,
                rows=tuple(sorted(changes)),
                where=rule.where,
                reason=rule.mode,
                source=rule.source or rule.reason,
            ),
            effects=(*writes, _entry(rule, address, pair, archived)),
            needs=tuple(addresses.of_field(pair.desired.key, name) for name in wanted if pair.fields.get(name) is None),
        )


def _property(pair: DatabaseMatch, name: str) -> LiveProperty:
    """The live property of a declared field; for one that this plan makes, a stand-in that is addressed by name."""
    live = pair.fields.get(name)
    return live or LiveProperty(id=name, name=name, type=pair.desired.fields[name].type, config={})


def _wanted(rule: Correction, pair: DatabaseMatch, lookups: Mapping[str, Lookup]) -> dict[str, Value] | Finding:
    """The canonical values that the rule sets in this database, by field name."""
    address = addresses.of_rule("corrections", rule.name)
    wanted: dict[str, Value] = {}
    for name, scalar in rule.set.items():
        declared = pair.desired.fields.get(name)
        if declared is None:
            continue
        try:
            wanted[name] = properties.of(declared.type).literal(scalar, lookups.get(name, _nobody))
        except LookupError as error:
            return guards.blocked(
                "unknown-reference",
                address,
                f"{scalar!r} names no one and no row that can be seen: {error}",
                "mend the value, or share what it names with the connection",
                where=rule.where,
            )
        except ValueError as error:
            return guards.blocked("bad-value", address, f"{name}: {error}", "mend the value in `set`", where=rule.where)
        if name in pair.blocked:
            return guards.needs(address, [addresses.of_field(pair.desired.key, name)], where=rule.where)
    return wanted


def _nobody(text: str) -> str:
    raise LookupError(text)


def _meets(rule: Correction, row: LiveRow, pair: DatabaseMatch, ledger: Ledger, resolve: Resolve) -> bool:
    asked = dict(rule.where_fields)
    conditions: list[tuple[str | None, Condition]] = list(asked.items())
    if rule.rows is not None:
        conditions.append((pair.desired.key_field, rule.rows))
    for name, condition in conditions:
        prop = pair.fields.get(name or "") or (pair.live.title_property if pair.live and name is None else None)
        if prop is None:
            declared = pair.desired.fields.get(name or "")
            kind = properties.of(declared.type if declared else "rich_text")
            if not kind.meets(kind.literal("", _nobody), condition):
                return False
        elif not properties.of(prop.type).meets(ledger.value(row, prop), resolve(condition, prop)):
            return False
    return True


def _superseded(rule: Correction, address: str, ledger: Ledger, row: LiveRow, name: str, prop: LiveProperty) -> Finding:
    now = ledger.shown(prop.type, ledger.value(row, prop))
    return guards.note(
        "superseded",
        address,
        f"{ledger.name(row)}: {name} is {now!r}, which it does not expect, so it is left alone",
        "nothing to do; set it by hand if the correction should hold here too",
        where=rule.where,
    )


def _entry(rule: Correction, address: str, pair: DatabaseMatch, values: list[ArchivedValue]) -> Entry:
    return Entry(
        address=address,
        kind="correction",
        batch="",
        database=pair.desired.key,
        database_title=pair.live.title if pair.live else "",
        field=", ".join(rule.set),
        reason=rule.reason or "corrected",
        source=rule.source,
        where=str(rule.where),
        timestamp="",
        definition={},
        values=tuple(values),
        content={},
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
