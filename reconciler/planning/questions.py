"""Which rows a plan must read: one question a database, as narrow as Notion can narrow it.

All reasons to read rows of one database travel in one ``or`` filter; only the properties that the actions touch, and
those that name a row, are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.desired.state import Correction, State
from reconciler.memory.memory import Memory
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.condition import AnyOf, Condition, Equals, Not
from reconciler.model.limits import FILTER_ITEMS
from reconciler.model.live import LiveProperty
from reconciler.model.properties.base import EVERYTHING, NOTHING, Filter
from reconciler.planning import rules
from reconciler.planning.match import DatabaseMatch, Matched
from reconciler.planning.options import OPTION_TYPES, live_folds, option_filter
from reconciler.planning.removals import holding_filter
from reconciler.planning.rules import Standing
from reconciler.planning.scope import Scope


@dataclass(frozen=True)
class Question:
    """What to ask one data source: ``filter`` None asks for all rows, ``property_ids`` None for all properties."""

    filter: dict[str, Any] | None
    property_ids: tuple[str, ...] | None
    content: bool = False


@dataclass
class _Asking:
    """The reasons gathered for one database."""

    filters: list[Filter] = field(default_factory=list)
    properties: set[str] = field(default_factory=set)
    all_properties: bool = False
    content: bool = False

    def add(self, narrowed: Filter, *touched: LiveProperty) -> None:
        if narrowed == NOTHING:
            return
        self.filters.append(narrowed)
        self.properties.update(p.id for p in touched)


def questions(state: State, matched: Matched, memory: Memory, scope: Scope) -> dict[str, Question]:
    """The question to each live database, by key; databases with nothing to ask are left out."""
    asked: dict[str, Question] = {}
    for key, pair in matched.databases.items():
        if pair.live is None:
            continue
        asking = _Asking()
        _folds(asking, pair, scope)
        _undeclared(asking, pair, scope)
        _drops(asking, state, pair, memory, scope)
        for rule in state.corrections.values():
            if key in rule.databases:
                _correction(asking, rule, pair, memory, scope)
        if asking.filters:
            asked[key] = _joined(asking, pair)
    return asked


def _joined(asking: _Asking, pair: DatabaseMatch) -> Question:
    live = pair.live
    if live is None or asking.all_properties:
        return Question(filter=None, property_ids=None, content=asking.content)
    naming = [live.title_property.id]
    key = pair.fields.get(pair.desired.key_field or "")
    if key is not None:
        naming.append(key.id)
    wanted = tuple(sorted({*asking.properties, *naming}))
    return Question(filter=joined_filter(asking.filters), property_ids=wanted)


def joined_filter(filters: list[Filter]) -> dict[str, Any] | None:
    """One filter that is as wide as all of them together, within Notion's two levels and 100 conditions."""
    if any(f == EVERYTHING for f in filters):
        return None
    flat: list[dict[str, Any]] = []
    for narrowed in filters:
        if isinstance(narrowed, dict):
            flat.extend(narrowed["or"] if set(narrowed) == {"or"} else [narrowed])
    unique = list({repr(f): f for f in flat}.values())
    if len(unique) > FILTER_ITEMS:
        return None
    return unique[0] if len(unique) == 1 else {"or": unique}


def _folds(asking: _Asking, pair: DatabaseMatch, scope: Scope) -> None:
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
                asking.add(option_filter(live, option), live)


def _undeclared(asking: _Asking, pair: DatabaseMatch, scope: Scope) -> None:
    if pair.desired.undeclared != "archive":
        return
    for prop in pair.undeclared:
        if prop.type != "title" and scope.includes(addresses.of_field(pair.desired.key, prop.name)):
            asking.add(holding_filter(prop) or EVERYTHING, prop)


def _drops(asking: _Asking, state: State, pair: DatabaseMatch, memory: Memory, scope: Scope) -> None:
    for rule in state.drops.values():
        key, field_name, option = rule.what
        address = addresses.of_rule("drops", rule.name)
        if key != pair.desired.key or pair.live is None or not scope.includes(address):
            continue
        if rules.standing(rule, address, memory, scope) is not Standing.ACTS:
            continue
        if field_name is None:
            asking.filters.append(EVERYTHING)
            asking.all_properties = asking.content = True
            continue
        prop = pair.live.by_name(field_name) or pair.fields.get(field_name)
        if prop is not None:
            asking.add(option_filter(prop, option) if option else holding_filter(prop) or EVERYTHING, prop)


def _correction(asking: _Asking, rule: Correction, pair: DatabaseMatch, memory: Memory, scope: Scope) -> None:
    address = addresses.of_rule("corrections", rule.name)
    if not scope.includes(address) or rules.standing(rule, address, memory, scope) is not Standing.ACTS:
        return
    named = [pair.fields.get(name) for name in (*rule.set, *rule.where_fields)]
    touched = [prop for prop in named if prop is not None]
    narrowed: list[Filter] = []
    for prop, condition in asked_conditions(rule, pair):
        touched.append(prop)
        narrowed.append(properties.of(prop.type).filter(prop.id, widened(prop, condition, pair), prop.config))
    if NOTHING in narrowed:
        return
    real = [f for f in narrowed if isinstance(f, dict)]
    if not real:
        asking.add(EVERYTHING, *touched)
    elif len(real) == 1:
        asking.add(real[0], *touched)
    else:
        parts = [part for f in real for part in (f["and"] if set(f) == {"and"} else [f])]
        flat = [part for part in parts if set(part) != {"or"}]
        asking.add({"and": flat} if flat else EVERYTHING, *touched)


def asked_conditions(rule: Correction, pair: DatabaseMatch) -> Iterator[tuple[LiveProperty, Condition]]:
    """What the correction asks of live properties; fields that do not exist yet are judged as empty later."""
    if rule.rows is not None and pair.live is not None:
        key = pair.fields.get(pair.desired.key_field or "") if pair.desired.key_field else pair.live.title_property
        if key is not None:
            yield key, rule.rows
    for name, condition in rule.where_fields.items():
        prop = pair.fields.get(name)
        if prop is not None:
            yield prop, condition


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


def lookups(state: State, matched: Matched, memory: Memory, scope: Scope) -> dict[str, set[str]]:
    """What must be looked up before rules can be judged: row keys by database key, e-mail addresses under ""."""
    wanted: dict[str, set[str]] = {}
    for rule in state.corrections.values():
        address = addresses.of_rule("corrections", rule.name)
        if not scope.includes(address) or rules.standing(rule, address, memory, scope) is not Standing.ACTS:
            continue
        for key in rule.databases:
            pair = matched.databases.get(key)
            if pair is None:
                continue
            for name, value in rule.set.items():
                _look_up(wanted, pair, name, value if isinstance(value, list | tuple) else [value])
            for name, condition in (*rule.where_fields.items(), *rule.expect.items()):
                _look_up(wanted, pair, name, list(_named(condition)))
    return {key: names for key, names in sorted(wanted.items()) if names}


def _look_up(wanted: dict[str, set[str]], pair: DatabaseMatch, name: str, values: Any) -> None:
    declared = pair.desired.fields.get(name)
    if declared is None or declared.type not in ("relation", "people", "created_by", "last_edited_by"):
        return
    place = wanted.setdefault(declared.to or "" if declared.type == "relation" else "", set())
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


def key_filter(key: LiveProperty, keys: set[str]) -> dict[str, Any] | None:
    """The filter for the rows of a database that bear one of the keys."""
    condition = AnyOf(tuple(Equals(k) for k in sorted(keys)))
    narrowed = properties.of(key.type).filter(key.id, condition, key.config)
    return narrowed if isinstance(narrowed, dict) else None
