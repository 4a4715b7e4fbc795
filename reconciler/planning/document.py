"""A plan as a JSON document, and a saved one held against a fresh one.

A saved plan is an approval, not a program: nothing in it is ever executed. It says what was approved, action by action
and value by value; apply plans again and goes on only when that is still exactly what it would do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model.finding import Finding, Severity, WtstateError
from reconciler.planning.actions.base import Action, RowChange
from reconciler.planning.explain import NONE, differences
from reconciler.planning.plan import Plan
from reconciler.planning.proved import Proof
from reconciler.planning.words import few

FORMAT_VERSION = "1.2"
"""Additions raise the minor number; a change of meaning raises the major one, and a reader refuses a newer major."""


def document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON data: the same bytes for the same plan, sealed with a digest over everything but its proof.

    The proof is no part of what is approved: it is made anew whenever a plan is.
    """
    body: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "workspace": plan.workspace,
        "environment": plan.environment,
        "databases": dict(plan.titles),
        "actions": [_action(action) for action in plan.actions],
        "blocked": [finding_words(f) for f in plan.blocked],
        "manual": [finding_words(f) for f in plan.manual],
        "notes": [finding_words(f) for f in plan.notes],
        "summary": summary(plan),
        **({"restores": list(plan.restores)} if plan.restores else {}),
    }
    sealed = {**body, "digest": _digest(body)}
    return sealed if plan.proof is None else {**sealed, "proof": _proof(plan.proof)}


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "holds": proof.holds,
        "readings": list(proof.readings),
        "values": {"touched": proof.touched, "lost": proof.lost},
        "edges": {"before": proof.edges[0], "after": proof.edges[1], "fields": proof.fields},
        "archived": {"values": proof.archived, "restorable": proof.restorable},
        "rests_on": list(proof.rests_on),
        "undone": list(proof.undone),
        "failures": [finding_words(f) for f in proof.failures],
    }


def summary(plan: Plan) -> dict[str, Any]:
    """A plan in numbers, here and in logs."""
    return {
        "actions": len(plan.actions),
        "values_archived": sum(action.describe().archived for action in plan.actions),
        "requests": plan.cost.requests,
        "requests_perhaps": plan.cost.perhaps,
        "rate": {"requests": plan.cost.rate[0], "seconds": plan.cost.rate[1]},
        "minutes": plan.cost.minutes,
    }


def _action(action: Action) -> dict[str, Any]:
    shown = action.describe()
    return {
        "kind": action.kind,
        "address": action.address,
        "database": action.database,
        "reason": action.reason,
        "source": action.source,
        "where": str(action.where) if action.where else "",
        "risk": str(action.risk),
        "verb": shown.verb,
        "subject": shown.subject,
        "old": shown.old,
        "new": shown.new,
        "details": list(shown.details),
        "rows": [_row(row) for row in shown.rows],
        "archived": shown.archived,
        "not_restorable": shown.lost_to_restore,
    }


def _row(row: RowChange) -> dict[str, str]:
    return {"row": row.row, "field": row.field, "old": row.old, "new": row.new, "fate": row.fate}


def finding_words(finding: Finding) -> dict[str, str]:
    """A finding as JSON data, here and in logs."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "address": finding.address,
        "what": finding.what,
        "why": finding.why,
        "next": finding.next,
        "consent": finding.consent,
        "where": str(finding.where) if finding.where else "",
    }


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Approval:
    """What a saved plan approved: its actions as JSON data, by `_key`, and in which environment.

    ``restores`` are the ids of batches or entries that it takes back.
    """

    name: str
    actions: Mapping[tuple[str, ...], Mapping[str, Any]]
    environment: str = ""
    restores: tuple[str, ...] = ()


def read_approval(text: str, *, name: str) -> Approval:
    """The approval in a saved plan. Raises `WtstateError`: not a plan, of a newer format, or edited since."""
    try:
        body = json.loads(text)
        version = str(body["format_version"])
        digest = body.pop("digest")
        body.pop("proof", None)
        environment = str(body.get("environment", ""))
        actions = {_key(action): action for action in body["actions"]}
        restores = tuple(map(str, body.get("restores", ())))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise WtstateError(_refused("plan-unreadable", name, "is not a saved plan")) from None
    if version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
        raise WtstateError(
            _refused("plan-version", name, f"is in format {version}; this version reads {FORMAT_VERSION}")
        )
    if digest != _digest(body):
        raise WtstateError(_refused("plan-edited", name, "was changed after it was saved"))
    return Approval(name=name, actions=actions, environment=environment, restores=restores)


def hold_kind(approval: Approval, *, restores: bool) -> None:
    """Raises `WtstateError` (``other-plan``) for a plan of the state where one to restore is wanted, and vice versa."""
    if bool(approval.restores) != restores:
        said, command = ("is a plan to restore", "restore") if approval.restores else ("is no plan to restore", "apply")
        raise WtstateError(
            Finding(code="other-plan", what=f"{approval.name} {said}", next=f"wtstate {command} {approval.name}")
        )


def _key(action: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes an action this one: its kind, address and database, and what it is done to."""
    return (str(action["kind"]), str(action["address"]), str(action["database"]), str(action["old"]))


def _refused(code: str, name: str, what: str) -> Finding:
    return Finding(
        code=code,
        what=f"{name} {what}",
        why="a saved plan is an approval, so it must be what was approved",
        next="make a new one with `wtstate plan --out FILE`",
    )


def compare(approval: Approval, plan: Plan, *, growth: int = 0) -> tuple[Finding, ...]:
    """What moved since the approval: empty when the fresh plan does exactly what was approved.

    ``growth`` is how many rows, over all actions, may have joined them since, everything else being equal: such
    findings are notes, and no errors. Raises `WtstateError` where the approval is for another environment.
    """
    if approval.environment != plan.environment:
        raise WtstateError(_elsewhere(approval, plan))
    fresh = {_key(action): action for action in map(_action, plan.actions)}
    joined = {key: _joined(approval.actions[key], new) for key, new in fresh.items() if key in approval.actions}
    rows = {(key[2], name) for key, names in joined.items() for name in names}
    moved: list[Finding] = []
    for key in sorted({*approval.actions, *fresh}):
        old, new = approval.actions.get(key), fresh.get(key)
        if joined.get(key) and len(rows) <= growth:
            moved.append(_grown(key, joined[key], growth))
            continue
        if old is None:
            moved.append(_moved(key, "is new since the approval"))
        elif new is None:
            moved.append(_moved(key, "was approved, and there is nothing left to do"))
        else:
            lines = list(_differences(old, new))
            if lines:
                moved.append(_moved(key, "is not what was approved: " + "; ".join(lines)))
    return tuple(moved)


def _elsewhere(approval: Approval, plan: Plan) -> Finding:
    def told(name: str) -> str:
        return f"the environment {name!r}" if name else "no environment"

    return Finding(
        code="plan-elsewhere",
        what=f"{approval.name} was made for {told(approval.environment)}; this is {told(plan.environment)}",
        why="what was approved for one place says nothing of another",
        next="name the environment with --env, or make a new plan with `wtstate plan --out FILE`",
    )


def _joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the rows that joined an action since it was approved; () where anything else differs as well."""
    approved = old.get("rows") or []
    if not isinstance(approved, list) or any(row not in new["rows"] for row in approved):
        return ()
    added = [row for row in new["rows"] if row not in approved]
    names = {row["row"] for row in added}
    if not added or names & {row.get("row") for row in approved}:
        return ()
    more = new["archived"] - int(old.get("archived") or 0)
    same = {**old, "rows": new["rows"], "archived": new["archived"]}
    return tuple(sorted(names)) if 0 <= more <= len(added) and not any(_differences(same, new)) else ()


def _grown(key: tuple[str, ...], names: tuple[str, ...], growth: int) -> Finding:
    kind, address, *_ = key
    count = few(len(names), "row has", "rows have")
    return Finding(
        code="grown",
        address=address,
        what=f"{kind}: {count} joined since the approval: {', '.join(names[:3])}" + (" …" if len(names) > 3 else ""),
        why=f"[policy] growth allows {growth}, where everything else is as approved",
        next="nothing to do",
        severity=Severity.INFO,
    )


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[str]:
    """What differs between two actions of one address, for people; places in files and sources do not count."""
    told = [
        word for word in ("verb", "subject", "old", "new", "details", "risk", "archived") if old.get(word) != new[word]
    ]
    for word in told:
        yield f"{word} was {old.get(word)!r}, is {new[word]!r}"
    if old.get("rows") != new["rows"]:
        before = {
            f"{r.get('row')} · {r.get('field')}": f"{r.get('old')} → {r.get('new')}" for r in old.get("rows") or ()
        }
        after = {f"{r['row']} · {r['field']}": f"{r['old']} → {r['new']}" for r in new["rows"]}
        explained = differences(before, after)
        yield from (f"{word} was {was or NONE}, is {now or NONE}" for word, was, now in explained)
        if not explained:
            yield "rows come in another order"


def _moved(key: tuple[str, ...], what: str) -> Finding:
    kind, address, *_ = key
    return Finding(
        code="moved",
        address=address,
        what=f"{kind} {what}",
        why="apply does what the approved plan showed, no more and no less",
        next="look at a fresh plan and approve that",
    )
