"""``load``: files → `State`, or everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

from reconciler.desired import (
    building,
    check_conflicts,
    check_fields,
    check_names,
    check_rules,
    codes,
    environments,
    reading,
    relations,
    rulebook,
)
from reconciler.desired.draft import Draft
from reconciler.desired.parsing import Parsed, parse, table_key
from reconciler.desired.reading import Source
from reconciler.desired.state import State
from reconciler.model import address
from reconciler.model.finding import Finding, Location, WtstateError


def load(directory: Path, *, env: Mapping[str, str], base: Path, environment: str = "") -> State:
    """The desired state that the ``.toml`` files below ``directory`` declare, every reference checked.

    ``environment`` is the name of one of their environments, "" for none. ``env`` resolves ``env:NAME``; a variable
    that is not set leaves the text as written. Places in findings and in the state are relative to ``base``. Raises
    `WtstateError` with all findings at once: of files that cannot be read or are no TOML together with the tables of
    the others; else of tables, references, names and rules together.
    """
    sources, findings = reading.read(directory, base)
    if not sources:
        raise WtstateError(findings)
    parsed = parse(sources)
    if findings:
        # A file that could not be read may declare what the others name: nothing can be said about references.
        raise WtstateError([*findings, *parsed.findings])
    return build(parsed, sources, env, environment)


def build(parsed: Parsed, sources: list[Source], env: Mapping[str, str], environment: str = "") -> State:
    """The state of validated tables; `WtstateError` with what is wrong in them and between them."""
    findings = list(parsed.findings)
    first = Location(sources[0].file, 1, 1)
    if not parsed.databases:
        raise WtstateError(findings or [_no_databases(first)])
    chosen = environments.choose(parsed, environment, first)
    if isinstance(chosen, Finding):
        raise WtstateError([*findings, chosen])
    whole, parsed = parsed, environments.applied(parsed, chosen)
    draft = Draft(building.databases(parsed, env), parsed.spots)
    databases, found = relations.paired(parsed, draft)
    findings += found
    draft = replace(draft, databases=databases)
    drops, found = rulebook.drops(parsed, draft)
    findings += found
    draft = replace(
        draft, dropped={drop.what[:2]: address.of_rule("drops", n) for n, drop in drops.items() if drop.what[2] is None}
    )
    workspace = parsed.spots.get(table_key("workspace"))
    state = State(
        building.workspace(parsed.workspace, workspace.at() if workspace else first, env, chosen),
        databases,
        corrections=rulebook.corrections(parsed, draft),
        merges=rulebook.merges(parsed, draft),
        drops=drops,
        rows=rulebook.rows(parsed, draft),
        checks=rulebook.checks(parsed, draft),
        policy=building.policy(parsed.policy),
        environments=tuple(parsed.environments),
    )
    findings += chain(
        check_names.check(draft),
        check_fields.check(draft),
        check_rules.check(state, draft),
        check_conflicts.check(state, draft),
        environments.check(whole, draft),
    )
    if findings:
        raise WtstateError(findings)
    return state


def _no_databases(where: Location) -> Finding:
    return Finding(
        codes.NO_DATABASES,
        "the files declare no database",
        "declare one: [databases.my-database]",
        why="an empty state would mean that nothing is managed, which is never what was meant",
        where=where,
    )
