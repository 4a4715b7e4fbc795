"""What the checks look at: the workspace as read, the plan that is left, the archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from reconciler.desired.state import State
from reconciler.memory.memory import Batch
from reconciler.model import properties
from reconciler.model.live import LiveDatabase, LiveProperty, LiveRow, Rows, Value
from reconciler.observe.archived import Archived, Written, final_names, home, written
from reconciler.planning.asking import Question
from reconciler.planning.ledger import HIDDEN, Ledger
from reconciler.planning.match import DatabaseMatch, Matched
from reconciler.planning.plan import Plan
from reconciler.planning.reading import Reading

_CLIPPED = 80


@dataclass(frozen=True)
class Place:
    """Where a row is: the key of its database, and the row as read."""

    key: str
    row: LiveRow


@dataclass(frozen=True)
class Evidence:
    """Everything that was read, and the plan that it makes."""

    reading: Reading
    plan: Plan
    archived: Archived

    @property
    def state(self) -> State:
        """What is declared."""
        return self.reading.state

    @property
    def matched(self) -> Matched:
        """The declared databases beside the live ones."""
        return self.reading.matched

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Every row that was read, by page id."""
        return {row.id: Place(key, row) for key, rows in self.reading.rows.items() for row in rows.rows}

    @cached_property
    def ledgers(self) -> Mapping[str, Ledger]:
        """The rows as they are now, by database key."""
        read = self.reading.rows
        return {k: Ledger(p, read.get(k, Rows()), self.reading.names, {}) for k, p in self.matched.databases.items()}

    @cached_property
    def history(self) -> Mapping[tuple[str, str], tuple[Written, ...]]:
        """Every value that any batch wrote, by page id and property id, oldest batch first."""
        found: dict[tuple[str, str], list[Written]] = {}
        for entry in sorted(self.archived.entries, key=lambda e: e.batch):
            for one in written(entry):
                found.setdefault((one.value.row, self.property_id(one)), []).append(one)
        return {place: tuple(several) for place, several in found.items()}

    @cached_property
    def dropped(self) -> frozenset[tuple[str, str]]:
        """The properties that wtstate dropped: (database key, property id)."""
        drops = ((e.database, e.definition.get("property")) for e in self.archived.entries if e.kind == "drop")
        return frozenset((k, str(prop["id"])) for k, prop in drops if isinstance(prop, Mapping) and "config" in prop)

    @cached_property
    def merged(self) -> Mapping[str, str]:
        """The key of the database that a merge moved a row to, by page id; of the last merge that did."""
        found: dict[str, str] = {}
        for entry in sorted(self.archived.entries, key=lambda e: e.batch):
            lineage = entry.definition.get("lineage") if entry.kind == "merge" else None
            for row, way in lineage.items() if isinstance(lineage, Mapping) else ():
                if way == "moved":
                    found[str(row)] = home(entry)
        return found

    def live_property(self, one: Written) -> LiveProperty | None:
        """The property that the value was written to, in the database where the row is now."""
        place = self.places.get(one.value.row)
        pair = self.matched.databases.get(place.key if place else home(one.entry))
        return property_at(pair, one.place)

    def property_id(self, one: Written) -> str:
        """The id of that property, also where the entry says its name."""
        prop = self.live_property(one)
        return prop.id if prop else one.place

    def overwritten_by(self, one: Written) -> Written | None:
        """The later write of wtstate itself that took the value's place; None when it was the last."""
        there = self.history.get((one.value.row, self.property_id(one)), ())
        later = [other for other in there if other.entry.batch > one.entry.batch]
        if later:
            return later[-1]
        kind = properties.of(one.type)
        for other in there:
            beside = other is not one and other.entry.batch == one.entry.batch
            if (
                beside
                and other.value.property_id in (one.place, self.property_id(one))
                and other.value.type == one.type
            ):
                old = final_names(one.type, other.value.old)
                if kind.same(old, one.new) and not kind.same(other.new, one.new):
                    return other
        return None

    def shown(self, key: str, kind: str, value: Value) -> str:
        """A value as a result may tell it; nothing of a database that is declared sensitive, or no longer declared."""
        if self.hides(key):
            return HIDDEN
        text = properties.of(kind).text(value, self._name)
        return repr(text if len(text) <= _CLIPPED else f"{text[:_CLIPPED]}…")

    def hides(self, key: str) -> bool:
        """Whether no value and no name of a row of the database may be told."""
        desired = self.matched.databases[key].desired if key in self.matched.databases else None
        return desired is None or desired.sensitive

    def name(self, page_id: str) -> str:
        """What people call the row."""
        place = self.places.get(page_id)
        return self.ledgers[place.key].name(place.row) if place and place.key in self.ledgers else "(row not read)"

    def _name(self, page_id: str) -> str:
        return self.name(page_id)


def property_at(pair: DatabaseMatch | None, place: str) -> LiveProperty | None:
    """The live property of an id, or of a name where the entry was written before the property was made."""
    live: LiveDatabase | None = pair.live if pair else None
    if pair is None or live is None:
        return None
    return live.by_id(place) or live.by_name(place)


def widened(
    state: State, matched: Matched, asked: Mapping[str, Question], archived: Archived, last: Batch | None
) -> dict[str, Question]:
    """The questions of a plan, and with them, in one query a database, what the checks look at."""
    wanted: dict[str, set[str]] = {}
    for key, prop_id in (*_relations(state, matched), *_kept(matched, archived, last)):
        wanted.setdefault(key, set()).update({prop_id} - {""})
    questions = dict(asked)
    for key, ids in wanted.items():
        pair = matched.databases.get(key)
        if pair is None or pair.live is None:
            continue
        before = asked.get(key)
        if before is not None and before.property_ids is None:
            questions[key] = Question(filter=None, property_ids=None)
            continue
        named = {prop.id for prop in _named(state, pair) if prop is not None}
        known = set(before.property_ids or ()) if before else set()
        questions[key] = Question(filter=None, property_ids=tuple(sorted(ids | named | known)))
    return questions


def _relations(state: State, matched: Matched) -> Iterable[tuple[str, str]]:
    """The declared relations of each database, and the databases that they lead to, with their mirrors."""
    for key in state.databases:
        pair = matched.databases.get(key)
        for name, prop in pair.fields.items() if pair else ():
            if prop is not None and prop.type == "relation":
                yield key, prop.id
                mirror = prop.config.get("mirror") or {}
                yield state.databases[key].fields[name].to or "", str(mirror.get("id") or "")


def _kept(matched: Matched, archived: Archived, last: Batch | None) -> Iterable[tuple[str, str]]:
    """Where the last batch and every correction wrote."""
    for entry in archived.entries:
        if entry.kind == "drop" and "database" in entry.definition:
            continue
        if entry.kind == "correction" or (last is not None and entry.batch == last.id):
            key = home(entry)
            yield key, ""
            for one in written(entry):
                prop = property_at(matched.databases.get(key), one.place)
                if prop is not None:
                    yield key, prop.id


def _named(state: State, pair: DatabaseMatch) -> Iterable[LiveProperty | None]:
    """What names a row of the database, what others look up in it, what its checks ask."""
    yield pair.fields.get(pair.desired.key_field or "")
    for database in state.databases.values():
        for declared in database.fields.values():
            if declared.to == pair.desired.key:
                for name in (declared.link.target if declared.link else "", declared.match or ""):
                    yield pair.fields.get(name) or (pair.live.by_name(name) if pair.live else None)
    for check in state.checks.values():
        if check.database == pair.desired.key:
            for name in (*check.where_fields, check.unique or ""):
                yield pair.fields.get(name)
