"""People who come to stand in a field. Notion lets a database give access by such a field, and its API does not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model.live import Value
from reconciler.planning.effects import NewRow, RowWrite, Task
from reconciler.planning.guards.consent import Guarded
from reconciler.planning.guards.said import liftable, note
from reconciler.planning.words import few

_NAMED = frozenset({"correct-rows", "create-row", "set-row"})
"""Actions whose values the state spells out: who is named there is consented to by being named."""
_WHY = "a database may give access to rows by a people field; the API does not show whether it does"


def guard(tasks: Iterable[Task]) -> Iterator[Guarded]:
    """Tasks that newly name people in rows."""
    for task in tasks:
        rows = sum(1 for effect in task.effects if _names_somebody(effect))
        if not rows:
            continue
        what = f"people are newly named in {few(rows, 'row', 'rows')}, by a field that may carry access"
        if task.action.kind in _NAMED:
            told = note("may-carry-access", task.action.address, what, why=_WHY, where=task.action.where)
            yield Guarded(told, ())
            continue
        finding = liftable(
            "may-carry-access",
            task.action.address,
            what,
            "look at the database's access rules in Notion, then consent",
            where=task.action.where,
            why=_WHY,
        )
        yield Guarded(finding, (task,))


def _names_somebody(effect: object) -> bool:
    match effect:
        case RowWrite(type="people"):
            return bool(_ids(effect.new) - _ids(effect.old))
        case NewRow():
            return any(kind == "people" and _ids(value) for _, kind, value in effect.values)
    return False


def _ids(value: Value) -> set[str]:
    return {str(person.get("id")) for person in value or ()}
