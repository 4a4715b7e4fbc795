"""Which rows a plan must read: one question a database, as narrow as Notion can narrow it.

All reasons to read rows of one database travel in one ``or`` filter; only the properties that the actions touch, and
those that name a row, are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.desired.state import Check, Correction, State
from reconciler.memory.entry import Entry
from reconciler.memory.memory import Memory
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.condition import AnyOf, Condition, Equals, Not
from reconciler.model.live import LiveProperty, Rows
from reconciler.model.properties.base import EVERYTHING, NOTHING, Filter
from reconciler.planning.asking import Asking, Question, holding
from reconciler.planning.diff import retype, unfinished
from reconciler.planning.diff.option_list import OPTION_TYPES
from reconciler.planning.diff.options import live_folds, option_filter
from reconciler.planning.match import DatabaseMatch, Matched
from reconciler.planning.rules import absorb, checks, desired_rows, link, mirrors, standing, tidy
from reconciler.planning.rules.merge import mapping
from reconciler.planning.rules.merge_tasks import inbound_properties
from reconciler.planning.rules.standing import Standing
from reconciler.planning.scope import Scope
from reconciler.planning.sieve import Judge, anyhow, meeting

_JUDGED = frozenset(
    {"title", "rich_text", "number", "select", "multi_select", "status", "date", "checkbox", "url", "email"}
    | {"phone_number", "unique_id", "created_time", "last_edited_time"}
)
"""Types whose values say by themselves whether they meet a condition; what people and rows are called comes later."""


def questions(
    state: State, matched: Matched, memory: Memory, scope: Scope, left_over: tuple[Entry, ...] = ()
) -> dict[str, Question]:
    """The question to each live database, by key; databases with nothing to ask are left out.

    ``left_over`` are archive entries of a run that was cut off: what they speak of is read again.
    """
    asked: dict[str, Question] = {}
    for key, pair in matched.databases.items():
        if pair.live is None:
            continue
        asking = Asking()
        tidy.asks(asking, pair, scope)
        retype.asks(asking, pair, matched, scope)
        unfinished.asks(asking, pair, left_over)
        _folds(asking, pair, scope)
        absorb.asks(asking, pair, memory, scope)
        mirrors.asks(asking, pair, matched, memory, scope)
        link.asks(asking, pair, scope)
        _undeclared(asking, pair, scope)
        _drops(asking, state, pair, memory, scope)
        _merges(asking, state, pair, matched, memory, scope)
        for rule in state.corrections.values():
            if key in rule.databases:
                _correction(asking, rule, pair, memory, scope)
        desired_rows.asks(asking, state, pair, scope)
        _checks(asking, state, pair, scope)
        question = asking.question(pair)
        if question is not None:
            asked[key] = question
    return asked


def _folds(asking: Asking, pair: DatabaseMatch, scope: Scope) -> None:
    for name, declared in pair.desired.fields.items():
        live = pair.fields.get(name)
        if live is None or name in pair.blocked or live.type != declared.type or live.type not in OPTION_TYPES:
            continue
        gone = list(live_folds(declared, live))
        if pair.desired.undeclared == "archive" and declared.options is not None:
            stay = {o.name for o in declared.options} | set(gone)
            gone += [o["name"] for o in live.config.get("options", ()) if o["name"] not in stay]
        for option in gone:
            if scope.includes(addresses.of_option(pair.desired.key, name, option)):
                asking.add(option_filter(live, option), live, keeps=meeting([(live, Equals(option))]))


def _undeclared(asking: Asking, pair: DatabaseMatch, scope: Scope) -> None:
    if pair.desired.undeclared != "archive":
        return
    for prop in pair.undeclared:
        if prop.type != "title" and scope.includes(addresses.of_field(pair.desired.key, prop.name)):
            asking.add(holding(prop), prop)


def _drops(asking: Asking, state: State, pair: DatabaseMatch, memory: Memory, scope: Scope) -> None:
    for rule in state.drops.values():
        key, field_name, option = rule.what
        address = addresses.of_rule("drops", rule.name)
        if key != pair.desired.key or pair.live is None or not scope.includes(address):
            continue
        if standing.standing(rule, address, memory, scope) is not Standing.ACTS:
            continue
        if field_name is None:
            asking.add_everything(content=True)
            continue
        prop = pair.live.by_name(field_name) or pair.fields.get(field_name)
        if prop is not None:
            asking.add(option_filter(prop, option) if option else holding(prop), prop)


def _merges(asking: Asking, state: State, pair: DatabaseMatch, matched: Matched, memory: Memory, scope: Scope) -> None:
    """A merge reads its source whole, of its target what it maps, and every relation that points at the source."""
    for name, rule in state.merges.items():
        address = addresses.of_rule("merges", name)
        source = matched.databases.get(rule.from_key or rule.from_title or "")
        target = matched.databases.get(rule.into)
        if source is None or target is None or source.live is None or not scope.includes(address):
            continue
        if standing.standing(rule, address, memory, scope) is not Standing.ACTS:
            continue
        if pair is source:
            asking.add_everything(content=rule.then == "trash")
        elif pair is target and target.live is not None:
            mine = {p.id for p in target.live.properties}
            asking.add(EVERYTHING, *(p for p in mapping(rule, source, target).values() if p.id in mine))
        if pair.live is not None and pair is not source:
            for prop in inbound_properties(pair.live.properties, source.live.data_source_id):
                asking.add(holding(prop), prop)


def _checks(asking: Asking, state: State, pair: DatabaseMatch, scope: Scope) -> None:
    def narrowed(check: Check, database: DatabaseMatch) -> None:
        missing = [name for name in check.where_fields if database.fields.get(name) is None]
        if missing:
            asking.add(EVERYTHING)
        else:
            _ask(asking, list(asked_conditions(check.rows, check.where_fields, database)), database, [])

    checks.asks(asking, state, pair, scope, narrowed)


def _correction(asking: Asking, rule: Correction, pair: DatabaseMatch, memory: Memory, scope: Scope) -> None:
    address = addresses.of_rule("corrections", rule.name)
    if not scope.includes(address) or standing.standing(rule, address, memory, scope) is not Standing.ACTS:
        return
    named = [pair.fields.get(name) for name in (*rule.set, *rule.where_fields)]
    touched = [prop for prop in named if prop is not None]
    _ask(asking, list(asked_conditions(rule.rows, rule.where_fields, pair)), pair, touched)


def _ask(
    asking: Asking,
    conditions: list[tuple[LiveProperty, Condition]],
    pair: DatabaseMatch,
    touched: list[LiveProperty],
) -> None:
    """Asks for the rows that meet all conditions, or for more."""
    judge = _judge(conditions, pair)
    narrowed: list[Filter] = []
    for prop, condition in conditions:
        touched.append(prop)
        narrowed.append(_narrowed(prop, condition, pair))
    if NOTHING in narrowed:
        return
    real = [f for f in narrowed if isinstance(f, dict)]
    if not real:
        asking.add(EVERYTHING, *touched, keeps=judge)
    elif len(real) == 1:
        asking.add(real[0], *touched, keeps=judge)
    else:
        parts = [part for f in real for part in (f["and"] if set(f) == {"and"} else [f])]
        flat = [part for part in parts if set(part) != {"or"}]
        asking.add({"and": flat} if flat else EVERYTHING, *touched, keeps=judge)


def _judge(conditions: list[tuple[LiveProperty, Condition]], pair: DatabaseMatch) -> Judge:
    """The rows that meet all conditions now, or will once options were folded, or more."""
    judged = [(prop, c) for prop, c in conditions if prop.type in _JUDGED and not _retyped(prop, pair)]
    folded = [(prop, widened(prop, c, pair)) for prop, c in judged]
    return meeting(judged) if folded == judged else anyhow([meeting(judged), meeting(folded)])


def _retyped(prop: LiveProperty, pair: DatabaseMatch) -> bool:
    """Whether the plan changes the property's type, so that what is asked of it is asked of what it will be."""
    return any(p and p.id == prop.id and pair.desired.fields[name].type != prop.type for name, p in pair.fields.items())


def asked_conditions(
    rows: Condition | None, where_fields: Mapping[str, Condition], pair: DatabaseMatch
) -> Iterator[tuple[LiveProperty, Condition]]:
    """What a rule asks of live properties; fields that do not exist yet are judged as empty later."""
    if rows is not None and pair.live is not None:
        key = pair.fields.get(pair.desired.key_field or "") if pair.desired.key_field else pair.live.title_property
        if key is not None:
            yield key, rows
    for name, condition in where_fields.items():
        prop = pair.fields.get(name)
        if prop is not None:
            yield prop, condition


def _narrowed(prop: LiveProperty, condition: Condition, pair: DatabaseMatch) -> Filter:
    """The filter for one condition; none for a field whose type this plan changes: the condition is of the new one."""
    if _retyped(prop, pair):
        return EVERYTHING
    return properties.of(prop.type).filter(prop.id, widened(prop, condition, pair), prop.config)


def widened(prop: LiveProperty, condition: Condition, pair: DatabaseMatch) -> Condition:
    """The condition with every option joined by the live options that fold into it, because rows still hold those."""
    declared = next((pair.desired.fields[name] for name, p in pair.fields.items() if p and p.id == prop.id), None)
    if declared is None or not declared.options or prop.type not in OPTION_TYPES:
        return condition
    was: Mapping[str, tuple[str, ...]] = {o.name: o.was for o in declared.options}

    def wide(inner: Condition) -> Condition:
        match inner:
            case Equals(value) if isinstance(value, str) and was.get(value):
                return AnyOf((inner, *(Equals(old) for old in was[value])))
            case AnyOf(several):
                wides = [wide(one) for one in several]
                flat = [c for w in wides for c in (w.conditions if isinstance(w, AnyOf) else (w,))]
                return AnyOf(tuple(flat))
            case Not(negated):
                return Not(wide(negated))
        return inner

    return wide(condition)


def lookups(
    state: State, matched: Matched, memory: Memory, scope: Scope, rows: Mapping[str, Rows]
) -> dict[tuple[str, str], set[str] | None]:
    """What must be looked up before rules can be judged, once rows are read.

    Texts by (database key, field), None for all rows: the field "" stands for the database's key; ("", "") for people.
    """
    wanted: dict[tuple[str, str], set[str] | None] = {}
    for key, values, conditions in _speakers(state, memory, scope):
        pair = matched.databases.get(key)
        if pair is None:
            continue
        for name, value in values.items():
            _look_up(wanted, pair, name, value if isinstance(value, list | tuple) else [value])
        for name, condition in conditions:
            _look_up(wanted, pair, name, list(_named(condition)))
    for key, pair in matched.databases.items():
        read = rows.get(key, Rows())
        for place, name, texts in (*link.lookups(pair, read, scope), *retype.lookups(pair, matched, read, scope)):
            known = wanted.get((place, name), set())
            wanted[(place, name)] = None if texts is None or known is None else known | texts
    return {place: texts for place, texts in sorted(wanted.items()) if texts is None or texts}


def _speakers(
    state: State, memory: Memory, scope: Scope
) -> Iterator[tuple[str, Mapping[str, Any], list[tuple[str, Condition]]]]:
    """(database key, values that are set, conditions) of every rule that acts and may name rows or people."""
    for rule in state.corrections.values():
        address = addresses.of_rule("corrections", rule.name)
        if scope.includes(address) and standing.standing(rule, address, memory, scope) is Standing.ACTS:
            for key in rule.databases:
                yield key, rule.set, [*rule.where_fields.items(), *rule.expect.items()]
    for row in state.rows.values():
        if scope.includes(addresses.of_rule("rows", row.name)):
            yield row.database, row.set, []
    for check in state.checks.values():
        yield check.database, {}, list(check.where_fields.items())


def _look_up(wanted: dict[tuple[str, str], set[str] | None], pair: DatabaseMatch, name: str, values: Any) -> None:
    declared = pair.desired.fields.get(name)
    if declared is None or declared.type not in ("relation", "people", "created_by", "last_edited_by"):
        return
    place = wanted.setdefault((declared.to or "" if declared.type == "relation" else "", ""), set())
    if place is not None:
        place.update(str(v) for v in values if v != "")


def _named(condition: Condition) -> Iterator[str]:
    match condition:
        case Equals(value):
            yield str(value)
        case AnyOf(several):
            for one in several:
                yield from _named(one)
        case Not(inner):
            yield from _named(inner)
