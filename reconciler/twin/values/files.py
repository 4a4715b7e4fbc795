"""files: links to files elsewhere, and files that Notion hosts, whose urls die within the hour."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks, files
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import Reader, ValueType, Writer


def read(writer: Writer, _: Property, value: Any, path: str) -> list[Any]:
    items = checks.array(value, path)
    return [files.read_named(writer.session, item, f"{path}[{n}]") for n, item in enumerate(items)]


def answer(reader: Reader, _: Property, __: Page, stored: Any) -> list[Any]:
    return [files.answer_named(reader.session, item) for item in stored]


def plain(_: Reader, __: Property, ___: Page, stored: Any) -> list[str]:
    return [str(item["name"]) for item in stored]


TYPE = ValueType(name="files", conditions="files", read=read, answer=answer, plain=plain, empty=())
