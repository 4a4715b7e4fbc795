"""Databases that are gone, from Notion's trash too, made again with the rows that the archive keeps whole.

Ids do not come back. What was there is a stand-in until the database is made: it bears the former ids, and has nothing
but its title. Once it is made, the former ids are read as those that took their place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from reconciler.memory.batches import open_batch
from reconciler.memory.before import parsed
from reconciler.memory.entry import ArchivedValue
from reconciler.memory.hosted import Place
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.finding import Finding
from reconciler.model.live import LiveDatabase, LiveProperty, LiveRow, Rows
from reconciler.planning import guards
from reconciler.planning.actions.base import Risk, RowChange
from reconciler.planning.actions.restoring import Restore
from reconciler.planning.effects import Against, Effect, NewDatabase, NewRow, PropertyChange, RowWrite, Task
from reconciler.planning.restore.material import Material, with_copies
from reconciler.planning.restore.site import Site
from reconciler.planning.restore.words import CUSTOM
from reconciler.planning.words import few

GUARD = "database-gone"
_LATER = frozenset({"relation", "files"})
"""Types whose values are written once all rows are there, or need uploads."""


@dataclass(frozen=True)
class KeptRow:
    """A row that the archive keeps with all its values: ``values`` with the batch of their entry."""

    name: str
    values: tuple[tuple[str, ArchivedValue], ...]


def kept_rows(material: Material, key: str) -> dict[str, KeptRow]:
    """The rows that went with their database, by the id that they had."""
    found: dict[str, list[tuple[str, ArchivedValue]]] = {}
    for entry in material.entries:
        wanted = material.focus is None or entry in material.focus
        if entry.database == key and wanted and entry.kind == "drop" and "database" in entry.definition:
            for value in entry.values:
                found.setdefault(value.row, []).append((entry.batch, value))
    return {row: KeptRow(name=values[0][1].name, values=tuple(values)) for row, values in found.items()}


def with_stand_ins(material: Material, consents: frozenset[str]) -> Material:
    """The material with an empty database in the place of each that is gone and that is to be made again."""
    live, rows = dict(material.live), dict(material.rows)
    for key in material.gone:
        if addresses.of_database(key) in consents:
            was = material.before.databases[key].was
            live[key] = replace(was, properties=(was.title_property,), in_trash=False, locked=False)
            rows[key] = Rows()
    return replace(material, live=live, rows=rows)


def as_made_again(material: Material) -> Material:
    """The material with new ids in the place of those of databases, and rows, that an earlier restore made again."""
    ids: dict[str, str] = {}
    pages: dict[str, str] = {}
    for key in material.again:
        was, live = material.before.databases[key].was, material.live[key]
        ids |= {was.id: live.id, was.data_source_id: live.data_source_id}
        pages |= _made(kept_rows(material, key), material.rows.get(key, Rows()).rows, live)
    if not ids:
        return material
    text = json.dumps(asdict(material.before))
    for former, new in (ids | pages).items():
        text = text.replace(former, new)
    entries = tuple(replace(e, values=tuple(_linked(value, pages) for value in e.values)) for e in material.entries)
    focus = tuple(e for e, was in zip(entries, material.entries, strict=True) if was in (material.focus or ()))
    return replace(
        material,
        before=parsed(json.loads(text)),
        entries=entries,
        focus=focus if material.focus is not None else None,
        pages=pages,
    )


def _linked(value: ArchivedValue, pages: Mapping[str, str]) -> ArchivedValue:
    """The value with links to the rows that were made again."""
    old, new = value.old, value.new
    if value.type == "relation":
        old = [pages.get(page, page) for page in old or ()]
    if isinstance(new, list) and (value.to[2] if value.to else value.type) == "relation":
        new = [pages.get(page, page) for page in new]
    return replace(value, old=old, new=new)


def _made(kept: Mapping[str, KeptRow], rows: tuple[LiveRow, ...], live: LiveDatabase) -> dict[str, str]:
    """The rows that hold all that the archive keeps of one, links and files aside: by the id that each had."""
    found: dict[str, str] = {}
    for former, row in kept.items():
        same = (each.id for each in rows if each.id not in found.values() and _holds(each, row, live))
        new = next(same, None)
        if new is not None:
            found[former] = new
    return found


def _holds(row: LiveRow, kept: KeptRow, live: LiveDatabase) -> bool:
    for _, value in kept.values:
        kind, prop = properties.of(value.type), live.by_name(value.property)
        if not kind.writable or value.type in _LATER:
            continue
        if prop is None or prop.type != value.type or not kind.same(row.values.get(prop.id, kind.nothing), value.old):
            return False
    return True


def said_gone(material: Material) -> Iterator[Finding]:
    """The databases that are gone, and what it takes to make them again."""
    for key in sorted(material.gone - material.live.keys()):
        was = material.before.databases[key].was
        rows = kept_rows(material, key)
        content = sum(bool(b) for e in material.entries if e.database == key for b in e.content.values())
        kept = f"{few(len(rows), 'row is', 'rows are')} kept whole" if rows else "none of its rows is kept whole"
        text = f"; the content of {few(content, 'page', 'pages')} is in the archive, to be read" if content else ""
        yield guards.liftable(
            "database-gone",
            addresses.of_database(key),
            f"the database {was.title!r} is gone, from Notion's trash too, or not shared any more",
            "share it with the connection, or make it again",
            why=f"made again it has new ids, no page content, comments and history; {kept}{text}",
        )


def went_along(prop: LiveProperty, material: Material) -> bool:
    """Whether a relation is not there because what it leads to is gone; that is said of the database."""
    gone = {material.before.databases[key].was.data_source_id for key in material.gone - material.live.keys()}
    return prop.type == "relation" and str(prop.config.get("data_source_id")) in gone


def made_again(site: Site, material: Material, going: frozenset[str]) -> Iterator[Task | Finding]:
    """The database, if it is not there yet, and its rows; rows that move back (``going``) are none of these."""
    address = addresses.of_database(site.key)
    if site.key in material.gone:
        yield _database(site, address)
    elif site.key not in material.again or open_batch(material.memory) is None:
        return
    kept = {row: each for row, each in kept_rows(material, site.key).items() if row not in going}
    rows = [row for row in kept if row not in material.pages]
    named = sorted(rows, key=lambda row: (kept[row].name, row))
    effects: list[Effect] = [NewRow(database=site.key, values=_plain(kept[row], site), was=row) for row in named]
    for row, each in kept.items():
        effects += _later(material.pages.get(row, row), each, site, material)
    if not effects:
        return
    shown = (RowChange(kept[row].name, "(row)", "", kept[row].name) for row in rows)
    yield Task(
        action=Restore(
            kind="restore-rows",
            address=address,
            database=site.key,
            subject="rows",
            new=site.was.title,
            details=("made again, with new ids", "without the content of their pages"),
            rows=tuple(sorted(shown)),
            risk=Risk.SAFE,
        ),
        effects=tuple(effects),
        needs=(address,) if site.key in material.gone else (),
    )


def _database(site: Site, address: str) -> Task:
    was = site.was
    title = was.title_property
    new = NewDatabase(
        key=site.key,
        title=was.title,
        description=was.description or None,
        icon=was.icon if was.icon != CUSTOM else None,
        properties=(PropertyChange(database=site.key, field=title.name, name=title.name, type="title", config={}),),
    )
    return Task(
        action=Restore(
            kind="restore-database",
            address=address,
            database=site.key,
            subject="database",
            new=was.title,
            details=("made again, with new ids",),
            risk=Risk.SAFE,
        ),
        effects=(new,),
    )


def _plain(kept: KeptRow, site: Site) -> tuple[tuple[str, str, object], ...]:
    """What a row is made with."""
    found = []
    for _, value in kept.values:
        prop = _property(value, site)
        if prop is not None and value.type not in _LATER and not (value.type == "status" and value.old is None):
            found.append((prop.name, value.type, value.old))
    return tuple(found)


def _property(value: ArchivedValue, site: Site) -> LiveProperty | None:
    """The property that the value comes back to; None where it has none, or is computed."""
    if not properties.of(value.type).writable:
        return None
    prop = site.now.get(value.property_id) or site.after.get(value.property_id)
    return prop if prop is not None and prop.type == value.type else None


def _later(row: str, kept: KeptRow, site: Site, material: Material) -> Iterator[RowWrite]:
    """The links and files of a row, as far as what they lead to is there."""
    there = {each.id: each for each in material.rows.get(site.key, Rows()).rows}
    for batch, value in kept.values:
        prop = _property(value, site)
        if prop is None or value.type not in _LATER:
            continue
        place = Place(value.row, value.property_id)
        new, copies, _ = with_copies(value.old, value.type, place, batch, material.files)
        if value.type == "relation":
            new = [page for page in new if is_there(page, material)]
        now = there[row].values.get(prop.id) if row in there else None
        if new and not (now is not None and properties.of(value.type).same(now, new)):
            yield RowWrite(
                database=site.key, row=row, property=prop.id, type=value.type, old=properties.of(value.type).nothing,
                new=new, against=Against.UNCOMPARED, kept=copies,
            )  # fmt: skip


def is_there(page: str, material: Material) -> bool:
    """Whether a link can lead to the row: it is there, or is made again."""
    if page in material.linked or any(page in {r.id for r in rows.rows} for rows in material.rows.values()):
        return True
    made = (material.gone & material.live.keys()) | material.again
    return any(page in kept_rows(material, key) for key in made)


def redirected(task: Task, material: Material) -> Task:
    """The task with relations that lead to a database which this plan makes, said by its key."""
    keys = {material.before.databases[key].was.data_source_id: key for key in material.gone if key in material.live}
    return replace(task, effects=tuple(_to_key(effect, keys, material) for effect in task.effects)) if keys else task


def _to_key(effect: Effect, keys: Mapping[str, str], material: Material) -> Effect:
    if isinstance(effect, PropertyChange) and effect.config is not None:
        key = keys.get(str(effect.config.get("data_source_id")))
        if key is not None:
            return replace(effect, config={"to": key, "two_way": effect.config.get("mirror") is not None})
    if isinstance(effect, RowWrite) and effect.type == "relation" and isinstance(effect.new, list):
        return replace(effect, new=[page for page in effect.new if is_there(page, material)])
    return effect
