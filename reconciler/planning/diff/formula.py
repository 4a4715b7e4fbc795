"""When two formulas are the same formula.

Notion stores references by id and reads them back by the current name (since 2026-08-12), with its own spacing; so a
formula is compared after its references are renamed and its spacing is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\s+|.', re.DOTALL)
_PROP = re.compile(r'prop\(\s*"((?:[^"\\]|\\.)*)"\s*\)')


def references(expression: str) -> tuple[str, ...]:
    """The property names that the formula reads, in order, without doubles."""
    return tuple(dict.fromkeys(_unescape(m) for m in _PROP.findall(expression)))


def renamed(expression: str, names: Mapping[str, str]) -> str:
    """The formula with each ``prop("old")`` replaced as ``names`` says; other names stay."""

    def one(match: re.Match[str]) -> str:
        name = _unescape(match.group(1))
        return f'prop("{_escape(names.get(name, name))}")'

    return _PROP.sub(one, expression)


def normal(expression: str) -> str:
    """The formula without the spacing that means nothing; text in quotes stays as it is."""
    kept = [token for token in _TOKEN.findall(expression) if not token.isspace()]
    return "".join(kept)


def same(declared: str, live: str, names: Mapping[str, str]) -> bool:
    """Whether they are one formula; ``names`` maps live property names to declared ones."""
    return normal(declared) == normal(renamed(live, names))


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
