"""Draws the databases and relations of a state, and what a plan makes of the live ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.desired.state import Database, Field, State
from reconciler.model import address as addresses
from reconciler.model.live import LiveProperty
from reconciler.planning.actions.base import Action
from reconciler.planning.identity import ARCHIVED
from reconciler.planning.match import DatabaseMatch, Matched
from reconciler.planning.picture import ELSEWHERE, Arrow, Edge, Node, Picture


def _picture(nodes: Iterable[Node], edges: Iterable[Edge]) -> Picture:
    drawn = sorted(edges, key=lambda edge: (edge.shown, edge.fate))
    ends = {
        end for edge in drawn for arrow in (edge.before, edge.after) if arrow for end in (arrow.source, arrow.target)
    }
    known = sorted(nodes)
    outside = [Node(ELSEWHERE, "", "")] if ELSEWHERE in ends else []
    return Picture(nodes=(*known, *outside), edges=tuple(drawn))


def of_state(state: State) -> Picture:
    """What the files declare, without a look at any workspace: nothing changes in it."""
    nodes = [Node(key, database.title, database.title) for key, database in state.databases.items()]
    arrows = [arrow for database in state.databases.values() for arrow in map(_declared, _relations(database))]
    return _picture(nodes, [Edge(arrow, arrow) for arrow in arrows])


def of_plan(state: State, matched: Matched, actions: Iterable[Action]) -> Picture:
    """The live databases that the state speaks of, and what the actions make of them."""
    drawn = _Drawing(state, matched, tuple(actions))
    return _picture(drawn.nodes(), drawn.edges())


def _relations(database: Database) -> Iterator[Field]:
    """The relations that begin here: mirrors are told by their owners."""
    return (field for field in database.fields.values() if field.type == "relation" and field.mirror_of is None)


def _declared(field: Field) -> Arrow:
    return Arrow(field.database, field.name, field.to or ELSEWHERE, field.two_way or "")


class _Drawing:
    """The work of `of_plan`."""

    def __init__(self, state: State, matched: Matched, actions: tuple[Action, ...]) -> None:
        self.state = state
        self.matched = matched
        self.touched = {action.address for action in actions}
        self.told = [(action.database, action.describe()) for action in actions]
        self.names: Mapping[tuple[str, str], str] = {
            (key, prop.id): name
            for key, pair in matched.databases.items()
            for name, prop in pair.fields.items()
            if prop is not None
        }

    def nodes(self) -> Iterator[Node]:
        for key, pair in self.matched.databases.items():
            before = pair.live.title if pair.live else None
            node = Node(key, before, self._title_after(key, pair, before))
            if node.before is not None or node.after is not None:
                yield node

    def _title_after(self, key: str, pair: DatabaseMatch, before: str | None) -> str | None:
        own = [told for database, told in self.told if database == key and told.subject == "database"]
        if any(told.verb == "drop" for told in own):
            return None
        for rule in self.state.merges.values():
            if key in (rule.from_key, rule.from_title) and addresses.of_rule("merges", rule.name) in self.touched:
                return {"trash": None, "mark": f"{ARCHIVED}{before}"}.get(rule.then, before)
        made = any(told.verb in ("create", "rename") for told in own)
        return pair.desired.title if made else before

    def edges(self) -> Iterator[Edge]:
        seen: set[tuple[str, str]] = set()
        for key, pair in self.matched.databases.items():
            for prop in pair.live.properties if pair.live else ():
                if prop.type == "relation" and (key, prop.id) not in seen:
                    owner_key, owner = self._owner(key, prop)
                    seen |= {(key, prop.id), (owner_key, owner.id), self._other_side(owner)}
                    yield self._live_edge(owner_key, owner)
        for key, pair in self.matched.databases.items():
            for field in _relations(pair.desired):
                live = pair.fields.get(field.name)
                made = {addresses.of_database(key), addresses.of_field(key, field.name)} & self.touched
                if (live is None or live.type != "relation") and field.name not in pair.blocked and made:
                    yield Edge(None, _declared(field))

    def _other_side(self, prop: LiveProperty) -> tuple[str, str]:
        target = self.matched.key_of(str(prop.config.get("data_source_id"))) or ELSEWHERE
        return target, str((prop.config.get("mirror") or {}).get("id", ""))

    def _owner(self, key: str, prop: LiveProperty) -> tuple[str, LiveProperty]:
        """The side from which a two-way relation is told: the declared owner, else the first by name."""
        target, mirror_id = self._other_side(prop)
        pair = self.matched.databases.get(target)
        mirror = pair.live.by_id(mirror_id) if pair and pair.live and mirror_id else None
        if mirror is None:
            return key, prop
        mine = self._field(key, prop)
        theirs = self._field(target, mirror)
        if mine is not None and mine.mirror_of is None:
            return key, prop
        if theirs is not None and theirs.mirror_of is None:
            return target, mirror
        return min((key, prop), (target, mirror), key=lambda side: (side[0], side[1].name))

    def _field(self, key: str, prop: LiveProperty) -> Field | None:
        name = self.names.get((key, prop.id))
        return self.matched.databases[key].desired.fields[name] if name is not None else None

    def _live_edge(self, key: str, prop: LiveProperty) -> Edge:
        target, _ = self._other_side(prop)
        mirror = prop.config.get("mirror") or {}
        before = Arrow(key, prop.name, target, str(mirror.get("name", "")))
        after_name = self._name_after(key, prop)
        if after_name is None:
            return Edge(before, None)
        return Edge(before, Arrow(key, after_name, target, self._mirror_after(key, prop, target)))

    def _name_after(self, key: str, prop: LiveProperty) -> str | None:
        """What the property is called afterwards; None where it goes."""
        label = f"{prop.name} ({prop.type})"
        if any(d == key and told.verb == "drop" and told.old == label for d, told in self.told):
            return None
        name = self.names.get((key, prop.id))
        return name if name is not None and addresses.of_field(key, name) in self.touched else prop.name

    def _mirror_after(self, key: str, prop: LiveProperty, target: str) -> str:
        mirror = prop.config.get("mirror") or {}
        pair = self.matched.databases.get(target)
        live = pair.live.by_id(str(mirror.get("id", ""))) if pair and pair.live else None
        if live is not None:
            return self._name_after(target, live) or ""
        field = self._field(key, prop)
        if field is None or field.two_way is None:
            return str(mirror.get("name", ""))
        sides = {addresses.of_field(key, field.name), addresses.of_field(target, field.two_way)}
        return field.two_way if sides & self.touched else str(mirror.get("name", ""))
