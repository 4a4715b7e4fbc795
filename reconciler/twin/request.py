"""A request as the handlers see it, whichever way it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.twin import checks, ids
from reconciler.twin.errors import invalid, misfit, shown
from reconciler.twin.multipart import Form

MAX_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``params`` are the path's variables, still percent-encoded; ``query`` keeps repeated keys.

    ``form`` is what an endpoint that takes a form was sent, None for what is no form; ``body`` is empty then.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    form: Form | None = None

    def uuid(self, name: str) -> str:
        """A path variable that must be an id, dashed."""
        value = self.params[name]
        parsed = ids.parse(value)
        if parsed is None:
            raise misfit(f"path.{name}", "a valid uuid", value)
        return parsed

    def listed(self, name: str) -> list[str]:
        """All values of a query key, also when written ``name[]``."""
        return [*self.query.get(name, ()), *self.query.get(f"{name}[]", ())]

    def properties_asked(self) -> list[str]:
        """What ``filter_properties`` names, in the query string and in the body; empty for all."""
        given = self.body.get("filter_properties")
        named = [] if given is None else checks.array(given, "body.filter_properties")
        said = [checks.string(name, f"body.filter_properties[{n}]") for n, name in enumerate(named)]
        return [*self.listed("filter_properties"), *said]

    def page_size(self) -> int:
        """The page size asked for, from the query string or the body; 100 if none."""
        if "page_size" in self.query:
            text = self.query["page_size"][-1]
            if not text.isascii() or not text.isdigit():
                raise misfit("query.page_size", "a number or `undefined`", text)
            return _checked_size(int(text), "query")
        value = self.body.get("page_size")
        if value is None:
            return MAX_PAGE
        if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
            raise misfit("body.page_size", "a number or `undefined`", value)
        return _checked_size(int(value), "body")

    def cursor(self) -> str | None:
        if "start_cursor" in self.query:
            return self.query["start_cursor"][-1]
        value = self.body.get("start_cursor")
        if value is not None and not isinstance(value, str):
            raise misfit("body.start_cursor", "a string or `undefined`", value)
        return value


def _checked_size(size: int, part: str) -> int:
    if size > MAX_PAGE:
        raise invalid(
            f"{part} failed validation: {part}.page_size should be ≤ `{MAX_PAGE}` or `undefined`, "
            f"instead was {shown(size)}."
        )
    if size < 1:
        raise invalid(
            f"{part} failed validation: {part}.page_size should be ≥ `1` or `undefined`, instead was {shown(size)}."
        )
    return size
