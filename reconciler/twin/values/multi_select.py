"""multi_select: options in the order given, kept by id, each once."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType, Writer, option_answer, option_of
from reconciler.twin.values.select import option_id


def read(writer: Writer, prop: Property, value: Any, path: str) -> list[str]:
    items = checks.array(value, path)
    found = [option_id(writer, prop, item, f"{path}[{n}]") for n, item in enumerate(items)]
    return list(dict.fromkeys(found))


def answer(_: Reader, prop: Property, __: Page, stored: Any) -> list[Any]:
    chosen = [option_of(prop, option) for option in stored]
    return [option_answer(option) for option in chosen if option is not None]


def plain(_: Reader, prop: Property, __: Page, stored: Any) -> list[str]:
    chosen = [option_of(prop, option) for option in stored]
    return [str(option["name"]) for option in chosen if option is not None]


TYPE = ValueType(name="multi_select", conditions="options", read=read, answer=answer, plain=plain, empty=())
