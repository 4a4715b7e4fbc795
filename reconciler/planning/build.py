"""From what is declared and what was read to the plan: the whole way, pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.desired.state import State
from reconciler.memory.memory import Memory
from reconciler.model import address as addresses
from reconciler.model.condition import AnyOf, Condition, Equals, Not, normal
from reconciler.model.finding import Finding
from reconciler.model.live import LiveDatabase, LiveProperty, Rows, Workspace
from reconciler.model.properties.base import Lookup
from reconciler.planning import guards, rules
from reconciler.planning.compile import Compiled, compile_steps
from reconciler.planning.corrections import Outcome, Resolve, conflicts, correction_tasks, pending
from reconciler.planning.databases import database_tasks
from reconciler.planning.effects import Task
from reconciler.planning.fields import field_tasks
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch, Matched
from reconciler.planning.options import OPTION_TYPES, OptionContext, option_tasks
from reconciler.planning.plan import Plan, make_plan
from reconciler.planning.removals import drop_tasks, undeclared_fields
from reconciler.planning.rules import Standing
from reconciler.planning.scope import Scope


@dataclass(frozen=True)
class Reading:
    """Everything that was read for a plan.

    ``rows`` answers the questions by database key; ``ids`` gives, by database key ("" for people), the id of each row
    key or e-mail address that rules name (one that several rows share is left out); ``names`` names rows by page id;
    ``findings`` are what reading had to say.
    """

    workspace: Workspace
    state: State
    memory: Memory
    matched: Matched
    archive: LiveDatabase | None = None
    rows: Mapping[str, Rows] = field(default_factory=dict)
    ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    content: Mapping[str, Mapping[str, list[dict[str, object]]]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def build_plan(reading: Reading, scope: Scope) -> Plan:
    """The plan for what was read; the same bytes for the same input."""
    tasks, findings, settles = _tasks(reading, scope)
    chosen = [task for task in tasks if scope.includes(task.action.address)]
    chosen, held = _with_needs(chosen)
    findings = [
        *reading.findings,
        *reading.matched.findings,
        *findings,
        *held,
        *rules.changed_rules(reading.state, reading.memory, scope),
    ]
    blocked = {f.address for f in findings if f.severity == "error"}
    settling = {address: digest for address, digest in settles.items() if address not in blocked}
    compiled = Compiled(
        tasks=tuple(chosen),
        matched=reading.matched,
        memory=reading.memory,
        state=reading.state,
        archive=reading.archive,
        settling=settling,
        parent=reading.workspace.parent_id,
    )
    shown = [f for f in findings if not f.address or scope.includes(f.address)]
    return make_plan(
        workspace=reading.state.workspace.name or reading.workspace.name,
        actions=[task.action for task in chosen],
        findings=shown,
        steps=compile_steps(compiled),
        rate=reading.state.workspace.rate,
        titles={key: pair.desired.title for key, pair in reading.matched.databases.items()},
    )


def _tasks(reading: Reading, scope: Scope) -> tuple[list[Task], list[Finding], dict[str, str]]:
    found: list[Task | Finding] = []
    matched = reading.matched
    ledgers = {
        key: Ledger(pair, reading.rows.get(key, Rows()), reading.names, reading.content.get(key, {}))
        for key, pair in matched.databases.items()
    }
    for key, pair in matched.databases.items():
        if key not in reading.state.databases:
            continue
        found.extend(database_tasks(pair))
        found.extend(field_tasks(pair, matched, reading.memory.bindings.get(key)))
        found.extend(_options(pair, ledgers[key], scope))
    settles: dict[str, str] = {}
    found.extend(_corrections(reading, ledgers, scope, settles))
    found.extend(_drops(reading, ledgers, scope, settles))
    found.extend(_undeclared(reading, ledgers, scope))
    found.extend(_not_yet(reading.state))
    tasks = [item for item in found if isinstance(item, Task)]
    return tasks, [item for item in found if isinstance(item, Finding)], settles


def _options(pair: DatabaseMatch, ledger: Ledger, scope: Scope) -> Iterator[Task | Finding]:
    for name, declared in pair.desired.fields.items():
        live = pair.fields.get(name)
        if live is None or declared.options is None or name in pair.blocked:
            continue
        if live.type == declared.type and live.type in OPTION_TYPES:
            yield from option_tasks(OptionContext(declared=declared, live=live, pair=pair, ledger=ledger, scope=scope))


def _corrections(
    reading: Reading, ledgers: Mapping[str, Ledger], scope: Scope, settles: dict[str, str]
) -> list[Task | Finding]:
    found: list[Task | Finding] = []
    outcomes: dict[str, Outcome] = {}
    state = reading.state
    for name, rule in state.corrections.items():
        address = addresses.of_rule("corrections", name)
        if not scope.includes(address) or rules.standing(rule, address, reading.memory, scope) is not Standing.ACTS:
            continue
        outcome = outcomes[name] = Outcome()
        for key in rule.databases:
            pair = reading.matched.databases.get(key)
            if pair is None:
                outcome.complete = False
                found.append(guards.needs(address, [addresses.of_database(key)], where=rule.where))
                continue
            ids = {
                n: _lookup(reading, f.to or "" if f.type == "relation" else "") for n, f in pair.desired.fields.items()
            }
            resolve = _resolver(reading, pair)
            found.extend(correction_tasks(rule, pair, ledgers[key], outcome, resolve=resolve, lookups=ids))
        if outcome.complete and not outcome.matched:
            found.append(pending(rule))
        elif outcome.complete and rule.mode == "once":
            settles[address] = rules.digest(rule)
    clashes = conflicts(outcomes, state.corrections)
    refused = {f.address for f in clashes}
    return [item for item in found if isinstance(item, Finding) or item.action.address not in refused] + list(clashes)


def _lookup(reading: Reading, place: str) -> Lookup:
    ids = reading.ids.get(place, {})

    def find(text: str) -> str:
        return ids[normal(text)]

    return find


def _resolver(reading: Reading, pair: DatabaseMatch) -> Resolve:
    """Conditions on relations and people name keys and e-mail addresses; values hold ids."""

    def resolve(condition: Condition, prop: LiveProperty) -> Condition:
        declared = next((pair.desired.fields[n] for n, p in pair.fields.items() if p and p.id == prop.id), None)
        if declared is None or declared.type not in ("relation", "people", "created_by", "last_edited_by"):
            return condition
        ids = reading.ids.get(declared.to or "" if declared.type == "relation" else "", {})

        def known(inner: Condition) -> Condition:
            match inner:
                case Equals(value):
                    return Equals(ids.get(normal(str(value)), str(value)))
                case AnyOf(several):
                    return AnyOf(tuple(known(c) for c in several))
                case Not(negated):
                    return Not(known(negated))
            return inner

        return known(condition)

    return resolve


def _drops(
    reading: Reading, ledgers: dict[str, Ledger], scope: Scope, settles: dict[str, str]
) -> Iterator[Task | Finding]:
    for rule in reading.state.drops.values():
        address = addresses.of_rule("drops", rule.name)
        if not scope.includes(address):
            continue
        standing = rules.standing(rule, address, reading.memory, scope)
        if standing is Standing.CHANGED:
            continue
        found = list(drop_tasks(rule, reading.matched, ledgers, dropped_again=standing is Standing.SETTLED))
        yield from found
        if any(isinstance(item, Task) for item in found):
            settles[address] = rules.digest(rule)
        elif not found and standing is Standing.ACTS:
            yield guards.note("pending", address, "what it drops is not there", "nothing to do", where=rule.where)


def _undeclared(reading: Reading, ledgers: Mapping[str, Ledger], scope: Scope) -> Iterator[Task | Finding]:
    named: dict[str, set[str]] = {}
    for rule in reading.state.drops.values():
        key, field_name, _ = rule.what
        pair = reading.matched.databases.get(key)
        if field_name and pair and pair.live and (prop := pair.live.by_name(field_name)):
            named.setdefault(key, set()).add(prop.id)
    for key, pair in reading.matched.databases.items():
        if key in reading.state.databases and pair.live is not None:
            absorbed = {p.id for f in pair.desired.fields.values() for n in f.absorbs if (p := pair.live.by_name(n))}
            yield from undeclared_fields(pair, reading.matched, ledgers[key], scope, named.get(key, set()) | absorbed)


def _not_yet(state: State) -> Iterator[Finding]:
    for kind, some in (("merges", state.merges), ("rows", state.rows), ("checks", state.checks)):
        for name, rule in some.items():
            yield guards.not_yet(addresses.of_rule(kind, name), f"a rule of [{kind}]", where=rule.where)


def _with_needs(tasks: Iterable[Task]) -> tuple[list[Task], list[Finding]]:
    """Leaves out tasks whose needs are neither planned nor there, over and over until none is left."""
    chosen = list(tasks)
    held: list[Finding] = []
    while True:
        planned = {task.action.address for task in chosen}
        lacking = [(task, [n for n in task.needs if n not in planned]) for task in chosen]
        short = [(task, missing) for task, missing in lacking if missing]
        if not short:
            return chosen, held
        held += [guards.needs(task.action.address, missing, where=task.action.where) for task, missing in short]
        gone = {id(task) for task, _ in short}
        chosen = [task for task in chosen if id(task) not in gone]
