"""people: users, kept by id."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks, users
from reconciler.twin.errors import UNDEFINED
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import MAX_REFERENCES, Reader, ValueType, Writer


def read(writer: Writer, _: Property, value: Any, path: str) -> list[str]:
    chosen = []
    for n, item in enumerate(checks.array(value, path)):
        person = checks.obj(item, f"{path}[{n}]")
        user_id = checks.uuid(person.get("id", UNDEFINED), f"{path}[{n}].id")
        if writer.session.user(user_id) is None:
            raise writer.session.absent("user", user_id)
        chosen.append(user_id)
    return list(dict.fromkeys(chosen))


def answer(reader: Reader, _: Property, __: Page, stored: Any) -> list[Any]:
    if len(stored) > MAX_REFERENCES and reader.session.assume.harsh("people-over-25"):
        stored = stored[:MAX_REFERENCES]
    return [users.answer(reader.session, user_id) for user_id in stored]


def plain(_: Reader, __: Property, ___: Page, stored: Any) -> list[str]:
    return list(stored)


TYPE = ValueType(name="people", conditions="people", read=read, answer=answer, plain=plain, empty=(), listed=True)
