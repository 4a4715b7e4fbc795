"""Ids as people paste them (a uuid with or without dashes, or a url of Notion's in any of its forms), and many ids."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from reconciler.model.finding import Finding, WtstateError
from reconciler.model.properties.common import dashed, packed

_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE)


class Ids:
    """A set of ids, however each is written, that takes 16 bytes each: there may be as many as there are blocks."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._packed = {packed(each) for each in ids}

    def __contains__(self, found: object) -> bool:
        return isinstance(found, str) and packed(found) in self._packed

    def add(self, found: str) -> bool:
        """Adds an id; whether it was not there yet."""
        before = len(self._packed)
        self._packed.add(packed(found))
        return len(self._packed) > before


def id_of(text: str) -> str:
    """The dashed id in a url or id: the last one of the path, never the view's in the query.

    It is ``https://app.notion.com/p/Title-<32 hex>`` since June 2026; and was ``https://www.notion.so/…`` before.
    Raises `WtstateError` (``bad-id``) when there is none.
    """
    path = urlsplit(text.strip()).path
    found = _ID.findall(path.rstrip("/").rsplit("/", 1)[-1]) or _ID.findall(path)
    if not found:
        raise WtstateError(
            Finding(
                code="bad-id",
                what=f"{text!r} holds no Notion id",
                next="copy the page's or database's link from Notion",
            )
        )
    return dashed(found[-1])
