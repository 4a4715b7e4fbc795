"""relation: pages of one data source, kept in order; at most 25 are shown in a page (recorded)."""

from __future__ import annotations

from typing import Any

from reconciler.twin import checks, repository
from reconciler.twin.errors import UNDEFINED
from reconciler.twin.records import Page, Property
from reconciler.twin.values.base import MAX_REFERENCES, Reader, ValueType, Writer


def read(writer: Writer, prop: Property, value: Any, path: str) -> list[str]:
    chosen = []
    for n, item in enumerate(checks.array(value, path)):
        body = checks.obj(item, f"{path}[{n}]")
        chosen.append(checks.uuid(body.get("id", UNDEFINED), f"{path}[{n}].id"))
    chosen = list(dict.fromkeys(chosen))
    target = prop.config["data_source_id"]
    found = repository.pages(writer.session.store, chosen)
    for page_id in chosen:
        page = found.get(page_id)
        if page is None or page.source != target or not writer.session.sees("page_id", page_id):
            raise writer.session.absent("page", page_id)
    return chosen


def answer(reader: Reader, prop: Property, page: Page, _: Any) -> list[Any]:
    return [{"id": page_id} for page_id in reader.edges(prop, page)[:MAX_REFERENCES]]


def plain(reader: Reader, prop: Property, page: Page, _: Any) -> list[str]:
    return reader.edges(prop, page)


TYPE = ValueType(name="relation", conditions="relation", read=read, answer=answer, plain=plain, empty=(), listed=True)
