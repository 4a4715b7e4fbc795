"""References between databases and fields: keys, targets, links, rollups, formulas, and circles among them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from reconciler.desired import codes
from reconciler.desired.draft import BROKEN, Draft, closest, unknown_database, unknown_field
from reconciler.desired.state import Field
from reconciler.desired.words import KEY_TYPES
from reconciler.model import address
from reconciler.model.finding import Finding, Location

_PROP = re.compile(r'(?<![.\w])prop\(\s*("(?:[^"\\]|\\.)*")\s*\)')
"""``prop("Name")`` of the row itself; ``current.prop("Name")`` speaks of another database."""

Name = tuple[str, str]


def names_in(expression: str) -> tuple[str, ...]:
    """The fields of its own database that a formula names, each once, in order."""
    found: list[str] = []
    for quoted in _PROP.findall(expression):
        try:
            found.append(json.loads(quoted))
        except ValueError:
            found.append(quoted[1:-1])
    return tuple(dict.fromkeys(found))


def check(draft: Draft) -> Iterator[Finding]:
    """Everything that is wrong with what fields refer to."""
    yield from _keys(draft)
    for field in draft.fields():
        match field.type:
            case "relation":
                yield from _relation(field, draft)
            case "rollup":
                yield from _rollup(field, draft)
            case "formula":
                yield from _formula(field, draft)
    yield from _cycles(draft)


def _keys(draft: Draft) -> Iterator[Finding]:
    for database in draft.databases.values():
        if database.key_field is None:
            continue
        of = address.of_database(database.key)
        at = draft.at(of, "key")
        field = database.fields.get(database.key_field)
        if field is None:
            yield unknown_field(codes.UNKNOWN_FIELD, database.key_field, database, at, of)
        elif field.type not in KEY_TYPES | {BROKEN}:
            yield Finding(
                codes.BAD_KEY_FIELD,
                f'"{field.name}" is of type {field.type}, which cannot name rows',
                "choose a field that holds one short text or number a row",
                address=of,
                where=at,
            )


def _relation(field: Field, draft: Draft) -> Iterator[Finding]:
    of = address.of_field(field.database, field.name)
    if field.to is None:
        return  # said where relations are paired
    target = draft.databases.get(field.to)
    if target is None:
        yield unknown_database(codes.UNKNOWN_DATABASE, field.to, draft.databases, draft.at(of, "to"), of)
        return
    if field.match is not None and field.match not in target.fields:
        yield unknown_field(codes.UNKNOWN_FIELD, field.match, target, draft.at(of, "match"), of)
    if field.link is None:
        return
    if field.link.target not in target.fields:
        yield unknown_field(codes.UNKNOWN_FIELD, field.link.target, target, draft.at(of, "link", "to"), of)
    own = draft.databases[field.database]
    source = field.link.source
    if source not in own.fields and closest(source, own.fields, likeness=0.85) is not None:
        # A link may read a field that is merely kept, but hardly one whose name is nearly a declared one.
        yield unknown_field(codes.UNKNOWN_FIELD, source, own, draft.at(of, "link", "from"), of)


def _needed(field: Field, draft: Draft) -> Iterator[tuple[Name, Location | None]]:
    """The (database, field) pairs that a rollup or formula needs, and where it says so."""
    of = address.of_field(field.database, field.name)
    if field.type == "formula" and field.expression is not None:
        for name in names_in(field.expression):
            yield (field.database, name), draft.at(of, "expression")
    if field.type == "rollup" and field.rollup_relation is not None and field.rollup_property is not None:
        yield (field.database, field.rollup_relation), draft.at(of, "relation")
        relation = draft.field(field.database, field.rollup_relation)
        if relation is not None and relation.to is not None:
            yield (relation.to, field.rollup_property), draft.at(of, "property")


def _known(field: Field, draft: Draft) -> Iterator[Finding]:
    """One finding for each needed field that a drop removes or that is not declared."""
    of = address.of_field(field.database, field.name)
    for (key, name), at in _needed(field, draft):
        database = draft.databases.get(key)
        dropped = draft.dropped.get((key, name)) or draft.dropped.get((key, None))
        if dropped is not None:
            yield Finding(
                codes.NEEDS_DROPPED,
                f"{of} needs {address.of_field(key, name)}, which {dropped} drops",
                f"change the {field.type}, or take the drop back",
                address=of,
                why="it would show nothing or an error afterwards",
                where=at,
            )
        elif database is not None and name not in database.fields:
            yield unknown_field(codes.UNKNOWN_FIELD, name, database, at, of)


def _rollup(field: Field, draft: Draft) -> Iterator[Finding]:
    yield from _known(field, draft)
    relation = draft.field(field.database, field.rollup_relation or "")
    if relation is not None and relation.type not in {"relation", BROKEN}:
        of = address.of_field(field.database, field.name)
        yield Finding(
            codes.NOT_A_RELATION,
            f'"{relation.name}" is of type {relation.type}, and a rollup looks along a relation',
            "name a relation of this database",
            address=of,
            where=draft.at(of, "relation"),
        )


def _formula(field: Field, draft: Draft) -> Iterator[Finding]:
    for finding in _known(field, draft):
        if finding.code == codes.UNKNOWN_FIELD:
            yield replace(finding, why="Notion refuses a formula that names a property it does not have")
        else:
            yield finding


def _cycles(draft: Draft) -> Iterator[Finding]:
    """One finding for each circle of formulas and rollups, told from its first field in the order of the files."""
    graph: dict[Name, list[Name]] = {
        (field.database, field.name): [name for name, _ in _needed(field, draft)] for field in draft.fields()
    }
    done: set[Name] = set()
    for start in graph:
        if circle := _circle(start, graph, done):
            first = draft.databases[circle[0][0]].fields[circle[0][1]]
            path = " → ".join(address.of_field(*name) for name in (*circle, circle[0]))
            yield Finding(
                codes.REFERENCE_CYCLE,
                f"these need each other in a circle: {path}",
                "let one of them read a field that people fill",
                address=address.of_field(*circle[0]),
                why="Notion could compute none of them",
                where=first.where,
            )


def _circle(start: Name, graph: dict[Name, list[Name]], done: set[Name]) -> list[Name]:
    """The first circle met from ``start`` over fields not yet ``done``, [] without one; marks what it saw."""
    if start in done:
        return []
    path = [start]
    waiting = [iter(graph[start])]
    while waiting:
        following = next(waiting[-1], None)
        if following is None:
            waiting.pop()
            done.add(path.pop())
        elif following in path:
            done.update(path)
            return path[path.index(following) :]
        elif following in graph and following not in done:
            path.append(following)
            waiting.append(iter(graph[following]))
    return []
