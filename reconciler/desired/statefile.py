"""A whole state file as one model: where the JSON Schema comes from.

Reading validates table by table (``reconciler.desired.parsing``) with the same models, so that one mistake hides no
other and only what is used is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from reconciler.desired.conditions import Table
from reconciler.desired.fields import (
    FormulaField,
    MirrorField,
    Name,
    NumberField,
    PlainField,
    RelationField,
    RollupField,
    SelectField,
    StatusField,
    SystemField,
    TextField,
    UniqueIdField,
    long_form,
    table_of,
)
from reconciler.desired.language import DatabaseWords, EnvironmentName, EnvironmentTable, PolicyTable, WorkspaceTable
from reconciler.desired.rules import CheckTable, CorrectionTable, DropTable, MergeTable, RowTable


def _table_name(raw: Any) -> str:
    """The tag of a field's long form: the name of the table that it is written as, "" where it is none."""
    table = table_of(raw) if isinstance(raw, Mapping) else type(raw)
    return table.__name__ if table else ""


FieldEntry = Annotated[
    Annotated[TextField, Tag("TextField")]
    | Annotated[NumberField, Tag("NumberField")]
    | Annotated[SelectField, Tag("SelectField")]
    | Annotated[StatusField, Tag("StatusField")]
    | Annotated[PlainField, Tag("PlainField")]
    | Annotated[SystemField, Tag("SystemField")]
    | Annotated[FormulaField, Tag("FormulaField")]
    | Annotated[RollupField, Tag("RollupField")]
    | Annotated[UniqueIdField, Tag("UniqueIdField")]
    | Annotated[RelationField, Tag("RelationField")]
    | Annotated[MirrorField, Tag("MirrorField")],
    Discriminator(_table_name),
]
"""A field in its long form."""

ShortType = Literal[
    "title", "rich_text", "number", "select", "multi_select", "status", "date", "people", "files", "checkbox", "url",
    "email", "phone_number", "relation", "created_time", "created_by", "last_edited_time", "last_edited_by",
    "unique_id", "place", "button", "verification",
]  # fmt: skip
"""Types that say enough by themselves: ``goals = "rich_text"``."""


class DatabaseTable(DatabaseWords):
    """A database, with its fields."""

    fields: dict[
        Name, Annotated[FieldEntry, BeforeValidator(long_form, json_schema_input_type=ShortType | FieldEntry)]
    ] = Field({}, description="The fields, by name.")


class StateFile(Table):
    """One file of the state: any of these tables, in any order, over any number of files."""

    workspace: WorkspaceTable | None = None
    policy: PolicyTable | None = None
    environments: dict[EnvironmentName, EnvironmentTable] = Field({}, description="Other places for the same state.")
    databases: dict[Name, DatabaseTable] = Field({}, description="The databases, by key.")
    corrections: dict[Name, CorrectionTable] = Field({}, description="Rows to set right.")
    merges: dict[Name, MergeTable] = Field({}, description="Databases to join.")
    drops: dict[Name, DropTable] = Field({}, description="Things to remove.")
    rows: dict[Name, RowTable] = Field({}, description="Rows that should exist.")
    checks: dict[Name, CheckTable] = Field({}, description="Questions to the workspace.")
