"""What nobody has seen Notion do. Each gap is one named switch with two readings, to rehearse plans on both.

The *kind* reading keeps what can be kept; the *harsh* one loses or refuses. Facts are from public documentation and
recorded traffic; where those are silent, the switch says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Reading = Literal["kind", "harsh"]
READINGS: tuple[str, ...] = get_args(Reading)


@dataclass(frozen=True, slots=True)
class Assumption:
    """One gap: what each reading does, and what evidence there is."""

    name: str
    kind: str
    harsh: str
    evidence: str


GAPS = (
    Assumption(
        "dual-deleted",
        "the other side stays, as a one-way relation",
        "the other side is deleted too",
        "turning a two-way relation one-way leaves the other side (recorded); deleting one side is not recorded",
    ),
    Assumption(
        "dual-to-itself",
        "a two-way relation of a data source to itself makes both sides",
        "only a one-way relation is made",
        "a client's documentation reports the one-way result as a bug; later state unknown",
    ),
    Assumption(
        "synced-name-given",
        "a name for the other side in the request that makes a two-way relation is ignored",
        "it is refused",
        "a client's source says that it is ignored; no recorded request has one",
    ),
    Assumption(
        "mirror-touches-row",
        "a write to one side of a two-way relation leaves the other rows' last_edited_time",
        "it moves the other rows' last_edited_time",
        "not recorded for rows",
    ),
    Assumption(
        "rename-swap",
        "two properties may exchange names in one request",
        "a name that is taken when its entry is reached is refused",
        "not recorded",
    ),
    Assumption(
        "option-mismatch",
        "another name or colour for an existing option is ignored",
        "another name or colour for an existing option is refused",
        "documented as not possible; the answer is not recorded",
    ),
    Assumption(
        "retyped-id",
        "a property keeps its id when its type changes",
        "a property gets a new id when its type changes",
        "one-way and two-way relations keep theirs (recorded); other types are not recorded",
    ),
    Assumption(
        "retarget-edges",
        "edges of a relation that is pointed elsewhere come back if it is pointed back",
        "edges of a relation that is pointed elsewhere are gone",
        "not recorded",
    ),
    Assumption(
        "database-title-to-source",
        "a new title of a single-source database is also its data source's",
        "the data source keeps its own title",
        "the other direction is recorded; this one is not",
    ),
    Assumption(
        "last-source-moved",
        "a database whose last data source is moved away stays, empty",
        "it is put in the trash",
        "not recorded",
    ),
    Assumption(
        "used-property-deleted",
        "a property that a formula or rollup uses can be deleted; these then have no value",
        "the request is refused",
        "not recorded",
    ),
    Assumption(
        "status-default",
        "a row without a status has the first option, and null means that one",
        "a row without a status has none, and null clears it",
        "documented as the kind reading; one reading of the recordings has null",
    ),
    Assumption(
        "status-removed",
        "rows whose status option is removed fall back to the first option",
        "rows whose status option is removed have no status",
        "not recorded",
    ),
    Assumption(
        "moved-row-values",
        "a row moved to another data source keeps values under properties of the same name and type",
        "a row moved to another data source keeps its title only",
        "the move is recorded, on rows whose values do not tell",
    ),
    Assumption(
        "atomic-patch",
        "a request that is refused at one of its properties changes nothing",
        "the properties before the refused one are changed all the same",
        "not recorded; what has the wrong shape is refused before anything is done in either reading",
    ),
    Assumption(
        "mirror-lag",
        "the other side of a two-way relation shows at once",
        "it shows three requests later",
        "a client's tests wait three seconds for it",
    ),
    Assumption(
        "query-lag",
        "queries with a filter or sorts find every row at once",
        "they find a new row three requests later; queries without find it at once",
        "eleven of eleven recorded queries without filter found new rows; no guarantee is documented",
    ),
    Assumption(
        "schema-touches-rows",
        "a row whose values a change of the schema takes or converts keeps its last_edited_time",
        "its last_edited_time moves",
        "not recorded",
    ),
    Assumption(
        "last-source-trashed",
        "a database whose last data source goes to the trash stays, empty",
        "it goes to the trash too, and does not come back with the data source",
        "not recorded",
    ),
    Assumption(
        "default-schema",
        "a database made without properties has a title called Name",
        "it has a title called Name and a multi_select called Tags",
        "recorded without its schema; the documentation says the kind reading, the interface makes the other",
    ),
    Assumption(
        "title-renamed",
        "the title can be renamed like any property",
        "a new name for the title is refused",
        "documented; not recorded",
    ),
    Assumption(
        "title-deleted",
        "a request that deletes the title is refused",
        "the title's null is ignored, and the rest is done",
        "documented as not possible; the answer is not recorded",
    ),
    Assumption(
        "name-taken",
        "a name that another property has is refused",
        "the next free name is taken instead, as Name 1",
        "not recorded; mirrors of relations get the next free name",
    ),
    Assumption(
        "description-patched",
        "the description of a property can be changed",
        "a change of a property's description is ignored",
        "in the SDK's types, recorded at creation only",
    ),
    Assumption(
        "option-description",
        "the description of an option can be changed",
        "a change of an option's description is ignored",
        "in the SDK's types; the effect is not recorded",
    ),
    Assumption(
        "option-removed",
        "rows lose an option that is removed and keep their others",
        "rows that held it lose all options of that property",
        "known of the interface; not recorded",
    ),
    Assumption(
        "options-over-100",
        "rows may add options to a property that has 100",
        "a row that would add the 101st option is refused",
        "100 options a request are documented, more in a property are known; how they come about is not recorded",
    ),
    Assumption(
        "new-option-color",
        "an option that a row adds has the colour default",
        "it has a colour that Notion picks",
        "documented without the colour",
    ),
    Assumption(
        "status-patched",
        "the options of a status are replaced like others; new ones go to the group named, or to To-do",
        "a change of a status' options is refused",
        "documented since June 2026; not recorded",
    ),
    Assumption(
        "query-in-trash",
        "a query with in_trash finds the rows in the trash",
        "in_trash is ignored by queries",
        "in the SDK's types; the documentation says that it is not supported",
    ),
    Assumption(
        "people-over-25",
        "a page shows all people of a property",
        "it shows 25 of them; all are at the property's own endpoint",
        "the documentation says that more than 25 may be left out",
    ),
    Assumption(
        "formula-filtered",
        "a filter on a formula made through the API works",
        "it is refused",
        "refused in recordings of 2025; the changelog of August 2026 says that such formulas can be referenced",
    ),
    Assumption(
        "prefix-taken",
        "two unique ids of a workspace may have the same prefix",
        "a prefix that another unique id has is refused",
        "a client's source says that prefixes are unique",
    ),
    Assumption(
        "unlisted-types",
        "properties of the types location and last_visited_time can be made; rows have no value",
        "they are refused",
        "in the SDK's types for requests, and in none for answers",
    ),
)

_TYPES_THAT_CHANGE = (
    "rich_text", "number", "select", "multi_select", "status", "date", "people", "files", "checkbox", "url", "email",
    "phone_number", "formula", "relation", "rollup", "created_time", "created_by", "last_edited_time",
    "last_edited_by", "unique_id",
)  # fmt: skip


def _retypes() -> tuple[Assumption, ...]:
    return tuple(
        Assumption(
            f"retype-{old}-{new}",
            "values are read again as text and kept where they fit",
            "all values of the property are lost",
            "there is no published table, and no recording",
        )
        for old in _TYPES_THAT_CHANGE
        for new in _TYPES_THAT_CHANGE
        if old != new
    )


RETYPES = _retypes()
ALL: Mapping[str, Assumption] = {a.name: a for a in (*GAPS, *RETYPES)}
"""Every switch by name."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Which reading holds. ``exceptions`` names switches that differ from ``default``."""

    default: Reading = "kind"
    exceptions: Mapping[str, Reading] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.exceptions) - set(ALL))
        if unknown:
            raise ValueError(f"No assumption is called {', '.join(unknown)}; see `wtstate twin assumptions`.")

    @staticmethod
    def read(words: Iterable[str]) -> Assumptions:
        """From ``harsh``, ``kind`` and ``NAME=harsh|kind``; the later word wins. Raises ValueError, one sentence."""
        default: Reading = "kind"
        exceptions: dict[str, Reading] = {}
        for word in words:
            name, _, reading = word.rpartition("=")
            if reading not in READINGS:
                raise ValueError(f"A reading is kind or harsh, or NAME=kind or NAME=harsh, not {word!r}.")
            chosen: Reading = "harsh" if reading == "harsh" else "kind"
            if name:
                exceptions[name] = chosen
            else:
                default, exceptions = chosen, {}
        return Assumptions(default=default, exceptions=exceptions)

    def reading(self, name: str) -> Reading:
        """The reading of this switch that holds. The name must be one of ALL."""
        return self.exceptions.get(ALL[name].name, self.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Assumptions as requests consult them. ``asked`` collects every switch on which an answer hung.

    Whoever asks does so only where the two readings differ: what was never asked cannot have mattered.
    """

    assume: Assumptions
    asked: set[str]

    def harsh(self, name: str) -> bool:
        """Whether the harsh reading of this switch holds."""
        self.asked.add(name)
        return self.assume.reading(name) == "harsh"
