"""Counting by value: what was there is in its place or in the archive, and nothing moved that no step touches.

Pure. Values are canonical; a place is a page and a property. What was not read is not counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.memory.entry import Entry
from reconciler.model import properties
from reconciler.planning.actions.schema import FoldOption
from reconciler.planning.effects import PropertyChange
from reconciler.planning.plan import Plan
from reconciler.planning.steps import kinds

Place = tuple[str, str]
"""A page id and a decoded property id."""
Stations = Mapping[str, Mapping[str, str]]
"""Options that a run which was cut off put into rows on the way, with what they stand for, by property id."""


@dataclass(frozen=True)
class Held:
    """One value: its property's type and name, canonical form, and where it is for people."""

    type: str
    value: Any
    said: str

    @property
    def kept(self) -> bool:
        """Whether there is something to keep."""
        return not properties.of(self.type).empty(self.value)


@dataclass(frozen=True)
class Table:
    """A data source: ``words`` of its database, ``schema`` (name, type, config, description) by property id."""

    title: str
    words: Mapping[str, Any]
    schema: Mapping[str, tuple[str, str, str, str]]


@dataclass(frozen=True)
class Everything:
    """A workspace without its archive. ``rows`` give each page's data source id; ``mirrors`` pair properties."""

    tables: dict[str, Table] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    values: dict[Place, Held] = field(default_factory=dict)
    content: dict[str, str] = field(default_factory=dict)
    mirrors: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    """What people call a page."""
    taken: dict[str, frozenset[str]] = field(default_factory=dict)
    """The rows to which lines of a merge linked that are gone from a page; the rest of its content is as it was."""

    def name(self, page: str) -> str:
        """A page in words."""
        return self.titles.get(page, "a row")


@dataclass(frozen=True)
class Missed:
    """What is not as it must be, for people, and where it is: a page and property, or data source ("" where none)."""

    said: str
    page: str = ""
    property: str = ""
    source: str = ""


def lost(
    before: Everything, after: Everything, kept: Iterable[Entry], *, stations: Stations | None = None
) -> list[Missed]:
    """What was there and is neither in its place nor in the archive; [] when nothing is lost.

    Where a run that was cut off has changed a type, what stands there is Notion's conversion of a value that is kept;
    where it left ``stations``, the options that they stand for must be there.
    """
    converted: set[tuple[str, str, str]] = set()
    archived: dict[Place, list[tuple[str, Any]]] = {}
    content: dict[str, Any] = {}
    for entry in kept:
        content.update(entry.content)
        for row, page in entry.inbound:
            archived.setdefault((row, ""), []).append(("relation", [page]))
        for value in entry.values:
            archived.setdefault((value.row, value.property_id), []).append((value.type, value.old))
            if entry.kind == "retype" and value.to is not None and value.to[2] != value.type:
                converted.add((value.row, value.to[0], value.to[2]))
    missing = [
        Missed(held.said, page=page, property=property_id, source=before.rows.get(page, ""))
        for (page, property_id), held in before.values.items()
        if (page, property_id, held.type) not in converted
        and not _safe(
            (page, property_id), _arrived(held, (stations or {}).get(property_id, {})), before, after, archived
        )
    ]
    for page, blocks in before.content.items():
        if blocks and not after.content.get(page, "").startswith(blocks[:-1]):
            missing.append(Missed(f"the content of {before.name(page)}", page=page, source=before.rows[page]))
        gone = after.tables[after.rows[page]].words["in_trash"] if page in after.rows else True
        if blocks and gone and not before.tables[before.rows[page]].words["in_trash"] and not content.get(page):
            said = f"the content of {before.name(page)}, which went with its database"
            missing.append(Missed(said, page=page, source=before.rows[page]))
    return missing


def _arrived(held: Held, stations: Mapping[str, str]) -> Held:
    """The value with the true names of the options that it holds on the way."""
    if isinstance(held.value, list) and stations:
        return replace(held, value=[stations.get(name, name) for name in held.value])
    return replace(held, value=stations[held.value]) if stations and held.value in stations else held


def _safe(
    place: Place, held: Held, before: Everything, after: Everything, archived: Mapping[Place, list[tuple[str, Any]]]
) -> bool:
    kind = properties.of(held.type)
    page, _ = place
    now = after.values.get(place)
    source = after.rows.get(page, "")
    trashed = source in after.tables and after.tables[source].words["in_trash"] and source in before.tables
    gone = trashed and not before.tables[source].words["in_trash"]
    if not held.kept or held.type == "button":
        return True
    there = now is not None and not gone and now.type == held.type
    if there and now is not None and (not kind.writable or kind.same(now.value, held.value)):
        return True
    if any(of == held.type and properties.of(of).same(old, held.value) for of, old in archived.get(place, ())):
        return True
    if held.type != "relation":
        return False
    again = _namesake(place, before, after)
    return all(edge in again or _edge_safe(place, edge, before, now, archived) for edge in held.value)


def _namesake(place: Place, before: Everything, after: Everything) -> AbstractSet[str]:
    """The edges in a relation that took the place of one of the same name: a mirror that was made anew has a new id."""
    page, property_id = place
    name = before.tables[before.rows[page]].schema[property_id][0]
    table = after.tables.get(after.rows.get(page, ""))
    ids = [other for other, found in table.schema.items() if found[0] == name] if table else []
    found = [after.values[page, other] for other in ids if (page, other) in after.values]
    return {edge for held in found if held.type == "relation" for edge in held.value}


def _edge_safe(
    place: Place, edge: str, before: Everything, now: Held | None, archived: Mapping[Place, list[tuple[str, Any]]]
) -> bool:
    """Whether an edge is in its place, or in the archive from either of its sides or with what it led to."""
    page, property_id = place
    if now is not None and now.type == "relation" and edge in now.value:
        return True
    mirror = before.mirrors.get(property_id, "")
    sides = [(place, edge), ((edge, mirror), page), ((page, ""), edge)]
    return any(to in old for side, to in sides for of, old in archived.get(side, ()) if of == "relation")


def strays(before: Everything, after: Everything, touched: Touched) -> list[Missed]:
    """What changed although the plan's steps do not touch it."""
    return [*_stray_tables(before, after, touched), *_stray_rows(before, after, touched)]


@dataclass
class Touched:
    """What a plan's steps may change.

    ``written`` are values, ``moved`` and ``told`` pages (to another database; with a line added), ``properties`` and
    ``names`` (data source, name) columns, ``words`` a database's own; ``created`` and ``made`` count new rows and
    databases. ``keys`` gives data source ids by database key.
    """

    written: set[Place] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    created: int = 0
    trashed: set[str] = field(default_factory=set)
    untrashed: set[str] = field(default_factory=set)
    """Rows that go to Notion's trash, and rows that come from there."""
    placed: set[str] = field(default_factory=set)
    """Databases that do, by data source: relations to them are shown only while they are not there."""
    lines: set[tuple[str, str]] = field(default_factory=set)
    """Lines of a merge that are taken from a page: (page, the row that the line links to)."""
    properties: set[str] = field(default_factory=set)
    retyped: set[str] = field(default_factory=set)
    names: set[tuple[str, str]] = field(default_factory=set)
    words: set[tuple[str, str]] = field(default_factory=set)
    made: int = 0
    mirrors: bool = False
    options: dict[str, set[str]] = field(default_factory=dict)
    """The names of options that are written, by property."""
    stations: dict[str, dict[str, str]] = field(default_factory=dict)
    """Left by a run that was cut off, and taken away (`Stations`)."""

    @classmethod
    def of(cls, plan: Plan, keys: Mapping[str, str]) -> Touched:
        """What the steps of the plan touch; ``keys`` gives data source ids by database key."""
        touched = cls()
        for step in plan.steps:
            touched._step(step, keys)
        left = {action.old: action.new for action in plan.actions if isinstance(action, FoldOption) and action.kept}
        for step in plan.steps:
            for property_id, gone in step.without.items() if isinstance(step, kinds.PatchSchema) else ():
                standing = {station: left[station] for station in gone & left.keys()}
                touched.stations.setdefault(property_id, {}).update(standing)
        return touched

    def _step(self, step: Any, keys: Mapping[str, str]) -> None:
        match step:
            case kinds.WriteRow():
                self._row(step)
            case kinds.Move():
                self.moved.add(step.move.row)
            case kinds.CreateRow():
                self.created += 1
            case kinds.AppendLine():
                self.told.add(step.line.row)
            case kinds.CreateDatabase():
                self.made += 1
            case kinds.TakeLine() | kinds.TrashPage() | kinds.Untrash():
                self._undoes(step, keys)
            case kinds.PatchDatabase():
                wrote = (("description", step.description), ("is_locked", step.locked))
                self.words |= {(keys[step.database], word) for word, new in wrote if new is not None}
            case kinds.Mark():
                self.words |= {(keys[step.database], word) for word in ("title", "description", "is_locked")}
            case kinds.Trash():
                self._place(step.database, keys)
            case kinds.PatchMirror():
                self.mirrors = True
            case kinds.PatchSchema():
                self._schema(step, keys)

    def _undoes(self, step: kinds.TakeLine | kinds.TrashPage | kinds.Untrash, keys: Mapping[str, str]) -> None:
        match step:
            case kinds.TakeLine():
                self.lines.add((step.row, step.survivor))
            case kinds.TrashPage():
                self.trashed.add(step.row)
            case kinds.Untrash(row=str(row)):
                self.untrashed.add(row)
            case kinds.Untrash():
                self._place(step.database, keys)

    def _place(self, database: str, keys: Mapping[str, str]) -> None:
        self.words.add((keys[database], "in_trash"))
        self.placed.add(keys[database])

    def _row(self, step: kinds.WriteRow) -> None:
        for write in step.writes:
            self.written.add((step.row, write.property))
            if write.type in _GROWING:
                names = write.new if isinstance(write.new, list) else [write.new]
                self.options.setdefault(write.property, set()).update(str(name) for name in names)

    def _schema(self, step: kinds.PatchSchema, keys: Mapping[str, str]) -> None:
        source = keys.get(step.database, "")
        self.words |= {(source, word) for word, new in (("title", step.title), ("icon", step.icon)) if new is not None}
        self.properties |= {written.property_id for written in step.options}
        for change in step.changes:
            self._change(change, source)

    def _change(self, change: PropertyChange, source: str) -> None:
        if change.property_id:
            self.properties.add(change.property_id)
        if change.property_id and change.retypes:
            self.retyped.add(change.property_id)
        if change.property_id is None or change.retypes:
            # A property that changes its type may come out as another one of its name.
            self.names |= {(source, name) for name in (change.field, change.name) if name is not None}
        self.mirrors = self.mirrors or change.type == "relation" or change.remove or change.retypes


def _stray_tables(before: Everything, after: Everything, touched: Touched) -> Iterator[Missed]:
    if len(after.tables) > len(before.tables) + touched.made:
        yield Missed(f"{len(after.tables) - len(before.tables)} databases came, {touched.made} were planned")
    for source, table in before.tables.items():
        now = after.tables[source]
        for word, value in table.words.items():
            if now.words[word] != value and (source, word) not in touched.words:
                yield Missed(f"{table.title}: {word} {value!r} became {now.words[word]!r}", source=source)
        for property_id in sorted(table.schema.keys() | now.schema.keys()):
            yield from _stray_property(source, property_id, table, now, touched)


def _stray_property(source: str, property_id: str, table: Table, now: Table, touched: Touched) -> Iterator[Missed]:
    was, new = table.schema.get(property_id), now.schema.get(property_id)
    if was == new or property_id in touched.properties:
        return
    if touched.mirrors and "relation" in ((was or ("", ""))[1], (new or ("", ""))[1]):
        return
    if (was is None or new is None) and any(_leads_to(each, touched.placed) for each in (was, new) if each):
        return
    if was is None and new is not None and (source, new[0]) in touched.names:
        return
    if was is not None and new is not None and _grew(was, new, touched.options.get(property_id, set())):
        return
    yield Missed(f"{table.title} / {_changed(was, new)}", property=property_id, source=source)


def _leads_to(prop: tuple[str, str, str, str], sources: AbstractSet[str]) -> bool:
    """Whether it is a relation to one of these data sources."""
    return prop[1] == "relation" and any(source in prop[2] for source in sources)


_GROWING = ("select", "multi_select")
_COLUMN = ("name", "type", "configuration", "description")


def _changed(was: tuple[str, ...] | None, new: tuple[str, ...] | None) -> str:
    """What became of a column, in words."""
    if was is None or new is None:
        return f"{(new or was or ('',))[0]} {'came' if was is None else 'went'}"
    words = [word for word, one, other in zip(_COLUMN, was, new, strict=True) if one != other]
    return f"{was[0]}: its {' and '.join(words)} changed"


def _grew(was: tuple[str, str, str, str], new: tuple[str, str, str, str], written: AbstractSet[str]) -> bool:
    """Whether nothing but options came that written values name: Notion makes an option of such a name."""
    if (was[0], was[1], was[3]) != (new[0], new[1], new[3]) or was[1] not in _GROWING:
        return False
    before, after = ({option["name"] for option in json.loads(each[2]).get("options", ())} for each in (was, new))
    return bool(written) and before <= after and after - before <= written


def _stray_rows(before: Everything, after: Everything, touched: Touched) -> Iterator[Missed]:
    fresh = after.rows.keys() - before.rows.keys() - touched.untrashed
    if len(fresh) > touched.created:  # fewer where something was refused; else the plan does not converge
        yield Missed(f"{len(fresh)} rows came, {touched.created} were planned")
    for page in sorted(before.rows.keys() - after.rows.keys() - touched.trashed):
        yield Missed(f"{before.name(page)} is gone", page=page, source=before.rows[page])
    for page in sorted(before.rows.keys() & after.rows.keys() - touched.moved):
        if before.rows[page] != after.rows[page]:
            yield Missed(f"{before.name(page)} is in another database", page=page, source=before.rows[page])
    yield from _stray_values(before, after, touched, fresh | touched.moved)
    for page, blocks in before.content.items():
        if after.content.get(page) != blocks and page not in touched.told:
            said = f"the content of {before.name(page)} changed"
            yield Missed(said, page=page, source=before.rows.get(page, ""))
    for page, survivors in after.taken.items():
        if not {(page, survivor) for survivor in survivors} <= touched.lines:
            said = f"{before.name(page)} does not say any more into which row it was merged"
            yield Missed(said, page=page, source=before.rows.get(page, ""))


def _stray_values(
    before: Everything, after: Everything, touched: Touched, elsewhere: AbstractSet[str]
) -> Iterator[Missed]:
    """Values that changed in rows that stayed, beside those written and the edges that follow these."""
    edges = _written_edges(after, touched)
    rows = {page for page, _ in touched.written}
    placed = touched.trashed | touched.untrashed  # Edges to these go and come with them.
    for place, held in after.values.items():
        page, property_id = place
        was, kind = before.values.get(place), properties.of(held.type)
        if page in elsewhere or not kind.writable or place in touched.written:
            continue
        source = after.rows[page]
        name = after.tables[source].schema[property_id][0]
        came = source in before.tables and property_id not in before.tables[source].schema
        if came and (source, name) in touched.names and page in rows:
            continue
        old = was.value if was is not None and was.type == held.type else kind.nothing
        if (page, name) in touched.written or kind.same(old, held.value):
            continue
        if property_id in touched.retyped and kind.empty(held.value):
            continue  # What it held is counted by `lost`.
        mirror = before.mirrors.get(property_id) or after.mirrors.get(property_id)
        if held.type == "relation" and set(old) ^ set(held.value) <= edges.get(place, set()) | placed | (
            elsewhere if mirror is not None else touched.moved
        ):
            continue
        if held.type == "relation" and mirror is not None and touched.mirrors and was is None:
            continue
        if was is None and _leads_to(after.tables[source].schema[property_id], touched.placed):
            continue
        yield Missed(held.said, page=page, property=property_id, source=source)


def _written_edges(after: Everything, touched: Touched) -> dict[Place, set[str]]:
    """For each place of a mirror: the rows whose own side was written, so that their edges here may come and go."""
    found: dict[Place, set[str]] = {}
    back = {mirror: owner for owner, mirror in after.mirrors.items()}
    for place, held in after.values.items():
        owner = back.get(place[1])
        if held.type == "relation" and owner is not None:
            found[place] = {page for page, property_id in touched.written if property_id == owner}
            name_of = {s.schema[owner][0] for s in after.tables.values() if owner in s.schema}
            found[place] |= {page for page, name in touched.written if name in name_of}
    return found
