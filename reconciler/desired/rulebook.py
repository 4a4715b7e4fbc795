"""From validated rule tables to the state's rules: conditions built, option names folded, drops resolved.

"Option names in where, set, expect are folded first": a former name of an option means the option.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from reconciler.desired import codes
from reconciler.desired.conditions import condition
from reconciler.desired.draft import Draft
from reconciler.desired.parsing import Parsed
from reconciler.desired.rules import CheckTable, CorrectionTable, DropTable, MergeTable, RowTable, TitleRef
from reconciler.desired.state import Check, Correction, Drop, Field, Merge, Row
from reconciler.model import address
from reconciler.model.condition import AnyOf, Condition, Equals, Not
from reconciler.model.finding import Finding

T = TypeVar("T")


def fold(field: Field | None, text: str) -> str:
    """The declared option that ``text`` is a name or former name of; ``text`` itself where it is neither."""
    options = (field.options if field else None) or ()
    if any(option.name == text for option in options):
        return text
    return next((option.name for option in options if text in option.was), text)


def folded(asked: Condition, fields: Sequence[Field | None]) -> Condition:
    """The condition with every option name folded, in each of ``fields`` (one a database that is asked)."""
    match asked:
        case Equals(str(text)):
            names = tuple(dict.fromkeys(fold(field, text) for field in fields)) or (text,)
            return Equals(names[0]) if len(names) == 1 else AnyOf(tuple(Equals(name) for name in names))
        case AnyOf(conditions):
            return AnyOf(tuple(dict.fromkeys(folded(inner, fields) for inner in conditions)))
        case Not(inner):
            return Not(folded(inner, fields))
        case _:
            return asked


def _conditions(entries: Mapping[str, Any], databases: Iterable[str], draft: Draft) -> dict[str, Condition]:
    keys = tuple(databases)
    return {name: folded(condition(entry), [draft.field(key, name) for key in keys]) for name, entry in entries.items()}


def _values(values: Mapping[str, Any], databases: Iterable[str], draft: Draft) -> dict[str, Any]:
    keys = tuple(databases)
    return {
        name: _folded_value(next((f for key in keys if (f := draft.field(key, name))), None), value)
        for name, value in values.items()
    }


def _folded_value(field: Field | None, value: Any) -> Any:
    if isinstance(value, list):
        return list(dict.fromkeys(fold(field, item) for item in value))
    return fold(field, value) if isinstance(value, str) else value


def _tables(parsed: Parsed, kind: str, model: type[T]) -> Iterable[tuple[str, T, str]]:
    """(name, table, address) of every rule of ``kind``, whose tables are of ``model``."""
    for name, table in parsed.rules[kind].items():
        if isinstance(table, model):
            yield name, table, address.of_rule(kind, name)


def corrections(parsed: Parsed, draft: Draft) -> dict[str, Correction]:
    """Every correction of the files, by name."""
    return {
        name: Correction(
            name,
            draft.spots[of].at(),
            tuple(table.in_),
            _values(table.set, table.in_, draft),
            rows=None if table.rows is None else _key_condition(table.rows, table.in_, draft),
            where_fields=_conditions(table.where, table.in_, draft),
            expect=_conditions(table.expect, table.in_, draft),
            source=table.source,
            reason=table.reason,
            mode=table.mode,
        )
        for name, table, of in _tables(parsed, "corrections", CorrectionTable)
    }


def _key_condition(entry: Any, databases: Iterable[str], draft: Draft) -> Condition:
    fields = [key_field(draft, key) for key in databases]
    return folded(condition(entry), fields)


def key_field(draft: Draft, database: str) -> Field | None:
    """The field that names the rows of ``database``: its key, else its title, if declared."""
    found = draft.databases.get(database)
    if found is None:
        return None
    return found.fields.get(found.key_field) if found.key_field is not None else found.title_field


def rows(parsed: Parsed, draft: Draft) -> dict[str, Row]:
    """Every row rule of the files, by name."""
    return {
        name: Row(
            name,
            draft.spots[of].at(),
            table.in_,
            table.key,
            _values(table.set, (table.in_,), draft),
            source=table.source,
            reason=table.reason,
        )
        for name, table, of in _tables(parsed, "rows", RowTable)
    }


def checks(parsed: Parsed, draft: Draft) -> dict[str, Check]:
    """Every check of the files, by name."""
    return {
        name: Check(
            name,
            draft.spots[of].at(),
            table.in_,
            where_fields=_conditions(table.where, (table.in_,), draft),
            rows=None if table.rows is None else _key_condition(table.rows, (table.in_,), draft),
            expect=table.expect,
            unique=table.unique,
            severity=table.severity,
            record=table.record,
        )
        for name, table, of in _tables(parsed, "checks", CheckTable)
    }


def merges(parsed: Parsed, draft: Draft) -> dict[str, Merge]:
    """Every merge of the files, by name; a source named by the title of a declared database has its key."""
    by_title = {database.title: key for key, database in draft.databases.items()}
    found: dict[str, Merge] = {}
    for name, table, of in _tables(parsed, "merges", MergeTable):
        title = table.from_.title if isinstance(table.from_, TitleRef) else None
        key = by_title.get(title) if title is not None else cast("str", table.from_)
        found[name] = Merge(
            name,
            draft.spots[of].at(),
            table.into,
            from_key=key,
            from_title=title if key is None else None,
            fields=dict(table.fields),
            match=table.match,
            prefer=table.prefer,
            then=table.then,
            reason=table.reason,
            source=table.source,
        )
    return found


def drops(parsed: Parsed, draft: Draft) -> tuple[dict[str, Drop], list[Finding]]:
    """Every drop of the files, by name, and those whose ``what`` is no address."""
    found: dict[str, Drop] = {}
    findings: list[Finding] = []
    for name, table, of in _tables(parsed, "drops", DropTable):
        try:
            what = _target(table.what, draft)
        except ValueError:
            findings.append(
                Finding(
                    codes.BAD_ADDRESS,
                    f'"{table.what}" is no address',
                    'write "database", "database.field" or "database.field[option]", names with dots in double quotes',
                    address=of,
                    where=draft.at(of, "what"),
                )
            )
            continue
        found[name] = Drop(name, draft.spots[of].at(), what, reason=table.reason, source=table.source)
    return found, findings


def _target(written: str, draft: Draft) -> tuple[str, str | None, str | None]:
    """What a drop names. A declared database's key or an undeclared one's title may stand as it is, dots and all."""
    if written in draft.databases:
        return written, None, None
    return address.parse(written)
