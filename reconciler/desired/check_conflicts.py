"""Rules against each other and against what is declared: disagreement, merges, drops, protection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from reconciler.desired import codes
from reconciler.desired.check_names import same
from reconciler.desired.draft import Draft, unknown_database, unknown_field
from reconciler.desired.state import Database, Drop, Merge, State
from reconciler.model import address
from reconciler.model.condition import AnyOf, Condition, Equals, Glob, normal
from reconciler.model.finding import Finding, Location


def check(state: State, draft: Draft) -> Iterator[Finding]:
    """Everything in which rules contradict each other or the declarations."""
    yield from _disagreements(state, draft)
    yield from _same_rows(state, draft)
    yield from _merges(state, draft)
    yield from _drops(state, draft)
    yield from _emptied(state, draft)
    yield from _archives(state, draft)


@dataclass(frozen=True)
class _Writer:
    """A rule that writes values to rows."""

    of: str
    databases: tuple[str, ...]
    rows: Condition | None
    where: Mapping[str, Condition]
    set: Mapping[str, Any]


def _writers(state: State) -> list[_Writer]:
    return [
        *(
            _Writer(address.of_rule("corrections", c.name), c.databases, c.rows, c.where_fields, c.set)
            for c in state.corrections.values()
        ),
        *(
            _Writer(address.of_rule("rows", r.name), (r.database,), Equals(r.key), {}, r.set)
            for r in state.rows.values()
        ),
    ]


def _disagreements(state: State, draft: Draft) -> Iterator[Finding]:
    for first, second in combinations(_writers(state), 2):
        shared = [key for key in first.databases if key in second.databases]
        fields = [name for name in first.set if name in second.set and _differ(first.set[name], second.set[name])]
        if not shared or not fields or first.where != second.where or not overlap(first.rows, second.rows):
            continue
        yield Finding(
            codes.RULES_DISAGREE,
            f'{first.of} and {second.of} set "{fields[0]}" of the same row of {shared[0]} differently',
            "let their rows differ, or take the value out of one",
            address=second.of,
            why=f"the other stands in {draft.at(first.of)}; only one of them could hold",
            where=draft.at(second.of, "set", fields[0]),
        )


def _differ(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return sorted(left) != sorted(right)
    return bool(left != right) or isinstance(left, bool) != isinstance(right, bool)


def overlap(left: Condition | None, right: Condition | None) -> bool:
    """Whether it is certain from the files alone that some key could meet both: equal, or one exact and within."""
    if left == right:
        return True
    exact_left, exact_right = _exact(left), _exact(right)
    return any(_meets(key, right) for key in exact_left) or any(_meets(key, left) for key in exact_right)


def _exact(asked: Condition | None) -> list[str]:
    match asked:
        case Equals(value):
            return [normal(str(value))]
        case AnyOf(conditions):
            return [key for inner in conditions for key in _exact(inner)]
        case _:
            return []


def _meets(key: str, asked: Condition | None) -> bool:
    match asked:
        case None:
            return True
        case Equals(value):
            return normal(str(value)) == key
        case Glob():
            return asked.matches(key)
        case AnyOf(conditions):
            return any(_meets(key, inner) for inner in conditions)
        case _:
            return False


def _same_rows(state: State, draft: Draft) -> Iterator[Finding]:
    seen: dict[tuple[str, str], str] = {}
    for row in state.rows.values():
        of = address.of_rule("rows", row.name)
        other = seen.setdefault((row.database, normal(row.key)), of)
        if other != of:
            database = draft.databases.get(row.database)
            shown = "one row" if database and database.sensitive else f'the row "{row.key}"'
            yield Finding(
                codes.SAME_ROW,
                f"{other} and {of} both declare {shown} of {row.database}",
                "join the two into one rule",
                address=of,
                where=draft.at(of, "key"),
            )


def _merges(state: State, draft: Draft) -> Iterator[Finding]:
    sources: dict[str, str] = {}
    for merge in state.merges.values():
        of = address.of_rule("merges", merge.name)
        into = draft.databases.get(merge.into)
        if into is None:
            yield unknown_database(codes.UNKNOWN_DATABASE, merge.into, draft.databases, draft.at(of, "into"), of)
        else:
            yield from _mapping(merge, into, draft, of)
        yield from _source(merge, state, draft, of)
        source = merge.from_key or f"title:{merge.from_title}"
        other = sources.setdefault(source, of)
        if other != of:
            yield Finding(
                codes.MERGED_TWICE,
                f'{other} and {of} both merge away "{merge.from_key or merge.from_title}"',
                "keep one of the two",
                address=of,
                where=draft.at(of, "from"),
            )


def _mapping(merge: Merge, into: Database, draft: Draft, of: str) -> Iterator[Finding]:
    targets: dict[str, str] = {}
    for source, target in merge.fields.items():
        at = draft.at(of, "fields", source)
        if target not in into.fields:
            yield unknown_field(codes.UNKNOWN_FIELD, target, into, at, of)
        other = targets.setdefault(target, source)
        if other != source:
            what = f'"{other}" and "{source}" are both mapped to "{target}"'
            advice = "map one; the rest goes to the archive"
            yield Finding(codes.MAPPED_TWICE, what, advice, address=of, where=at)
    if merge.match is not None and merge.match not in into.fields:
        yield unknown_field(codes.UNKNOWN_FIELD, merge.match, into, draft.at(of, "match"), of)


def _source(merge: Merge, state: State, draft: Draft, of: str) -> Iterator[Finding]:
    at = draft.at(of, "from")
    if merge.from_key is None:
        former = next((d for d in draft.databases.values() if merge.from_title in d.was), None)
        if former is not None:
            yield Finding(
                codes.WAS_DECLARED,
                f'"{merge.from_title}" is merged away by {of} and a former title of {former.key}',
                "take it out of was, or out of the merge",
                address=of,
                why="one live database cannot be renamed and merged away",
                where=at,
            )
        return
    source = draft.databases.get(merge.from_key)
    if source is None:
        found = unknown_database(codes.UNKNOWN_DATABASE, merge.from_key, draft.databases, at, of)
        yield Finding(
            found.code,
            found.what,
            f'{found.next}; a live database is named by from = {{ title = "…" }}',
            address=of,
            where=at,
        )
        return
    for name in merge.fields:
        if name not in source.fields:
            yield unknown_field(codes.UNKNOWN_FIELD, name, source, draft.at(of, "fields", name), of)
    if source.protect and merge.then == "trash":
        what = f"{of} would trash {source.key}, which is protected"
        yield Finding(codes.PROTECTED, what, _UNPROTECT, address=of, where=draft.at(of, "then"))
    later = next((m for m in state.merges.values() if m.into == merge.from_key), None)
    if later is not None:
        what = (
            f"{of} merges {merge.from_key} into itself"
            if later is merge
            else f"{later.name} merges into {merge.from_key}, which {of} merges away"
        )
        advice = "merge each source into the last target directly"
        yield Finding(codes.MERGE_CYCLE, what, advice, address=of, where=at)


_UNPROTECT = "take protect = true out first, in a change of its own, if it is really meant"


def _drops(state: State, draft: Draft) -> Iterator[Finding]:
    seen: dict[tuple[str, str | None, str | None], str] = {}
    dropped = {drop.what[0] for drop in state.drops.values() if drop.what[1] is None}
    if draft.databases and dropped >= set(draft.databases):
        last = list(state.drops.values())[-1]
        of = address.of_rule("drops", last.name)
        what = "the drops remove every declared database"
        yield Finding(codes.DROPS_EVERYTHING, what, "keep at least one", address=of, where=draft.at(of))
        return
    for drop in state.drops.values():
        of = address.of_rule("drops", drop.name)
        other = seen.setdefault(drop.what, of)
        if other != of:
            what = f"{other} and {of} drop the same"
            advice = "keep one of the two"
            yield Finding(codes.DROPPED_TWICE, what, advice, address=of, where=draft.at(of, "what"))
        yield from _drop(drop, draft, of)


def _drop(drop: Drop, draft: Draft, of: str) -> Iterator[Finding]:
    key, field, option = drop.what
    at = draft.at(of, "what")
    database = draft.databases.get(key)
    if database is None:
        holder = next((d for d in draft.databases.values() if key in (d.title, *d.was)), None)
        if field is not None:
            yield unknown_database(codes.UNKNOWN_DATABASE, key, draft.databases, at, of)
        elif holder is not None:
            yield _declared(of, key, address.of_database(holder.key), holder.where, at)
        return
    if field is None:
        if database.protect:
            what = f"{of} would drop {key}, which is protected"
            yield Finding(codes.PROTECTED, what, _UNPROTECT, address=of, where=at)
        else:
            yield _declared(of, key, address.of_database(key), database.where, at)
        return
    declared = next((f for f in database.fields.values() if same(field) in map(same, (f.name, *f.was))), None)
    if option is None:
        if declared is not None:
            if database.protect:
                what = f"{of} would drop {address.of_field(key, declared.name)}, which is protected"
                yield Finding(codes.PROTECTED, what, _UNPROTECT, address=of, where=at)
            else:
                yield _declared(of, field, address.of_field(key, declared.name), declared.where, at)
        return
    for known in (declared.options or ()) if declared else ():
        if same(option) in map(same, (known.name, *known.was)):
            yield _declared(of, option, address.of_option(key, field, known.name), known.where, at)


def _declared(of: str, name: str, holder: str, stands: Location, at: Location | None) -> Finding:
    return Finding(
        codes.DROPPED_AND_DECLARED,
        f'{of} drops "{name}", and {holder} declares it',
        f"take {holder} out of the files, or the drop",
        address=of,
        why=f"it is declared in {stands}; it cannot both be there and be gone",
        where=at,
    )


def _archives(state: State, draft: Draft) -> Iterator[Finding]:
    """Databases that would have the title of an archive."""
    archives = {state.workspace.archive, *(d.archive for d in state.databases.values() if d.archive)}
    for database in state.databases.values():
        if database.title in archives:
            of = address.of_database(database.key)
            yield Finding(
                codes.TITLE_SHARED,
                f'{of} and an archive both have the title "{database.title}"',
                "give one of them another title",
                address=of,
                why="an archive is made and kept by wtstate alone",
                where=draft.at(of, "title"),
            )


def _emptied(state: State, draft: Draft) -> Iterator[Finding]:
    """Databases that would lose every field: nothing declared, and the undeclared to be archived and dropped."""
    for database in state.databases.values():
        if database.undeclared == "archive" and not database.fields:
            of = address.of_database(database.key)
            yield Finding(
                codes.DROPS_EVERYTHING,
                f'{of} declares no field and undeclared = "archive": all of its fields would be dropped',
                'declare the fields that stay, or say undeclared = "keep"',
                address=of,
                where=draft.at(of, "undeclared"),
            )
