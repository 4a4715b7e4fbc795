"""status: one option of a fixed list. Pages cannot make options; null means the first one (documented)."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks
from reconciler.twin.errors import invalid
from reconciler.twin.records import Page, Property
from reconciler.twin.schema import options
from reconciler.twin.session import Session
from reconciler.twin.values.base import Reader, ValueType, Writer
from reconciler.twin.values.select import answer as _answer
from reconciler.twin.values.select import plain as _plain


def read(writer: Writer, prop: Property, value: Any, path: str) -> str | None:
    current = writer.source.properties[prop.id]
    if value is None:
        return first_or_none(writer.session, current)
    given = checks.obj(value, path, null=True)
    if given.get("name") is None and given.get("id") is None:
        raise checks.union(path, ("id", "name"))
    found = options.find(current.config["options"], given)
    if found is None:
        raise invalid(
            f'Status option "{given.get("name") or given.get("id")}" does not exist for property "{prop.name}".'
        )
    return str(found["id"])


def first_or_none(session: Session, prop: Property) -> str | None:
    """What a row has that was given no status."""
    first = options.default_status(prop)
    return None if first is None or session.assume.harsh("status-default") else first


def answer(reader: Reader, prop: Property, page: Page, stored: Any) -> Any:
    return _answer(reader, prop, page, stored)


def plain(reader: Reader, prop: Property, page: Page, stored: Any) -> str | None:
    return _plain(reader, prop, page, stored)


TYPE = ValueType(name="status", conditions="option", read=read, answer=answer, plain=plain)
