"""The last lines of a plan: what it does in one sentence, and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.text import Text

from reconciler.planning.plan import Plan
from reconciler.render.counting import count, duration, plural
from reconciler.render.escape import visible
from reconciler.render.layout import Line
from reconciler.render.proof import proof_parts

NO_CHANGES = "No changes. The workspace matches the state."

_ADDED = ("field", "option")
_ORDER = ("database", "field", "option", "row")


def summary_lines(plan: Plan, part: str = "") -> Iterator[Line]:
    """What a plan does, archives and costs, and what is left to people; or that there are no changes.

    ``part`` says of which part of the state this is the plan, "" for all of it.
    """
    left = _left(plan)
    if plan.empty:
        yield Line(Text(_no_changes(plan, left, part), "bold green"))
        return
    parts = [", ".join(_work(plan))]
    archived = sum(action.describe().archived for action in plan.actions)
    if archived:
        parts.append(f"{count(archived, 'value')} archived")
    parts.append(cost_text(plan))
    if left:
        parts.append(left)
    yield Line(prefix=Text("Plan: ", "bold"), body=Text(" · ".join(parts)))
    if plan.proof is not None:
        yield Line(prefix=Text("proof: ", "bold"), body=Text(" · ".join(proof_parts(plan.proof))))


def where_of(plan: Plan, part: str) -> str:
    """What stands behind the name of the workspace: the environment, what is restored, and of which part it is the
    plan; or ""."""
    environment = f"env {plan.environment}" if plan.environment else ""
    restores = f"restore of {', '.join(plan.restores)}" if plan.restores else ""
    return " · ".join(visible(word) for word in (environment, restores, part) if word)


def _no_changes(plan: Plan, left: str, part: str) -> str:
    """Says that the workspace matches only as far as it does."""
    if plan.restores:
        return f"Nothing to restore{f'; {left}' if left else ': the workspace is what it was before'}."
    if part:
        return f"No changes in this part of the state ({visible(part)}){f'; {left}' if left else ''}."
    if plan.blocked:
        return f"No changes. Apply has nothing to do; {left}."
    if plan.manual:
        return f"{NO_CHANGES[:-1]}, but for {count(len(plan.manual), 'manual item')}."
    return NO_CHANGES


def cost_text(plan: Plan) -> str:
    """ "57 requests, under a minute at 180/60s"."""
    allowed, seconds = plan.cost.rate
    requests = count(plan.cost.requests, "request")
    if plan.cost.perhaps:
        requests += f" (perhaps {plan.cost.perhaps} more)"
    return f"{requests}, {duration(plan.cost.minutes)} at {allowed}/{seconds:g}s"


def _left(plan: Plan) -> str:
    blocked = f"{len(plan.blocked)} blocked" if plan.blocked else ""
    manual = f"{len(plan.manual)} manual" if plan.manual else ""
    return ", ".join(part for part in (blocked, manual) if part)


def _work(plan: Plan) -> list[str]:
    """ "3 databases to create, 1 to rename", "12 fields to add", in the order of how much each is to a reader."""
    totals: Counter[tuple[str, str]] = Counter()
    rows: dict[str, set[tuple[str, str]]] = {}
    for action in plan.actions:
        told = action.describe()
        subject = told.subject.removesuffix("s") if told.subject.endswith("rows") else told.subject
        if subject == "row":
            rows.setdefault(told.verb, set()).update((action.database, change.row) for change in told.rows)
        else:
            totals[subject, told.verb] += 1
    for verb, names in rows.items():
        totals["row", verb] = len(names)
    rank = {name: index for index, name in enumerate(_ORDER)}
    ordered = sorted(totals.items(), key=lambda item: (rank.get(item[0][0], len(rank)), item[0]))
    phrases, before = [], ""
    for (subject, verb), total in ordered:
        noun = "" if subject == before else f" {visible(subject if total == 1 else plural(subject))}"
        phrases.append(f"{total:,}{noun} {_to_do(subject, verb)}")
        before = subject
    return phrases


def _to_do(subject: str, verb: str) -> str:
    return "to add" if verb == "create" and subject in _ADDED else f"to {visible(verb)}"
