"""From what is declared and what was read to the plan: the whole way, pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.desired.state import Field
from reconciler.memory.batches import open_batch
from reconciler.memory.entry import Entry
from reconciler.model import address as addresses
from reconciler.model.condition import AnyOf, Condition, Equals, Not, normal
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty, Rows
from reconciler.model.properties.base import Lookup
from reconciler.planning import guarding, guards
from reconciler.planning.actions.batch import FinishBatch
from reconciler.planning.compile import compile_steps
from reconciler.planning.compiling.pieces import Compiled
from reconciler.planning.diff import retype, unfinished
from reconciler.planning.diff.databases import database_tasks
from reconciler.planning.diff.fields import field_tasks
from reconciler.planning.diff.option_list import OPTION_TYPES, OptionContext
from reconciler.planning.diff.options import option_tasks
from reconciler.planning.diff.removals import drop_tasks, undeclared_fields
from reconciler.planning.drawing import of_plan
from reconciler.planning.effects import Task
from reconciler.planning.guards import consent
from reconciler.planning.held import with_needs
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch
from reconciler.planning.plan import Plan, make_plan
from reconciler.planning.reading import Reading
from reconciler.planning.rules import absorb, checks, desired_rows, link, mirrors, standing, tidy
from reconciler.planning.rules.corrections import Outcome, Resolve, conflicts, correction_tasks, pending
from reconciler.planning.rules.merge import Joining, join, refusal
from reconciler.planning.rules.merge_tasks import arriving_options, merge_tasks
from reconciler.planning.rules.standing import Standing
from reconciler.planning.scope import Scope


def build_plan(reading: Reading, scope: Scope) -> Plan:
    """The plan for what was read; the same bytes for the same input."""
    told = tasks_of(reading, scope)
    findings = told.findings
    chosen = [task for task in told.tasks if scope.includes(task.action.address)]
    if open_batch(reading.memory) is not None:
        chosen.append(Task(action=FinishBatch(), effects=()))
    guarded, uncounted, unseen = guarding.guarded(reading, chosen)
    chosen, held = consent.held_back(guarded, chosen, scope.allow)
    chosen, short = with_needs(chosen)
    findings = [
        *reading.findings,
        *reading.matched.findings,
        *findings,
        *held,
        *short,
        *standing.changed_rules(reading.state, reading.memory, scope),
    ]
    blocked = {f.address for f in findings if f.severity == "error"}
    settling = {address: digest for address, digest in told.settles.items() if address not in blocked}
    compiled = Compiled(
        tasks=tuple(chosen),
        matched=reading.matched,
        memory=reading.memory,
        state=reading.state,
        archive=reading.archive,
        settling=settling,
        records=told.records,
        parent=reading.workspace.parent_id,
        sizes=reading.sizes,
        own_archives=reading.own_archives,
        stayed=frozenset(v.row for entry in reading.left_over if entry.address in settling for v in entry.values),
    )
    steps = compile_steps(compiled)
    shown = [f for f in findings if not f.address or scope.includes(f.address)]
    actions = [task.action for task in chosen]
    shown += consent.judged(guarding.over_all(reading, scope, steps), scope.allow)
    return make_plan(
        workspace=reading.state.workspace.name or reading.workspace.name,
        environment=reading.state.workspace.environment,
        actions=actions,
        findings=shown,
        steps=steps,
        rate=reading.state.workspace.rate,
        titles={key: pair.desired.title for key, pair in reading.matched.databases.items()},
        picture=of_plan(reading.state, reading.matched, actions),
        uncounted=uncounted,
        unseen=unseen,
    )


@dataclass(frozen=True)
class Told:
    """What the rules come to: tasks in order, findings, digests to settle by address, entries to record."""

    tasks: list[Task]
    findings: list[Finding]
    settles: dict[str, str]
    records: tuple[Entry, ...]


def _joinings(
    reading: Reading, scope: Scope, found: list[Task | Finding], settles: dict[str, str]
) -> Iterator[Joining]:
    """The merges that act; what holds one back goes into ``found``, one that is all done into ``settles``."""
    for name, rule in reading.state.merges.items():
        address = addresses.of_rule("merges", name)
        if not scope.includes(address) or standing.standing(rule, address, reading.memory, scope) is not Standing.ACTS:
            continue
        source = reading.matched.databases.get(rule.from_key or rule.from_title or "")
        target = reading.matched.databases.get(rule.into)
        left_over = [entry for entry in reading.left_over if entry.address == address]
        if source is None and left_over:
            settles[address] = standing.digest(rule)
            continue
        refused = refusal(rule, source, target, reading.rows)
        if refused is not None or source is None or target is None:
            found.extend([refused] if refused else [])
            continue
        sources = {key: pair.live.data_source_id for key, pair in reading.matched.databases.items() if pair.live}
        yield join(rule, source, target, reading.rows, left_over, reading.people, sources, reading.workspace.bot_id)


def _merged_away(reading: Reading, joinings: list[Joining]) -> set[str]:
    """Declared databases whose rows join another, or did: what is left of them is marked, not made as declared."""
    going = {joining.source.desired.key for joining in joinings if joining.rule.then != "keep"}
    done = {
        rule.from_key
        for name, rule in reading.state.merges.items()
        if rule.from_key and rule.then != "keep" and addresses.of_rule("merges", name) in reading.memory.settled
    }
    return going | done


def _ledgers(reading: Reading, joinings: list[Joining]) -> dict[str, Ledger]:
    """The rows of each database, with those that merges bring to it as they will be there."""
    ledgers = {}
    for joining in joinings:
        if joining.source.sensitive or joining.target.sensitive:
            joining.source.joins_sensitive = joining.target.joins_sensitive = True
    open_ = {key for key, pair in reading.matched.databases.items() if not pair.sensitive}
    titles = {row.id: row.title for key in open_ & reading.rows.keys() for row in reading.rows[key].rows if row.title}
    names = titles | dict(reading.names)
    for key, pair in reading.matched.databases.items():
        read = reading.rows.get(key, Rows())
        arrivals = [row for joining in joinings if joining.target is pair for row in joining.arrivals]
        coming = {row.id for row in arrivals}
        rows = (*(row for row in read.rows if row.id not in coming), *arrivals)
        ledgers[key] = Ledger(pair, replace(read, rows=rows), names, reading.content.get(key, {}))
    return ledgers


def _lookups(reading: Reading, ledgers: Mapping[str, Ledger], joinings: list[Joining]) -> retype.Lookups:
    """What conversions may look up; rows that merges bring to a database are rows of it."""
    coming = {key: frozenset(row.id for row in ledger.rows) for key, ledger in ledgers.items()}
    keys = {
        page: text
        for (_, name), index in reading.indexes.items()
        if not name
        for text, pages in index.items()
        for page in pages
    }
    return retype.Lookups(
        people=reading.people,
        rows=reading.indexes,
        row_ids={key: ids | coming.get(key, frozenset()) for key, ids in reading.row_ids.items()},
        names=lambda page: reading.titles[page],
        keys=lambda page: keys[page],
        merging={joining.source.live.data_source_id: joining.address for joining in joinings if joining.source.live},
    )


def tasks_of(reading: Reading, scope: Scope) -> Told:
    """Every task, in the order in which they see each other's values, with all that is to be said."""
    found: list[Task | Finding] = []
    matched, memory = reading.matched, reading.memory
    settles: dict[str, str] = {}
    joinings = list(_joinings(reading, scope, found, settles))
    ledgers = _ledgers(reading, joinings)
    lookups = _lookups(reading, ledgers, joinings)
    merged_away = _merged_away(reading, joinings)
    for key, pair in matched.databases.items():
        if key not in reading.state.databases or key in merged_away:
            continue
        found.extend(database_tasks(pair))
        found.extend(field_tasks(pair, matched, memory.bindings.get(key)))
        ledger = ledgers[key]
        found.extend(tidy.tasks(pair, ledger, scope))
        found.extend(retype.tasks(pair, matched, ledger, lookups, scope, reading.left_over))
        found.extend(unfinished.tasks(pair, ledger, reading.left_over, reading.workspace.bot_id))
        absorbed = absorb.arriving(pair, ledger, memory, scope)
        found.extend(_options(pair, ledger, scope, joinings, absorbed))
        settles.update(absorb.absorbed_before(pair, reading.left_over))
        found.extend(absorb.tasks(pair, matched, ledger, memory, scope, settles))
        found.extend(mirrors.tasks(pair, matched, ledgers, memory, scope, settles))
        found.extend(link.tasks(pair, matched, ledger, reading.indexes, scope))
    for joining in joinings:
        merged = list(merge_tasks(joining, matched, ledgers, reading.rows, reading.people))
        found.extend(merged)
        if any(isinstance(item, Task) for item in merged):
            settles[joining.address] = standing.digest(joining.rule)
    found.extend(_corrections(reading, ledgers, scope, settles))
    found.extend(_rows(reading, ledgers, scope, settles))
    found.extend(_drops(reading, ledgers, scope, settles))
    found.extend(_undeclared(reading, ledgers, scope, settles))
    records = list(_checks(reading, ledgers, scope, found, settles))
    return Told(
        tasks=[item for item in found if isinstance(item, Task)],
        findings=[item for item in found if isinstance(item, Finding)],
        settles=settles,
        records=tuple(records),
    )


def _options(
    pair: DatabaseMatch,
    ledger: Ledger,
    scope: Scope,
    joinings: list[Joining],
    absorbed: Mapping[str, tuple[str, ...]],
) -> Iterator[Task | Finding]:
    for name, declared in pair.desired.fields.items():
        live = pair.fields.get(name)
        if live is None or declared.options is None or name in pair.blocked:
            continue
        if live.type == declared.type and live.type in OPTION_TYPES:
            arriving = (*arriving_options(joinings, pair.desired.key, name), *absorbed.get(name, ()))
            context = OptionContext(
                declared=declared, live=live, pair=pair, ledger=ledger, scope=scope, arriving=arriving
            )
            yield from option_tasks(context)


def _corrections(
    reading: Reading, ledgers: Mapping[str, Ledger], scope: Scope, settles: dict[str, str]
) -> list[Task | Finding]:
    found: list[Task | Finding] = []
    outcomes: dict[str, Outcome] = {}
    state = reading.state
    for name, rule in state.corrections.items():
        address = addresses.of_rule("corrections", name)
        if not scope.includes(address) or standing.standing(rule, address, reading.memory, scope) is not Standing.ACTS:
            continue
        outcome = outcomes[name] = Outcome()
        for key in rule.databases:
            pair = reading.matched.databases.get(key)
            if pair is None:
                outcome.complete = False
                found.append(guards.needs(address, [addresses.of_database(key)], where=rule.where))
                continue
            ids = {name: _lookup(reading, declared) for name, declared in pair.desired.fields.items()}
            resolve = resolver(reading, pair)
            found.extend(correction_tasks(rule, pair, ledgers[key], outcome, resolve=resolve, lookups=ids))
        if outcome.complete and not outcome.matched:
            found.append(pending(rule))
        elif outcome.complete and rule.mode == "once":
            settles[address] = standing.digest(rule)
        elif outcome.complete:
            settles |= standing.newly_held(rule, address, reading.memory)
    clashes = conflicts(outcomes, state.corrections)
    refused = {f.address for f in clashes}
    return [item for item in found if isinstance(item, Finding) or item.action.address not in refused] + list(clashes)


def _ids(reading: Reading, declared: Field) -> Mapping[str, str]:
    """Ids by what people write: e-mail addresses, or keys that one row bears."""
    if declared.type != "relation":
        return reading.people
    index = reading.indexes.get((declared.to or "", ""), {})
    return {text: ids[0] for text, ids in index.items() if len(ids) == 1}


def _lookup(reading: Reading, declared: Field) -> Lookup:
    ids = _ids(reading, declared)

    def find(text: str) -> str:
        return ids[normal(text)]

    return find


def resolver(reading: Reading, pair: DatabaseMatch) -> Resolve:
    """Conditions on relations and people name keys and e-mail addresses; values hold ids."""

    def resolve(condition: Condition, prop: LiveProperty) -> Condition:
        declared = next((pair.desired.fields[n] for n, p in pair.fields.items() if p and p.id == prop.id), None)
        if declared is None or declared.type not in ("relation", "people", "created_by", "last_edited_by"):
            return condition
        ids = _ids(reading, declared)

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
        stands = standing.standing(rule, address, reading.memory, scope)
        if stands is Standing.CHANGED:
            continue
        found = list(drop_tasks(rule, reading.matched, ledgers, dropped_again=stands is Standing.SETTLED))
        yield from found
        finished = not found and any(entry.address == address for entry in reading.left_over)
        if finished or any(isinstance(item, Task) for item in found):
            settles[address] = standing.digest(rule)
        elif not found and stands is Standing.ACTS:
            yield guards.note("pending", address, "what it drops is not there", "nothing to do", where=rule.where)


def _undeclared(
    reading: Reading, ledgers: Mapping[str, Ledger], scope: Scope, settles: Mapping[str, str]
) -> Iterator[Task | Finding]:
    named: dict[str, set[str]] = {}
    for rule in reading.state.drops.values():
        key, field_name, _ = rule.what
        pair = reading.matched.databases.get(key)
        if field_name and pair and pair.live and (prop := pair.live.by_name(field_name)):
            named.setdefault(key, set()).add(prop.id)
    for key, pair in reading.matched.databases.items():
        if key in reading.state.databases and pair.live is not None:
            waiting = {
                live.id
                for declared, live in absorb.absorbed_fields(pair, reading.memory)
                if pair.desired.undeclared == "keep" or absorb.settle_key(declared, live.name) not in settles
            }
            waiting |= {
                live.id
                for declared, live in mirrors.displaced(pair, reading.memory, Scope())
                if pair.desired.undeclared == "keep" or absorb.settle_key(declared, live.name) not in settles
            }
            yield from undeclared_fields(pair, reading.matched, ledgers[key], scope, named.get(key, set()) | waiting)


def _rows(
    reading: Reading, ledgers: Mapping[str, Ledger], scope: Scope, settles: dict[str, str]
) -> Iterator[Task | Finding]:
    for name, rule in reading.state.rows.items():
        address = addresses.of_rule("rows", name)
        if not scope.includes(address):
            continue
        pair = reading.matched.databases.get(rule.database)
        if pair is None:
            yield guards.needs(address, [addresses.of_database(rule.database)], where=rule.where)
            continue
        lookups = {field: _lookup(reading, declared) for field, declared in pair.desired.fields.items()}
        settles |= standing.newly_held(rule, address, reading.memory)
        yield from desired_rows.tasks(rule, pair, ledgers[rule.database], lookups)


def _checks(
    reading: Reading,
    ledgers: Mapping[str, Ledger],
    scope: Scope,
    found: list[Task | Finding],
    settles: dict[str, str],
) -> Iterator[Entry]:
    """What the checks find in the rows as the plan leaves them goes into ``found``; entries that keep it are given."""
    for check in reading.state.checks.values():
        pair = reading.matched.databases.get(check.database)
        if pair is None or not scope.includes(addresses.of_rule("checks", check.name)):
            continue
        ledger = ledgers[check.database]
        told = checks.answer(check, pair, ledger, resolver(reading, pair))
        if not told.holds:
            found.append(checks.finding(told, recorded=told.address in reading.memory.settled))
        kept = list(checks.records(told, pair, ledger, reading.memory))
        if kept:
            settles[told.address] = checks.record_digest(check)
        yield from kept
