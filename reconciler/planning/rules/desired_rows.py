"""``[rows]``: a row of that key exists and holds what is declared; nothing else of it is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.desired.state import Row, State
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.condition import Equals, normal
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.model.properties.base import Lookup
from reconciler.planning import guards
from reconciler.planning.actions.base import Risk, RowChange
from reconciler.planning.actions.rows import ChangeRows
from reconciler.planning.asking import Asking
from reconciler.planning.edits import Edits, stand_in
from reconciler.planning.effects import NewRow, Task
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch
from reconciler.planning.rules.corrections import wanted_values
from reconciler.planning.scope import Scope
from reconciler.planning.sieve import Judge, text_in


def key_property(pair: DatabaseMatch) -> LiveProperty | None:
    """The property that names the database's rows: its key field, else its title; None while neither exists."""
    if pair.desired.key_field:
        return stand_in(pair, pair.desired.key_field)
    if pair.live is not None:
        return pair.live.title_property
    declared = pair.desired.title_field
    return stand_in(pair, declared.name) if declared else None


def asks(asking: Asking, state: State, pair: DatabaseMatch, scope: Scope) -> None:
    """The rows that bear a declared key, with the fields that are declared of them."""
    key = key_property(pair)
    for name, rule in state.rows.items():
        if rule.database == pair.desired.key and key is not None and scope.includes(addresses.of_rule("rows", name)):
            touched = [prop for field in rule.set if (prop := pair.fields.get(field)) is not None]
            asked = properties.of(key.type).filter(key.id, Equals(rule.key), key.config)
            asking.add(asked, key, *touched, keeps=_bearing(key, rule.key))


def _bearing(key: LiveProperty, text: str) -> Judge:
    text_of, wanted = text_in(key), normal(text)
    return lambda row: text_of(row) == wanted


def tasks(rule: Row, pair: DatabaseMatch, ledger: Ledger, lookups: Mapping[str, Lookup]) -> Iterator[Task | Finding]:
    """The row made, or the values that it lacks."""
    address = addresses.of_rule("rows", rule.name)
    key = key_property(pair)
    if ledger.incomplete or key is None:
        yield guards.incomplete(address, ledger.incomplete or "nothing names its rows", where=rule.where)
        return
    wanted = wanted_values(address, rule.set, pair, lookups, where=rule.where)
    if isinstance(wanted, Finding):
        yield wanted
        return
    kind = properties.of(key.type)
    found = [row for row in ledger.rows if normal(kind.text(ledger.value(row, key))) == normal(rule.key)]
    needs = tuple(addresses.of_field(pair.desired.key, name) for name in wanted if _unmade(pair, name))
    if len(found) > 1:
        yield guards.blocked(
            "ambiguous-row",
            address,
            f"{len(found)} rows bear the key {rule.key!r}",
            "give all but one of them another key in Notion",
            where=rule.where,
        )
    elif found:
        yield from _changed(rule, address, pair, found[0], ledger, wanted, needs)
    else:
        yield _made(rule, address, pair, key, ledger, wanted, needs)


def _unmade(pair: DatabaseMatch, name: str) -> bool:
    """Whether a field is made by an action of its own in this plan."""
    return pair.live is not None and pair.fields.get(name) is None and pair.desired.fields[name].mirror_of is None


def _changed(
    rule: Row,
    address: str,
    pair: DatabaseMatch,
    row: LiveRow,
    ledger: Ledger,
    wanted: Mapping[str, Value],
    needs: tuple[str, ...],
) -> Iterator[Task]:
    edits = Edits(ledger)
    for name, value in wanted.items():
        prop = stand_in(pair, name)
        if not _same_text(prop, ledger.value(row, prop), value):
            edits.set(row, prop, value)
    if not edits:
        return
    kept = edits.entries(
        address, "row", field_name=", ".join(wanted), reason=rule.reason or "row", source=rule.source, where=rule.where
    )
    yield Task(
        action=ChangeRows(
            kind="set-row",
            address=address,
            database=pair.desired.key,
            rows=edits.rows,
            archived=edits.archived,
            risk=edits.risk,
            where=rule.where,
            reason="row",
            source=rule.source or rule.reason,
        ),
        effects=(*edits.writes, *kept),
        needs=needs,
    )


def _same_text(prop: LiveProperty, old: Value, new: Value) -> bool:
    """Formatted text is compared by what it says: a state file says no formatting."""
    if prop.type not in ("title", "rich_text"):
        return properties.of(prop.type).same(old, new)
    kind = properties.of(prop.type)
    return kind.text(old) == kind.text(new)


def _made(
    rule: Row,
    address: str,
    pair: DatabaseMatch,
    key: LiveProperty,
    ledger: Ledger,
    wanted: Mapping[str, Value],
    needs: tuple[str, ...],
) -> Task:
    keyed = properties.of(key.type).literal(rule.key, _nobody)
    values = [(key.id, key.type, keyed)]
    changes = [RowChange(rule.key, key.name, "", rule.key)]
    for name, value in wanted.items():
        prop = stand_in(pair, name)
        if prop.id == key.id or properties.of(prop.type).empty(value):
            continue
        values.append((prop.id, prop.type, value))
        changes.append(RowChange(rule.key, name, "", ledger.shown(prop.type, value)))
    database = () if pair.live else (addresses.of_database(pair.desired.key),)
    return Task(
        action=ChangeRows(
            kind="create-row",
            address=address,
            database=pair.desired.key,
            rows=tuple(sorted(changes)),
            risk=Risk.SAFE,
            verb="create",
            subject="row",
            new=rule.key,
            where=rule.where,
            reason="row",
            source=rule.source or rule.reason,
        ),
        effects=(NewRow(database=pair.desired.key, values=tuple(values)),),
        needs=(*database, *needs),
    )


def _nobody(text: str) -> str:
    raise LookupError(text)
