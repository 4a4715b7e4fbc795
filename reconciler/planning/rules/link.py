"""``link``: empty relations are filled where a text of the row agrees with a text of a row of the target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.desired.state import Field, Link
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.condition import normal
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty, LiveRow, Rows
from reconciler.planning import guards
from reconciler.planning.actions.rows import ChangeRows
from reconciler.planning.asking import Asking, holding
from reconciler.planning.edits import Edits, stand_in
from reconciler.planning.effects import Task
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch, Matched
from reconciler.planning.scope import Scope
from reconciler.planning.words import few

Index = Mapping[str, tuple[str, ...]]
"""Page ids of the rows of one database by the normal text of one of their fields."""


def _linked(pair: DatabaseMatch, scope: Scope) -> Iterator[tuple[Field, Link, LiveProperty, str]]:
    for name, declared in pair.desired.fields.items():
        if declared.link is None or name in pair.blocked:
            continue
        source = pair.fields.get(declared.link.source) or (
            pair.live.by_name(declared.link.source) if pair.live else None
        )
        live = pair.fields.get(name)
        address = addresses.of_field(pair.desired.key, name)
        if source is not None and scope.includes(address) and (live is None or live.type == "relation"):
            yield declared, declared.link, source, address


def asks(asking: Asking, pair: DatabaseMatch, scope: Scope) -> None:
    """Rows whose text may name a row of the target, with the links that they have."""
    for declared, _, source, _ in _linked(pair, scope):
        live = pair.fields.get(declared.name)
        asking.add(holding(source), source, *([live] if live else []))


def lookups(pair: DatabaseMatch, rows: Rows, scope: Scope) -> Iterator[tuple[str, str, set[str]]]:
    """(target database, field, texts) to look up before `tasks` can tell."""
    for declared, link, source, _ in _linked(pair, scope):
        texts = {text for row in rows.rows for text in _texts(row.values.get(source.id), source, link)}
        if declared.to and texts:
            yield declared.to, link.target, texts


def _texts(value: object, source: LiveProperty, link: Link) -> list[str]:
    text = properties.of(source.type).text(value) if value is not None else ""
    parts = text.split(link.separator) if link.separator else [text]
    return [normal(part) for part in parts if normal(part)]


def tasks(
    pair: DatabaseMatch, matched: Matched, ledger: Ledger, indexes: Mapping[tuple[str, str], Index], scope: Scope
) -> Iterator[Task | Finding]:
    """One task a field whose empty links can be filled, and one note for all that cannot be told."""
    for declared, link, source, address in _linked(pair, scope):
        if ledger.incomplete:
            yield guards.incomplete(address, ledger.incomplete, where=declared.where)
            continue
        target = matched.databases.get(declared.to or "")
        if target is None:
            continue
        index = indexes.get((declared.to or "", link.target), {})
        prop = stand_in(pair, declared.name)
        said = pair.retyped.get(link.source, source)
        edits = Edits(ledger)
        unclear: dict[str, list[str]] = {}
        for row in ledger.rows:
            texts = _texts(ledger.value(row, said), said, link)
            if texts:
                _link_row(row, prop, texts, index, edits, unclear)
        yield from _told(declared, address, unclear)
        if edits:
            yield _task(declared, address, pair, edits)


def _link_row(
    row: LiveRow, prop: LiveProperty, texts: list[str], index: Index, edits: Edits, unclear: dict[str, list[str]]
) -> None:
    now = edits.ledger.value(row, prop)
    name = edits.ledger.name(row)
    found: list[str] = []
    for text in texts:
        ids = index.get(text, ())
        if len(ids) == 1:
            found.append(ids[0])
        else:
            unclear.setdefault("match no row" if not ids else "match several rows", []).append(
                f"{name} ({edits.ledger.hides(text)})"
            )
    if not now and found and len(found) == len(texts):
        edits.set(row, prop, list(dict.fromkeys(found)))
    elif now and found and not set(found) <= set(now):
        unclear.setdefault("contradict the live link", []).append(f"{name} ({edits.ledger.hides(', '.join(texts))})")


def _told(declared: Field, address: str, unclear: Mapping[str, list[str]]) -> Iterator[Finding]:
    for what, names in sorted(unclear.items()):
        shown = ", ".join(sorted(names)[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield guards.note(
            f"link-{what.replace(' ', '-')}",
            address,
            f"{few(len(names), 'value', 'values')} {what if len(names) > 1 else _one(what)}: {shown}",
            "left alone; mend the text or the link in Notion",
            where=declared.where,
        )


def _one(what: str) -> str:
    """``match no row`` of one value: ``matches no row``."""
    verb, rest = what.split(" ", 1)
    return f"{verb}es {rest}" if verb == "match" else f"{verb}s {rest}"


def _task(declared: Field, address: str, pair: DatabaseMatch, edits: Edits) -> Task:
    unmade = () if pair.fields.get(declared.name) or declared.mirror_of else (address,)
    return Task(
        action=ChangeRows(
            kind="link-rows",
            address=address,
            database=pair.desired.key,
            rows=edits.rows,
            verb="link",
            archived=edits.archived,
            risk=edits.risk,
            where=declared.where,
            reason="link",
        ),
        effects=(
            *edits.writes,
            *edits.entries(address, "link", field_name=declared.name, reason="link", where=declared.where),
        ),
        needs=unmade,
    )
