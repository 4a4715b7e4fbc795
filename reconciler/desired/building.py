"""From validated tables to the state's own classes: short forms gone, ``env:`` resolved, options folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.desired.draft import BROKEN, Spot
from reconciler.desired.environments import Chosen
from reconciler.desired.fields import (
    FieldTable,
    FormulaField,
    MirrorField,
    NumberField,
    OptionTable,
    RelationField,
    RollupField,
    SelectField,
    StatusField,
    StatusOptionTable,
    StoredTable,
    TextField,
    UniqueIdField,
)
from reconciler.desired.language import DatabaseWords, PolicyTable, WorkspaceTable, days_of, rate_of
from reconciler.desired.parsing import Parsed
from reconciler.desired.state import VARIABLE, Database, Field, Link, Option, Policy, WorkspaceSettings
from reconciler.model import address
from reconciler.model.finding import Location

_ENV = "env:"


def _resolved(text: str, env: Mapping[str, str]) -> str:
    """What ``env:NAME`` stands for; as written where the variable is not set, and every other text."""
    return env.get(text.removeprefix(_ENV), text) if text.startswith(_ENV) else text


def workspace(
    table: WorkspaceTable | None, where: Location, env: Mapping[str, str], chosen: Chosen
) -> WorkspaceSettings:
    """The ``[workspace]`` table, or what holds without one, with what only an environment says."""
    said = table or WorkspaceTable.model_validate({})
    own = chosen.table
    return WorkspaceSettings(
        where=where,
        name=said.name,
        parent=_resolved(said.parent, env),
        archive=said.archive,
        archive_page=_resolved(said.archive_page, env) if said.archive_page else None,
        rate=rate_of(said.rate),
        id=_resolved(said.id, env) if said.id else None,
        environment=chosen.name,
        prefix=chosen.prefix,
        token=own.token.removeprefix(_ENV) if own and own.token else VARIABLE,
        placed=own is not None and own.parent is not None,
    )


def policy(table: PolicyTable | None) -> Policy:
    """The ``[policy]`` table, or what holds without one."""
    said = table or PolicyTable.model_validate({})
    return Policy(
        check=said.check,
        keep_days=days_of(said.keep) if said.keep else None,
        growth=said.growth,
        apply_from=tuple(said.apply_from),
        archive_share=said.archive_share,
        archive_shares={key: own.archive_share for key, own in said.databases.items()},
        max_requests=said.max_requests,
    )


def databases(parsed: Parsed, env: Mapping[str, str]) -> dict[str, Database]:
    """Every declared database with its fields; a field whose table is wrong has the type `BROKEN`."""
    return {
        key: _database(key, found.words, found.fields, parsed.spots, env) for key, found in parsed.databases.items()
    }


def _database(
    key: str,
    words: DatabaseWords,
    fields: Mapping[str, FieldTable | None],
    spots: Mapping[str, Spot],
    env: Mapping[str, str],
) -> Database:
    return Database(
        key=key,
        title=words.title or key,
        where=spots[address.of_database(key)].at(),
        fields={name: _field(key, name, table, spots[address.of_field(key, name)]) for name, table in fields.items()},
        was=tuple(words.was),
        key_field=words.key,
        description=words.description,
        icon=words.icon,
        undeclared=words.undeclared,
        protect=words.protect,
        bind=_resolved(words.bind, env) if words.bind else None,
        sensitive=words.sensitive,
        archive=words.archive,
    )


def _field(database: str, name: str, table: FieldTable | None, spot: Spot) -> Field:
    if table is None:
        return Field(database, name, BROKEN, spot.at())
    return Field(
        database,
        name,
        table.type,
        spot.at(),
        was=tuple(table.was),
        description=table.description,
        absorbs=tuple(table.absorbs) if isinstance(table, StoredTable) else (),
        **_own_words(table, spot),
    )


def _own_words(table: FieldTable, spot: Spot) -> dict[str, Any]:
    """The words that only this type takes, as arguments of `Field`."""
    match table:
        case TextField():
            return {"tidy": table.tidy}
        case NumberField():
            return {"format": table.format}
        case SelectField() | StatusField():
            return {"options": _options(table.options, spot)}
        case FormulaField():
            return {"expression": table.expression}
        case UniqueIdField():
            return {"prefix": table.prefix}
        case RollupField():
            return {
                "rollup_relation": table.relation,
                "rollup_property": table.property,
                "rollup_function": table.function,
            }
        case RelationField():
            link = table.link
            return {
                "to": table.to,
                "two_way": table.two_way,
                "match": table.match,
                "link": Link(link.from_, link.to, link.separator) if link else None,
            }
        case MirrorField():
            return {"to": table.to}
        case _:
            return {}


def _options(tables: list[Any] | None, spot: Spot) -> tuple[Option, ...] | None:
    if tables is None:
        return None
    return tuple(_option(table, spot.at("options", index)) for index, table in enumerate(tables))


def _option(table: OptionTable, where: Location) -> Option:
    return Option(
        table.name,
        where,
        color=table.color,
        was=tuple(table.was),
        group=table.group if isinstance(table, StatusOptionTable) else None,
        description=table.description,
    )
