"""A plan after which a large share of a database's values would be in the archive and nowhere else.

What a named drop or merge takes is consented to by being named, and a value that another one replaces, as a rule says,
has an heir in its place. What is left are values that go unnamed: ``undeclared = "archive"``, conversions that do not
succeed, fields that a rule empties. It catches the state file that lost half of its fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.desired.state import Policy
from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.live import Rows
from reconciler.planning.effects import Task
from reconciler.planning.guards.consent import Guarded
from reconciler.planning.guards.said import liftable
from reconciler.planning.match import DatabaseMatch

ROWS = 10
"""Smaller databases are not guarded: a share of a few values says nothing."""
_EMPTIED = frozenset({"retype", "correction", "row"})
"""Kinds of entries whose values are at risk where nothing takes their place."""


@dataclass(frozen=True)
class Held:
    """How much a database holds: its rows, and its values that a client could write."""

    rows: int
    values: int


def counted(rows: Rows, types: Mapping[str, str]) -> Held:
    """What the rows hold; ``types`` gives each property's type by id. All rows and properties must have been read."""
    values = 0
    for row in rows.rows:
        for property_id, value in row.values.items():
            kind = properties.of(types[property_id]) if property_id in types else None
            values += kind is not None and kind.writable and not kind.empty(value)
    return Held(rows=len(rows.rows), values=values)


def guard(
    tasks: Iterable[Task],
    policy: Policy,
    databases: Mapping[str, DatabaseMatch],
    rows: Mapping[str, Rows],
    held: Mapping[str, Held],
) -> tuple[list[Guarded], frozenset[str]]:
    """The databases of which too much would go, and those that must be counted whole before that is known.

    ``rows`` are those that were read, ``held`` the databases that were counted.
    """
    found: list[Guarded] = []
    uncounted: set[str] = set()
    at_risk: dict[str, list[tuple[Task, int]]] = {}
    for task in tasks:
        for key, count in _at_risk(task, databases):
            at_risk.setdefault(key, []).append((task, count))
    for key, losses in sorted(at_risk.items()):
        limit = policy.archive_shares.get(key, policy.archive_share)
        going = sum(count for _, count in losses)
        if going <= limit * max(ROWS, _seen(databases[key], rows.get(key, Rows()))):
            continue
        if key not in held:
            uncounted.add(key)
            continue
        whole = held[key]
        if whole.rows >= ROWS and going > limit * whole.values:
            found.append(_guarded(databases[key], going, whole, limit, tuple(task for task, _ in losses)))
    return found, frozenset(uncounted)


def _at_risk(task: Task, databases: Mapping[str, DatabaseMatch]) -> Iterator[tuple[str, int]]:
    """How many values would be in the archive alone, by database, as far as nothing names them."""
    for entry in task.effects:
        if not isinstance(entry, Entry) or entry.database not in databases:
            continue
        unnamed = entry.kind == "drop" and task.action.reason == "undeclared"
        absorbed = {name for f in databases[entry.database].desired.fields.values() for name in f.absorbs}
        if unnamed and entry.field in absorbed:
            continue
        if unnamed or entry.kind in _EMPTIED:
            count = sum(1 for value in entry.values if _alone(value))
            if count:
                yield entry.database, count


def _alone(value: ArchivedValue) -> bool:
    """Whether the value was there and nothing stands in its place afterwards."""
    kind = properties.of(value.type)
    if not kind.writable or kind.empty(value.old):
        return False
    heir = properties.of(value.to[2]) if value.to else kind
    return value.new is None or heir.empty(value.new)


def _seen(pair: DatabaseMatch, rows: Rows) -> int:
    """How many values the rows that were read hold: the database holds at least as many."""
    types = {p.id: p.type for p in pair.live.properties} if pair.live else {}
    return counted(rows, types).values


def _guarded(pair: DatabaseMatch, going: int, whole: Held, limit: float, tasks: tuple[Task, ...]) -> Guarded:
    finding = liftable(
        "archive-share",
        addresses.of_database(pair.desired.key),
        f"{going} of its {whole.values} values ({going / whole.values:.0%}) would be in the archive and nowhere else; "
        f"{limit:.0%} may",
        "name what goes in [drops], raise `archive_share` in [policy], or consent",
        where=pair.desired.where,
        why="that much goes when a file or a field was left out by mistake",
    )
    return Guarded(finding, tasks)
