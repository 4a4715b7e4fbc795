"""What the memory says of a rule: whether it still acts, has acted, or was edited since."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

from reconciler.desired.state import Correction, Drop, Merge, Row, State
from reconciler.memory.memory import Memory, Settled, rule_digest
from reconciler.model import address as addresses
from reconciler.model.finding import Finding, Severity
from reconciler.planning import guards
from reconciler.planning.guards import consent
from reconciler.planning.scope import Scope

Rule = Correction | Drop | Merge
"""Rules that are settled once they are done."""

_NOT_MEANING = frozenset({"where", "source", "reason", "name"})
"""Words of a rule that say who and why, not what: editing them does not make it another rule."""


class Standing(Enum):
    """Where a rule stands: it ``ACTS``, is ``SETTLED``, or was ``CHANGED`` after it was settled."""

    ACTS = "acts"
    SETTLED = "settled"
    CHANGED = "changed"


def digest(rule: Rule | Row) -> str:
    """The digest of what the rule says, the same for the same meaning on every machine."""
    words = {f.name: _plain(getattr(rule, f.name)) for f in dataclasses.fields(rule) if f.name not in _NOT_MEANING}
    return rule_digest(words)


def newly_held(rule: Correction | Row, address: str, memory: Memory) -> dict[str, str]:
    """What a rule that never settles leaves to be remembered once it holds: that it held, in these words.

    {} where the memory knows that already. Nothing of it keeps the rule from acting again.
    """
    words, known = digest(rule), memory.settled.get(address)
    return {} if known is not None and known.digest == words else {address: words}


def remembered(address: str, digest: str, batch: str, state: State) -> Settled:
    """What the memory keeps of a rule that ``batch`` applied, or found to hold."""
    rules: dict[str, Correction | Row] = {
        **{addresses.of_rule("corrections", name): rule for name, rule in state.corrections.items()},
        **{addresses.of_rule("rows", name): rule for name, rule in state.rows.items()},
    }
    rule = rules.get(address)
    if rule is None:
        return Settled(address=address, digest=digest, batch=batch)
    again = isinstance(rule, Row) or rule.mode == "enforce"
    return Settled(address=address, digest=digest, batch=batch, said=as_said(rule.set), again=again)


def as_said(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule sets, as JSON data by field name."""
    return {field: _plain(value) for field, value in values.items()}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"is": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, dt.date | dt.datetime | dt.time):
        return value.isoformat()
    return value


def standing(rule: Rule, address: str, memory: Memory, scope: Scope) -> Standing:
    """Where the rule stands; ``enforce`` never settles, and ``--allow rule-changed:ADDRESS`` lets an edited one act."""
    settled = memory.settled.get(address)
    if settled is None or settled.again or (isinstance(rule, Correction) and rule.mode == "enforce"):
        return Standing.ACTS
    if settled.digest == digest(rule):
        return Standing.SETTLED
    return Standing.ACTS if scope.allowed("rule-changed", address) else Standing.CHANGED


def changed_rules(state: State, memory: Memory, scope: Scope) -> list[Finding]:
    """One note for each rule that was edited after it was settled, also where a person lets it run again."""
    found = []
    rules: list[tuple[str, Rule]] = [(addresses.of_rule("corrections", r.name), r) for r in state.corrections.values()]
    rules += [(addresses.of_rule("drops", r.name), r) for r in state.drops.values()]
    rules += [(addresses.of_rule("merges", r.name), r) for r in state.merges.values()]
    for address, rule in rules:
        if standing(rule, address, memory, Scope()) is Standing.CHANGED:
            said = guards.liftable(
                "rule-changed",
                address,
                "changed since it was applied, so it does not run again",
                "give it a new name, or let it run as it says now",
                where=rule.where,
            )
            found.append(replace(said, severity=Severity.WARN))
    return consent.judged(found, scope.allow)
