"""Which live property is which declared field.

A field is the property that the memory binds to it, else the one of its name, else of a former name; the title field
is always the title property; a mirror is found through its owner, by id, never by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.desired.state import Database, Field, State
from reconciler.memory.batches import begun_by, open_batch
from reconciler.memory.memory import Memory
from reconciler.model import address as addresses
from reconciler.model.finding import Finding
from reconciler.model.live import LiveDatabase, LiveProperty
from reconciler.model.properties.convert import cell
from reconciler.planning import guards
from reconciler.planning.identity import FORMER, targets

ABSORBS = "absorb-field"
"""The kind of the action by which a field takes another one's values."""


@dataclass
class DatabaseMatch:
    """A declared database beside its live one (None: to be created) and its fields beside their properties."""

    desired: Database
    live: LiveDatabase | None
    fields: dict[str, LiveProperty | None] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    displaced: dict[str, LiveProperty] = field(default_factory=dict)
    """Live relations whose place a declared mirror takes, by its name, because they are no mirror of its owner."""

    begun: dict[str, LiveProperty] = field(default_factory=dict)
    """The new properties, by field, that a run which was cut off made beside the computed ones that they replace; the
    fields themselves are still the computed ones."""

    retyped: dict[str, LiveProperty] = field(default_factory=dict)
    """Fields whose type this plan changes, as they will be."""

    passing: dict[str, frozenset[str]] = field(default_factory=dict)
    """Options that Notion made on the way in a run that was cut off, by property id: this plan sweeps them up."""

    joins_sensitive: bool = False
    """Whether this plan merges it with a database that is declared sensitive."""

    @property
    def sensitive(self) -> bool:
        """Whether no value of it may be shown."""
        return self.desired.sensitive or self.joins_sensitive

    def now(self, name: str) -> LiveProperty | None:
        """The property of a declared field as rules find it, once its type is changed."""
        return self.retyped.get(name) or self.fields.get(name)

    @property
    def undeclared(self) -> tuple[LiveProperty, ...]:
        """Live properties that no declared field is, or might be were it not blocked, sorted by name."""
        if self.live is None:
            return ()
        taken = {p.id for p in (*self.fields.values(), *self.begun.values()) if p}
        held_back = [self.desired.fields[name] for name in self.blocked]
        meant = {name.casefold() for declared in held_back for name in (declared.name, *declared.was)}
        free = (p for p in self.live.properties if p.id not in taken and p.name.casefold() not in meant)
        return tuple(sorted(free, key=lambda p: p.name))


@dataclass(frozen=True)
class Matched:
    """Every declared database that is not blocked, by key, in the order of the files."""

    databases: Mapping[str, DatabaseMatch]
    findings: tuple[Finding, ...]

    def key_of(self, data_source_id: str) -> str | None:
        """The key of the declared database with that live data source."""
        for key, match in self.databases.items():
            if match.live and match.live.data_source_id == data_source_id:
                return key
        return None


def match(state: State, live: Mapping[str, LiveDatabase | None], memory: Memory) -> Matched:
    """Pairs fields with properties for each database in ``live`` (blocked databases are left out of it)."""
    findings: list[Finding] = []
    databases: dict[str, DatabaseMatch] = {}
    known = targets(state)
    batch = open_batch(memory)
    going_on = frozenset(batch.addresses) if batch else frozenset()
    for key, found in live.items():
        desired = known[key]
        pair = DatabaseMatch(desired=desired, live=found)
        binding = memory.bindings.get(key)
        bound = {n: i for n, i in binding.fields.items() if n in desired.fields} if binding else {}
        for name, declared in desired.fields.items():
            replaced = _replaced(declared, found, bound, going_on) if found else None
            if replaced is not None:
                pair.fields[name], made = replaced
                if made is not None:
                    pair.begun[name] = made
                continue
            ceding = _ceding(declared, found, memory) if found else None
            result = ceding or (_property_of(declared, found, bound) if found else None)
            if isinstance(result, Finding):
                findings.append(result)
                pair.blocked.add(name)
                pair.fields[name] = None
            else:
                pair.fields[name] = result
        databases[key] = pair
    for pair in databases.values():
        for declared in pair.desired.fields.values():
            if declared.mirror_of:
                findings.extend(_pair_mirror(declared, pair, databases))
    for pair in databases.values():
        findings.extend(_claimed_twice(pair))
        findings.extend(_names_taken(pair))
    return Matched(databases=databases, findings=tuple(findings))


def _property_of(declared: Field, live: LiveDatabase, bound: Mapping[str, str]) -> LiveProperty | Finding | None:
    """The live property of one field; names are looked for among those that the memory binds to no other field."""
    address = addresses.of_field(declared.database, declared.name)
    if declared.type == "title":
        return live.title_property
    mine = live.by_id(bound.get(declared.name, ""))
    if mine is not None:
        return mine
    others = {property_id for name, property_id in bound.items() if name != declared.name}

    def free(name: str) -> LiveProperty | None:
        found = live.by_name(name)
        return found if found is not None and found.id not in others else None

    named = free(declared.name)
    former = [p for p in map(free, declared.was) if p]
    if named and former:
        return guards.both_live(address, declared.name, [p.name for p in former], where=declared.where)
    return named or next(iter(former), None)


def _ceding(declared: Field, live: LiveDatabase, memory: Memory) -> LiveProperty | None:
    """The relation whose place a declared mirror was taking when a run was cut off.

    The mirror may bear its name by now, and the memory cannot tell the two yet: what is bound is written last.
    """
    if declared.mirror_of is None:
        return None
    if not begun_by(open_batch(memory), ABSORBS, addresses.of_field(declared.database, declared.name)):
        return None
    named = map(live.by_name, (declared.name + FORMER, *declared.was))
    return next((p for p in named if p is not None and p.type == "relation"), None)


def _replaced(
    declared: Field, live: LiveDatabase, bound: Mapping[str, str], going_on: frozenset[str]
) -> tuple[LiveProperty, LiveProperty | None] | None:
    """A computed property that a run which was cut off was replacing by a new one, and the new one if it is there.

    The type of computed properties cannot be changed in place: a new one takes the name, and the old one goes only when
    its values are kept. ``going_on`` are the addresses of the batch that is open.
    """
    if addresses.of_field(declared.database, declared.name) not in going_on or declared.type == "title":
        return None
    made = live.by_name(declared.name)
    if made is not None and made.type != declared.type:
        return None
    former = next((p for p in live.properties if p.name.casefold() == (declared.name + FORMER).casefold()), None)
    candidates = (former, live.by_id(bound.get(declared.name, "")), *map(live.by_name, declared.was))
    for old in candidates:
        if old is None or old.type == declared.type:
            continue
        replacing = cell(old.type, declared.type)
        if replacing.convert is not None and not replacing.in_place:
            return old, made
    return None


def _names_taken(pair: DatabaseMatch) -> Iterator[Finding]:
    """Fields whose name another property holds and keeps; one that is renamed away in this plan holds nothing."""
    if pair.live is None:
        return
    leaving = {
        live.id
        for name, live in pair.fields.items()
        if live is not None and name not in pair.blocked and live.name.casefold() != name.casefold()
    } | {live.id for live in pair.displaced.values()}
    for name, mine in pair.fields.items():
        declared = pair.desired.fields[name]
        begun = pair.begun.get(name)
        stay = {mine.id if mine else "", begun.id if begun else "", *leaving}
        alike = sorted(
            p.name for p in pair.live.properties if p.name.casefold() == name.casefold() and p.id not in stay
        )
        if not alike or name in pair.blocked:
            continue
        pair.blocked.add(name)
        yield guards.name_taken(addresses.of_field(pair.desired.key, name), name, alike[0], where=declared.where)


def _pair_mirror(declared: Field, pair: DatabaseMatch, databases: Mapping[str, DatabaseMatch]) -> list[Finding]:
    """Finds a mirror through its owner, or the owner through its mirror; both may be missing."""
    owner_key, owner_name = declared.mirror_of or ("", "")
    owner_pair = databases.get(owner_key)
    if owner_pair is None or pair.live is None or owner_pair.live is None:
        return []
    owner = owner_pair.fields.get(owner_name)
    mine = pair.fields.get(declared.name)
    if owner is None and mine is not None and owner_name not in owner_pair.blocked:
        mirrored = (mine.config.get("mirror") or {}).get("id", "") if mine.type == "relation" else ""
        owner = owner_pair.live.by_id(mirrored)
        owner_pair.fields[owner_name] = owner
    if owner is None or owner.type != "relation":
        return []
    mirror_id = (owner.config.get("mirror") or {}).get("id", "")
    true_mirror = pair.live.by_id(mirror_id) if mirror_id else None
    if true_mirror is not None and (
        mine is None or mine.id == true_mirror.id or _is_named(true_mirror, declared, mine)
    ):
        pair.fields[declared.name] = true_mirror
        return []
    if mine is None:
        return []
    if mine.type != "relation" or mine.config.get("data_source_id") != owner_pair.live.data_source_id:
        pair.blocked.add(declared.name)
        owner_pair.blocked.add(owner_name)
        return [_no_mirror(declared, mine, owner)]
    pair.fields[declared.name] = true_mirror
    pair.displaced[declared.name] = mine
    return []


def _is_named(true_mirror: LiveProperty, declared: Field, mine: LiveProperty) -> bool:
    """Whether the state names the true mirror as well, so that the other one is just another field."""
    return true_mirror.name in declared.was and mine.name != declared.name


def _no_mirror(declared: Field, mine: LiveProperty, owner: LiveProperty) -> Finding:
    return guards.blocked(
        "mirror-mismatch",
        addresses.of_field(declared.database, declared.name),
        f"{mine.name!r} ({mine.type}) cannot be the mirror of {owner.name!r}",
        "rename it in Notion, or give the mirror another name",
        where=declared.where,
        why="only a relation to the owner's database can be joined into its mirror",
    )


def _claimed_twice(pair: DatabaseMatch) -> Iterator[Finding]:
    """Two declared fields that end at one property: neither may act."""
    claims: dict[str, list[str]] = {}
    for name, live in pair.fields.items():
        if live is not None and name not in pair.blocked:
            claims.setdefault(live.id, []).append(name)
    for property_id, names in claims.items():
        prop = pair.live.by_id(property_id) if pair.live else None
        if len(names) < 2 or prop is None:
            continue
        pair.blocked.update(names)
        for name in names:
            yield guards.blocked(
                "claimed-twice",
                addresses.of_field(pair.desired.key, name),
                f"{' and '.join(map(repr, names))} are both the live property {prop.name!r}",
                "take the name out of one of their `was` lists",
                where=pair.desired.fields[name].where,
            )
