"""How rules are written in state files: corrections, merges, drops, rows, checks.

Every rule is a named table; its name is its identity in plans, consents, the memory and history.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PlainValidator,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
)
from pydantic_core import PydanticCustomError

from reconciler.desired.conditions import ConditionEntry, Table, finite
from reconciler.desired.fields import Name


def _value(raw: Any) -> Any:
    if isinstance(raw, list) and all(isinstance(item, str) for item in raw):
        return raw
    if not isinstance(raw, str | bool | int | float | dt.date):
        raise PydanticCustomError("wrong-type", "a value is text, a number, a boolean, a date, or a list of texts")
    return finite(raw)


SetValue = Annotated[
    Any,
    PlainValidator(
        _value,
        json_schema_input_type=StrictStr | StrictBool | StrictFloat | dt.datetime | dt.date | list[StrictStr],
    ),
]
"""What ``set`` may say of a field; "" clears."""

Values = Annotated[dict[Name, SetValue], Field(min_length=1)]


def _several(raw: Any) -> Any:
    return [raw] if isinstance(raw, str) else raw


class RuleTable(Table):
    """The words that every rule takes."""

    source: StrictStr = Field("", description="Where this is known from.")
    reason: StrictStr = Field("", description="Why it is done; kept in the archive.")


class CorrectionTable(RuleTable):
    """Rows that are wrong today, and what they should say."""

    in_: Annotated[
        Annotated[list[Name], Field(min_length=1)],
        BeforeValidator(_several, json_schema_input_type=Name | Annotated[list[Name], Field(min_length=1)]),
    ] = Field(alias="in", description="The databases in which rows are looked up.")
    rows: ConditionEntry | None = Field(None, description="A condition on the row's key.")
    where: dict[Name, ConditionEntry] = Field({}, description="Conditions on fields; all of them must hold.")
    set: Values = Field(description='The values to write, by field; "" clears.')
    expect: dict[Name, ConditionEntry] = Field({}, description="Another value means that someone changed it since.")
    mode: Literal["once", "enforce"] = Field("once", description="Once, or at every plan.")


class TitleRef(Table):
    """A live database, by its title."""

    title: Name = Field(description="The title that Notion shows.")


def _ref_form(raw: Any) -> str:
    return "form=table" if isinstance(raw, dict | TitleRef) else "form=text"


SourceRef = Annotated[
    Annotated[Name, Tag("form=text")] | Annotated[TitleRef, Tag("form=table")], Discriminator(_ref_form)
]


class MergeTable(RuleTable):
    """All rows of one database join another."""

    from_: SourceRef = Field(alias="from", description="A database's key, or a live one's title.")
    into: Name = Field(description="The key of the database that the rows join.")
    fields: dict[Name, Name] = Field({}, description="Source field = target field; same names map themselves.")
    match: Name | None = Field(None, description="The target's field whose equal values make two rows one.")
    prefer: Literal["target", "source"] = Field("target", description="Whose value stays where matched rows differ.")
    then: Literal["mark", "trash", "keep"] = Field("mark", description="What becomes of the source database.")


class DropTable(RuleTable):
    """A named removal."""

    what: Name = Field(description="A database, database.field, or database.field[option].")


class RowTable(RuleTable):
    """A row that should exist."""

    in_: Name = Field(alias="in", description="The database.")
    key: Name = Field(description="The row's key.")
    set: Values = Field(description='The values it should hold, by field; "" clears.')


class CheckTable(Table):
    """A question to the workspace."""

    in_: Name = Field(alias="in", description="The database.")
    where: dict[Name, ConditionEntry] = Field({}, description="Conditions on fields; all of them must hold.")
    rows: ConditionEntry | None = Field(None, description="A condition on the row's key.")
    expect: Annotated[StrictInt, Field(ge=0)] | None = Field(None, description="How many rows there should be.")
    unique: Name | None = Field(None, description="The field whose values no two rows share.")
    severity: Literal["warn", "error"] = Field("error", description="What a failure counts as.")
    record: Name | None = Field(None, description="Write the rows found into the archive, under this heading.")


RULE_TABLES: dict[str, type[Table]] = {
    "corrections": CorrectionTable,
    "merges": MergeTable,
    "drops": DropTable,
    "rows": RowTable,
    "checks": CheckTable,
}
