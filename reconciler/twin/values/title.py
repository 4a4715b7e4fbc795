"""title: the row's name, rich text."""

from __future__ import annotations

from typing import Any

from reconciler.twin import richtext
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType, Writer


def read(writer: Writer, _: Property, value: Any, path: str) -> Any:
    return richtext.read(writer.session, value, path)


def answer(reader: Reader, _: Property, __: Page, stored: Any) -> Any:
    return richtext.answer(reader.session, stored)


def plain(_: Reader, __: Property, ___: Page, stored: Any) -> str:
    return richtext.plain(stored)


TYPE = ValueType(name="title", conditions="text", read=read, answer=answer, plain=plain, empty=(), listed=True)
