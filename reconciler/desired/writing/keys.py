"""Keys for databases that were found, not declared: short, plain, each once, the same every time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from reconciler.model.address import RULE_KINDS
from reconciler.model.condition import normal

_RESERVED = frozenset({*RULE_KINDS, "workspace", "policy", "environments", "databases", "batch"})
_UNNAMED = "untitled"


def slug(title: str) -> str:
    """``WT Phase Database`` as ``wt-phase-database``; text in other scripts keeps its letters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii")
    letters = sum(char.isalnum() for char in unicodedata.normalize("NFC", title))
    chosen = plain if sum(char.isalnum() for char in plain) >= letters else normal(title)
    return re.sub(r"[^\w-]+", "-", chosen.lower().replace("_", "-"), flags=re.UNICODE).strip("-")[:60].rstrip("-")


def key_for(title: str, taken: Iterable[str]) -> str:
    """A key for a database of that title that none of ``taken`` is, also not with other case."""
    used = {key.casefold() for key in taken}
    wanted = slug(title) or _UNNAMED
    if wanted in _RESERVED:
        wanted = f"{wanted}-database"
    number = 1
    key = wanted
    while key.casefold() in used:
        number += 1
        key = f"{wanted}-{number}"
    return key
