"""The grammar of state files beside fields and rules: workspace, policy, and a database's own words."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from reconciler.desired.conditions import Table
from reconciler.desired.fields import Name
from reconciler.desired.rules import RULE_TABLES

KINDS: tuple[str, ...] = ("workspace", "policy", "environments", "databases", *RULE_TABLES)
"""The tables that a file may hold."""

_RATE = r"^\s*[1-9][0-9]*\s*/\s*[0-9]*\.?[0-9]+\s*(s|m)\s*$"
_KEEP = r"^\s*[1-9][0-9]*\s*(d|w|y)\s*$"
_VARIABLE = r"^env:[A-Za-z_][A-Za-z0-9_]*$"
_DAYS = {"d": 1, "w": 7, "y": 365}


def rate_of(text: str) -> tuple[int, float]:
    """(requests, seconds) from ``"180/60s"`` or ``"3/1m"``; a custom pydantic error where it is neither."""
    requests, _, span = text.partition("/")
    seconds = float(span.strip()[:-1]) * (60 if span.strip().endswith("m") else 1) if re.match(_RATE, text) else 0.0
    if not seconds:
        raise PydanticCustomError("bad-rate", 'a rate is written "REQUESTS/SECONDSs", as in "180/60s"')
    return int(requests), seconds


def days_of(text: str) -> int:
    """Days from ``"400d"``, ``"8w"`` or ``"2y"``; a custom pydantic error where it is none of them."""
    if not re.match(_KEEP, text):
        raise PydanticCustomError("bad-duration", 'a time to keep is written in days, weeks or years, as in "400d"')
    return int(text.strip()[:-1]) * _DAYS[text.strip()[-1]]


def _checked_rate(text: str) -> str:
    rate_of(text)
    return text


def _checked_keep(text: str) -> str:
    days_of(text)
    return text


def _variable(text: str) -> str:
    if not re.match(_VARIABLE, text):
        raise PydanticCustomError("not-a-variable", "a file holds the name of a variable, never a token")
    return text


def _several(raw: Any) -> Any:
    return [raw] if isinstance(raw, str) else raw


Rate = Annotated[StrictStr, AfterValidator(_checked_rate), Field(json_schema_extra={"pattern": _RATE})]
Share = Annotated[StrictFloat, Field(ge=0, le=1)]


class WorkspaceTable(Table):
    """The workspace, and how it may be asked."""

    name: StrictStr = Field("", description="What people call it; bindings carry it.")
    parent: StrictStr = Field("", description="The page under which databases are made: an id, a url, or env:NAME.")
    archive: Name = Field("wtstate-archive", description="The title of the archive database.")
    archive_page: Name | None = Field(None, description="The page the archive lies on: an id, a url, or env:NAME.")
    rate: Rate = Field("180/60s", description="How many requests in which time.")
    id: Name | None = Field(None, description="The workspace's id: a token of another workspace is refused.")


class DatabasePolicyTable(Table):
    """What is particular to one database."""

    archive_share: Share = Field(description="The share of values that a plan may move to the archive unasked.")


class PolicyTable(Table):
    """How careful plans and applies are."""

    check: Literal["last", "each"] = Field("last", description="Whether every row is looked at just before its write.")
    keep: Annotated[StrictStr, AfterValidator(_checked_keep), Field(json_schema_extra={"pattern": _KEEP})] | None = (
        Field(None, description="How long archived values are kept: 400d, 8w, 2y; for ever when not said.")
    )
    growth: Annotated[StrictInt, Field(ge=0)] = Field(0, description="How many rows may join a rule after approval.")
    apply_from: Annotated[list[Name], BeforeValidator(_several, json_schema_input_type=Name | list[Name])] = Field(
        [], description="The branches from which applying is allowed; all when not said."
    )
    archive_share: Share = Field(
        0.3, description="The share of a database's values that may go to the archive unasked."
    )
    max_requests: Annotated[StrictInt, Field(ge=1)] | None = Field(None, description="No plan may cost more requests.")
    databases: dict[Name, DatabasePolicyTable] = Field({}, description="By database key.")


ENVIRONMENT_NAME = r"^[a-z0-9][a-z0-9_-]{0,39}$"
"""What an environment may be called: it names a directory, also where capital letters do not count."""

EnvironmentName = Annotated[StrictStr, StringConstraints(pattern=ENVIRONMENT_NAME)]


class EnvironmentDatabaseTable(Table):
    """What is particular to one database in an environment."""

    bind: Name | None = Field(None, description="Its url or id there, where titles cannot say which.")
    protect: StrictBool | None = Field(None, description="Whether no plan may drop or trash it there.")


class EnvironmentTable(Table):
    """Another place for the same state. What it does not say is as in [workspace] and [policy]."""

    parent: Name | None = Field(None, description="The page under which databases are made there.")
    archive: Name | None = Field(None, description="The title of the archive there, as it is: no prefix is added.")
    archive_page: Name | None = Field(None, description="The page the archive lies on there.")
    rate: Rate | None = Field(None, description="How many requests in which time.")
    id: Name | None = Field(None, description="The workspace's id there: a token of another one is refused.")
    title_prefix: Name | None = Field(None, description="What every title begins with there.")
    token: Annotated[StrictStr, AfterValidator(_variable), Field(json_schema_extra={"pattern": _VARIABLE})] | None = (
        Field(None, description="The variable that holds the token there, as env:NAME; never the token itself.")
    )
    policy: PolicyTable | None = Field(None, description="Words that stand in place of those of [policy].")
    databases: dict[Name, EnvironmentDatabaseTable] = Field({}, description="By database key.")


class DatabaseWords(Table):
    """A database's own words."""

    was: list[Name] = Field([], description="Former titles and former keys: a rename, never drop and create.")
    title: Name | None = Field(None, description="What Notion shows; the key when not said.")
    key: Name | None = Field(None, description="The field that names rows; the title when not said.")
    description: StrictStr | None = Field(None, description="What Notion shows below the title.")
    icon: Name | None = Field(None, description="An emoji, or the url of an image.")
    undeclared: Literal["keep", "archive"] = Field("keep", description="What becomes of fields and options not named.")
    protect: StrictBool = Field(False, description="No plan may drop or trash it or its declared fields.")
    bind: Name | None = Field(None, description="The database's url or id, where titles cannot say which.")
    sensitive: StrictBool = Field(False, description="Values appear nowhere but in the workspace.")
    archive: Name | None = Field(None, description="The title of another archive for its values.")
