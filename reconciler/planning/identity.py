"""Which live database is meant by which key, and what speaks against taking it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.desired.state import Database, State
from reconciler.memory.memory import Memory
from reconciler.model import address as addresses
from reconciler.model.condition import normal
from reconciler.model.finding import Finding, Severity
from reconciler.model.live import LiveDatabase
from reconciler.planning import guards
from reconciler.planning.guards import consent
from reconciler.planning.scope import Scope

ARCHIVED = "[ARCHIVED] "
"""Begins the title of a database whose rows were merged into another."""


FORMER = " (former)"
"""Ends the name of a property whose name its successor takes."""


@dataclass(frozen=True)
class Child:
    """A database under the parent page, as its block shows it."""

    id: str
    title: str


@dataclass(frozen=True)
class Seen:
    """What was seen of one declared database.

    ``by`` tells how it was looked for: "memory", "bind", "title", "was" or "nothing"; ``live`` are the candidates that
    answered, ``lost`` the urls or ids that did not. ``elsewhere`` are urls of databases of that title found by search.
    """

    by: str
    live: tuple[LiveDatabase, ...] = ()
    lost: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


def targets(state: State) -> dict[str, Database]:
    """Every database that the state speaks of, by key: those it declares, those that it only drops or merges."""
    found = dict(state.databases)
    for merge in state.merges.values():
        if merge.from_title is not None and merge.from_title not in found:
            marked = (ARCHIVED + merge.from_title,)
            found[merge.from_title] = Database(
                key=merge.from_title, title=merge.from_title, where=merge.where, fields={}, was=marked
            )
    for rule in state.drops.values():
        key, field_name, _ = rule.what
        if key not in found and field_name is None:
            found[key] = Database(key=key, title=state.workspace.prefix + key, where=rule.where, fields={})
    return found


def candidates(desired: Database, children: Sequence[Child]) -> tuple[str, tuple[Child, ...], tuple[str, ...]]:
    """How to look for a database by titles: ("title" | "was" | "nothing", the candidates, former titles live too)."""
    titled = tuple(c for c in children if normal(c.title) == normal(desired.title))
    former = tuple(c for name in desired.was for c in children if normal(c.title) == normal(name))
    if titled:
        return "title", titled, tuple(c.title for c in former)
    return ("was", former, ()) if former else ("nothing", (), ())


def identify(
    state: State, seen: Mapping[str, Seen], memory: Memory, scope: Scope, *, creates: bool
) -> tuple[dict[str, LiveDatabase | None], list[Finding]]:
    """The live database of each key (None: to be created); keys that are blocked are left out and told in findings.

    ``creates`` says that what is not found may be made without asking (on the twin).
    """
    live: dict[str, LiveDatabase | None] = {}
    findings: list[Finding] = []
    owners: dict[str, str] = {}
    for key, desired in targets(state).items():
        if key not in seen:
            continue
        result = _identify(key, desired, seen[key], creates=creates, dropped=key not in state.databases)
        if not isinstance(result, Finding) and (alien := _owned_elsewhere(key, desired, state, memory)):
            result = alien
        if isinstance(result, Finding):
            (said,) = consent.judged([result], scope.allow)
            findings.append(said)
            if said.severity is Severity.ERROR:
                continue
            result = None
        if result is None and key not in state.databases:
            continue
        if result is not None and result.data_source_id in owners:
            findings.append(_same_database(key, owners[result.data_source_id], desired))
            continue
        if result is not None:
            owners[result.data_source_id] = key
        else:
            findings.extend(_exists_elsewhere(key, desired, seen[key]))
        live[key] = result
    findings.extend(_forgotten(state, memory))
    return live, findings


def _owned_elsewhere(key: str, desired: Database, state: State, memory: Memory) -> Finding | None:
    """The guard for a database that the memory binds for a state of another name."""
    binding = memory.bindings.get(key)
    if binding is None or not binding.owner or binding.owner == state.workspace.owner:
        return None
    address = addresses.of_database(key)
    return guards.blocked(
        "owned-elsewhere",
        address,
        f"the memory binds it for the state {binding.owner!r}; this state is {state.workspace.owner!r}",
        f"give [workspace] its former `name` back, or `wtstate forget {address}` to take it over",
        where=desired.where,
        why="two states that manage one database would undo each other's work",
    )


def _identify(
    key: str, desired: Database, seen: Seen, *, creates: bool, dropped: bool
) -> LiveDatabase | Finding | None:
    address = addresses.of_database(key)
    usable = [database for database in seen.live if not database.in_trash]
    if len(usable) > 1:
        urls = ", ".join(sorted(database.url or database.id for database in usable))
        return guards.blocked(
            "ambiguous",
            address,
            f"{len(usable)} live databases answer to it: {urls}",
            "say which with `bind` in its table, or `wtstate adopt` it by url",
            where=desired.where,
        )
    if usable and seen.also:
        return guards.both_live(address, desired.title, seen.also, where=desired.where)
    if usable:
        return _supported(address, desired, usable[0])
    if seen.live:
        return guards.blocked(
            "target-in-trash",
            address,
            f"the database {seen.live[0].title!r} is in Notion's trash",
            f"restore it in Notion, or `wtstate forget {address}` to have another one made",
            where=desired.where,
        )
    if seen.lost:
        return guards.blocked(
            "not-found",
            address,
            f"the database that is bound to it does not answer ({', '.join(seen.lost)})",
            f"share it with the connection, or `wtstate forget {address}`",
            where=desired.where,
            why="Notion answers the same for what is deleted and for what is not shared",
        )
    if dropped or creates or not desired.was:
        return None
    listed = "; candidates: " + ", ".join(seen.elsewhere) if seen.elsewhere else ""
    return guards.liftable(
        "not-found",
        address,
        f"no database titled {' or '.join(map(repr, (desired.title, *desired.was)))} is under the parent page{listed}",
        'share it with the connection, or add bind = "URL"; to have an empty one made',
        guard="create",
        where=desired.where,
        why="it says that it existed under another name, so making an empty one would hide the real one",
    )


def _supported(address: str, desired: Database, live: LiveDatabase) -> LiveDatabase | Finding:
    if not live.unsupported:
        return live
    return guards.blocked(
        "unsupported-database",
        address,
        f"{live.title!r}: {live.unsupported}",
        "leave it out of the state",
        where=desired.where,
    )


def _same_database(key: str, other: str, desired: Database) -> Finding:
    return guards.blocked(
        "same-database",
        addresses.of_database(key),
        f"it is the same live database as {addresses.of_database(other)}",
        "take the title out of one of their `was` lists, or `bind` them",
        where=desired.where,
    )


def _exists_elsewhere(key: str, desired: Database, seen: Seen) -> Iterator[Finding]:
    if seen.elsewhere:
        yield guards.note(
            "exists-elsewhere",
            addresses.of_database(key),
            f"a database of that title lies elsewhere: {', '.join(seen.elsewhere)}",
            'if that is the one, add bind = "URL" to its table',
            where=desired.where,
        )


def _forgotten(state: State, memory: Memory) -> Iterator[Finding]:
    known = targets(state)
    for key, binding in sorted(memory.bindings.items()):
        address = addresses.of_database(key)
        if key not in known:
            yield guards.note(
                "no-longer-managed", address, f"no longer managed; the database {binding.title!r} stays as it is"
            )
            continue
        declared = known[key]
        taken_up = {name for f in declared.fields.values() for name in (*f.was, *f.absorbs)}
        for name in sorted(binding.fields.keys() - declared.fields.keys() - taken_up):
            yield guards.note(
                "no-longer-managed", addresses.of_field(key, name), "no longer managed; the field stays as it is"
            )
