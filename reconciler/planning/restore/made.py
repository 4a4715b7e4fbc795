"""What the batches made goes again, where it holds nothing else than what they wrote: fields, rows, databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.memory.before import MadeRow
from reconciler.memory.entry import ArchivedValue
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.finding import Finding
from reconciler.model.live import LiveDatabase, LiveProperty, LiveRow, Rows, Value
from reconciler.planning.actions.base import Risk, RowChange
from reconciler.planning.actions.restoring import Restore
from reconciler.planning.asking import holding
from reconciler.planning.diff.fields import LATE_TYPES
from reconciler.planning.diff.option_list import WAY_STATION
from reconciler.planning.edits import entry_of
from reconciler.planning.effects import Effect, LastLook, PropertyChange, Task, TrashDatabase, TrashRow
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch
from reconciler.planning.restore.material import Material
from reconciler.planning.restore.site import Site, holds, kept, present, site_of
from reconciler.planning.words import few

REASON = "made by the batch"


def made_fields(
    site: Site, found: Mapping[str, Site], material: Material, leaving: frozenset[str], consents: frozenset[str]
) -> Iterator[Task | Finding]:
    """Each field that the batches made, archived and dropped; one that people wrote into stays."""
    if site.live.in_trash:
        return
    expected = {(w.row, w.property): w.new for w in material.before.written}
    for name, prop in site.made.items():
        address = addresses.of_field(site.key, name)
        if not material.wants_made(site.key, name):
            continue
        kind = properties.of(prop.type)
        rows = [row for row in site.ledger.rows if row.id not in leaving and holds(prop, row.values.get(prop.id))]
        mirrored = _mirrored(prop, found, expected)
        own = [row for row in rows if not _as_written(prop, row, expected.get((row.id, name)), mirrored)]
        derived = _derived(prop, found)
        if own and kind.writable and not derived and address not in consents:
            words = few(len(own), "row holds", "rows hold")
            yield kept(address, f"the batch made it, but {words} values that people wrote, so it stays")
            continue
        yield _drop(site, prop, name, rows, address, material, derived=derived)


def _as_written(prop: LiveProperty, row: LiveRow, expected: Value | None, mirrored: Mapping[str, set[str]]) -> bool:
    now = row.values.get(prop.id)
    if prop.type == "relation":
        return set(now or ()) <= set(expected or ()) | mirrored.get(row.id, set())
    return expected is not None and properties.of(prop.type).same(now, expected)


def _mirrored(
    prop: LiveProperty, found: Mapping[str, Site], expected: Mapping[tuple[str, str], Value]
) -> dict[str, set[str]]:
    """The edges that the batches wrote on the other side, where they made that as well: by row of this side."""
    mirror = prop.config.get("mirror") if prop.type == "relation" else None
    partner = site_of(found, str(prop.config.get("data_source_id"))) if mirror else None
    names = {p.id: name for name, p in partner.made.items()} if partner else {}
    edges: dict[str, set[str]] = {}
    for (row, name), pages in expected.items():
        if mirror and name == names.get(str(mirror["id"])) and isinstance(pages, list):
            for page in pages:
                edges.setdefault(page, set()).add(row)
    return edges


def _derived(prop: LiveProperty, found: Mapping[str, Site]) -> bool:
    """Whether the edges are those of another side, which the batches made two-way."""
    mirror = prop.config.get("mirror") if prop.type == "relation" else None
    partner = site_of(found, str(prop.config.get("data_source_id"))) if mirror else None
    if partner is None or mirror is None:
        return False
    return partner.was.by_id(str(mirror["id"])) is not None


def _drop(
    site: Site, prop: LiveProperty, name: str, rows: list[LiveRow], address: str, material: Material, *, derived: bool
) -> Task:
    key = site.key
    kind = properties.of(prop.type)
    # Boxes that nobody ticked are kept too, though nobody needs to read of them.
    there = [row for row in site.ledger.rows if row in rows or not kind.empty(row.values.get(prop.id))]
    values = [site.ledger.archived(row, prop, old=row.values.get(prop.id)) for row in there]
    effects: list[Effect] = []
    if name.casefold() in {was.name.casefold() for was in site.was.properties}:
        effects.append(PropertyChange(database=key, field=name, property_id=prop.id, name=name + WAY_STATION))
    effects.append(
        entry_of(
            site.pair, address, "restore", field_name=prop.name, reason=REASON, source=source(material), values=values,
            definition={"property": {"id": prop.id, "name": prop.name, "type": prop.type, "config": dict(prop.config)}},
        )
    )  # fmt: skip
    narrowed = holding(prop) if kind.writable else None
    if kind.writable and not derived:
        known = {row.id: row.values.get(prop.id) for row in rows}
        known |= {
            row.id: row.values.get(prop.id) for row in site.ledger.rows if not holds(prop, row.values.get(prop.id))
        }
        effects.append(
            LastLook(
                database=key,
                property_id=prop.id,
                type=prop.type,
                filter=narrowed if isinstance(narrowed, dict) else None,
                known=known,
            )
        )
    if prop.type == "relation" and prop.config.get("mirror"):
        one_way = {"data_source_id": prop.config["data_source_id"], "mirror": None}
        effects.append(
            PropertyChange(database=key, field=name, property_id=prop.id, type="relation", config=one_way, closing=True)
        )
    late = prop.type in LATE_TYPES
    effects.append(PropertyChange(database=key, field=name, property_id=prop.id, remove=True, closing=True, late=late))
    shown = tuple(
        sorted(
            RowChange(
                site.ledger.name(row), name, site.ledger.shown(prop.type, row.values.get(prop.id)), "", "archived"
            )
            for row in rows
        )
    )
    return Task(
        action=Restore(
            kind="remove-made",
            address=address,
            database=key,
            verb="drop",
            subject="field",
            old=f"{prop.name} ({prop.type})",
            details=(REASON,),
            rows=shown,
            archived=len(values),
            risk=Risk.ARCHIVES if values else Risk.SAFE,
        ),
        effects=tuple(effects),
    )


def source(material: Material) -> str:
    """What is taken back, as actions and entries say it."""
    return "restore of " + ", ".join(batch.id for batch in material.asked)


def made_rows(material: Material, key: str) -> dict[str, bool]:
    """The rows of a database that the batches made, by page id, and whether they hold just what was written."""
    live = material.live.get(key)
    if live is None:
        return {}
    written = [row for row in material.before.rows if row.database == key]
    touched = material.before.databases.get(key)
    now = present(touched, live) if touched is not None else {}
    found: dict[str, bool] = {}
    for row in material.rows.get(key, Rows()).rows:
        same = any(_is_made(made, row, live, now) for made in written)
        same = same and not material.content.get(row.id)
        if row.id in material.made or (same and _unmade(material, key, written)):
            found[row.id] = same
    return found


def _unmade(material: Material, key: str, written: list[MadeRow]) -> bool:
    """Whether the batches made more rows than they could write down: a run was cut off in between."""
    return sum(database == key for batch in material.asked for database, _ in batch.made) < len(written)


def _is_made(made: MadeRow, row: LiveRow, live: LiveDatabase, now: Mapping[str, LiveProperty]) -> bool:
    """Whether the row holds what was written, and no more. ``now`` knows of ids that went with a change of type."""
    left = {p.id: p for p in live.properties if properties.of(p.type).writable}
    for name, kind, value in made.values:
        prop = live.by_id(name) or now.get(name) or live.by_name(name)
        if prop is None or prop.type != kind or not properties.of(kind).same(row.values.get(prop.id), value):
            return False
        left.pop(prop.id, None)
    return not any(holds(prop, row.values.get(prop.id)) for prop in left.values())


def trash_rows(
    material: Material, pair: DatabaseMatch, ledger: Ledger, consents: frozenset[str], again: frozenset[str]
) -> Iterator[Task | Finding]:
    """The rows that the batches made, and those that they took from the trash (``again``), go to the trash."""
    key = pair.desired.key
    address = addresses.of_database(key)
    made = made_rows(material, key)
    going = []
    for row in ledger.rows:
        if row.id in again or made.get(row.id) or (row.id in made and address in consents):
            going.append(row)
        elif row.id in made:
            yield kept(address, f"the batch made the row {ledger.name(row)}, and people changed it, so it stays")
    if not going or pair.live is None:
        return
    values = list(_values(going, pair.live, ledger))
    shown = [RowChange(ledger.name(row), "(row)", ledger.name(row), "", "archived") for row in going]
    kept_values = entry_of(
        pair, address, "restore", field_name="", reason=REASON, source=source(material), values=values,
        definition={"rows": [row.id for row in going]},
    )  # fmt: skip
    yield Task(
        action=Restore(
            kind="remove-made",
            address=address,
            database=key,
            verb="drop",
            subject="rows",
            details=(REASON, "they go to Notion's trash"),
            rows=tuple(sorted(shown)),
            archived=len(values),
            risk=Risk.ARCHIVES,
        ),
        effects=(kept_values, *(TrashRow(database=key, row=row.id) for row in going)),
    )


def _values(rows: list[LiveRow], live: LiveDatabase, ledger: Ledger) -> Iterator[ArchivedValue]:
    for row in rows:
        for prop in sorted(live.properties, key=lambda p: p.name):
            value = row.values.get(prop.id)
            if prop.id in row.values and not properties.of(prop.type).empty(value):
                yield ledger.archived(row, prop, old=value)


def made_databases(
    material: Material,
    pairs: Mapping[str, DatabaseMatch],
    leaving: Mapping[str, frozenset[str]],
    consents: frozenset[str],
) -> Iterator[Task | Finding]:
    """The databases that the batches made go to the trash; one in which people keep something stays."""
    for key in material.before.created:
        pair = pairs.get(key)
        live = pair.live if pair else None
        if pair is None or live is None or live.in_trash or material.focus is not None:
            continue
        address = addresses.of_database(key)
        made = made_rows(material, key)
        rows = [row for row in material.rows.get(key, Rows()).rows if row.id not in leaving.get(key, frozenset())]
        own = [row for row in rows if not made.get(row.id)]
        if own and address not in consents:
            words = few(len(own), "row is", "rows are")
            yield kept(address, f"the batch made it, but {words} people's own, so it stays")
            continue
        ledger = Ledger(pair, Rows(rows=tuple(rows)), {}, {})
        values = list(_values(rows, live, ledger))
        changes = [RowChange(v.name, v.property, ledger.shown(v.type, v.old), "", "archived") for v in values]
        definition = {"database": {"id": live.id, "title": live.title, "description": live.description}}
        yield Task(
            action=Restore(
                kind="remove-made",
                address=address,
                database=key,
                verb="drop",
                subject="database",
                old=live.title,
                details=(REASON, "it goes to Notion's trash"),
                rows=tuple(sorted(changes)),
                archived=len(values),
                risk=Risk.ARCHIVES if values else Risk.SAFE,
            ),
            effects=(
                entry_of(
                    pair, address, "restore", field_name="", reason=REASON, source=source(material), values=values,
                    definition=definition,
                ),
                TrashDatabase(database=key),
            ),
        )  # fmt: skip
