"""select: one option, kept by id. A name that is not there yet makes an option (documented)."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks
from reconciler.twin.errors import misfit
from reconciler.twin.records import Page, Property
from reconciler.twin.schema import options
from reconciler.twin.values.base import Reader, ValueType, Writer, option_answer, option_of


def read(writer: Writer, prop: Property, value: Any, path: str) -> str | None:
    if value is None:
        return None
    return option_id(writer, prop, value, path)


def option_id(writer: Writer, prop: Property, value: Any, path: str) -> str:
    """The id of the option that a client names by id or name; made if the name is new."""
    given = checks.obj(value, path, null=True)
    current = writer.source.properties[prop.id]
    if given.get("name") is None and given.get("id") is None:
        raise checks.union(path, ("id", "name"))
    found = options.find(current.config["options"], given)
    if found is not None:
        return str(found["id"])
    if given.get("name") is None:
        raise misfit(f"{path}.id", "the id of an option of the property", given["id"])
    writer.source, made = options.add(writer.source, current, given, path, writer.session.assume)
    return made


def answer(_: Reader, prop: Property, __: Page, stored: Any) -> Any:
    option = option_of(prop, stored)
    return None if option is None else option_answer(option)


def plain(_: Reader, prop: Property, __: Page, stored: Any) -> str | None:
    option = option_of(prop, stored)
    return None if option is None else str(option["name"])


TYPE = ValueType(name="select", conditions="option", read=read, answer=answer, plain=plain)
