"""How conditions are written in state files, and what they become.

A string, number, boolean or date is exact; a list is any of; tables hold one word: ``glob``, ``is``, ``not``,
``before`` or ``after``.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StrictBool,
    StrictFloat,
    StrictStr,
    Tag,
)
from pydantic_core import PydanticCustomError

from reconciler.model.condition import After, AnyOf, Before, Condition, Empty, Equals, Glob, Not


class Table(BaseModel):
    """A table of the state language: unknown words are refused, nothing is coerced, built when first used."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True, populate_by_name=False)


def form_of(raw: Any) -> str:
    """The tag of the written form of a condition: ``form=text``, ``form=glob``, … or ``form=unknown``."""
    match raw:
        case bool():
            return "form=boolean"
        case str():
            return "form=text"
        case int() | float():
            return "form=number"
        case dt.datetime():
            return "form=datetime"
        case dt.date():
            return "form=date"
        case list():
            return "form=list"
        case dict():
            return next((f"form={word}" for word in FORM_TABLES if word in raw), "form=unknown")
        case Table():
            return next(f"form={word}" for word, table in FORM_TABLES.items() if isinstance(raw, table))
        case _:
            return "form=unknown"


def _date(raw: Any) -> dt.date:
    if not isinstance(raw, dt.date):
        raise PydanticCustomError("wrong-type", "a date is written without quotes: 2026-11-22 or 2026-11-22T09:00:00Z")
    return raw


Date = Annotated[dt.date, PlainValidator(_date, json_schema_input_type=dt.datetime | dt.date)]
"""A TOML date or date-time (which is a date to Python)."""


class GlobTable(Table):
    """The whole text meets the pattern: `*`, `?` and `[…]`, case counts."""

    glob: StrictStr = Field(min_length=1, description="A pattern over the whole text, never a part of it.")


class IsTable(Table):
    """The field is empty."""

    is_: Literal["empty"] = Field(alias="is", description="The only question of this kind: empty.")


class NotTable(Table):
    """The condition does not hold."""

    not_: ConditionEntry = Field(alias="not", description="A condition that must not hold.")


class BeforeTable(Table):
    """The date lies before."""

    before: Date = Field(description="A TOML date or date-time.")


class AfterTable(Table):
    """The date lies after."""

    after: Date = Field(description="A TOML date or date-time.")


def finite(raw: Any) -> Any:
    """The value, unless it is TOML's nan or inf; a custom pydantic error for these."""
    if isinstance(raw, float) and not math.isfinite(raw):
        raise PydanticCustomError("out-of-range", "Notion has neither nan nor inf")
    return raw


Number = Annotated[int | float, PlainValidator(finite, json_schema_input_type=StrictFloat)]

Leaf = (
    Annotated[StrictStr, Tag("form=text")]
    | Annotated[StrictBool, Tag("form=boolean")]
    | Annotated[Number, Tag("form=number")]
    | Annotated[dt.datetime, Tag("form=datetime")]
    | Annotated[dt.date, Tag("form=date")]
    | Annotated[GlobTable, Tag("form=glob")]
    | Annotated[IsTable, Tag("form=is")]
    | Annotated[NotTable, Tag("form=not")]
    | Annotated[BeforeTable, Tag("form=before")]
    | Annotated[AfterTable, Tag("form=after")]
)

LeafEntry = Annotated[Leaf, Discriminator(form_of)]
ConditionEntry = Annotated[Leaf | Annotated[list[LeafEntry], Tag("form=list")], Discriminator(form_of)]

FORM_TABLES: dict[str, type[Table]] = {
    "glob": GlobTable,
    "is": IsTable,
    "not": NotTable,
    "before": BeforeTable,
    "after": AfterTable,
}


def condition(entry: Any) -> Condition:
    """The condition that a validated entry stands for."""
    match entry:
        case GlobTable():
            return Glob(entry.glob)
        case IsTable():
            return Empty()
        case NotTable():
            return Not(condition(entry.not_))
        case BeforeTable():
            return Before(entry.before)
        case AfterTable():
            return After(entry.after)
        case list():
            return AnyOf(tuple(dict.fromkeys(condition(item) for item in entry)))
        case _:
            return Equals(entry)
