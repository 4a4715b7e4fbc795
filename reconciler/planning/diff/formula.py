"""When two formulas are the same formula.

Notion stores references by id and reads them back by the current name (since 2026-08-12), with its own spacing; so a
formula is compared after its references are renamed and its spacing is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.model.properties.formula import normalised, references

_PROP = re.compile(r'prop\(\s*"((?:[^"\\]|\\.)*)"\s*\)')


def renamed(expression: str, names: Mapping[str, str]) -> str:
    """The formula with each ``prop("old")`` replaced as ``names`` says; other names stay."""

    def one(match: re.Match[str]) -> str:
        name = re.sub(r"\\(.)", r"\1", match.group(1))
        escaped = names.get(name, name).replace("\\", "\\\\").replace('"', '\\"')
        return f'prop("{escaped}")'

    return _PROP.sub(one, expression)


def same(declared: str, live: str, names: Mapping[str, str]) -> bool:
    """Whether they are one formula; ``names`` maps live property names to declared ones.

    Both sides pass `renamed`, so that blanks within the parentheses of ``prop`` do not count either.
    """
    return normalised(renamed(declared, {})) == normalised(renamed(live, names))


__all__ = ["references", "renamed", "same"]
