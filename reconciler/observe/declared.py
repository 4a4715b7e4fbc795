"""Databases, schema and rules as declared: what a fresh plan would still do, told as checks.

Nothing is derived anew here: a thing is as declared when the plan has nothing to do about it and nothing to say of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.desired.state import Merge
from reconciler.model import address as addresses
from reconciler.model.finding import Finding, Severity
from reconciler.model.live import LiveDatabase
from reconciler.observe.evidence import Evidence
from reconciler.observe.verify_report import Group, Result, Status, counted, listed, worst
from reconciler.planning.actions.base import Action
from reconciler.planning.actions.batch import FinishBatch
from reconciler.planning.actions.schema import ChangeDatabase
from reconciler.planning.identity import ARCHIVED
from reconciler.planning.rules import standing
from reconciler.planning.rules.standing import Standing
from reconciler.planning.scope import Scope

_LEFT_AS_IT_IS = frozenset({"undeclared-fields", "undeclared-options", "no-longer-managed", "exists-elsewhere"})
"""What a plan mentions and the state does not speak of."""
_SAID_BY_OTHERS = frozenset({"check-failed"})
_RULE_GROUPS = {"corrections": Group.CORRECTIONS, "rows": Group.CORRECTIONS, "merges": Group.DATABASES}


@dataclass(frozen=True)
class _Subject:
    """One declared thing: where it is told of, and what is said when the plan has nothing to say."""

    group: Group
    check: str
    fine: str


def as_declared(evidence: Evidence) -> Iterator[Result]:
    """One result for each declared database, field and rule, and one for each other thing that the plan would do."""
    subjects = _subjects(evidence)
    problems = _by_subject(_problems(evidence), subjects)
    for address, subject in subjects.items():
        yield _result(subject, address, problems.pop(address, []))
    for address, found in problems.items():
        yield _result(_Subject(_group(address), "plan", ""), address, found)


def databases(evidence: Evidence) -> Iterator[Result]:
    """Whether every declared database is there, under its title."""
    retitled = {
        action.address
        for action in evidence.plan.actions
        if isinstance(action, ChangeDatabase) and any(word == "title" for word, _, _ in action.changes)
    }
    for key, desired in evidence.state.databases.items():
        address = addresses.of_database(key)
        pair = evidence.matched.databases.get(key)

        def told(status: Status, what: str, address: str = address) -> Result:
            return Result(Group.DATABASES, "exists", address, status, what)

        if pair is None:
            said = [f.what for f in evidence.plan.blocked if f.address == address]
            yield told(Status.FAIL, "; ".join(said) or "it could not be looked at")
        elif pair.live is None:
            yield told(Status.FAIL, f"no database titled {desired.title!r} is under the parent page")
        elif address in retitled:
            yield told(Status.FAIL, f"its title is {pair.live.title!r}, declared {desired.title!r}")
        else:
            yield told(Status.OK, f"{pair.live.title!r} is there")


def merged(evidence: Evidence, sources: Mapping[str, LiveDatabase | None]) -> Iterator[Result]:
    """Whether the source of each merge that is done is what ``then`` says; ``sources`` are those by merge name."""
    for name, rule in evidence.state.merges.items():
        if name in sources:
            status, what = _source(rule, sources[name])
            yield Result(Group.DATABASES, "source", addresses.of_rule("merges", name), status, what)


def settled_merges(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """(merge name, database id of its source) of every merge that is done, as its archive entry says."""
    for name, rule in evidence.state.merges.items():
        address = addresses.of_rule("merges", name)
        if standing.standing(rule, address, evidence.reading.memory, Scope()) is not Standing.SETTLED:
            continue
        for entry in reversed(evidence.archived.of_address(address)):
            source = entry.definition.get("source")
            if isinstance(source, Mapping) and source.get("id"):
                yield name, str(source["id"])
                break


def _source(rule: Merge, live: LiveDatabase | None) -> tuple[Status, str]:
    gone = live is None or live.in_trash
    title = repr(live.title) if live else "its source"
    match rule.then:
        case "trash":
            return (Status.OK, "its source is in the trash") if gone else (Status.FAIL, f"{title} is not in the trash")
        case "mark" if live is not None and not live.in_trash:
            if live.title.startswith(ARCHIVED):
                return Status.OK, f"its source is titled {title}"
            return Status.FAIL, f"its source is titled {title}, not marked as archived"
    if gone:
        return Status.WARN, f"{title} is not there any more; somebody put it into the trash, or it is not shared"
    return Status.OK, f"its source is there: {title}"


def _subjects(evidence: Evidence) -> dict[str, _Subject]:
    """What is declared, by address."""
    state, memory = evidence.state, evidence.reading.memory
    found: dict[str, _Subject] = {}
    for key, pair in evidence.matched.databases.items():
        if key not in state.databases or pair.live is None:
            continue
        found[addresses.of_database(key)] = _Subject(Group.SCHEMA, "words", "title, description and icon as declared")
        for name, declared in pair.desired.fields.items():
            options = f", {counted(len(declared.options), 'option')}" if declared.options else ""
            fine = f"{declared.type}{options}, as declared"
            found[addresses.of_field(key, name)] = _Subject(Group.SCHEMA, "field", fine)
    for kind, rules in (("corrections", state.corrections), ("merges", state.merges), ("drops", state.drops)):
        for name in rules:
            address = addresses.of_rule(kind, name)
            done = memory.settled.get(address)
            fine = f"done in batch {done.batch}" if done else "nothing to do"
            found[address] = _Subject(_group(address), "applied", fine)
    for name in state.rows:
        found[addresses.of_rule("rows", name)] = _Subject(Group.CORRECTIONS, "applied", "the row is as declared")
    return found


def _group(address: str) -> Group:
    try:
        return _RULE_GROUPS.get(addresses.parse(address)[0], Group.SCHEMA)
    except ValueError:
        return Group.SCHEMA


@dataclass(frozen=True)
class _Problem:
    """One thing that the plan would do, cannot do, or says."""

    address: str
    status: Status
    what: str
    details: tuple[str, ...] = ()


def _problems(evidence: Evidence) -> Iterator[_Problem]:
    unseen = {addresses.of_database(k) for k in evidence.state.databases if k not in evidence.matched.databases}
    for action in evidence.plan.actions:
        made = evidence.matched.databases.get(action.database)
        if isinstance(action, FinishBatch) or (made is not None and made.live is None):
            continue  # the archive's checks tell of open batches, `databases` of what is not there
        yield _Problem(action.address, Status.FAIL, f"a plan would still {_deed(action)}", _details(action))
    for finding in (*evidence.plan.blocked, *evidence.plan.manual, *evidence.plan.notes):
        if finding.code in _LEFT_AS_IT_IS | _SAID_BY_OTHERS or finding.address in unseen:
            continue
        yield _Problem(finding.address, _status(finding), f"{finding.what} ({finding.code})")


def _status(finding: Finding) -> Status:
    return Status.FAIL if finding.severity is Severity.ERROR else Status.WARN


def _deed(action: Action) -> str:
    """What the action would do, in a few words, without values."""
    told = action.describe()
    names = f"{told.old} → {told.new}" if told.old and told.new else told.old or told.new or ""
    rows = f"({counted(len(told.rows), 'value')})" if told.rows else ""
    return " ".join(part for part in (told.verb, told.subject, names, rows) if part)


def _details(action: Action) -> tuple[str, ...]:
    if isinstance(action, ChangeDatabase):
        return tuple(f"{word}: {old or '(none)'} → {new or '(none)'}" for word, old, new in action.changes)
    told = action.describe()
    return (*told.details, *(f"{row.row}: {row.field}: {row.old} → {row.new}" for row in told.rows))


def _by_subject(found: Iterable[_Problem], subjects: Mapping[str, _Subject]) -> dict[str, list[_Problem]]:
    """Each problem at the narrowest declared thing that holds it, or at its own address."""
    placed: dict[str, list[_Problem]] = {}
    for problem in found:
        holders = [a for a in subjects if addresses.covers(a, problem.address)]
        exact = max(holders, key=len, default=problem.address)
        own = _is_field(problem.address) and not any(_is_field(a) for a in holders)
        placed.setdefault(problem.address if own else exact, []).append(problem)
    return placed


def _is_field(address: str) -> bool:
    """Whether the address is below a database or a kind of rule."""
    try:
        return addresses.parse(address)[1] is not None
    except ValueError:
        return False


def _result(subject: _Subject, address: str, problems: list[_Problem]) -> Result:
    if not problems:
        return Result(subject.group, subject.check, address, Status.OK, subject.fine)
    status = worst(problem.status for problem in problems)
    heaviest = sorted(problems, key=lambda problem: problem.status is not status)
    first, *rest = heaviest
    details = [*first.details]
    for problem in rest:
        details += [_said(problem, address), *problem.details]
    return Result(subject.group, subject.check, address, status, _said(first, address), listed(details))


def _said(problem: _Problem, address: str) -> str:
    """The problem, with the option or field that it is about where the result's address does not say it."""
    return problem.what if problem.address == address else f"{problem.address}: {problem.what}"
