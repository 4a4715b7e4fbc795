"""Archived values against the workspace: what a batch wrote is there, or was changed since, and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from reconciler.memory.entry import ArchivedValue, Entry
from reconciler.memory.memory import Batch
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.live import LiveProperty, LiveRow, Value
from reconciler.observe.archived import Written, home, written
from reconciler.observe.evidence import Evidence
from reconciler.observe.kept import missing
from reconciler.observe.verify_report import Group, Result, Status, counted, listed, worst
from reconciler.planning.diff.option_list import OPTION_TYPES
from reconciler.planning.ledger import HIDDEN
from reconciler.planning.rules import standing
from reconciler.planning.rules.standing import Standing
from reconciler.planning.scope import Scope

_MINUTE = len("YYYY-MM-DDTHH:MM")
"""Notion cuts the time of a row's last edit to the minute."""


class Fate(Enum):
    """What became of one value that a batch wrote."""

    HELD = "held"
    DIFFERS = "differs"
    OVERWRITTEN = "overwritten"
    """By a later action of wtstate itself."""
    DROPPED = "dropped"
    """With its property, by wtstate."""
    MERGED = "merged"
    """Its row joined another database later, by wtstate; the merge's own entry says what became of it."""
    ELSEWHERE = "elsewhere"
    """Its row was moved to another database, not by wtstate."""
    ROW_GONE = "row gone"
    FIELD_GONE = "field gone"
    RETYPED = "retyped"


_ACCOUNTED = frozenset({Fate.HELD, Fate.OVERWRITTEN, Fate.MERGED})


@dataclass(frozen=True)
class Whereabouts:
    """What is known of a row that is in none of the databases that were read.

    ``trashed`` and ``elsewhere`` say where it is, ``by`` who last edited it; neither: it cannot be found.
    """

    trashed: bool = False
    elsewhere: bool = False
    by: str = ""


@dataclass(frozen=True)
class Known:
    """What is asked once the values are compared: names of people by id, and rows that are not where they were."""

    people: Mapping[str, str]
    rows: Mapping[str, Whereabouts]


def fate(one: Written, evidence: Evidence) -> Fate:
    """What became of the value."""
    place = evidence.places.get(one.value.row)
    prop = evidence.live_property(one)
    if (home(one.entry), evidence.property_id(one)) in evidence.dropped:
        return Fate.DROPPED
    if place is None:
        return Fate.ROW_GONE
    if place.key != home(one.entry):
        return Fate.MERGED if evidence.merged.get(one.value.row) == place.key else Fate.ELSEWHERE
    if prop is None:
        return Fate.FIELD_GONE
    if prop.type == one.type and properties.of(one.type).same(_live(place.row, prop), one.new):
        return Fate.HELD
    if evidence.overwritten_by(one) is not None:
        return Fate.OVERWRITTEN
    return Fate.DIFFERS if prop.type == one.type else Fate.RETYPED


def _live(row: LiveRow, prop: LiveProperty) -> Value:
    return row.values.get(prop.id, properties.of(prop.type).nothing)


def is_read(entry: Entry, evidence: Evidence) -> bool:
    """Whether the rows that the entry is about are in a database that was read."""
    if entry.kind != "restore" and entry.values and all(value.row in evidence.merged for value in entry.values):
        return True
    pair = evidence.matched.databases.get(home(entry))
    return pair is not None and pair.live is not None and not ("database" in entry.definition and entry.kind == "drop")


def census_rows(entry: Entry) -> Iterator[str]:
    """The page ids of the rows that must be in the entry's home: those written, those that lost a field, survivors."""
    lineage: Mapping[str, str] = entry.definition.get("lineage") or {}
    if entry.kind == "merge" and lineage:
        yield from (row for row, way in lineage.items() if way == "moved")
        yield from (way.removeprefix("joined ") for way in lineage.values() if way != "moved")
        return
    yield from dict.fromkeys(value.row for value in entry.values)


def unplaced(evidence: Evidence, last: Batch | None) -> tuple[str, ...]:
    """The rows of the last batch that are in none of the databases that were read."""
    entries = evidence.archived.of_batch(last.id) if last else ()
    rows = [r for e in entries if is_read(e, evidence) for r in census_rows(e)]
    return tuple(sorted({row for row in rows if row not in evidence.places}))


def editors(evidence: Evidence, last: Batch | None) -> frozenset[str]:
    """Who last edited rows whose values differ from what was written: ids to be named."""
    found = set()
    for entry in evidence.archived.entries:
        if entry.kind == "correction" or (last is not None and entry.batch == last.id):
            for one in written(entry):
                if fate(one, evidence) in (Fate.DIFFERS, Fate.RETYPED, Fate.ELSEWHERE):
                    found.add(evidence.places[one.value.row].row.last_edited_by)
    return frozenset(found - {"", evidence.reading.workspace.bot_id})


def corrections(evidence: Evidence, known: Known) -> Iterator[Result]:
    """Of each correction that is done, in each batch that did something for it: its values hold or were superseded."""
    for name, rule in evidence.state.corrections.items():
        address = addresses.of_rule("corrections", name)
        if standing.standing(rule, address, evidence.reading.memory, Scope()) is Standing.ACTS and rule.mode == "once":
            continue
        entries = [e for e in evidence.archived.of_address(address) if e.kind == "correction"]
        values = [one for entry in entries for one in written(entry)]
        since = [_superseded(one, evidence, known) for one in values if fate(one, evidence) is not Fate.HELD]
        if since:
            what = f"{len(since)} of {counted(len(values), 'value')} superseded since"
            yield Result(Group.CORRECTIONS, "values", address, Status.WARN, what, listed(sorted(since)))
        else:
            what = f"{counted(len(values), 'value')} as written" if values else "no value had to be written"
            yield Result(Group.CORRECTIONS, "values", address, Status.OK, what)


def _superseded(one: Written, evidence: Evidence, known: Known) -> str:
    name = f"{_row_name(one.entry, one.value, evidence)}: {one.name}"
    match fate(one, evidence):
        case Fate.OVERWRITTEN:
            by = evidence.overwritten_by(one)
            how = "was taken back" if by and by.entry.kind == "restore" else "was overwritten"
            return f"{name} {how} by {by.entry.address} in batch {by.entry.batch}" if by else name
        case Fate.ROW_GONE:
            return f"{name}: its row is gone"
        case Fate.MERGED | Fate.ELSEWHERE:
            return f"{name}: its row is in {evidence.places[one.value.row].key} now"
        case Fate.FIELD_GONE | Fate.DROPPED:
            return f"{name}: the field is gone"
        case _:
            return _changed(one, evidence, known)


def _row_name(entry: Entry, value: ArchivedValue, evidence: Evidence) -> str:
    if value.row in evidence.places:
        return evidence.name(value.row)
    return HIDDEN if evidence.hides(home(entry)) else value.name


def _changed(one: Written, evidence: Evidence, known: Known) -> str:
    """What the value is now, what was written, and who edited its row last."""
    place, prop = evidence.places[one.value.row], evidence.live_property(one)
    key = place.key
    now = evidence.shown(key, prop.type, _live(place.row, prop)) if prop else "(gone)"
    was = evidence.shown(key, one.type, one.new)
    edited = f"its row was last edited by {_who(place.row.last_edited_by, evidence, known)}"
    at = f" at {place.row.last_edited_time[:_MINUTE]}" if place.row.last_edited_time else ""
    return f"{evidence.name(place.row.id)}: {one.name} is {now}, written was {was}; {edited}{at}"


def _who(user: str, evidence: Evidence, known: Known) -> str:
    if user and user == evidence.reading.workspace.bot_id:
        return f"this integration ({evidence.reading.workspace.bot_name})"
    return known.people.get(user) or (f"user {user}" if user else "somebody")


def census(evidence: Evidence, last: Batch | None, known: Known) -> Iterator[Result]:
    """Each entry of the last batch against the workspace: its rows are there, and so is what it wrote."""
    if last is None:
        yield Result(Group.DATA, "census", "", Status.OK, "no batch was applied yet")
        return
    if last.restores:
        what = f"the last batch, {last.id}, took back {', '.join(last.restores)}: what is checked is what it left"
        again = "the next apply does what the files declare again"
        yield Result(Group.DATA, "restored", "", Status.WARN, what, (again,))
    entries = evidence.archived.of_batch(last.id)
    if not entries:
        yield Result(Group.DATA, "census", "", Status.OK, f"batch {last.id} put nothing into the archive")
    for entry in entries:
        yield _census(entry, evidence, last, known)


def _census(entry: Entry, evidence: Evidence, last: Batch, known: Known) -> Result:
    check = f"values in {entry.database_title or entry.database}"

    def told(status: Status, what: str, details: tuple[str, ...] = ()) -> Result:
        return Result(Group.DATA, check, entry.address, status, what, details)

    if not is_read(entry, evidence):
        dropped = entry.kind == "drop" and "database" in entry.definition
        if dropped:
            return told(Status.OK, f"its database was dropped; {counted(len(entry.values), 'value')} in the archive")
        if entry.kind == "restore":
            return told(Status.OK, f"its rows went back to {home(entry)!r}, which the files do not declare")
        return told(Status.WARN, f"the database {home(entry)!r} is not there to be looked at")
    incomplete = evidence.reading.rows[home(entry)].incomplete if home(entry) in evidence.reading.rows else ""
    if incomplete:
        return told(Status.WARN, f"not every row was read: {incomplete}")
    problems = [*_rows(entry, evidence, last, known), *_values(entry, evidence, last, known)]
    kept = sum(1 for one in written(entry) if fate(one, evidence) in _ACCOUNTED)
    if not problems:
        rest = len(entry.values) - kept
        archived = f", {rest} in the archive alone" if rest else ""
        return told(Status.OK, f"{counted(kept, 'value')} in place{archived}")
    status = worst(status for status, _ in problems)
    failed = sum(1 for each, _ in problems if each is Status.FAIL)
    what = f"{failed} missing or wrong" if failed else f"{len(problems)} changed since"
    heaviest = sorted(problems, key=lambda each: (each[0] is not Status.FAIL, each[1]))
    return told(status, f"{what}, {counted(kept, 'value')} in place", listed(line for _, line in heaviest))


def _rows(entry: Entry, evidence: Evidence, last: Batch, known: Known) -> Iterator[tuple[Status, str]]:
    """Rows that are not where they must be."""
    names = {value.row: _row_name(entry, value, evidence) for value in entry.values}
    for row in dict.fromkeys(census_rows(entry)):
        place, name = evidence.places.get(row), names.get(row, "a row")
        if place is not None:
            if place.key not in (home(entry), evidence.merged.get(row)):
                edited = _edited(place.row, evidence, last)
                by = f", moved by {_who(place.row.last_edited_by, evidence, known)}" if edited else ""
                yield Status.WARN if edited else Status.FAIL, f"{name}: its row is in {place.key}{by}"
            continue
        where = known.rows.get(row)
        if where is None or not (where.trashed or where.elsewhere):
            yield Status.FAIL, f"{name}: its row cannot be found: deleted, or not shared"
        elif where.trashed and where.by == evidence.reading.workspace.bot_id:
            yield Status.FAIL, f"{name}: its row is in the trash, put there by this integration"
        elif where.trashed:
            yield Status.WARN, f"{name}: its row was put into the trash by {_who(where.by, evidence, known)}"
        else:
            yield Status.WARN, f"{name}: its row was moved elsewhere by {_who(where.by, evidence, known)}"


def _values(entry: Entry, evidence: Evidence, last: Batch, known: Known) -> Iterator[tuple[Status, str]]:
    """Values that are not what was written."""
    for one in written(entry):
        match fate(one, evidence):
            case Fate.FIELD_GONE:
                yield Status.FAIL, f"{_row_name(one.entry, one.value, evidence)}: the field {one.name!r} is gone"
            case Fate.RETYPED:
                yield Status.WARN, _changed(one, evidence, known)
            case Fate.DIFFERS:
                status = Status.WARN if _may_be_edited(one, evidence, last) else Status.FAIL
                yield status, _changed(one, evidence, known)


def _may_be_edited(one: Written, evidence: Evidence, last: Batch) -> bool:
    """Whether somebody may have changed the value since: the row was edited by another, or after the batch.

    Links change from the other side, and options are renamed, without an edit of the row. Where entries are missing or
    damaged, it is not known what else the batch wrote.
    """
    row, prop = evidence.places[one.value.row].row, evidence.live_property(one)
    if one.type == "relation" or any(missing(last, evidence.archived)) or evidence.archived.damaged:
        return True
    if prop is not None and one.type in OPTION_TYPES:
        there = {option["name"] for option in prop.config.get("options", ())}
        if not set(one.new if isinstance(one.new, list) else [one.new] if one.new else []) <= there:
            return True
    return _edited(row, evidence, last)


def _edited(row: LiveRow, evidence: Evidence, last: Batch) -> bool:
    """Whether the row was edited by another, or after the batch."""
    by_other = row.last_edited_by != evidence.reading.workspace.bot_id
    return by_other or row.last_edited_time[:_MINUTE] > last.finished[:_MINUTE]
