"""How fields are written in state files: one table a type, each with its own words and no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, StrictStr, StringConstraints
from pydantic_core import PydanticCustomError

from reconciler.desired.conditions import Table
from reconciler.desired.words import Color, Group, NumberFormat, RollupFunction
from reconciler.model.limits import PROPERTY_DESCRIPTION, utf16_length

Name = Annotated[StrictStr, StringConstraints(min_length=1, pattern=r"\S")]
"""A name: text that is not blank."""


def _fits(text: str) -> str:
    units = utf16_length(text)
    if units > PROPERTY_DESCRIPTION:
        raise PydanticCustomError(
            "too-long",
            "the description takes {units} UTF-16 units, Notion stores at most {limit}",
            {"units": units, "limit": PROPERTY_DESCRIPTION},
        )
    return text


Description = Annotated[
    StrictStr,
    BeforeValidator(lambda raw: _fits(raw) if isinstance(raw, str) else raw, json_schema_input_type=StrictStr),
    Field(json_schema_extra={"maxLength": PROPERTY_DESCRIPTION}),
]
"""A property's description: at most 280 UTF-16 units."""


class OptionTable(Table):
    """An option of a select or multi_select field."""

    name: Name = Field(description="What Notion shows.", json_schema_extra={"pattern": r"^[^,]*\S[^,]*$"})
    color: Color | None = Field(None, description="Used when the option is made; the API cannot recolour one.")
    was: list[Name] = Field([], description="Former names: rows that hold one are rewritten, then the old one goes.")
    description: Description | None = Field(None, description="What the option means.")


class StatusOptionTable(OptionTable):
    """An option of a status field."""

    group: Group | None = Field(None, description="The group it belongs to; Notion's default is To-do.")


def _long(raw: Any) -> Any:
    return {"name": raw} if isinstance(raw, str) else raw


OptionEntry = Annotated[OptionTable, BeforeValidator(_long, json_schema_input_type=Name | OptionTable)]
StatusOptionEntry = Annotated[
    StatusOptionTable, BeforeValidator(_long, json_schema_input_type=Name | StatusOptionTable)
]


class LinkTable(Table):
    """Fill empty relations where keys agree."""

    from_: Name = Field(alias="from", description="The field of this database that holds the key of the other row.")
    to: Name = Field(description="The field of the target database that is compared.")
    separator: Annotated[StrictStr, StringConstraints(min_length=1)] | None = Field(
        None, description="What stands between several keys in one cell."
    )


class FieldTable(Table):
    """The words that a field of every type takes."""

    type: str = Field(description="One of Notion's property types.")
    was: list[Name] = Field([], description="Former names: a rename, never drop and create.")
    description: Description | None = Field(None, description="What Notion shows below the name.")


class StoredTable(FieldTable):
    """A field whose values people write."""

    absorbs: list[Name] = Field([], description="Fields of this database whose values join this one, once.")


Tidy = Annotated[Literal["trim"] | None, Field(description="Remove blanks at the ends of text.")]


class TextField(StoredTable):
    """A field that holds text."""

    type: Literal["title", "rich_text", "url", "email", "phone_number"]
    tidy: Tidy = None


class NumberField(StoredTable):
    """A number."""

    type: Literal["number"]
    format: NumberFormat | None = Field(None, description="How Notion shows the number.")


class SelectField(StoredTable):
    """One option, or several."""

    type: Literal["select", "multi_select"]
    options: list[OptionEntry] | None = Field(None, description="The options, in their order.")


class StatusField(StoredTable):
    """A status: one option, each in one of Notion's three groups."""

    type: Literal["status"]
    options: list[StatusOptionEntry] | None = Field(None, description="The options, in their order.")


class PlainField(StoredTable):
    """A field without words of its own."""

    type: Literal["date", "people", "files", "checkbox", "place"]


class SystemField(FieldTable):
    """A field that Notion fills, or that only a person can make."""

    type: Literal["created_time", "created_by", "last_edited_time", "last_edited_by", "button", "verification"]


class FormulaField(FieldTable):
    """A formula."""

    type: Literal["formula"]
    expression: Name = Field(description='The formula, with fields as prop("Name").')


class RollupField(FieldTable):
    """What the rows on the other side of a relation hold, taken together."""

    type: Literal["rollup"]
    relation: Name = Field(description="The relation field of this database.")
    property: Name = Field(description="The field of the related database.")
    function: RollupFunction = Field(description="What is made of its values.")


class UniqueIdField(FieldTable):
    """A number that Notion counts up."""

    type: Literal["unique_id"]
    prefix: Name | None = Field(None, description="What stands before the number.")


class RelationField(StoredTable):
    """Links to rows of a database."""

    type: Literal["relation"]
    to: Name | None = Field(None, description="The key of the target database; a mirror of this field may say it.")
    two_way: Name | None = Field(None, description="The name of the mirror field in the target.")
    match: Name | None = Field(None, description="Were it text: the field of the target in which it is looked up.")
    link: LinkTable | None = Field(None, description="Fill empty links where keys agree.")


class MirrorField(StoredTable):
    """The other side of a two-way relation."""

    type: Literal["relation"] = "relation"
    mirror_of: Name = Field(description="The owner: database.field.")
    to: Name | None = Field(None, description="The owner's database, if said at all.")


MODELS: tuple[type[FieldTable], ...] = (
    TextField,
    NumberField,
    SelectField,
    StatusField,
    PlainField,
    SystemField,
    FormulaField,
    RollupField,
    UniqueIdField,
    RelationField,
)

BY_TYPE: dict[str, type[FieldTable]] = {
    name: model for model in MODELS for name in get_args(model.model_fields["type"].annotation)
}
"""Which table a field of a type is written as."""


def table_of(raw: Mapping[str, Any]) -> type[FieldTable] | None:
    """The table that a field in its long form is written as; None where its type is not one of Notion's."""
    kind = raw.get("type", "relation" if "mirror_of" in raw else None)
    if kind == "relation" and "mirror_of" in raw:
        return MirrorField
    return BY_TYPE.get(kind) if isinstance(kind, str) else None


def long_form(raw: Any) -> Any:
    """A field in its long form: ``"rich_text"`` is ``{ type = "rich_text" }``."""
    return {"type": raw} if isinstance(raw, str) else raw
