"""The desired state, resolved: what the rest of the program reads after the files were parsed and validated.

Every reference is checked: a ``to`` names a database of the state, a mirror knows its owner, option names in ``set``
and ``where`` are the declared ones where the field declares options. ``where`` is the place in the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reconciler.model.condition import Condition
from reconciler.model.finding import Location

VARIABLE = "NOTION_TOKEN"
"""The variable that holds the token, unless an environment names another."""


@dataclass(frozen=True)
class Option:
    """An option of a select, multi_select or status field; ``group`` belongs to status alone."""

    name: str
    where: Location
    color: str | None = None
    was: tuple[str, ...] = ()
    group: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Link:
    """Fill empty relations where this row's ``source`` text equals the target rows' ``target`` text."""

    source: str
    target: str
    separator: str | None = None


@dataclass(frozen=True)
class Field:
    """A declared field. None means "not declared, leave it as it is", for every optional word.

    ``two_way`` is the name of the mirror field in ``to`` (on the owner's side); ``mirror_of`` is (database key, field
    name) of the owner (on the mirror's side). A mirror's ``to`` is its owner's database.
    """

    database: str
    name: str
    type: str
    where: Location
    was: tuple[str, ...] = ()
    description: str | None = None
    options: tuple[Option, ...] | None = None
    format: str | None = None
    expression: str | None = None
    prefix: str | None = None
    to: str | None = None
    two_way: str | None = None
    mirror_of: tuple[str, str] | None = None
    rollup_relation: str | None = None
    rollup_property: str | None = None
    rollup_function: str | None = None
    absorbs: tuple[str, ...] = ()
    match: str | None = None
    link: Link | None = None
    tidy: Literal["trim"] | None = None


@dataclass(frozen=True)
class Database:
    """A declared database; ``fields`` in the order of the files, keyed by name.

    ``archive`` is the title of another archive for its values, None for the workspace's.
    """

    key: str
    title: str
    where: Location
    fields: Mapping[str, Field]
    was: tuple[str, ...] = ()
    key_field: str | None = None
    description: str | None = None
    icon: str | None = None
    undeclared: Literal["keep", "archive"] = "keep"
    protect: bool = False
    bind: str | None = None
    sensitive: bool = False
    archive: str | None = None

    @property
    def title_field(self) -> Field | None:
        """The declared field of type ``title``, if one is declared."""
        return next((f for f in self.fields.values() if f.type == "title"), None)


@dataclass(frozen=True)
class Correction:
    """Rows whose key meets ``rows`` and whose fields meet ``where_fields`` get ``set``.

    ``set`` and ``expect`` hold TOML values by field name: strings, numbers, booleans, dates, lists of strings; people
    are e-mail addresses, relations row keys; "" clears.
    """

    name: str
    where: Location
    databases: tuple[str, ...]
    set: Mapping[str, Any]
    rows: Condition | None = None
    where_fields: Mapping[str, Condition] = field(default_factory=dict)
    expect: Mapping[str, Condition] = field(default_factory=dict)
    source: str = ""
    reason: str = ""
    mode: Literal["once", "enforce"] = "once"


@dataclass(frozen=True)
class Merge:
    """All rows of a source database join the database ``into``; the source is a key, or a live title."""

    name: str
    where: Location
    into: str
    from_key: str | None = None
    from_title: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    match: str | None = None
    prefer: Literal["target", "source"] = "target"
    then: Literal["mark", "trash", "keep"] = "mark"
    reason: str = ""
    source: str = ""


@dataclass(frozen=True)
class Drop:
    """A named removal; ``what`` is (database key, field or None, option or None)."""

    name: str
    where: Location
    what: tuple[str, str | None, str | None]
    reason: str = ""
    source: str = ""


@dataclass(frozen=True)
class Row:
    """A row as desired state: the row of ``database`` whose key is ``key`` exists and holds ``set``."""

    name: str
    where: Location
    database: str
    key: str
    set: Mapping[str, Any]
    source: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Check:
    """A question to the workspace: as many rows meet ``where_fields`` as ``expect`` says; ``unique`` has no twins."""

    name: str
    where: Location
    database: str
    where_fields: Mapping[str, Condition] = field(default_factory=dict)
    rows: Condition | None = None
    expect: int | None = None
    unique: str | None = None
    severity: Literal["warn", "error"] = "error"
    record: str | None = None


@dataclass(frozen=True)
class WorkspaceSettings:
    """The ``[workspace]`` table, as it is in the environment that was asked for.

    ``parent`` and ``archive_page`` are page ids or urls, ``env:`` already resolved or left as written when the variable
    is not set; ``rate`` is (requests, seconds). ``environment`` is "" where none was asked for; ``prefix`` is what its
    titles begin with, ``token`` the name of the variable that holds the token, and ``placed`` says that it has a parent
    page of its own, which no variable of another place may take the place of.
    """

    where: Location
    name: str = ""
    parent: str = ""
    archive: str = "wtstate-archive"
    archive_page: str | None = None
    rate: tuple[int, float] = (180, 60.0)
    id: str | None = None
    environment: str = ""
    prefix: str = ""
    token: str = VARIABLE
    placed: bool = False

    @property
    def owner(self) -> str:
        """What the memory calls this state: each environment has its own archive, bindings and batches."""
        return f"{self.name} [{self.environment}]".lstrip() if self.environment else self.name


@dataclass(frozen=True)
class Policy:
    """The ``[policy]`` table: how careful plans and applies are.

    ``keep_days`` is how long archived values are kept, None for ever; ``apply_from`` the branches from which applying
    is allowed, () for all; ``archive_share`` the share (0 to 1) of a database's values that may go to the archive
    without consent, ``archive_shares`` the same by database key where it differs.
    """

    check: Literal["last", "each"] = "last"
    keep_days: int | None = None
    growth: int = 0
    apply_from: tuple[str, ...] = ()
    archive_share: float = 0.3
    archive_shares: Mapping[str, float] = field(default_factory=dict)
    max_requests: int | None = None


@dataclass(frozen=True)
class State:
    """Everything that the files say, one graph."""

    workspace: WorkspaceSettings
    databases: Mapping[str, Database]
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    merges: Mapping[str, Merge] = field(default_factory=dict)
    drops: Mapping[str, Drop] = field(default_factory=dict)
    rows: Mapping[str, Row] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    environments: tuple[str, ...] = ()
    """The names of all environments that the files declare."""
