"""Environments: one state for several places. What ``[environments.NAME]`` says stands above the rest of the files.

An environment is applied to the tables before anything is built of them, so that the checks, and whatever comes after,
know of one state alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.desired import codes
from reconciler.desired.conditions import Table
from reconciler.desired.draft import Draft, listed, meant, unknown_database
from reconciler.desired.language import (
    ENVIRONMENT_NAME,
    EnvironmentDatabaseTable,
    EnvironmentTable,
    PolicyTable,
    WorkspaceTable,
)
from reconciler.desired.parsing import Parsed, ParsedDatabase, key_of, table_key
from reconciler.desired.rules import MergeTable, TitleRef
from reconciler.model.finding import Finding, Location

_INHERITED = ("parent", "archive", "archive_page", "id", "rate")


def is_name(text: str) -> bool:
    """Whether an environment may be called so."""
    return re.fullmatch(ENVIRONMENT_NAME, text) is not None


@dataclass(frozen=True)
class Chosen:
    """The environment that a state is read for, "" and None for none."""

    name: str = ""
    table: EnvironmentTable | None = None

    @property
    def prefix(self) -> str:
        """What titles begin with."""
        return (self.table.title_prefix if self.table else None) or ""


NOWHERE = Chosen()
"""No environment: what the files say as it stands."""


def choose(parsed: Parsed, name: str, first: Location) -> Chosen | Finding:
    """The environment ``name``, "" for none; a finding where the files declare no such environment."""
    if not name or (name not in parsed.environments and key_of(name) in parsed.spots):
        return NOWHERE  # what is wrong with a table that is there was said
    if table := parsed.environments.get(name):
        return Chosen(name, table)
    known = list(parsed.environments)
    there = f"name one of: {listed(known)}" if known else f"declare it: [environments.{name}]"
    return Finding(
        codes.UNKNOWN_ENVIRONMENT,
        f'the files declare no environment "{name}"',
        meant(name, known, there),
        why="--env and WTSTATE_ENV name one of [environments]",
        where=first,
    )


def check(parsed: Parsed, draft: Draft) -> Iterator[Finding]:
    """Databases that are not declared, where policies and environments name them."""
    said: list[tuple[str, str, tuple[str, ...], Iterable[str]]] = []
    if parsed.policy is not None:
        said.append(("policy", table_key("policy"), ("databases",), parsed.policy.databases))
    for name, table in parsed.environments.items():
        of = key_of(name)
        said.append((of, of, ("databases",), table.databases))
        if table.policy is not None:
            said.append((of, of, ("policy", "databases"), table.policy.databases))
    for address, spot, path, keys in said:
        for key in keys:
            if key not in draft.databases:
                at = draft.at(spot, *path, key)
                yield unknown_database(codes.UNKNOWN_DATABASE, key, draft.databases, at, address)


def applied(parsed: Parsed, chosen: Chosen) -> Parsed:
    """The tables as they are in the environment.

    A ``bind`` names one database of one workspace, so it does not hold elsewhere; a page for the archive does not hold
    where the parent page is another. Every title gets the prefix, former ones and those of merged databases too:
    what lies beside without it belongs to somebody else.
    """
    table = chosen.table
    if table is None:
        return parsed
    return replace(
        parsed,
        workspace=_workspace(parsed.workspace or WorkspaceTable.model_validate({}), table),
        policy=_policy(parsed.policy or PolicyTable.model_validate({}), table.policy),
        databases={key: _database(key, found, table) for key, found in parsed.databases.items()},
        rules={
            **parsed.rules,
            "merges": {n: _merge(rule, chosen.prefix) for n, rule in parsed.rules["merges"].items()},
        },
    )


def _workspace(base: WorkspaceTable, table: EnvironmentTable) -> WorkspaceTable:
    said = {word: value for word in _INHERITED if (value := getattr(table, word)) is not None}
    if table.parent is not None:
        said.setdefault("archive_page", None)
    said.setdefault("archive", (table.title_prefix or "") + base.archive)
    return base.model_copy(update=said)


def _policy(base: PolicyTable, said: PolicyTable | None) -> PolicyTable:
    """The policy with the words that the environment says; shares by database are replaced one by one."""
    if said is None:
        return base
    words: Mapping[str, object] = {word: getattr(said, word) for word in said.model_fields_set}
    return base.model_copy(update={**words, "databases": {**base.databases, **said.databases}})


def _database(key: str, found: ParsedDatabase, table: EnvironmentTable) -> ParsedDatabase:
    prefix = table.title_prefix or ""
    own = table.databases.get(key) or EnvironmentDatabaseTable.model_validate({})
    words = found.words
    update: dict[str, object] = {
        "title": prefix + (words.title or key),
        "was": [prefix + name for name in words.was],
        "bind": own.bind,
    }
    if words.archive is not None:
        update["archive"] = prefix + words.archive
    if own.protect is not None:
        update["protect"] = own.protect
    return replace(found, words=words.model_copy(update=update))


def _merge(rule: Table, prefix: str) -> Table:
    if not prefix or not isinstance(rule, MergeTable) or not isinstance(rule.from_, TitleRef):
        return rule
    return rule.model_copy(update={"from_": rule.from_.model_copy(update={"title": prefix + rule.from_.title})})
