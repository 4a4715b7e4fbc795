"""What the files say of a live database, in the words in which the memory keeps what was last applied. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.desired.state import Field
from reconciler.memory.applied import OWN, Words, option_of, option_word
from reconciler.memory.memory import Binding
from reconciler.model.live import LiveProperty
from reconciler.planning.diff import formula
from reconciler.planning.diff.option_list import OPTION_TYPES
from reconciler.planning.match import DatabaseMatch, Matched

NEW_OPTION = "+"
"""Begins the id of a declared option that is neither live nor was."""


def declared_words(pair: DatabaseMatch, matched: Matched, binding: Binding | None) -> Words:
    """Every word that the files say of a database and of those of its fields that are live, or that were bound.

    What is not declared has no word; a field that is blocked has none at all. References are ids, options stand under
    the id of the live option of that name, else of the one that was last applied. A formula that means what is live
    is given as it is live.
    """
    desired = pair.desired
    own = {"title": desired.title, "description": desired.description, "icon": desired.icon}
    found: dict[str, Mapping[str, Any]] = {OWN: {word: text for word, text in own.items() if text is not None}}
    for name, field in desired.fields.items():
        prop = pair.fields.get(name)
        if name in pair.blocked:
            continue
        if prop is not None:
            before = binding.applied.get(prop.id, {}) if binding and binding.applied else {}
            found[prop.id] = dict(_field(field, prop, pair, matched, binding, before))
        elif binding is not None and name in binding.fields:
            found[binding.fields[name]] = {"name": name, "type": field.type}
    return found


def _field(
    field: Field,
    prop: LiveProperty,
    pair: DatabaseMatch,
    matched: Matched,
    binding: Binding | None,
    before: Mapping[str, Any],
) -> Iterator[tuple[str, Any]]:
    yield from (("name", field.name), ("type", field.type))
    if field.description is not None:
        yield "description", field.description
    if prop.type != field.type:
        return
    match field.type:
        case "number" if field.format:
            yield "format", field.format
        case "unique_id" if field.prefix is not None:
            yield "prefix", field.prefix
        case "formula":
            yield "expression", _expression(field, prop, pair, binding, before)
        case "rollup":
            yield from _rollup(field, prop, pair, matched)
        case "relation":
            yield from _relation(field, prop, matched)
    if field.type in OPTION_TYPES and field.options is not None:
        yield from _options(field, prop, before)


def _expression(
    field: Field, prop: LiveProperty, pair: DatabaseMatch, binding: Binding | None, before: Mapping[str, Any]
) -> str:
    """The live text where it is the declared formula; what was read back where the declaration is still that of then.

    So a formula that Notion answers in other words than were written is nobody's change.
    """
    live, declared = str(prop.config.get("expression") or ""), field.expression or ""
    written, read_then = binding.formulas.get(field.name, ("", "")) if binding else ("", "")
    names = {p.name: name for name, p in pair.fields.items() if p}
    if formula.same(declared, live, names):
        return live
    was = str(before.get("expression", read_then))
    return was if written and written == declared else declared


def _rollup(field: Field, prop: LiveProperty, pair: DatabaseMatch, matched: Matched) -> Iterator[tuple[str, Any]]:
    yield "function", field.rollup_function
    relation = pair.fields.get(field.rollup_relation or "")
    if relation is None:
        return
    yield "relation", relation.id
    over = pair.desired.fields.get(field.rollup_relation or "")
    target = matched.databases.get(over.to or "") if over else None
    rolled = target.fields.get(field.rollup_property or "") if target else None
    if rolled is None and prop.config.get("rollup_property_name") == field.rollup_property:
        yield "property", prop.config.get("rollup_property_id")
    else:
        yield "property", rolled.id if rolled else f"{NEW_OPTION}{field.rollup_property}"


def _relation(field: Field, prop: LiveProperty, matched: Matched) -> Iterator[tuple[str, Any]]:
    target = matched.databases.get(field.to or "")
    if target is None or target.live is None:
        return
    yield "to", target.live.data_source_id
    if field.two_way is not None:
        other = target.fields.get(field.two_way)
        live = (prop.config.get("mirror") or {}).get("id") or ""
        yield "mirror", other.id if other is not None else live or f"{NEW_OPTION}{field.two_way}"


def _options(field: Field, prop: LiveProperty, before: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    live = {option["name"]: option["id"] for option in prop.config.get("options", ())}
    here = set(live.values())
    was = {
        text: found[0] for word, text in before.items() if (found := option_of(word)) is not None and found[1] == "name"
    }
    order = []
    for option in field.options or ():
        fallback = was.get(option.name) or f"{NEW_OPTION}{option.name}"
        taken = fallback in here and any(live.get(o.name) == fallback for o in field.options or ())
        each = live.get(option.name) or (f"{NEW_OPTION}{option.name}" if taken else fallback)
        order.append(each)
        said = {"color": option.color, "description": option.description, "group": option.group}
        yield option_word(each, "name"), option.name
        for word, text in said.items():
            if text is not None:
                yield option_word(each, word), text
    yield "order", order


__all__ = ["NEW_OPTION", "declared_words"]
