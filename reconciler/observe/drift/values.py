"""Values that the files declare, against what is live: by rules that act at every plan, and what was written once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.desired.state import Correction, Row, State
from reconciler.memory.memory import Memory, Settled
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.model.properties.base import EVERYTHING, NOTHING, Filter
from reconciler.observe.archived import Archived, Written, home, written
from reconciler.observe.drift.differences import Gap, side_of
from reconciler.observe.drift.report import Side
from reconciler.observe.evidence import Evidence, property_at
from reconciler.planning.actions.rows import ChangeRows
from reconciler.planning.asking import Question, joined_filter
from reconciler.planning.effects import NewRow, RowWrite, Task
from reconciler.planning.ledger import HIDDEN
from reconciler.planning.match import DatabaseMatch, Matched
from reconciler.planning.rules import standing
from reconciler.planning.rules.desired_rows import key_property
from reconciler.planning.rules.standing import Standing
from reconciler.planning.scope import Scope

_ACTING = frozenset({"correct-rows", "set-row", "create-row"})


@dataclass(frozen=True, kw_only=True)
class ValueDifference:
    """One value of one row that a rule declares and that is another; texts as people may read them, or a `Gap`.

    ``value`` is what is live, canonical; None where the row is not there. ``live`` is the row.
    """

    address: str
    database: str
    field: str
    row: str
    was: str | Gap
    now: str | Gap
    declared: str | Gap
    side: Side
    property: LiveProperty | None = None
    value: Value = None
    live: LiveRow | None = None


def acting(evidence: Evidence, tasks: tuple[Task, ...]) -> Iterator[ValueDifference]:
    """What rules that act at every plan (``rows``, ``enforce``) would set; ``tasks`` are those of a plan."""
    for task in tasks:
        action = task.action
        if not isinstance(action, ChangeRows) or action.kind not in _ACTING:
            continue
        rule, known = rule_at(evidence.state, action.address), evidence.reading.memory.settled.get(action.address)
        if isinstance(rule, Correction) and rule.mode == "once":
            continue  # it was never applied: that is the plan's to tell
        for effect in task.effects:
            if isinstance(effect, RowWrite):
                yield _written(effect, action, rule, known, evidence)
            elif isinstance(effect, NewRow) and rule is not None:
                yield _missing(action, rule, known, evidence)


def rule_at(state: State, address: str) -> Correction | Row | None:
    """The correction or row that the address names."""
    rules: tuple[tuple[str, Mapping[str, Correction | Row]], ...] = (
        ("corrections", state.corrections),
        ("rows", state.rows),
    )
    return next((r for kind, own in rules for n, r in own.items() if addresses.of_rule(kind, n) == address), None)


def _written(
    effect: RowWrite, action: ChangeRows, rule: Correction | Row | None, known: Settled | None, evidence: Evidence
) -> ValueDifference:
    pair = evidence.matched.databases[effect.database]
    prop = property_at(pair, effect.property)
    name = next((n for n in pair.desired.fields if (p := pair.fields.get(n)) and p.id == effect.property), "")
    row = evidence.places[effect.row].row if effect.row in evidence.places else None
    ledger = evidence.ledgers[effect.database]
    value = row.values.get(effect.property) if row else None
    now = ledger.shown(effect.type, value if value is not None else properties.of(effect.type).nothing)
    declared = ledger.shown(effect.type, effect.new)
    was, side = _before(name, rule, known, now=now, declared=declared, hidden=pair.sensitive)
    return ValueDifference(
        address=action.address, database=effect.database, field=name, row=ledger.name(row) if row else "",
        was=was, now=now, declared=declared, side=side, property=prop, value=value, live=row,
    )  # fmt: skip


def _before(
    field: str, rule: Correction | Row | None, known: Settled | None, *, now: str, declared: str, hidden: bool
) -> tuple[str | Gap, Side]:
    """What the rule said of the field when it was last applied, and who changed it since."""
    if rule is None or known is None or field not in known.said:
        return Gap.UNKNOWN, Side.UNKNOWN
    said = known.said[field]
    if said == standing.as_said(rule.set).get(field):
        return declared, Side.PEOPLE
    text = ", ".join(map(str, said)) if isinstance(said, list) else str(said)
    return (HIDDEN if hidden else text), (Side.FILES if text == now else Side.BOTH)


def _missing(action: ChangeRows, rule: Correction | Row, known: Settled | None, evidence: Evidence) -> ValueDifference:
    hidden = evidence.hides(action.database)
    key = HIDDEN if hidden else rule.key if isinstance(rule, Row) else ""
    side = Side.PEOPLE if known is not None else Side.FILES
    was: str | Gap = key if known is not None else Gap.ABSENT
    return ValueDifference(
        address=action.address, database=action.database, field="row", row=key, was=was, now=Gap.ABSENT,
        declared=key, side=side,
    )  # fmt: skip


def settled_corrections(state: State, memory: Memory, scope: Scope) -> dict[str, Correction]:
    """The corrections that are done and never act again, by address."""
    found = {addresses.of_rule("corrections", name): rule for name, rule in state.corrections.items()}
    return {
        address: rule
        for address, rule in found.items()
        if scope.includes(address) and standing.standing(rule, address, memory, Scope()) is not Standing.ACTS
    }


def widened(
    rules: Mapping[str, Correction], matched: Matched, asked: Mapping[str, Question], archived: Archived
) -> dict[str, Question]:
    """A plan's questions, and with them the rows that settled corrections wrote, by the keys that they ask for."""
    questions = dict(asked)
    for entry in archived.entries:
        rule, key = rules.get(entry.address), home(entry)
        pair = matched.databases.get(key)
        if rule is None or pair is None or pair.live is None:
            continue
        ids = {prop.id for one in written(entry) if (prop := property_at(pair, one.place)) is not None}
        named, before = key_property(pair), questions.get(key)
        ids |= {pair.live.title_property.id} | ({named.id} if named else set())
        narrowed: list[Filter] = [EVERYTHING if before.filter is None else before.filter] if before else []
        narrowed.append(_rows_of(rule, pair))
        known = before.property_ids if before else ()
        asks = Question(
            filter=joined_filter([each for each in narrowed if each != NOTHING] or [EVERYTHING]),
            property_ids=None if known is None else tuple(sorted({*known, *ids})),
        )
        questions[key] = replace(before, filter=asks.filter, property_ids=asks.property_ids) if before else asks
    return questions


def _rows_of(rule: Correction, pair: DatabaseMatch) -> Filter:
    key = key_property(pair)
    if rule.rows is None or key is None:
        return EVERYTHING
    return properties.of(key.type).filter(key.id, rule.rows, key.config)


def once(evidence: Evidence, rules: Mapping[str, Correction]) -> Iterator[ValueDifference]:
    """What settled corrections wrote, where something else is there now; the last write of a value counts."""
    last: dict[tuple[str, str], Written] = {}
    for entry in sorted(evidence.archived.entries, key=lambda e: (e.batch, e.record_id)):
        for one in written(entry):
            last[one.value.row, evidence.property_id(one)] = one
    for (row, _), one in last.items():
        rule = rules.get(one.entry.address)
        if rule is None or evidence.reading.rows.get(home(one.entry)) is None:
            continue
        found = _since(one, row, rule, evidence)
        if found is not None:
            yield found


def _since(one: Written, page: str, rule: Correction, evidence: Evidence) -> ValueDifference | None:
    key = home(one.entry)
    place, prop = evidence.places.get(page), evidence.live_property(one)
    if place is None or place.key != key or prop is None or prop.type != one.type:
        return None  # the row was given another key or went, or the field did: the schema's differences tell of that
    kind = properties.of(one.type)
    value = place.row.values.get(prop.id, kind.nothing)
    if kind.same(value, one.new):
        return None
    ledger = evidence.ledgers[key]
    said = standing.as_said(rule.set).get(_declared_name(prop, evidence, key))
    now, was = ledger.shown(one.type, value), ledger.shown(one.type, one.new)
    declared: Any = Gap.UNSAID if said is None else was if evidence.hides(key) else _text(said)
    if side_of(was, now, declared) is None and not evidence.hides(key):
        return None
    return ValueDifference(
        address=one.entry.address, database=key, field=_declared_name(prop, evidence, key), row=ledger.name(place.row),
        was=was, now=now, declared=declared, side=Side.SETTLED, property=prop, value=value, live=place.row,
    )  # fmt: skip


def _text(said: Any) -> str:
    return ", ".join(map(str, said)) if isinstance(said, list) else str(said)


def _declared_name(prop: LiveProperty, evidence: Evidence, key: str) -> str:
    fields = evidence.matched.databases[key].fields
    return next((name for name, found in fields.items() if found is not None and found.id == prop.id), prop.name)
