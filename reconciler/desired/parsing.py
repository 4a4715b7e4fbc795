"""From TOML tables to validated tables: table by table, so that one mistake hides no other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from reconciler.desired import codes
from reconciler.desired.conditions import Table
from reconciler.desired.draft import Spot, closest, listed, meant
from reconciler.desired.fields import BY_TYPE, FieldTable, long_form, table_of
from reconciler.desired.language import (
    ENVIRONMENT_NAME,
    KINDS,
    DatabaseWords,
    EnvironmentTable,
    PolicyTable,
    WorkspaceTable,
)
from reconciler.desired.reading import Source
from reconciler.desired.rules import RULE_TABLES
from reconciler.model import address
from reconciler.model.finding import Finding, Location

T = TypeVar("T", bound=Table)


@dataclass
class ParsedDatabase:
    """A database's own words, and its fields; a field whose table is wrong is None."""

    words: DatabaseWords
    fields: dict[str, FieldTable | None] = field(default_factory=dict)


@dataclass
class Parsed:
    """Everything that the files say, table by table; a table that is wrong is left out. ``spots`` is keyed by address,
    and by `table_key` and `key_of` for what has none."""

    workspace: WorkspaceTable | None = None
    policy: PolicyTable | None = None
    environments: dict[str, EnvironmentTable] = field(default_factory=dict)
    databases: dict[str, ParsedDatabase] = field(default_factory=dict)
    rules: dict[str, dict[str, Table]] = field(default_factory=lambda: {kind: {} for kind in RULE_TABLES})
    spots: dict[str, Spot] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def claim(self, of: str, spot: Spot) -> bool:
        """Notes where ``of`` is declared; a finding and False where another file has declared it before."""
        first = self.spots.setdefault(of, spot)
        if first is spot:
            return True
        self.findings.append(
            Finding(
                codes.DECLARED_TWICE,
                f"{of} is declared here and in {first.at()}",
                "keep one of the two; a thing stands in one file",
                address=of,
                where=spot.at(),
            )
        )
        return False


def table_key(word: str) -> str:
    """Under which key the place of ``[workspace]`` or ``[policy]`` stands: no address can look so."""
    return f"[{word}]"


def key_of(environment: str) -> str:
    """What findings call an environment, and the key of its place."""
    return table_key(f"environments.{environment}")


def parse(sources: list[Source]) -> Parsed:
    """The tables of all files and what is wrong with them. Raises nothing."""
    parsed = Parsed()
    for source in sources:
        for word, raw in source.data.items():
            _top(parsed, word, raw, Spot(source, (word,)))
    return parsed


def _top(parsed: Parsed, word: str, raw: Any, spot: Spot) -> None:
    if word not in KINDS:
        parsed.findings.append(
            Finding(
                codes.UNKNOWN_KEY,
                f'a state file has no table "{word}"',
                meant(word, KINDS, f"its tables are: {listed(KINDS)}"),
                where=spot.at(),
            )
        )
    elif not isinstance(raw, Mapping):
        parsed.findings.append(_no_table(word, word, spot.at(), word))
    elif word == "workspace":
        if parsed.claim(table_key(word), spot):
            parsed.workspace = _validated(parsed, WorkspaceTable, raw, spot, word)
    elif word == "policy":
        if parsed.claim(table_key(word), spot):
            parsed.policy = _validated(parsed, PolicyTable, raw, spot, word)
    else:
        for name, table in raw.items():
            if word == "environments":
                _environment(parsed, name, table, spot.down(name))
            elif word == "databases":
                _database(parsed, name, table, spot.down(name))
            else:
                _rule(parsed, word, name, table, spot.down(name))


def _environment(parsed: Parsed, name: str, raw: Any, spot: Spot) -> None:
    of = key_of(name)
    if not parsed.claim(of, spot):
        return
    if not re.fullmatch(ENVIRONMENT_NAME, name):
        parsed.findings.append(
            Finding(
                codes.BAD_ENVIRONMENT,
                f'an environment cannot be called "{name}"',
                "use at most 40 small letters, digits, - and _, as in staging",
                address=of,
                why="the name is a directory's too, and one word on the command line",
                where=spot.at(),
            )
        )
    if not isinstance(raw, Mapping):
        parsed.findings.append(_no_table(name, of, spot.at(), f"environments.{name}"))
        return
    table = _validated(parsed, EnvironmentTable, raw, spot, of)
    if table is not None:
        parsed.environments[name] = table


def _database(parsed: Parsed, key: str, raw: Any, spot: Spot) -> None:
    of = address.of_database(key)
    if not _named(parsed, key, of, spot) or not parsed.claim(of, spot):
        return
    if key in address.RULE_KINDS:
        parsed.findings.append(
            Finding(
                codes.RESERVED_KEY,
                f'a database cannot have the key "{key}", for {key}.NAME is the address of a rule',
                f'choose another key, and say title = "{key}" if Notion should show that',
                address=of,
                where=spot.at(),
            )
        )
    if not isinstance(raw, Mapping):
        parsed.findings.append(_no_table(key, of, spot.at(), f"databases.{of}"))
        raw = {}
    own = {word: value for word, value in raw.items() if word != "fields"}
    database = ParsedDatabase(_validated(parsed, DatabaseWords, own, spot, of) or DatabaseWords.model_validate({}))
    parsed.databases[key] = database
    fields = raw.get("fields", {})
    if not isinstance(fields, Mapping):
        parsed.findings.append(_no_table("fields", of, spot.at("fields"), f"databases.{of}.fields"))
        return
    for name, table in fields.items():
        inside = spot.down("fields", name)
        of_field = address.of_field(key, name)
        if _named(parsed, name, of_field, inside):
            parsed.spots[of_field] = inside
            database.fields[name] = _field(parsed, table, inside, of_field)


def _field(parsed: Parsed, raw: Any, spot: Spot, of: str) -> FieldTable | None:
    table = long_form(raw)
    if not isinstance(table, Mapping):
        what = "a field is a type in quotes, or a table with a type"
        parsed.findings.append(
            Finding(codes.WRONG_TYPE, what, 'write "rich_text", or { type = "rich_text" }', address=of, where=spot.at())
        )
        return None
    model = table_of(table)
    if model is None:
        kind = table.get("type")
        parsed.findings.append(_unknown_type(kind, of, spot.at("type")))
        return None
    return _validated(parsed, model, table, spot, of)


def _unknown_type(kind: object, of: str, where: Location) -> Finding:
    if kind is None:
        what, code = "the field does not say its type", codes.MISSING_KEY
    elif isinstance(kind, str):
        what, code = f'"{kind}" is no property type', codes.UNKNOWN_TYPE
    else:
        what, code = '"type" should be text in quotes', codes.WRONG_TYPE
    near = closest(kind, (*BY_TYPE, *_COLLOQUIAL)) if isinstance(kind, str) else None
    known = f"Notion's types are: {listed(BY_TYPE, 30)}"
    advice = f'did you mean "{_COLLOQUIAL.get(near, near)}"?' if near else known
    return Finding(code, what, advice, address=of, where=where)


_COLLOQUIAL: Mapping[str, str] = {
    "text": "rich_text",
    "string": "rich_text",
    "phone": "phone_number",
    "person": "people",
    "multiselect": "multi_select",
    "multi-select": "multi_select",
    "id": "unique_id",
    "boolean": "checkbox",
    "link": "url",
}
"""What people say for a type, and Notion's word for it."""


def _rule(parsed: Parsed, kind: str, name: str, raw: Any, spot: Spot) -> None:
    of = address.of_rule(kind, name)
    if not _named(parsed, name, of, spot) or not parsed.claim(of, spot):
        return
    if not isinstance(raw, Mapping):
        parsed.findings.append(_no_table(name, of, spot.at(), of))
        return
    table = _validated(parsed, RULE_TABLES[kind], raw, spot, of)
    if table is not None:
        parsed.rules[kind][name] = table


def _validated(parsed: Parsed, model: type[T], raw: Mapping[str, Any], spot: Spot, of: str) -> T | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        from reconciler.desired import errors  # only where there is something to say: starting up costs

        parsed.findings.extend(errors.findings(error, model, spot, of))
        return None


def _named(parsed: Parsed, name: str, of: str, spot: Spot) -> bool:
    if name.strip():
        return True
    parsed.findings.append(
        Finding(
            codes.EMPTY_VALUE, "a name is empty", "give it a name that people can read", address=of, where=spot.at()
        )
    )
    return False


def _no_table(word: str, of: str, where: Location, header: str) -> Finding:
    return Finding(
        codes.WRONG_TYPE,
        f'"{word}" should be a table',
        f"write [{header}], or {word} = {{ … }}",
        address=of,
        where=where,
    )
