"""A live field of another type than declared: its values are archived, its type changed, our own conversion written.

Notion's own conversion is published nowhere, so nothing rests on it (design section 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from reconciler.desired.state import Field
from reconciler.memory.entry import Entry
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.condition import normal
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty, LiveRow, Rows, Value
from reconciler.model.properties.convert import Context, Converted, Failed, cell, convert
from reconciler.planning import guards
from reconciler.planning.actions.base import Risk
from reconciler.planning.actions.rows import ChangeRows
from reconciler.planning.asking import Asking, holding
from reconciler.planning.diff.converting import filled, in_place, new_beside, record
from reconciler.planning.diff.fields import described_config, mirror_name
from reconciler.planning.diff.repoint import looked_up, one_way_first, points_elsewhere
from reconciler.planning.diff.unfinished import archived_then
from reconciler.planning.edits import Edits
from reconciler.planning.effects import Effect, Task
from reconciler.planning.identity import FORMER
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch, Matched
from reconciler.planning.scope import Scope
from reconciler.planning.words import few

Index = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Lookups:
    """What conversion may look up: people by name or e-mail, rows of a target by (database, field)."""

    people: Mapping[str, str]
    rows: Mapping[tuple[str, str], Index]
    row_ids: Mapping[str, frozenset[str]]
    names: Callable[[str], str]
    keys: Callable[[str], str]
    """A row's key by its page id; raises `LookupError` as ``names`` does."""
    merging: Mapping[str, str]
    """The merges of this plan, by the data source id of their source."""


def retyped(pair: DatabaseMatch, matched: Matched, scope: Scope) -> Iterator[tuple[Field, LiveProperty, str]]:
    """Declared fields whose live property is of another type, or a relation to another database."""
    for name, declared in pair.desired.fields.items():
        live = pair.fields.get(name)
        address = addresses.of_field(pair.desired.key, name)
        if live is None or name in pair.blocked or not scope.includes(address):
            continue
        if live.type != declared.type or points_elsewhere(declared, live, matched):
            yield declared, live, address


def asks(asking: Asking, pair: DatabaseMatch, matched: Matched, scope: Scope) -> None:
    """Every row that holds something of the field, with what it holds of a new one that a cut-off run began."""
    for declared, live, _ in retyped(pair, matched, scope):
        begun = pair.begun.get(declared.name)
        asking.add(holding(live), live, *((begun,) if begun else ()))


def lookups(
    pair: DatabaseMatch, matched: Matched, rows: Rows, scope: Scope
) -> Iterator[tuple[str, str, set[str] | None]]:
    """(target database, field, None) where all its rows must be known to make links; ("", "", …) for people."""
    for declared, live, _ in retyped(pair, matched, scope):
        if declared.type == "relation" and declared.to and rows.rows:
            yield declared.to, declared.match or "", None
        linked = matched.key_of(str(live.config.get("data_source_id"))) if live.type == "relation" else None
        if linked is not None and rows.rows:
            yield linked, "", None
        if declared.type == "people" and rows.rows:
            yield "", "", {"everyone"}


def tasks(
    pair: DatabaseMatch,
    matched: Matched,
    ledger: Ledger,
    found: Lookups,
    scope: Scope,
    left_over: Iterable[Entry],
) -> Iterator[Task | Finding]:
    """One task a field that changes its type; ``left_over`` is what a run that was cut off has archived."""
    kept = tuple(left_over)
    for declared, live, address in retyped(pair, matched, scope):
        refused = _refused(declared, live, ledger, address, matched) or _merging(declared, live, address, found)
        if refused is not None:
            yield refused
            continue
        beside = not cell(live.type, declared.type).in_place
        then = archived_then(kept, pair, live) if beside else None
        held = then or partial(ledger.value, prop=live)
        yield _task(declared, live, address, pair, matched, ledger, _turning(declared, live, found), held)


def _refused(declared: Field, live: LiveProperty, ledger: Ledger, address: str, matched: Matched) -> Finding | None:
    table = cell(live.type, declared.type)
    if table.convert is None:
        why = table.why_blocked
        return guards.blocked(
            "cannot-retype",
            address,
            f"{live.type} cannot become {declared.type}: {why}",
            "declare a field of another name, and drop this one when it is no longer needed",
            where=declared.where,
        )
    if ledger.incomplete:
        return guards.incomplete(address, ledger.incomplete, where=declared.where)
    if declared.type == "relation" and declared.match is None and _needs_match(live):
        return guards.blocked(
            "match-missing",
            address,
            f"{live.type} becomes links only where it is said what its text is looked up in",
            'add match = "FIELD", a field of the target',
            where=declared.where,
        )
    if (
        live.type == "relation"
        and live.config.get("mirror")
        and matched.key_of(str(live.config.get("data_source_id"))) is None
    ):
        return guards.blocked(
            "foreign-mirror",
            address,
            f"its mirror {live.config['mirror'].get('name')!r} is in a database outside the state",
            "declare that database too",
            where=declared.where,
        )
    return None


def _merging(declared: Field, live: LiveProperty, address: str, found: Lookups) -> Finding | None:
    """A relation is not pointed away from rows that this plan is merging: their links are the merge's to keep."""
    merge = found.merging.get(str(live.config.get("data_source_id"))) if live.type == declared.type else None
    return guards.needs(address, [merge], where=declared.where, done=True) if merge else None


def _needs_match(live: LiveProperty) -> bool:
    return live.type != "relation"


def _context(declared: Field, found: Lookups) -> Context:
    index = found.rows.get((declared.to or "", declared.match or ""), {})
    return Context(
        options=tuple(o.name for o in declared.options or ()),
        folds={old: o.name for o in declared.options or () for old in o.was},
        people=found.people,
        rows=lambda text: index.get(normal(text), ()),
        is_row=lambda page: page in found.row_ids.get(declared.to or "", frozenset()),
        names=found.names,
        allows_new_options=declared.options is None,
    )


def _turning(declared: Field, live: LiveProperty, found: Lookups) -> Callable[[Value], Converted | Failed]:
    """What makes a live value of the field into one as declared."""
    context = _context(declared, found)
    if live.type == declared.type:
        name = found.names if declared.match else found.keys
        return lambda old: looked_up(old, context, name)
    return lambda old: _converted(live.type, declared.type, old, context)


def _task(
    declared: Field,
    live: LiveProperty,
    address: str,
    pair: DatabaseMatch,
    matched: Matched,
    ledger: Ledger,
    turn: Callable[[Value], Converted | Failed],
    held: Callable[[LiveRow], Value],
) -> Task:
    beside = not cell(live.type, declared.type).in_place
    begun = pair.begun.get(declared.name)
    live = _under_its_name(declared, live) if beside else live
    after = LiveProperty(
        id=declared.name if beside else live.id, name=declared.name, type=declared.type, config=_after(declared)
    )
    edits = Edits(ledger)
    failed: list[str] = []
    edited: list[str] = []
    repoints = live.type == declared.type
    said = "point" if repoints else "retype"
    for row in ledger.rows:
        old = held(row)
        if properties.of(live.type).empty(old):
            continue
        turned = turn(old)
        if begun is not None and filled(row, begun, ledger, turned):
            edited.append(ledger.name(row))
            record(edits, row, live, after, old, turned, written=False)
            continue
        if isinstance(turned, Failed):
            failed.append(ledger.name(row) if pair.sensitive else f"{ledger.name(row)}: {turned.why}")
        elif repoints and not turned.exact:
            failed.append(f"{ledger.name(row)}: {len(old) - len(turned.value)} of {len(old)} links")
        record(edits, row, live, after, old, turned)
    pair.retyped[declared.name] = after
    effects: list[Effect] = [
        *edits.entries(
            address,
            "retype",
            field_name=live.name,
            reason=f"pointed at {declared.to}" if repoints else f"{live.type} became {declared.type}",
            where=declared.where,
            definition={"property": {"id": live.id, "name": live.name, "type": live.type, "config": dict(live.config)}},
        ),
        *(one_way_first(declared, live) if repoints else ()),
        *(new_beside(declared, live, edits, begun=begun) if beside else in_place(declared, live, edits)),
        *mirror_name(declared, matched, retypes=not beside),
        *edits.writes,
    ]
    return Task(
        action=ChangeRows(
            kind="retype-field",
            address=address,
            database=pair.desired.key,
            rows=edits.rows,
            verb=said,
            subject="field",
            old=f"{live.name} ({_kind(live, matched) if repoints else live.type})",
            new=f"{declared.name} ({f'relation to {declared.to}' if repoints else declared.type})",
            details=(*_details(declared, live, matched, failed, beside=beside), *_kept_by_people(edited)),
            archived=len(edits.values),
            risk=Risk.CONVERTS if edits.values else Risk.SAFE,
            where=declared.where,
            reason="target" if repoints else "type",
        ),
        effects=tuple(effects),
        needs=_target_need(declared, matched),
    )


def _kept_by_people(edited: list[str]) -> Iterator[str]:
    """What a person has put into a new field since a run was cut off after making it."""
    if edited:
        words = few(
            len(edited), "row was filled in since and is left alone", "rows were filled in since and are left alone"
        )
        yield f"{words}: {'; '.join(sorted(edited)[:3])}"


def _kind(live: LiveProperty, matched: Matched) -> str:
    """A relation for people: where it leads to, if that is a database of the state."""
    key = matched.key_of(str(live.config.get("data_source_id")))
    return f"relation to {key}" if key else "relation to a database outside the state"


def _after(declared: Field) -> dict[str, Any]:
    return {"options": [{"id": "", "name": o.name} for o in declared.options or ()]} if declared.options else {}


def _converted(old_type: str, new_type: str, old: Value, context: Context) -> Converted | Failed:
    """The value in its new type; links become text only where every row that they lead to has a name."""
    if old_type == "relation" and new_type != "relation":
        try:
            for page in old:
                context.names(page)
        except LookupError:
            return Failed("it links to a row that was not read")
    return convert(old_type, new_type, old, context)


def _under_its_name(declared: Field, live: LiveProperty) -> LiveProperty:
    """The computed property under the name that it had before a run which was cut off took it away."""
    name = live.name.removesuffix(FORMER)
    return replace(live, name=name) if name.casefold() == declared.name.casefold() else live


def _details(
    declared: Field, live: LiveProperty, matched: Matched, failed: list[str], *, beside: bool
) -> Iterator[str]:
    yield from described_config(declared)
    if beside:
        yield "a new field takes its place, so its id changes; the old one goes"
    mirror = live.config.get("mirror") if live.type == "relation" else None
    other = matched.key_of(str(live.config.get("data_source_id"))) if mirror else None
    if mirror and other:
        yield f"changes the other side too: {addresses.of_field(other, str(mirror['name']))} becomes one-way"
    if failed:
        words = few(len(failed), "value does not convert and stays", "values do not convert and stay")
        yield f"{words} in the archive: {'; '.join(sorted(failed)[:3])}"


def _target_need(declared: Field, matched: Matched) -> tuple[str, ...]:
    target = matched.databases.get(declared.to or "")
    if declared.to is None or (target is not None and target.live is not None):
        return ()
    return (addresses.of_database(declared.to),)
