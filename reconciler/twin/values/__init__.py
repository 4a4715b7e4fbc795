"""Every property type, by its name."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.twin.session import Session
from reconciler.twin.values import (
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
    last_visited_time,
    location,
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
    url,
    verification,
)
from reconciler.twin.values.base import MAX_REFERENCES, Reader, ValueType, Writer

TYPES: Mapping[str, ValueType] = {
    module.TYPE.name: module.TYPE
    for module in (
        title,
        rich_text,
        number,
        select,
        multi_select,
        status,
        date,
        people,
        files,
        checkbox,
        url,
        email,
        phone_number,
        formula,
        relation,
        rollup,
        created_time,
        created_by,
        last_edited_time,
        last_edited_by,
        unique_id,
        place,
        location,
        last_visited_time,
        button,
        verification,
    )
}


def reader(session: Session) -> Reader:
    """For rendering the rows of one request."""
    return Reader(session=session, types=TYPES)


__all__ = ["MAX_REFERENCES", "TYPES", "Reader", "ValueType", "Writer", "reader"]
