"""What a reading saw, taken from the answers themselves: values, rows and page content, in canonical form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model import properties
from reconciler.model.properties import common
from reconciler.notion import shapes

_ITEMS = re.compile(r"pages/([^/]+)/properties/([^/]+)")


@dataclass
class Seen:
    """Values as they were answered, by page and property; ``sources`` gives each row's data source.

    Values that an answer cut are those of the property's endpoint.
    """

    sources: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    values: dict[tuple[str, str], tuple[str, str, Any]] = field(default_factory=dict)
    """(type, name, canonical value) by (page, property)."""
    trashed: set[str] = field(default_factory=set)
    """Pages that were in the trash when they were seen."""


def seen_in(answered: Iterable[Mapping[str, Any]]) -> Seen:
    """What these answers tell of rows; ``answered`` as a recorder gives them."""
    found = Seen()
    cut: dict[tuple[str, str], tuple[Mapping[str, Any], list[Mapping[str, Any]]]] = {}
    for each in answered:
        request, answer = each["request"], each["answer"]
        items = _ITEMS.fullmatch(request["path"].strip("/"))
        if items is not None:
            place = (common.dashed(items.group(1)), common.decoded(items.group(2)))
            if place in cut:
                _more(found, cut, place, request, answer)
            continue
        pages = answer.get("results") if answer.get("object") == "list" else [answer]
        for page in common.entries(pages):
            if page.get("object") == "page":
                _page(found, cut, page)
    return found


def _page(
    found: Seen,
    cut: dict[tuple[str, str], tuple[Mapping[str, Any], list[Mapping[str, Any]]]],
    page: Mapping[str, Any],
) -> None:
    source = common.fields(page.get("parent")).get("data_source_id")
    if not source:
        return
    page_id = common.dashed(str(page.get("id")))
    found.sources[page_id] = common.dashed(str(source))
    if page.get("in_trash") is True:
        found.trashed.add(page_id)
    found.titles[page_id] = shapes.title(page) or found.titles.get(page_id, "")
    names = {common.decoded(str(e.get("id"))): name for name, e in common.fields(page.get("properties")).items()}
    for property_id, value in shapes.page_values(page).items():
        found.values[page_id, property_id] = (value.type, names[property_id], value.value)
        if properties.of(value.type).truncated(value.entry):
            cut[page_id, property_id] = (value.entry, [])


def _more(
    found: Seen,
    cut: dict[tuple[str, str], tuple[Mapping[str, Any], list[Mapping[str, Any]]]],
    place: tuple[str, str],
    request: Mapping[str, Any],
    answer: Mapping[str, Any],
) -> None:
    """One answer of the property endpoint; a list may take several."""
    entry, items = cut[place]
    if not common.fields(request.get("query")).get("start_cursor"):
        items.clear()
    items += common.entries(answer.get("results"))
    kind, name, _ = found.values[place]
    found.values[place] = (kind, name, properties.of(kind).value(shapes.whole(entry, items, answer)))
