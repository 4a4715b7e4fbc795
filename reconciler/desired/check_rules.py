"""Corrections, rows and checks: what they name exists, and their values and conditions suit the fields' types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.desired import codes
from reconciler.desired.draft import BROKEN, Draft, Path, listed, meant, unknown_database, unknown_field
from reconciler.desired.rulebook import fold, key_field
from reconciler.desired.state import Field, State
from reconciler.desired.words import COMPUTED_TYPES, OPTION_TYPES
from reconciler.model import address
from reconciler.model.condition import After, AnyOf, Before, Condition, Equals, Glob, Not
from reconciler.model.finding import Finding

_DATE_TYPES = frozenset({"date", "created_time", "last_edited_time", "formula", "rollup"})
_NUMBER_TYPES = frozenset({"number", "unique_id", "formula", "rollup"})
_FLAG_TYPES = frozenset({"checkbox", "formula", "rollup"})
_NO_TEXT = frozenset({"number", "checkbox", "date", "created_time", "last_edited_time"})
_LISTS = frozenset({"multi_select", "people", "relation", "files"})

_TAKES: Mapping[str, str] = {
    "number": "a number without quotes",
    "checkbox": "true or false",
    "date": "a date without quotes, as in 2026-11-22",
    "place": 'only "", which clears it',
}


def check(state: State, draft: Draft) -> Iterator[Finding]:
    """Everything that is wrong with corrections, rows and checks, each for itself."""
    for name, correction in state.corrections.items():
        of = address.of_rule("corrections", name)
        if correction.rows is None and not correction.where_fields:
            yield _no_selector(of, draft, "it does not say which rows it is about", 'add rows = "KEY" or where = { … }')
        for index, key in enumerate(correction.databases):
            if key not in draft.databases:
                at = draft.at(of, "in", index)
                yield unknown_database(codes.UNKNOWN_DATABASE, key, draft.databases, at, of)
                continue
            yield from _key(key, correction.rows, draft, of, ("rows",))
            yield from _conditions(key, correction.where_fields, draft, of, "where", correction.databases)
            yield from _conditions(key, correction.expect, draft, of, "expect", correction.databases)
            yield from _values(key, correction.set, draft, of, correction.databases)
    for name, row in state.rows.items():
        of = address.of_rule("rows", name)
        if row.database not in draft.databases:
            yield unknown_database(codes.UNKNOWN_DATABASE, row.database, draft.databases, draft.at(of, "in"), of)
            continue
        yield from _key(row.database, Equals(row.key), draft, of, ("key",))
        yield from _values(row.database, row.set, draft, of)
    yield from _checks(state, draft)


def _checks(state: State, draft: Draft) -> Iterator[Finding]:
    for name, check_rule in state.checks.items():
        of = address.of_rule("checks", name)
        selects = bool(check_rule.where_fields) or check_rule.rows is not None
        if check_rule.unique is None and check_rule.expect is None:
            advice = "add expect = 0 and where = { … }, or unique = FIELD"
            yield _no_selector(of, draft, "it does not say what should be true", advice)
        elif check_rule.unique is not None and check_rule.expect is not None:
            yield _no_selector(of, draft, "it asks two questions at once: unique and expect", "make it two checks")
        elif check_rule.unique is None and not selects:
            # The number of all rows is a question too, but "expect = 0" of a whole database is a slip.
            advice = 'add where = { … }, or rows = { glob = "*" } to count all'
            yield _no_selector(of, draft, "it does not say which rows it counts", advice)
        if check_rule.database not in draft.databases:
            at = draft.at(of, "in")
            yield unknown_database(codes.UNKNOWN_DATABASE, check_rule.database, draft.databases, at, of)
            continue
        database = draft.databases[check_rule.database]
        yield from _key(database.key, check_rule.rows, draft, of, ("rows",))
        yield from _conditions(database.key, check_rule.where_fields, draft, of, "where")
        if check_rule.unique is not None and check_rule.unique not in database.fields:
            yield unknown_field(codes.UNKNOWN_FIELD, check_rule.unique, database, draft.at(of, "unique"), of)


def _no_selector(of: str, draft: Draft, what: str, advice: str) -> Finding:
    return Finding(codes.NO_SELECTOR, what, advice, address=of, where=draft.at(of))


def _key(key: str, asked: Condition | None, draft: Draft, of: str, path: Path) -> Iterator[Finding]:
    field = key_field(draft, key)
    if asked is not None and field is not None:
        yield from _condition(field, asked, draft, of, path)


def _conditions(
    key: str, conditions: Mapping[str, Condition], draft: Draft, of: str, word: str, beside: Iterable[str] = ()
) -> Iterator[Finding]:
    """What is wrong with conditions on the fields of ``key``; a field may be declared in a database ``beside``."""
    database = draft.databases[key]
    for name, asked in conditions.items():
        field = database.fields.get(name)
        if field is None:
            if not any(draft.field(other, name) for other in beside):
                yield unknown_field(codes.UNKNOWN_FIELD, name, database, draft.at(of, word, name), of)
        else:
            yield from _condition(field, asked, draft, of, (word, name))


def _condition(field: Field, asked: Condition, draft: Draft, of: str, path: Path) -> Iterator[Finding]:
    """What the field's type cannot answer, and options that it does not declare."""
    match asked:
        case AnyOf(conditions):
            for inner in conditions:
                yield from _condition(field, inner, draft, of, path)
        case Not(inner):
            yield from _condition(field, inner, draft, of, path)
        case _ if field.type == BROKEN:
            return
        case _ if problem := _problem(field.type, asked):
            yield Finding(
                codes.BAD_CONDITION,
                f'"{field.name}" is of type {field.type}: it {problem}',
                "ask something that its type can answer",
                address=of,
                why="the condition could never hold",
                where=draft.at(of, *path),
            )
        case Equals(str(text)):
            yield from _option(field, text, draft, of, path)


def _problem(kind: str, asked: Condition) -> str | None:
    """Why no value of that type can meet the condition, None where one can."""
    match asked:
        case Before() | After():
            return None if kind in _DATE_TYPES else "has no date to compare"
        case Glob():
            return "has no text to match a pattern" if kind in _NO_TEXT else None
        case Equals(bool()):
            return None if kind in _FLAG_TYPES else "is never true or false"
        case Equals(int() | float()):
            return None if kind in _NUMBER_TYPES else "holds no number"
        case Equals(dt.date()):
            return None if kind in _DATE_TYPES else "holds no date"
        case Equals(str()):
            return f"holds {_TAKES.get(kind, 'a time without quotes')}, not text" if kind in _NO_TEXT else None
        case _:
            return None


def _option(field: Field, text: str, draft: Draft, of: str, path: Path) -> Iterator[Finding]:
    """A finding where the field declares options and ``text`` is none of them, after folding."""
    if field.type not in OPTION_TYPES or field.options is None or text == "":
        return
    names = [option.name for option in field.options]
    if fold(field, text) not in names:
        shown = "of this name" if draft.databases[field.database].sensitive else f'"{text}"'
        yield Finding(
            codes.UNKNOWN_OPTION,
            f"{address.of_field(field.database, field.name)} declares no option {shown}",
            meant(text, names, f"declare it, or name one of: {listed(names) or 'none is declared'}"),
            address=of,
            where=draft.at(of, *path),
        )


def _values(
    key: str, values: Mapping[str, Any], draft: Draft, of: str, beside: Iterable[str] = ()
) -> Iterator[Finding]:
    """What is wrong with values for the fields of ``key``; a field may be declared in a database ``beside``."""
    database = draft.databases[key]
    for name, value in values.items():
        field = database.fields.get(name)
        at = draft.at(of, "set", name)
        if field is None:
            if not any(draft.field(other, name) for other in beside):
                yield unknown_field(codes.UNKNOWN_FIELD, name, database, at, of)
        elif field.type in COMPUTED_TYPES:
            yield Finding(
                codes.NOT_WRITABLE,
                f'"{name}" is of type {field.type}, which the API lets nobody write',
                "set the fields that it is made from, or take it out",
                address=of,
                where=at,
            )
        elif field.type != BROKEN:
            if _fits(field.type, value):
                for text in value if isinstance(value, list) else [value]:
                    if isinstance(text, str):
                        yield from _option(field, text, draft, of, ("set", name))
            else:
                takes = _TAKES.get(field.type, "text in quotes" + (", or a list" if field.type in _LISTS else ""))
                yield Finding(
                    codes.BAD_VALUE,
                    f'"{name}" is of type {field.type} and cannot hold this value',
                    f"write {takes}",
                    address=of,
                    where=at,
                )


def _fits(kind: str, value: Any) -> bool:
    """Whether a field of that type can hold the value; "" clears every type."""
    if value == "":
        return True
    match value:
        case bool():
            return kind == "checkbox"
        case int() | float():
            return kind == "number"
        case dt.date():
            return kind == "date"
        case list():
            return kind in _LISTS
        case _:
            return kind not in _TAKES
