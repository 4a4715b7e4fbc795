"""From the material to the plan that takes batches back: pure, like any other plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.desired.state import State
from reconciler.memory.batches import open_batch
from reconciler.memory.entry import Entry
from reconciler.memory.memory import Memory
from reconciler.memory.schema import PURGED
from reconciler.model import address as addresses
from reconciler.model.finding import Finding
from reconciler.model.live import LiveDatabase, LiveProperty
from reconciler.planning import guards
from reconciler.planning.actions.base import Risk
from reconciler.planning.actions.batch import FinishBatch
from reconciler.planning.actions.restoring import Restore
from reconciler.planning.compile import compile_steps
from reconciler.planning.compiling.pieces import Compiled
from reconciler.planning.effects import Task, TrashDatabase
from reconciler.planning.guards import files
from reconciler.planning.guards.whole import requests_guard
from reconciler.planning.held import with_needs
from reconciler.planning.match import Matched
from reconciler.planning.plan import Plan, make_plan
from reconciler.planning.restore import again
from reconciler.planning.restore.fields import Schema, restored
from reconciler.planning.restore.made import made_databases, made_fields, made_rows, source, trash_rows
from reconciler.planning.restore.material import Material, Turns, turns
from reconciler.planning.restore.moves import leaving, returns
from reconciler.planning.restore.names import without_taken_names
from reconciler.planning.restore.options import restore_options
from reconciler.planning.restore.site import Site, matched, sites
from reconciler.planning.restore.values import Owed, owed, taken_back
from reconciler.planning.restore.words import database_back
from reconciler.planning.scope import Scope
from reconciler.planning.words import few

GUARD = "changed-since"


@dataclass(frozen=True)
class Restoring:
    """What a plan to restore was made from, as far as a run must know it."""

    state: State
    memory: Memory
    matched: Matched
    archive: LiveDatabase | None
    own_archives: Mapping[str, LiveDatabase] = field(default_factory=dict)
    left_over: tuple[Entry, ...] = ()
    content: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Blocks of pages that were read, by database key and page id."""
    hidden: Mapping[str, tuple[LiveProperty, ...]] = field(default_factory=dict)
    """Relations that no answer told of and that come with what leaves the trash, by data source id."""


@dataclass
class _Work:
    """What is worked with while the tasks are made."""

    material: Material
    found: Mapping[str, Site]
    steps: Turns
    owing: Owed
    going: Mapping[str, frozenset[str]]
    consents: frozenset[str]
    told: list[Task | Finding] = field(default_factory=list)
    unrestorable: int = 0


def build_restore(material: Material, scope: Scope) -> tuple[Restoring, Plan]:
    """The plan that takes the batches, or the entries, back; with what a run must know of what it was made from."""
    made = frozenset(c.removeprefix(f"{again.GUARD}:") for c in scope.allow if c.startswith(f"{again.GUARD}:"))
    material = again.with_stand_ins(again.as_made_again(material), made)
    found = sites(material)
    work = _Work(
        material=material,
        found=found,
        steps=turns(material),
        owing=owed(material.left_over),
        going=_going(material, scope),
        consents=frozenset(c.removeprefix(f"{GUARD}:") for c in scope.allow if c.startswith(f"{GUARD}:")),
    )
    pairs = matched(found)
    work.told.extend(again.said_gone(material))
    schemas = {(key, was.id): _schema(was, site, work) for key, site in found.items() for was in site.was.properties}
    for key, site in found.items():
        work.told.extend(_held(database_back(site, material, work.consents), site, "", work))
        for was in site.was.properties:
            work.told.extend(_held(_field(was, site, schemas[key, was.id], work), site, was.id, work))
        work.told.extend(again.made_again(site, material, _moving(material, key)))
        leaves = work.going.get(key, frozenset())
        work.told.extend(made_fields(site, found, material, leaves, work.consents))
    work.told.extend(returns(material, found, work.steps))
    work.told.extend(_rows(work))
    work.told.extend(made_databases(material, pairs.databases, leaving(material), work.consents))
    reading = Restoring(
        state=material.state,
        memory=material.memory,
        matched=pairs,
        archive=material.archive,
        own_archives=material.own_archives,
        left_over=material.left_over,
        content={"": material.content},
        hidden={site.live.data_source_id: tuple(site.hidden) for site in found.values() if site.hidden},
    )
    return reading, _plan(work, pairs, scope)


def _going(material: Material, scope: Scope) -> dict[str, frozenset[str]]:
    """The rows that leave each database: those that move back, and those that the batches made."""
    moving = leaving(material)
    found = {key: set(rows) for key, rows in moving.items()}
    for key in material.rows if material.focus is None else ():
        if scope.includes(addresses.of_database(key)):
            found.setdefault(key, set()).update(row for row, same in made_rows(material, key).items() if same)
    return {key: frozenset(rows) for key, rows in found.items()}


def _plan(work: _Work, pairs: Matched, scope: Scope) -> Plan:
    material = work.material
    said = [item for item in work.told if isinstance(item, Finding)]
    tasks = [item for item in work.told if isinstance(item, Task) and scope.includes(item.action.address)]
    tasks = [again.redirected(task, material) for task in tasks]
    if open_batch(material.memory) is not None:
        tasks.append(Task(action=FinishBatch(), effects=()))
    live = {key: pair.live for key, pair in pairs.databases.items() if pair.live is not None}
    losing, unseen = files.guard(tasks, material.sizes, material.upload_limit)
    held_back = {id(task) for guarded in losing for task in guarded.holds}
    tasks = [task for task in tasks if id(task) not in held_back]
    tasks, taken = without_taken_names(tasks, live)
    tasks, held = with_needs(tasks)
    said += [*(guarded.finding for guarded in losing), *taken, *held]
    if work.unrestorable:
        said.append(_not_restorable(work.unrestorable))
    said += _purged(work)
    compiled = Compiled(
        tasks=tuple(tasks),
        matched=pairs,
        memory=material.memory,
        state=material.state,
        archive=material.archive,
        settling={},
        records=(),
        parent=material.parent,
        restores=True,
        own_archives=material.own_archives,
        forgets=tuple(key for key in material.before.created if _goes(key, tasks)),
        sizes=material.sizes,
    )
    steps = compile_steps(compiled)
    limit = material.state.policy.max_requests
    said += requests_guard(sum(step.requests for step in steps), asked=scope.max_requests, policy=limit)
    return make_plan(
        workspace=material.state.workspace.name or material.workspace,
        environment=material.state.workspace.environment,
        actions=[task.action for task in tasks],
        findings=[f for f in said if not f.address or scope.includes(f.address)],
        steps=steps,
        rate=material.state.workspace.rate,
        titles={key: database.title for key, database in live.items()},
        unseen=unseen,
        restores=material.named,
    )


def _goes(key: str, tasks: list[Task]) -> bool:
    return any(isinstance(effect, TrashDatabase) and effect.database == key for t in tasks for effect in t.effects)


def _purged(work: _Work) -> Iterator[Finding]:
    for entry in work.material.entries:
        if entry.kind == PURGED:
            count = int(entry.definition.get("values") or 0)
            yield guards.note(
                "not-restorable",
                entry.address,
                f"not restorable: {count}; its values were purged on {entry.timestamp[:10]} ({entry.reason})",
                "nothing to do",
            )


def _not_restorable(count: int) -> Finding:
    words = few(count, "value is", "values are")
    return guards.note(
        "not-restorable",
        "",
        f"not restorable: {count}; {words} computed, or files of which no copy is kept",
        "nothing to do; what was computed is in the archive to be read",
    )


def _held(items: Iterator[Task | Finding], site: Site, property_id: str, work: _Work) -> Iterator[Task | Finding]:
    """What a later batch touched too is taken back only with that one."""
    later = work.material.later.get((site.was.data_source_id, property_id))
    for item in items:
        if isinstance(item, Task) and later is not None:
            asked = " ".join(batch.id for batch in work.material.asked)
            yield guards.blocked(
                "later-batch",
                item.action.address,
                f"the batch {later} changed it after that",
                f"take the later one back first, or both: wtstate restore {later} {asked}",
                why="what was before an earlier batch would undo the later one by half",
            )
        elif isinstance(item, Finding) and later is not None and property_id and property_id not in site.now:
            continue  # It is that batch which took it away.
        else:
            yield item


def _consents(was: LiveProperty, site: Site, work: _Work) -> bool:
    """Whether the property comes back whatever became of it: a person said so, or its whole database does."""
    return site.gone or site.unfinished or site.label(was) in work.consents


def _moving(material: Material, key: str) -> frozenset[str]:
    """The rows that a merge moved out of the database."""
    return frozenset(row for row, home, _ in material.before.moved if home == key)


def _stays_in_trash(site: Site) -> bool:
    """Whether nothing in the database can be restored: somebody else put it into the trash."""
    return site.live.in_trash and site.touched.trashes is not True


def _schema(was: LiveProperty, site: Site, work: _Work) -> Schema:
    """What the property itself needs; what was not asked for is taken as it is now."""
    here = site.now.get(was.id)
    if work.material.wants(site.key, was.id) and not _stays_in_trash(site):
        return restored(was, site, work.found, consents=_consents(was, site, work))
    if here is not None:
        site.after[was.id] = here
    return Schema(blocked=here is None or here.type != was.type)


def _field(was: LiveProperty, site: Site, schema: Schema, work: _Work) -> Iterator[Task | Finding]:
    """One property with its values and its options, as one task."""
    if _stays_in_trash(site):
        return
    address = site.label(was)
    leaves = work.going.get(site.key, frozenset())
    if schema.blocked:
        if not again.went_along(was, work.material):
            yield from schema.said
        return
    if site.live.in_trash and schema.retypes:
        yield _waits(address, work.material)
        return
    consents = address in work.consents
    taking = taken_back(
        was, site, schema, work.steps, work.owing, leaving=leaves, material=work.material, consents=consents
    )
    work.unrestorable += taking.unrestorable
    edits = taking.edits
    restore_options(was, site, work.material, schema, leaving=leaves)
    yield from schema.said
    yield from taking.said(address)
    live = site.now.get(was.id)
    kept_values = edits.entries(
        address,
        "restore",
        field_name=live.name if live else was.name,
        reason="restored",
        source=source(work.material),
        definition={"property": _definition(live)} if live is not None and schema.retypes else None,
    )
    effects = (*schema.effects, *kept_values, *taking.written())
    if not effects:
        return
    yield Task(
        action=Restore(
            kind="restore-field",
            address=address,
            database=site.key,
            subject="field",
            old=_called(live, was) if live is not None and _called(live, was) != _called(was, live) else None,
            new=_called(was, live) if live is None or _called(live, was) != _called(was, live) else None,
            details=tuple(schema.lines),
            rows=edits.rows,
            archived=edits.archived,
            risk=Risk.CONVERTS if edits.archived else Risk.SAFE,
        ),
        effects=effects,
        needs=(addresses.of_database(site.key),) if site.gone else (),
    )


def _waits(address: str, material: Material) -> Finding:
    """For a change of type in a database that comes out of the trash: which values there are is not known before."""
    asked = " ".join(batch.id for batch in material.asked)
    return guards.blocked(
        "needs",
        address,
        "its values can be read only once the database is out of Notion's trash",
        f"when this is done, run it again: wtstate restore {asked}",
    )


def _called(prop: LiveProperty, other: LiveProperty | None) -> str:
    """The name, with the type where that differs, or where the field comes back."""
    return prop.name if other is not None and other.type == prop.type else f"{prop.name} ({prop.type})"


def _definition(prop: LiveProperty) -> dict[str, object]:
    return {"id": prop.id, "name": prop.name, "type": prop.type, "config": dict(prop.config)}


def _rows(work: _Work) -> Iterator[Task | Finding]:
    """Rows that the batches made, or took from the trash."""
    material = work.material
    if material.focus is not None:
        return
    untrashed: dict[str, set[str]] = {}
    for key, row in material.before.untrashed:
        untrashed.setdefault(key, set()).add(row)
    for key, site in work.found.items():
        if site.live.in_trash or key in material.before.created:
            continue
        again = frozenset(untrashed.get(key, ()))
        yield from trash_rows(material, site.pair, site.ledger, work.consents, again)
