"""The property types of Notion, one module a type; each gives one object that meets `base.PropertyType`.

To add a type: write its module, add its object to the tuple below.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reconciler.model.properties import (
    button,
    checkbox,
    created_by,
    created_time,
    date,
    email,
    files,
    formula,
    last_edited_by,
    last_edited_time,
    multi_select,
    number,
    people,
    phone_number,
    place,
    relation,
    rich_text,
    rollup,
    select,
    status,
    title,
    unique_id,
    unknown,
    url,
    verification,
)
from reconciler.model.properties.base import EVERYTHING, NOTHING, Filter, Lookup, PropertyType

_TYPES: Final[tuple[PropertyType, ...]] = (
    title.PROPERTY,
    rich_text.PROPERTY,
    number.PROPERTY,
    select.PROPERTY,
    multi_select.PROPERTY,
    status.PROPERTY,
    date.PROPERTY,
    people.PROPERTY,
    files.PROPERTY,
    checkbox.PROPERTY,
    url.PROPERTY,
    email.PROPERTY,
    phone_number.PROPERTY,
    formula.PROPERTY,
    relation.PROPERTY,
    rollup.PROPERTY,
    created_time.PROPERTY,
    created_by.PROPERTY,
    last_edited_time.PROPERTY,
    last_edited_by.PROPERTY,
    unique_id.PROPERTY,
    place.PROPERTY,
    button.PROPERTY,
    verification.PROPERTY,
)

ALL: Final[Mapping[str, PropertyType]] = MappingProxyType({each.name: each for each in _TYPES})
"""Every type that is known, by Notion's name for it."""


def of(type_name: str) -> PropertyType:
    """The type of that name; for a name that is not known, the one that reads raw JSON. Never raises."""
    return ALL.get(type_name, unknown.PROPERTY)


__all__ = ["ALL", "EVERYTHING", "NOTHING", "Filter", "Lookup", "PropertyType", "of"]
