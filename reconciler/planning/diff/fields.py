"""Differences between declared fields and live properties, save their options: tasks and findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.desired.state import Field
from reconciler.memory.memory import Binding
from reconciler.model import address as addresses
from reconciler.model.finding import Finding
from reconciler.model.live import LiveProperty
from reconciler.planning import guards
from reconciler.planning.actions.schema import ChangeField, CreateField
from reconciler.planning.diff import formula
from reconciler.planning.diff.repoint import points_elsewhere
from reconciler.planning.effects import Effect, NameMirror, PropertyChange, Task
from reconciler.planning.explain import differences, line
from reconciler.planning.match import DatabaseMatch, Matched

LATE_TYPES = frozenset({"formula", "rollup"})
"""Types whose configuration names other properties, so they are made after them."""
BOUND_TYPES = LATE_TYPES | {"relation"}
"""Types that cannot be part of the request that makes their database."""
HAND_MADE = frozenset({"button", "verification"})
"""Types that only the app can make."""


def initial_config(declared: Field) -> dict[str, Any]:
    """The canonical configuration that a declared field is made with; a relation's target is ``{"to": key}``."""
    if declared.options is not None:
        return {"options": [new_option(o) for o in declared.options]}
    match declared.type:
        case "number":
            return {"format": declared.format or "number"}
        case "unique_id":
            return {"prefix": declared.prefix}
        case "formula":
            return {"expression": declared.expression or ""}
        case "rollup":
            return {
                "function": declared.rollup_function,
                "relation_property_name": declared.rollup_relation,
                "rollup_property_name": declared.rollup_property,
            }
        case "relation":
            return {"to": declared.to, "two_way": declared.two_way is not None}
        case "select" | "multi_select" | "status":
            return {"options": []}
    return {}


def new_option(option: Any) -> dict[str, Any]:
    """The canonical form of a declared option that is not live yet."""
    wanted = {"name": option.name, "color": option.color, "description": option.description, "group": option.group}
    return {word: value for word, value in wanted.items() if value is not None}


def field_tasks(pair: DatabaseMatch, matched: Matched, binding: Binding | None) -> Iterator[Task | Finding]:
    """Everything that makes the live fields of one database what is declared, its options aside."""
    for declared in pair.desired.fields.values():
        if declared.name in pair.blocked:
            continue
        live = pair.fields.get(declared.name)
        if live is not None:
            yield from _change(declared, live, pair, matched, binding)
        elif declared.mirror_of is None and (pair.live is not None or declared.type in BOUND_TYPES | HAND_MADE):
            yield from _create(declared, pair, matched, binding)


def _create(
    declared: Field, pair: DatabaseMatch, matched: Matched, binding: Binding | None
) -> Iterator[Task | Finding]:
    address = addresses.of_field(declared.database, declared.name)
    if declared.type in HAND_MADE:
        yield guards.manual(
            "make",
            address,
            f"a {declared.type} property can only be made in the app",
            f"add the property {declared.name!r} of type {declared.type} in Notion",
            where=declared.where,
        )
        return
    if (
        declared.type == "relation"
        and binding
        and declared.name in binding.fields
        and not _target_seen(declared, matched)
    ):
        yield guards.blocked(
            "hidden-relation",
            address,
            "the relation is not in Notion's answer, and its target cannot be seen",
            f"share the database {declared.to!r} with the connection",
            where=declared.where,
            why="Notion hides a relation whose target the token may not see; making it again would double it",
        )
        return
    effects: list[Effect] = [
        PropertyChange(
            database=declared.database,
            field=declared.name,
            name=declared.name,
            type=declared.type,
            config=initial_config(declared),
            description=declared.description,
            late=declared.type in LATE_TYPES,
        )
    ]
    effects.extend(mirror_name(declared, matched))
    yield Task(
        action=CreateField(
            address=address,
            database=declared.database,
            name=declared.name,
            type=declared.type,
            details=tuple(described_config(declared)),
            where=declared.where,
        ),
        effects=tuple(effects),
        needs=tuple(_needs(declared, pair, matched)),
    )


def _target_seen(declared: Field, matched: Matched) -> bool:
    target = matched.databases.get(declared.to or "")
    return target is not None and target.live is not None


def _needs(declared: Field, pair: DatabaseMatch, matched: Matched) -> Iterator[str]:
    """Addresses of what must be made first, whether or not it is planned."""
    if pair.live is None:
        yield addresses.of_database(declared.database)
    if declared.to:
        target = matched.databases.get(declared.to)
        if target is None or target.live is None:
            yield addresses.of_database(declared.to)
    named = [declared.rollup_relation] if declared.rollup_relation else []
    named += formula.references(declared.expression or "")
    for name in named:
        if name in pair.desired.fields and pair.fields.get(name) is None and _own_task(pair, name):
            yield addresses.of_field(declared.database, name)


def _own_task(pair: DatabaseMatch, name: str) -> bool:
    """Whether a missing field gets an action of its own: not when it is made with its database or as a mirror."""
    declared = pair.desired.fields[name]
    return declared.mirror_of is None and (pair.live is not None or declared.type in BOUND_TYPES)


def described_config(declared: Field) -> Iterator[str]:
    """A field's configuration in lines for people."""
    if declared.options:
        yield "options: " + ", ".join(o.name for o in declared.options)
    if declared.format:
        yield f"format: {declared.format}"
    if declared.prefix:
        yield f"prefix: {declared.prefix}"
    if declared.expression:
        yield f"formula: {declared.expression}"
    if declared.to and not declared.mirror_of:
        two_way = f", two-way with {addresses.of_field(declared.to, declared.two_way)}" if declared.two_way else ""
        yield f"to: {declared.to}{two_way}"
    if declared.rollup_function:
        yield f"rollup: {declared.rollup_function} of {declared.rollup_property} over {declared.rollup_relation}"
    if declared.description:
        yield f"description: {declared.description}"


def mirror_name(declared: Field, matched: Matched, *, retypes: bool = False) -> Iterator[NameMirror]:
    """The effect that names the mirror of a two-way relation that is made here; nothing for other fields."""
    if declared.two_way is None or declared.to is None:
        return
    target = matched.databases.get(declared.to)
    mirror = target.desired.fields.get(declared.two_way) if target else None
    yield NameMirror(
        owner=(declared.database, declared.name),
        database=declared.to,
        name=declared.two_way,
        description=mirror.description if mirror else None,
        retypes=retypes,
    )


def _change(
    declared: Field, live: LiveProperty, pair: DatabaseMatch, matched: Matched, binding: Binding | None
) -> Iterator[Task | Finding]:
    address = addresses.of_field(declared.database, declared.name)
    if live.type != declared.type:
        return
    if points_elsewhere(declared, live, matched):
        return
    config, lines = _config_change(declared, live, pair, matched, binding)
    description = declared.description if declared.description not in (None, live.description) else None
    if description is not None:
        lines.append(f"description: {live.description or '(none)'} → {description or '(none)'}")
    renamed = declared.name if declared.name != live.name else None
    if renamed is None and description is None and config is None:
        return
    effects: list[Effect] = [
        PropertyChange(
            database=declared.database,
            field=declared.name,
            property_id=live.id,
            name=renamed,
            type=declared.type if config is not None else None,
            config=config,
            description=description,
            late=declared.type in LATE_TYPES and config is not None,
        )
    ]
    if config is not None:
        effects.extend(mirror_name(declared, matched))
    yield Task(
        action=ChangeField(
            address=address,
            database=declared.database,
            old_name=live.name,
            name=declared.name,
            changes=tuple(lines),
            where=declared.where,
            reason="was" if renamed else "differs",
        ),
        effects=tuple(effects),
        needs=tuple(_needs(declared, pair, matched)) if config is not None else (),
    )


def _config_change(
    declared: Field, live: LiveProperty, pair: DatabaseMatch, matched: Matched, binding: Binding | None
) -> tuple[dict[str, Any] | None, list[str]]:
    """The configuration to write (None: as it is) and the lines that tell it."""
    match declared.type:
        case "number" if declared.format:
            return _word_change("format", declared.format, live)
        case "unique_id" if declared.prefix is not None:
            return _word_change("prefix", declared.prefix, live)
        case "formula" if not _same_formula(declared, live, pair, binding):
            return initial_config(declared), [f"formula: {live.config.get('expression')} → {declared.expression}"]
        case "rollup":
            return _rollup_change(declared, live, pair, matched)
        case "relation" if declared.two_way and not live.config.get("mirror") and declared.to:
            return initial_config(declared), [f"two-way with {addresses.of_field(declared.to, declared.two_way)}"]
    return None, []


def _word_change(word: str, wanted: str, live: LiveProperty) -> tuple[dict[str, Any] | None, list[str]]:
    """A configuration of one word, to be written where it differs."""
    changes = differences({word: live.config.get(word) or ""}, {word: wanted})
    return ({word: wanted} if changes else None), [line(*change) for change in changes]


def _same_formula(declared: Field, live: LiveProperty, pair: DatabaseMatch, binding: Binding | None) -> bool:
    read = str(live.config.get("expression", ""))
    if binding and declared.name in binding.formulas:
        written, read_then = binding.formulas[declared.name]
        if (written, read_then) == (declared.expression, read):
            return True
    names = {p.name: name for name, p in pair.fields.items() if p}
    return formula.same(declared.expression or "", read, names)


def _rollup_change(
    declared: Field, live: LiveProperty, pair: DatabaseMatch, matched: Matched
) -> tuple[dict[str, Any] | None, list[str]]:
    relation = pair.fields.get(declared.rollup_relation or "")
    over = pair.desired.fields.get(declared.rollup_relation or "")
    target = matched.databases.get(over.to or "") if over else None
    rolled = target.fields.get(declared.rollup_property or "") if target else None
    wanted = {"function": declared.rollup_function}
    if relation:
        wanted["relation_property_id"] = relation.id
    if rolled:
        wanted["rollup_property_id"] = rolled.id
    else:
        wanted["rollup_property_name"] = declared.rollup_property
    if relation and all(live.config.get(word) == value for word, value in wanted.items()):
        return None, []
    was = live.config
    old = f"{was.get('function')} of {was.get('rollup_property_name')} over {was.get('relation_property_name')}"
    new = f"{declared.rollup_function} of {declared.rollup_property} over {declared.rollup_relation}"
    return initial_config(declared), [f"rollup: {old} → {new}"]
