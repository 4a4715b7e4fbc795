"""Addresses: how plans, consents, the memory and people name things.

``wt-phase-tracker`` is a database, ``wt-phase-tracker.status`` a field, ``wt-phase-tracker.status[Done]`` an option,
``corrections.wt-5`` a rule. A part that is not a bare TOML key is written in double quotes with TOML's basic escapes:
``wt-phase-tracker."WT Projects 1"``.
"""

from __future__ import annotations

import json
import re

RULE_KINDS = ("corrections", "merges", "drops", "rows", "checks")

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[^.\[\]"]+')


def _quoted(part: str) -> str:
    return part if _BARE.fullmatch(part) else json.dumps(part, ensure_ascii=False)


def of_field(database: str, field: str) -> str:
    """The address of a field: ``database.field``."""
    return f"{_quoted(database)}.{_quoted(field)}"


def of_database(database: str) -> str:
    """The address of a database: its key."""
    return _quoted(database)


def of_option(database: str, field: str, option: str) -> str:
    """The address of an option: ``database.field[option]``; the option is verbatim up to the last bracket."""
    return f"{of_field(database, field)}[{option}]"


def of_rule(kind: str, name: str) -> str:
    """The address of a rule: ``corrections.NAME`` and so on; ``kind`` is one of `RULE_KINDS`."""
    return f"{kind}.{_quoted(name)}"


def parse(address: str) -> tuple[str, str | None, str | None]:
    """The (database or rule kind, field or rule name, option) that an address names.

    Raises `ValueError` for text that is no address.
    """
    option = None
    rest = address.strip()
    if rest.endswith("]") and "[" in rest:
        rest, option = rest[:-1].split("[", 1)
    parts = _PART.findall(rest)
    if not 1 <= len(parts) <= 2 or ".".join(parts) != rest or (option is not None and len(parts) != 2):
        raise ValueError(f"not an address: {address!r}")
    names = [json.loads(p) if p.startswith('"') else p for p in parts]
    return names[0], names[1] if len(names) == 2 else None, option


def covers(scope: str, address: str) -> bool:
    """Whether ``scope`` (as given to ``--only`` or ``--except``) names ``address`` or something that holds it.

    A database covers its fields and options, a field its options, ``corrections`` every correction.
    """
    return address == scope or address.startswith((f"{scope}.", f"{scope}["))
