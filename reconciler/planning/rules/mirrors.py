"""Two relations that should be one: the survivor is made two-way, the other joins its mirror.

Where the two sides that a state names are not mirrors of each other, the owner gets a mirror of its own, which takes
the declared name. The relation that bore the name gives it up, and its edges are written to the owner, once.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.desired.state import Field
from reconciler.memory.memory import Memory
from reconciler.model import address as addresses
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty
from reconciler.model.properties.base import EVERYTHING
from reconciler.planning import guards
from reconciler.planning.actions.rows import ChangeRows
from reconciler.planning.asking import Asking, holding
from reconciler.planning.edits import Edits, entry_of
from reconciler.planning.effects import PropertyChange, Task
from reconciler.planning.identity import FORMER
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import ABSORBS, DatabaseMatch, Matched
from reconciler.planning.rules.absorb import settle_digest, settle_key
from reconciler.planning.scope import Scope


def displaced(pair: DatabaseMatch, memory: Memory, scope: Scope) -> Iterator[tuple[Field, LiveProperty]]:
    """Declared mirrors with the live relation whose edges they have still to take."""
    for name, live in pair.displaced.items():
        declared = pair.desired.fields[name]
        address = addresses.of_field(pair.desired.key, name)
        if scope.includes(address) and settle_key(declared, _called(live)) not in memory.settled:
            yield declared, live


def _called(live: LiveProperty) -> str:
    """What a displaced relation was called before it gave up its name."""
    return live.name.removesuffix(FORMER)


def asks(asking: Asking, pair: DatabaseMatch, matched: Matched, memory: Memory, scope: Scope) -> None:
    """The edges of a displaced relation, and all rows of the owner, which take them."""
    for _, live in displaced(pair, memory, scope):
        asking.add(holding(live), live)
    for other in matched.databases.values():
        for declared, _ in displaced(other, memory, scope):
            owner_key, owner_name = declared.mirror_of or ("", "")
            owner = pair.fields.get(owner_name)
            if owner_key == pair.desired.key and owner is not None:
                asking.add(EVERYTHING, owner)


def tasks(
    pair: DatabaseMatch,
    matched: Matched,
    ledgers: dict[str, Ledger],
    memory: Memory,
    scope: Scope,
    settles: dict[str, str],
) -> Iterator[Task | Finding]:
    """One task for each displaced relation; what is settled by it goes into ``settles``."""
    for declared, live in displaced(pair, memory, scope):
        address = addresses.of_field(pair.desired.key, declared.name)
        owner_key, owner_name = declared.mirror_of or ("", "")
        owner_pair = matched.databases[owner_key]
        owner = owner_pair.fields.get(owner_name)
        incomplete = ledgers[pair.desired.key].incomplete or ledgers[owner_key].incomplete
        if owner is None or owner_name in owner_pair.blocked:
            yield guards.needs(address, [addresses.of_field(owner_key, owner_name)], where=declared.where)
            continue
        if incomplete:
            yield guards.incomplete(address, incomplete, where=declared.where)
            continue
        settles[settle_key(declared, _called(live))] = settle_digest(declared, _called(live))
        yield _task(declared, live, owner, pair, owner_pair, ledgers)


def _task(
    declared: Field,
    live: LiveProperty,
    owner: LiveProperty,
    pair: DatabaseMatch,
    owner_pair: DatabaseMatch,
    ledgers: dict[str, Ledger],
) -> Task:
    address = addresses.of_field(pair.desired.key, declared.name)
    mine = ledgers[pair.desired.key]
    edits = Edits(ledgers[owner_pair.desired.key])
    rows = {row.id: row for row in edits.ledger.rows}
    kept = []
    for row in mine.rows:
        edges = mine.value(row, live)
        if not edges:
            continue
        kept.append(mine.archived(row, live, old=edges, new=edges))
        for page in edges:
            if page in rows:
                now = edits.ledger.value(rows[page], owner)
                edits.set(rows[page], owner, now if row.id in now else [*now, row.id])
    reason = f"joined by the mirror of {addresses.of_field(owner_pair.desired.key, owner.name)}"
    entries = [
        entry_of(pair, address, "absorb", field_name=live.name, reason=reason, where=declared.where, values=kept)
    ]
    if edits:
        entries.extend(edits.entries(address, "absorb", field_name=owner.name, reason=reason, where=declared.where))
    gives_up = (
        PropertyChange(
            database=pair.desired.key, field=live.name, property_id=live.id, name=live.name + FORMER
        ),
    )  # fmt: skip
    return Task(
        action=ChangeRows(
            kind=ABSORBS,
            address=address,
            database=pair.desired.key,
            rows=edits.rows,
            verb="absorb",
            subject="field",
            old=live.name,
            new=declared.name,
            details=(
                f"no mirror of {addresses.of_field(owner_pair.desired.key, owner.name)}, which gets one of its own",
                "its edges are written on the other side",
            ),
            archived=len(kept),
            where=declared.where,
            reason="mirror",
        ),
        effects=(*(gives_up if live.name.casefold() == declared.name.casefold() else ()), *edits.writes, *entries),
    )
