"""A formula's text: ``prop("Name")`` kept as a reference by id, so that renames are followed."""

from __future__ import annotations

import re

from reconciler.twin.errors import invalid
from reconciler.twin.formula import parser
from reconciler.twin.records import DataSource, Property

_REFERENCE = re.compile(r"\{\{([^{}:]+)\}\}")
_BLOCK_PROPERTY = re.compile(r"\{\{notion:block_property:([^{}:]+)(?::[^{}]*)?\}\}")


def compiled(source: DataSource, text: str) -> str:
    """The kept form: references by id. 400 if it does not parse or names a property that is not there."""
    text = _BLOCK_PROPERTY.sub(lambda m: f"prop({parser.quoted(_name_of(source, m.group(1)))})", text)
    tokens = parser.tokens(text)
    parser.parse(tokens)
    kept: list[str] = []
    end = 0
    for start, stop, name in parser.references(tokens):
        prop = source.named(name)
        if prop is None:
            raise invalid(f'Type error with formula: Undefined property "{name}".')
        kept += [text[end:start], "{{", prop.id, "}}"]
        end = stop
    return "".join([*kept, text[end:]])


def shown(source: DataSource, kept: str) -> str:
    """The text with the present names of what it refers to."""
    return _REFERENCE.sub(lambda m: f"prop({parser.quoted(_name_of(source, m.group(1)))})", kept)


def used(prop: Property) -> frozenset[str]:
    """The ids of the properties that this one, if it is a formula, refers to."""
    return frozenset(_REFERENCE.findall(prop.config["expression"])) if prop.type == "formula" else frozenset()


def _name_of(source: DataSource, property_id: str) -> str:
    prop = source.named(property_id)
    return prop.name if prop is not None else property_id
