"""``tidy = "trim"``: blanks at the ends of text values go."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.desired.state import Field
from reconciler.model import address as addresses
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.planning import guards
from reconciler.planning.actions.rows import ChangeRows
from reconciler.planning.asking import Asking, holding
from reconciler.planning.edits import Edits
from reconciler.planning.effects import Task
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch
from reconciler.planning.scope import Scope
from reconciler.planning.sieve import Judge

TEXT_TYPES = frozenset({"title", "rich_text"})


def _tidied(pair: DatabaseMatch, scope: Scope) -> Iterator[tuple[Field, LiveProperty, str]]:
    for name, declared in pair.desired.fields.items():
        live = pair.fields.get(name)
        address = addresses.of_field(pair.desired.key, name)
        if declared.tidy and live and name not in pair.blocked and live.type in TEXT_TYPES and scope.includes(address):
            yield declared, live, address


def asks(asking: Asking, pair: DatabaseMatch, scope: Scope) -> None:
    """Every row that holds text: Notion cannot be asked for blanks at the ends."""
    for _, live, _ in _tidied(pair, scope):
        asking.add(holding(live), live, keeps=_untidy(live))


def _untidy(live: LiveProperty) -> Judge:
    def judge(row: LiveRow) -> bool:
        runs = row.values.get(live.id) or []
        return bool(trimmed(runs) != runs)

    return judge


def tasks(pair: DatabaseMatch, ledger: Ledger, scope: Scope) -> Iterator[Task | Finding]:
    """One task a field with blanks at the ends of values."""
    for declared, live, address in _tidied(pair, scope):
        if ledger.incomplete:
            yield guards.incomplete(address, ledger.incomplete, where=declared.where)
            continue
        edits = Edits(ledger)
        for row in ledger.rows:
            edits.set(row, live, trimmed(ledger.value(row, live)))
        if edits:
            yield Task(
                action=ChangeRows(
                    kind="tidy-rows",
                    address=address,
                    database=pair.desired.key,
                    rows=edits.rows,
                    verb="trim",
                    archived=edits.archived,
                    risk=edits.risk,
                    where=declared.where,
                    reason="tidy",
                ),
                effects=(
                    *edits.writes,
                    *edits.entries(
                        address, "tidy", field_name=live.name, reason="blanks at the ends", where=declared.where
                    ),
                ),
            )


def trimmed(runs: Value) -> Value:
    """Text (canonical runs) without blanks at its ends; formatting stays, mentions and equations are no blanks."""
    if len(runs) == 1 and _plain(runs[0]) and runs[0]["text"] and runs[0]["text"].strip() == runs[0]["text"]:
        return runs
    kept = [dict(run) for run in runs]
    while kept and _plain(kept[0]):
        kept[0]["text"] = str(kept[0]["text"]).lstrip()
        if kept[0]["text"]:
            break
        kept.pop(0)
    while kept and _plain(kept[-1]):
        kept[-1]["text"] = str(kept[-1]["text"]).rstrip()
        if kept[-1]["text"]:
            break
        kept.pop()
    return kept


def _plain(run: dict[str, object]) -> bool:
    return "mention" not in run and "equation" not in run
