"""``[checks]`` as a plan sees them: what they find among the rows as they will be, and what is recorded of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reconciler.desired.state import Check, State
from reconciler.memory.entry import Entry
from reconciler.memory.memory import Memory, rule_digest
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.condition import Condition, normal
from reconciler.model.finding import Finding, Severity
from reconciler.model.live import LiveProperty, LiveRow
from reconciler.planning.asking import Asking, holding
from reconciler.planning.edits import entry_of, stand_in
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch
from reconciler.planning.rules.corrections import Resolve, meets_all
from reconciler.planning.scope import Scope

_SAID_BY_TEXT = frozenset({"title", "rich_text", "number", "url", "email", "phone_number", "unique_id"})
NAMED = 3
"""How many of the rows that a check finds are named."""


@dataclass(frozen=True)
class Answer:
    """What a check found: ``holds``, the rows that speak against it, and a sentence for people."""

    check: Check
    holds: bool
    rows: tuple[LiveRow, ...]
    what: str

    @property
    def address(self) -> str:
        """The check's address."""
        return addresses.of_rule("checks", self.check.name)


def asks(
    asking: Asking, state: State, pair: DatabaseMatch, scope: Scope, narrowed: Callable[[Check, DatabaseMatch], None]
) -> None:
    """The rows that checks speak of; ``narrowed`` asks for those of a condition."""
    for name, check in state.checks.items():
        if check.database != pair.desired.key or not scope.includes(addresses.of_rule("checks", name)):
            continue
        if check.unique is not None:
            prop = pair.fields.get(check.unique)
            if prop is not None and _stays(check.unique, state, pair):
                asking.add_unique(prop)
            elif prop is not None:
                asking.add(holding(prop), prop)
        else:
            narrowed(check, pair)


def _stays(name: str, state: State, pair: DatabaseMatch) -> bool:
    """Whether no plan of the state makes two values of a field alike that were not, so that those read tell enough."""
    key, live = pair.desired.key, pair.fields.get(name)
    if live is None or live.type != pair.desired.fields[name].type or live.type not in _SAID_BY_TEXT:
        return False
    set_here = [rule.set for rule in state.corrections.values() if key in rule.databases]
    made_here = any(rule.database == key for rule in state.rows.values())
    merged = any(key in (rule.into, rule.from_key, rule.from_title) for rule in state.merges.values())
    return not made_here and not merged and not any(name in each for each in set_here)


def answer(check: Check, pair: DatabaseMatch, ledger: Ledger, resolve: Resolve) -> Answer:
    """Judges one check on the rows that were read for it, as the plan leaves them."""
    if check.unique is not None:
        return _unique(check, stand_in(pair, check.unique), ledger)
    conditions: list[tuple[str | None, Condition]] = list(check.where_fields.items())
    if check.rows is not None:
        conditions.append((pair.desired.key_field, check.rows))
    rows = tuple(row for row in ledger.rows if meets_all(conditions, row, pair, ledger, resolve))
    expected = check.expect if check.expect is not None else 0
    found = f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}, expected {expected}"
    named = f": {_named(rows, ledger)}" if rows else ""
    return Answer(check=check, holds=len(rows) == expected, rows=rows, what=found + named)


def _unique(check: Check, prop: LiveProperty, ledger: Ledger) -> Answer:
    kind = properties.of(prop.type)
    texts = {row.id: normal(kind.text(ledger.value(row, prop))) for row in ledger.rows}
    counts = Counter(text for text in texts.values() if text)
    twice = tuple(row for row in ledger.rows if counts[texts[row.id]] > 1)
    if not twice:
        return Answer(check=check, holds=True, rows=(), what="every value is unique")
    titles = sorted(f"{ledger.name(row)} {ledger.title(row)!r}" for row in twice)
    shown = ", ".join(titles[:NAMED]) + (f" and {len(titles) - NAMED} more" if len(titles) > NAMED else "")
    return Answer(check=check, holds=False, rows=twice, what=f"{len(twice)} rows share a value: {shown}")


def _named(rows: tuple[LiveRow, ...], ledger: Ledger) -> str:
    names = sorted(ledger.name(row) for row in rows)
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def finding(told: Answer, *, recorded: bool) -> Finding:
    """What is said of a check that does not hold."""
    later = "; recorded in the archive with the next batch" if told.check.record and not recorded else ""
    return Finding(
        code="check-failed",
        address=told.address,
        what=told.what + later,
        next="look at these rows in Notion"
        if told.check.severity == "warn"
        else "mend these rows: `verify` fails on them",
        where=told.check.where,
        severity=Severity.WARN,
    )


def record_digest(check: Check) -> str:
    """The digest under which a check's record is settled."""
    return rule_digest({"check": check.name, "database": check.database, "record": check.record})


def records(told: Answer, pair: DatabaseMatch, ledger: Ledger, memory: Memory) -> Iterator[Entry]:
    """The archive entry of the rows that a check found, once."""
    check = told.check
    if check.record is None or not told.rows or told.address in memory.settled:
        return
    titled = pair.live.title_property if pair.live else None
    if titled is None:
        return
    values = [ledger.archived(row, titled, old=ledger.value(row, titled)) for row in told.rows]
    yield entry_of(pair, told.address, "record", field_name="", reason=check.record, where=check.where, values=values)
