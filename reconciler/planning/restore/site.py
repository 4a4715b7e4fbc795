"""One database while it is restored: which of its former properties is there now, and as what it will be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.desired.state import Database, Field
from reconciler.memory.batches import open_batch
from reconciler.memory.before import Touched
from reconciler.model import address as addresses
from reconciler.model import properties
from reconciler.model.finding import Finding, Location
from reconciler.model.live import LiveDatabase, LiveProperty, Rows, Value
from reconciler.planning import guards
from reconciler.planning.identity import targets
from reconciler.planning.ledger import Ledger
from reconciler.planning.match import DatabaseMatch, Matched
from reconciler.planning.restore.material import Material

NOWHERE = Location("", 0, 0)


@dataclass
class Site:
    """A database that the batches touched: ``touched`` is what they kept, ``live`` what it is now.

    ``now`` gives by former property id the property that is there; ``after`` what it will be once it is restored, which
    for one that comes back is a stand-in addressed by name. ``made`` are the properties that the batches made.
    """

    key: str
    touched: Touched
    live: LiveDatabase
    pair: DatabaseMatch
    ledger: Ledger
    now: dict[str, LiveProperty] = field(default_factory=dict)
    after: dict[str, LiveProperty] = field(default_factory=dict)
    made: dict[str, LiveProperty] = field(default_factory=dict)
    gone: bool = False
    """Whether it is not there, and this restore makes it again: ``live`` is what it begins with."""
    unfinished: bool = False
    """Whether a run of this restore that was cut off has made it again, perhaps in part."""
    hidden: list[LiveProperty] = field(default_factory=list)
    """Former relations that are not shown while what they lead to is in the trash, and come with it."""
    covered: set[str] = field(default_factory=set)
    """Former properties whose values come with their other side."""

    @property
    def was(self) -> LiveDatabase:
        """The database before the batches."""
        return self.touched.was

    def label(self, prop: LiveProperty) -> str:
        """The address of a former property: by the name that the state has for it, else by its own."""
        bound = {i: name for name, i in self.bound.items()}
        here = self.now.get(prop.id)
        name = bound.get(prop.id) or (bound.get(here.id) if here else None) or prop.name
        return addresses.of_field(self.key, name)

    bound: Mapping[str, str] = field(default_factory=dict)
    """Property ids by field name, as the memory has them."""

    def comes_back(self, prop: LiveProperty) -> bool:
        """Whether a former property is gone and is made again."""
        return prop.id not in self.now and prop.id in self.after


def sites(material: Material) -> dict[str, Site]:
    """The databases that the batches touched and that are still there, in the trash too, by key."""
    known = targets(material.state)
    names = {row.id: row.title for rows in material.rows.values() for row in rows.rows if row.title}
    found: dict[str, Site] = {}
    for key, touched in _touched(material):
        live = material.live.get(key)
        if live is None:
            continue
        declared = known.get(key)
        binding = material.memory.bindings.get(key)
        bound = binding.fields if binding else {}
        pair = DatabaseMatch(desired=_desired(key, touched, declared), live=live)
        now = present(touched, live)
        pair.fields.update({was.name: now[was.id] for was in touched.was.properties if was.id in now})
        key_id = bound.get(declared.key_field or "") if declared else None
        if declared and declared.key_field and key_id:
            pair.fields[declared.key_field] = next((p for p in now.values() if p.id == key_id), None)
        rows = material.rows.get(key, Rows())
        ledger = Ledger(pair, replace(rows, rows=(*rows.rows, *material.trashed.get(key, ()))), names, {})
        site = Site(
            key=key, touched=touched, live=live, pair=pair, ledger=ledger, now=now, bound=bound,
            gone=key in material.gone, unfinished=key in material.again and open_batch(material.memory) is not None,
        )  # fmt: skip
        taken = {p.id for p in now.values()} | {was.id for was in touched.was.properties}
        made = ((name, live.by_name(name)) for name in touched.made)
        site.made = {name: p for name, p in made if p is not None and p.id not in taken}
        found[key] = site
    return found


def _touched(material: Material) -> Iterator[tuple[str, Touched]]:
    """The databases that the batches touched, then those that they made, which they did nothing else to."""
    yield from material.before.databases.items()
    for key in material.before.created:
        live = material.live.get(key)
        if live is not None and key not in material.before.databases:
            yield key, Touched(was=live)


def present(touched: Touched, live: LiveDatabase) -> dict[str, LiveProperty]:
    """The properties that are there, by the id that each had before the batches."""
    return dict(_now(touched, live))


def _now(touched: Touched, live: LiveDatabase) -> Iterator[tuple[str, LiveProperty]]:
    """Former properties that are there: by their id; by name and type, made again; or under a new id after a change."""
    former = {was.id for was in touched.was.properties}
    for was in touched.was.properties:
        found = live.by_id(was.id)
        if found is None:
            change = touched.changes.get(was.id, {})
            named = live.by_name(was.name)
            turned = live.by_name(str(change.get("name") or was.name))
            if named is not None and named.type == was.type and named.id not in former:
                found = named
            elif turned is not None and turned.type == change.get("type") and turned.id not in former:
                found = turned
        if found is not None:
            yield was.id, found


def _desired(key: str, touched: Touched, declared: Database | None) -> Database:
    """The database as it was, as far as steps ask for it: formulas and rollups say what they read."""
    fields = {}
    relations = {p.id: p for p in touched.was.properties if p.type == "relation"}
    for prop in touched.was.properties:
        over = relations.get(str(prop.config.get("relation_property_id")))
        fields[prop.name] = Field(
            database=key,
            name=prop.name,
            type=prop.type,
            where=NOWHERE,
            expression=str(prop.config["expression"]) if prop.type == "formula" else None,
            rollup_relation=over.name if over else None,
            rollup_property=str(prop.config.get("rollup_property_name") or "") or None,
        )
    return Database(
        key=key,
        title=touched.was.title,
        where=declared.where if declared else NOWHERE,
        fields=fields,
        key_field=declared.key_field if declared else None,
        sensitive=declared.sensitive if declared else False,
    )


def matched(found: Mapping[str, Site]) -> Matched:
    """The sites as steps are compiled from them."""
    return Matched(
        databases={
            key: DatabaseMatch(desired=site.pair.desired, live=None) if site.gone else site.pair
            for key, site in found.items()
        },
        findings=(),
    )


def site_of(found: Mapping[str, Site], data_source_id: str) -> Site | None:
    """The site of a data source."""
    return next((site for site in found.values() if site.was.data_source_id == data_source_id), None)


def holds(prop: LiveProperty, value: Value) -> bool:
    """Whether a row holds something of its own: not the value that Notion gives every row."""
    kind = properties.of(prop.type)
    if kind.empty(value) or kind.same(value, kind.nothing):
        return False
    default = next((o["name"] for o in prop.config.get("options", ())), None) if prop.type == "status" else None
    return not (prop.type == "status" and value == default)


def kept(address: str, what: str) -> Finding:
    """Somebody changed what would be taken back: it stays as it is."""
    return guards.note(
        "changed-since",
        address,
        what,
        f"nothing to do; to take it back all the same: --allow changed-since:{address}",
        why="what people did since is kept",
    )
